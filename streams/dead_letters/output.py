"""Dead letters as people and as programs read them."""

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from streams.dead_letters.log import Letter
from streams.reporting.encoding import PIPE_WIDTH


def print_table(letters: Iterable[Letter]) -> None:
    """Where, when and why; no contents."""
    table = Table("record", "rejected", "reason", "detail", box=None, padding=(0, 2, 0, 0))
    for letter in letters:
        fields = named(letter)
        table.add_row(fields["record"], fields["rejected"], letter.reason, letter.detail)
    # Without markup: a detail may name a place such as [0].
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, markup=False, highlight=False).print(table)


def named(letter: Letter) -> dict[str, Any]:
    """Where, when and why, under the names of the JSON output."""
    rejected = datetime.fromtimestamp(letter.written_ms / 1_000, UTC).isoformat(timespec="seconds")
    return {"record": str(letter.place), "rejected": rejected, "reason": letter.reason, "detail": letter.detail}


def contents(letter: Letter) -> dict[str, Any]:
    """The record, under the names of the JSON output."""
    return {
        "key": None if letter.key is None else _text(letter.key),
        "value": _text(letter.value),
        "headers": [[name, None if value is None else _text(value)] for name, value in letter.headers],
    }


def _text(value: bytes) -> str:
    """Bytes that are no UTF-8 as ``\\xe9``: JSON has no bytes."""
    return value.decode(errors="backslashreplace")


def summary(counts: Counter[str], shown: int) -> str:
    """How many there are by reason, ``shown`` of which are listed."""
    total = counts.total()
    if not total:
        return "no dead letters"
    by_reason = ", ".join(f"{count:,} {reason}" for reason, count in counts.most_common())
    return f"{total:,} dead letters ({by_reason})" + (f", the last {shown:,} of them above" if shown < total else "")
