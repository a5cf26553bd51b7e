"""Opening what a local stack stored: through its endpoint while it runs, from its files after it stopped."""

from pathlib import Path
from typing import Any

import clickhouse_connect
import msgspec
from clickhouse_connect.driver.exceptions import ClickHouseError

from sinks.clickhouse.client import connect, is_unreachable


class NothingStoredError(Exception):
    """There is nothing to open at this place; the message says what to do."""


class InUseError(Exception):
    """The files are there, but somebody else has them open."""


class _Endpoints(msgspec.Struct):
    clickhouse: str


def open_data_dir(data_dir: Path, timeout_seconds: float) -> Any:
    """A client for the local stack of `data_dir`: its endpoint while it runs, its ClickHouse files after it stopped.

    Raises:
        NothingStoredError: no local stack has run there, or its files need a package that is not installed.
        InUseError: the files are open in another process that no endpoint leads to.
    """
    endpoints = data_dir / "endpoints.json"
    if endpoints.exists():
        url = msgspec.json.decode(endpoints.read_bytes(), type=_Endpoints).clickhouse
        try:
            return connect(url, "default", "", timeout_seconds)
        except ClickHouseError as error:
            # A stack that was killed leaves its endpoints behind: then the files tell.
            if not is_unreachable(error):
                raise
    return _open_files(data_dir / "clickhouse")


def _open_files(directory: Path) -> Any:
    if not directory.is_dir():
        raise NothingStoredError(
            f"{directory.parent} holds no local stack: neither endpoints.json nor clickhouse/ is there. "
            "Give the --data-dir of `cxstream local`, or none to ask the ClickHouse of the settings"
        )
    try:
        return clickhouse_connect.get_client(interface="chdb", path=str(directory))
    except ImportError as error:
        raise NothingStoredError(
            f"the files in {directory} need the embedded engine: install cxstream[local]"
        ) from error
    except (ClickHouseError, RuntimeError) as error:
        raise InUseError(
            f"cannot open {directory}; if another report or engine uses it, wait for that one: {error}"
        ) from error
