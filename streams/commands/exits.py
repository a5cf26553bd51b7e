"""The exit codes of all commands, and leaving with one of them."""

from enum import IntEnum
from pathlib import Path
from typing import NoReturn

import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from streams.input_files import STANDARD_INPUT
from streams.setting_sources import PREFIX, SourceError
from streams.settings import Settings


class Exit(IntEnum):
    """What a command's exit code says; the README's table is made from this class."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> "Exit":
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    DONE = 0, "done"
    UNEXPECTED = 1, "unexpected failure"
    PARTLY_BAD = 2, "done, but part of the input was bad; each part is named on standard error"
    WRONG_USE = 3, "wrong arguments, settings or permissions"
    UNREACHABLE = 4, "a service cannot be reached"
    DIFFERENT = 5, "done: what was compared differs"
    INTERRUPTED = 130, "interrupted"


def fail(code: Exit, message: str) -> NoReturn:
    """Say what was wrong on standard error and leave."""
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(code)


def settings_in_force() -> Settings:
    """The settings of this process; leaves with `Exit.WRONG_USE` and the names of those that are wrong."""
    try:
        return Settings()
    except ValidationError as error:
        # Without the values: one of them may be a secret.
        fail(Exit.WRONG_USE, "\n".join(map(_complaint, error.errors(include_input=False, include_context=False))))
    except (SettingsError, SourceError) as error:
        fail(Exit.WRONG_USE, str(error))


def _complaint(problem: ErrorDetails) -> str:
    name = "_".join(map(str, problem["loc"]))
    what = problem["msg"].removeprefix("Value error, ")
    return f"setting {PREFIX}{name.upper()}: {what}" if name else f"settings: {what}"


def require_files(files: list[str]) -> None:
    """Leave with `Exit.WRONG_USE`, before any work is done, if one of the input files is not there."""
    for file in files:
        path = Path(file)
        if file != STANDARD_INPUT and (path.is_dir() or not path.exists()):
            fail(Exit.WRONG_USE, f"{file}: no such file")
