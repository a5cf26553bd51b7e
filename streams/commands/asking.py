"""Who runs a command, and whether they mean it."""

import os
import sys
from getpass import getuser

import typer

from streams.commands.exits import Exit, fail


def confirmed(yes: bool, what: str) -> None:
    """Returns when somebody at the terminal, or who has written the command, wants it; leaves otherwise."""
    if yes:
        return
    if not sys.stdin.isatty():
        fail(Exit.WRONG_USE, f"this would {what}: say --yes, as nobody is there to be asked")
    typer.confirm(f"{what[0].upper()}{what[1:]}?", abort=True)


def user() -> str:
    """Name of this process' user, for audits."""
    try:
        return getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return str(os.getuid())
