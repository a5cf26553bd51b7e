"""One connection to ClickHouse over HTTP, and what its errors mean to us."""

import logging
from math import ceil
from typing import Any, Final
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.exceptions import ClickHouseError

CONNECT_SECONDS: Final = 5
"""A host that does not answer by then is down."""

_PERMANENT: Final = frozenset(
    {
        10,  # not found column in block
        16,  # no such column
        36,  # bad arguments
        47,  # unknown identifier
        53,  # type mismatch
        60,  # unknown table
        62,  # syntax error
        81,  # unknown database
        115,  # unknown setting
        164,  # readonly
        192,  # unknown user
        193,  # wrong password
        194,  # required password
        497,  # access denied
        516,  # authentication failed
    }
)
"""Error numbers that no waiting cures: somebody has to change the schema, the user or the settings."""

_CREDENTIALS: Final = frozenset({192, 193, 194, 497, 516})


_LONGEST_DESCRIPTION: Final = 500
"""Characters: ClickHouse quotes the statement, which may be long."""

# It warns about each failed request on its own; the callers of this module report errors themselves, once.
logging.getLogger("clickhouse_connect").setLevel(logging.ERROR)


class AddressError(ValueError):
    """The URL of ClickHouse cannot be used; the message says what to change."""


def connect(url: str, user: str, password: str, timeout_seconds: float) -> Any:
    """A clickhouse-connect client that several threads may share. It names no database: every statement of ours does.

    Silence for `timeout_seconds` is an error, so that a hanging server delays its caller, but never for ever.

    Raises:
        AddressError: `url` is no http(s) address.
        clickhouse_connect.driver.exceptions.ClickHouseError: nobody answers there, or the server refuses the user.
    """
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise AddressError("the ClickHouse address must not hold user or password: give them as their own settings")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressError(f"{url!r} is no ClickHouse address: write http://HOST:8123 or https://HOST:8443")
    return clickhouse_connect.get_client(
        host=parts.hostname,
        port=parts.port or (8443 if parts.scheme == "https" else 8123),
        secure=parts.scheme == "https",
        proxy_path=parts.path.strip("/"),
        username=user,
        password=password,
        connect_timeout=CONNECT_SECONDS,
        send_receive_timeout=ceil(timeout_seconds),
        # Sessions would forbid a second statement while one runs; retries are the caller's, who knows the batch.
        autogenerate_session_id=False,
        query_retries=0,
        dedicated_pool=True,
    )


def is_permanent(error: Exception) -> bool:
    """Whether only a person can mend it: wrong address, wrong user, or a schema that does not fit."""
    return isinstance(error, AddressError) or _code(error) in _PERMANENT


def is_refused_user(error: Exception) -> bool:
    """Whether ClickHouse answered, but does not let this user in or do this."""
    return _code(error) in _CREDENTIALS


def is_unreachable(error: Exception) -> bool:
    """Whether no ClickHouse answered at all: refused, timed out, or something else is listening there."""
    return isinstance(error, ClickHouseError) and _code(error) is None


def describe(error: Exception) -> str:
    """The error in one line, the same line each time it happens again, without secrets."""
    cause = error.__cause__
    if is_unreachable(error) and cause is not None:
        cause = getattr(cause, "reason", None) or cause  # urllib3 wraps the cause into a text with the request's id
        return f"no ClickHouse answers: {cause}"
    lines = str(error).strip().splitlines() or [type(error).__name__]  # TimeoutError() and others say nothing
    return lines[0][:_LONGEST_DESCRIPTION]


def _code(error: Exception) -> int | None:
    return error.code if isinstance(error, ClickHouseError) else None
