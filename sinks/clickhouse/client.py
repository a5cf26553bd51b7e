"""One connection to ClickHouse over HTTP, and what its errors mean to us."""

import logging
from math import ceil
from ssl import SSLContext, SSLError
from typing import Any, Final

import clickhouse_connect
from clickhouse_connect.driver import options
from clickhouse_connect.driver.exceptions import ClickHouseError
from clickhouse_connect.driver.httputil import check_env_proxy, get_pool_manager

from sinks.clickhouse.address import AddressError, parse_address
from sinks.tls import client_context, failed_handshake, is_refusal, meaning

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

_SETTINGS: Final = "CX_CLICKHOUSE_"

_LONGEST_DESCRIPTION: Final = 500
"""Characters: ClickHouse quotes the statement, which may be long."""

# It asks of each insert whether the data are a DataFrame or an array, and for that imports pandas and NumPy wherever
# they are, as chdb brings them: 1.7 s of work and 87 MiB with a worker's first rows, for an answer that is known.
options.pd = options.pd_time_test = options.np = None

# It warns about each failed request on its own; the callers of this module report errors themselves, once.
logging.getLogger("clickhouse_connect").setLevel(logging.ERROR)


def connect(url: str, user: str, password: str, timeout_seconds: float, tls: SSLContext | None = None) -> Any:
    """A clickhouse-connect client that several threads may share. It names no database: every statement of ours does.

    Silence for `timeout_seconds` is an error, so that a hanging server delays its caller, but never for ever.
    `tls`: for https, see `sinks.tls`; None trusts what the system trusts.

    Raises:
        AddressError: `url` is no http(s) address.
        clickhouse_connect.driver.exceptions.ClickHouseError: nobody answers there, or the server refuses the user.
    """
    host, port, secure, path = parse_address(url)
    return clickhouse_connect.get_client(
        host=host,
        port=port,
        secure=secure,
        proxy_path=path,
        username=user,
        password=password,
        connect_timeout=CONNECT_SECONDS,
        send_receive_timeout=ceil(timeout_seconds),
        # Sessions would forbid a second statement while one runs; retries are the caller's, who knows the batch.
        autogenerate_session_id=False,
        query_retries=0,
        **_pool(host, port, tls or client_context(None, None)) if secure else {"dedicated_pool": True},
    )


def _pool(host: str, port: int, tls: SSLContext) -> dict[str, Any]:
    """A pool of its own with our TLS: the library would take files, but no passphrase."""
    return {"pool_mgr": get_pool_manager(https_proxy=check_env_proxy("https", host, port), ssl_context=tls)}


def is_permanent(error: Exception) -> bool:
    """Whether only a person can mend it: wrong address, user or certificate, or a schema that does not fit."""
    return isinstance(error, AddressError) or _code(error) in _PERMANENT or _refused_certificate(error) is not None


def is_refused_user(error: Exception) -> bool:
    """Whether ClickHouse answered, but does not let this user in or do this, or one side refuses a certificate."""
    return _code(error) in _CREDENTIALS or _refused_certificate(error) is not None


def is_unreachable(error: Exception) -> bool:
    """Whether no ClickHouse answered at all: refused, timed out, or something else is listening there."""
    return isinstance(error, ClickHouseError) and _code(error) is None and _refused_certificate(error) is None


def describe(error: Exception) -> str:
    """The error in one line, the same line each time it happens again, without secrets."""
    cause = error.__cause__
    if handshake := failed_handshake(error):
        return f"TLS with ClickHouse fails: {meaning(handshake, _SETTINGS)}"
    if is_unreachable(error) and cause is not None:
        cause = getattr(cause, "reason", None) or cause  # urllib3 wraps the cause into a text with the request's id
        return f"no ClickHouse answers: {cause}"
    lines = str(error).strip().splitlines() or [type(error).__name__]  # TimeoutError() and others say nothing
    return lines[0][:_LONGEST_DESCRIPTION]


def _refused_certificate(error: Exception) -> SSLError | None:
    handshake = failed_handshake(error)
    return handshake if handshake is not None and is_refusal(handshake) else None


def _code(error: Exception) -> int | None:
    return error.code if isinstance(error, ClickHouseError) else None
