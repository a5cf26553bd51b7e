"""A clickhouse-connect client that notes what it is asked, and finds what it is told to find."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any


class RecordedClient:
    """Takes the calls of ours."""

    def __init__(self, answers: Mapping[str, Sequence[tuple[Any, ...]]] | None = None) -> None:
        """``answers``: rows by the beginning of the statement that gives them; every other one gives none."""
        self.statements: list[str] = []
        self._answers = answers or {}

    def command(self, statement: str, *_: Any, **__: Any) -> int:
        self.statements.append(statement)
        return 1  # the table of migrations exists

    def query(self, statement: str, *_: Any) -> Any:
        self.statements.append(statement)
        rows = (rows for beginning, rows in self._answers.items() if statement.startswith(beginning))
        return SimpleNamespace(result_rows=next(rows, []))

    @contextmanager
    def query_rows_stream(self, statement: str, *_: Any) -> Iterator[Iterator[Any]]:
        yield iter(self.query(statement).result_rows)

    def insert(self, table: str, _: Sequence[Any], *, database: str, **__: Any) -> None:
        self.statements.append(f"INSERT INTO {database}.{table}")

    def close(self) -> None: ...
