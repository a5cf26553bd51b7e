"""What ClickHouse asks for before it runs a statement, and what a grant allows.

Source: `getRequiredAccess` of ClickHouse's interpreters for CREATE, INSERT and SELECT, and the privileges' hierarchy in
its documentation of GRANT.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

GLOBAL: Final = "*.*"

_NAME: Final = r"(?P<name>[\w.]+)"


class Privilege(NamedTuple):
    """One thing that may be done, and with what."""

    action: str
    target: str
    """``database.table``, ``database.*`` or ``*.*``; a database may end with a ``*`` that stands for more letters."""

    def allows(self, other: "Privilege") -> bool:
        """Whether who has this one has the other, too."""
        database, _, table = self.target.partition(".")
        other_database, _, other_table = other.target.partition(".")
        begins = database.endswith("*") and other_database.startswith(database[:-1])
        reaches = (begins or database == other_database) and table in ("*", other_table)
        # Whoever has any privilege on a table may see that it is there and which columns it has.
        return reaches and (self.action == other.action or other.action.startswith("SHOW "))


def granted(statement: str) -> Iterator[Privilege]:
    """The privileges of ``GRANT a, b ON target``."""
    found = re.fullmatch(r"GRANT (?P<actions>[A-Z, ]+) ON (?P<target>[\w.*]+)", statement)
    assert found, statement
    for action in found["actions"].split(", "):
        yield Privilege(action, found["target"])


def needed(statement: str) -> Iterator[Privilege]:
    """What the server asks for. Raises AssertionError for a statement of a kind that it does not know."""
    words = " ".join(statement.split())
    kinds = [kind for kind in _KINDS if re.match(kind, words)]
    assert len(kinds) == 1, f"add to this module what ClickHouse asks for: {words[:80]}"
    (kind,) = kinds
    found = re.match(kind, words)
    assert found
    if kind.startswith("INSERT"):  # what it selects, it reads
        for name in re.findall(r" FROM (\w+\.\w+)", words):
            yield Privilege("SELECT", _target(name, "SELECT"))
    for action in _KINDS[kind]:
        yield Privilege(action, GLOBAL if action.endswith(" FUNCTION") else _target(found["name"], action))
    if " ON CLUSTER " in words:
        yield Privilege("CLUSTER", GLOBAL)
    if " ENGINE = Distributed(" in words:
        yield Privilege("REMOTE", GLOBAL)
    if copied := re.match(rf"CREATE TABLE .* AS {_NAME} ENGINE", words):
        yield Privilege("SHOW COLUMNS", copied["name"])


_KINDS: Final = {
    rf"CREATE DATABASE (IF NOT EXISTS )?{_NAME}": ("CREATE DATABASE",),
    rf"CREATE TABLE (IF NOT EXISTS )?{_NAME}": ("CREATE TABLE",),
    # The query of the view is analysed under the rights of its maker; all of it reads the same database.
    rf"CREATE OR REPLACE VIEW {_NAME}": ("CREATE VIEW", "DROP VIEW", "SELECT"),
    rf"CREATE OR REPLACE FUNCTION {_NAME}": ("CREATE FUNCTION", "DROP FUNCTION"),
    # Views and tables are dropped one by one under the rights of who drops the database.
    rf"DROP DATABASE (IF EXISTS )?{_NAME}": ("DROP DATABASE", "DROP TABLE", "DROP VIEW"),
    rf"EXISTS TABLE {_NAME}": ("SHOW TABLES",),
    # clickhouse-connect describes the table first.
    rf"INSERT INTO {_NAME}": ("INSERT", "SHOW COLUMNS"),
    # A view reads under the rights of the user who asks, so all that it is made of must be readable.
    rf"SELECT .*? FROM {_NAME}": ("SELECT",),
}


_OF_DATABASES: Final = ("CREATE DATABASE", "DROP DATABASE", "DROP TABLE", "DROP VIEW")


def _target(name: str, action: str) -> str:
    database, _, table = name.partition(".")
    return f"{database}.*" if action in ("SELECT", *_OF_DATABASES) or not table else f"{database}.{table}"
