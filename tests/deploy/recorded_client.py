"""A clickhouse-connect client that notes what it is asked, and finds nothing stored."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any


class RecordedClient:
    """Takes the calls of ours."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def command(self, statement: str, **_: Any) -> int:
        self.statements.append(statement)
        return 1  # the table of migrations exists

    def query(self, statement: str, *_: Any) -> Any:
        self.statements.append(statement)
        return SimpleNamespace(result_rows=[])

    def insert(self, table: str, _: Sequence[Any], *, database: str, **__: Any) -> None:
        self.statements.append(f"INSERT INTO {database}.{table}")

    def close(self) -> None: ...
