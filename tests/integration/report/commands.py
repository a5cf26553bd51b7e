"""``cxstream`` as people and programs run it, against a database of these tests."""

import os
import subprocess
import sys
from typing import NamedTuple

from tests.integration.report.stored_rows import Database


class Result(NamedTuple):
    code: int
    out: str
    err: str


def cxstream(*words: str, url: str = "http://127.0.0.1:1", database: str = "cx") -> Result:
    """Run the command against the ClickHouse at `url`; nothing listens at the default one."""
    environment = os.environ | {"CX_CLICKHOUSE_URL": url, "CX_CLICKHOUSE_DATABASE": database, "COLUMNS": "80"}
    done = subprocess.run(
        [sys.executable, "-m", "streams", *words], env=environment, capture_output=True, text=True, timeout=120
    )
    return Result(done.returncode, done.stdout, done.stderr)


def report(database: Database, *words: str) -> Result:
    return cxstream("report", *words, url=database.url, database=database.name)
