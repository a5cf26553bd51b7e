"""The numbered SQL files of schemas/clickhouse: found, rendered for one server or a cluster, split into statements."""

import re
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import Final, NamedTuple

_FILE_NAME: Final = re.compile(r"(?P<number>\d{4})_(?P<name>\w+)\.sql")

_LEXEME: Final = re.compile(
    r"""--[^\n]*|/\*.*?\*/          # comments
    |'(?:[^'\\]|\\.|'')*'           # text
    |`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"  # names
    |;""",
    re.VERBOSE | re.DOTALL,
)

CLUSTER_ONLY: Final = "-- on a cluster:"
"""A statement under a comment line that begins so is left out on a single server."""

_NAME: Final = re.compile(r"[A-Za-z_]\w*")


class Target(NamedTuple):
    """Where the schema is made."""

    database: str
    cluster: str | None = None
    """Name of the cluster in ClickHouse's configuration; None for a single server."""

    def placeholders(self) -> dict[str, str]:
        """Values of the ``${...}`` in the files.

        Raises:
            ValueError: a name that is no plain identifier, which no statement could hold unquoted.
        """
        for name in (self.database, self.cluster):
            if name is not None and not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} cannot name a database or cluster: use letters, digits and _")
        if self.cluster is None:
            return {
                "database": self.database,
                "cluster": "",
                "on_cluster": "",
                "cells_storage": "cells",
                "cells_engine": "ReplacingMergeTree(version)",
                "reference_engine": "ReplacingMergeTree",
                "reference_replica": "",
            }
        path = "/clickhouse/tables"
        cells_replica = f"'{path}/{{shard}}/{{database}}/{{table}}', '{{replica}}'"
        return {
            "database": self.database,
            "cluster": self.cluster,
            "on_cluster": f"ON CLUSTER {self.cluster}",
            "cells_storage": "cells_shard",
            "cells_engine": f"ReplicatedReplacingMergeTree({cells_replica}, version)",
            # One replica set over all shards: every node holds the reference tables whole and joins them locally.
            "reference_engine": "ReplicatedReplacingMergeTree",
            "reference_replica": f"'{path}/all/{{database}}/{{table}}', '{{shard}}-{{replica}}', ",
        }


class Migration(NamedTuple):
    """One numbered file."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text before it is rendered: the same on one server and on a cluster."""
        return sha256(self.text.encode()).hexdigest()

    def statements(self, target: Target) -> list[str]:
        """What to run, in order."""
        rendered = Template(self.text).substitute(target.placeholders())
        return [
            statement
            for comment, statement in split(rendered)
            if target.cluster is not None or CLUSTER_ONLY not in comment.splitlines()
        ]


def load_migrations() -> list[Migration]:
    """Every migration shipped with the package, by number."""
    return sorted(
        Migration(int(match["number"]), match["name"], file.read_text(encoding="utf-8"))
        for file in files("schemas").joinpath("clickhouse").iterdir()
        if (match := _FILE_NAME.fullmatch(file.name))
    )


def split(text: str) -> Iterator[tuple[str, str]]:
    """Comments and statement, in pairs; a semicolon inside text, names or comments ends nothing."""
    begin = 0
    for lexeme in _LEXEME.finditer(text):
        if lexeme[0] == ";":
            yield from _statement(text[begin : lexeme.start()])
            begin = lexeme.end()
    yield from _statement(text[begin:])


def _statement(piece: str) -> Iterator[tuple[str, str]]:
    begin = 0
    while match := re.compile(r"\s+|--[^\n]*|/\*.*?\*/", re.DOTALL).match(piece, begin):
        begin = match.end()
    if statement := piece[begin:].strip():
        yield piece[:begin], statement
