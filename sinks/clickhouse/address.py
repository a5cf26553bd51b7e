"""Where a ClickHouse listens."""

from typing import NamedTuple
from urllib.parse import urlsplit


class AddressError(ValueError):
    """The URL of ClickHouse cannot be used; the message says what to change, without repeating it."""


class Address(NamedTuple):
    """The parts of its URL."""

    host: str
    port: int
    tls: bool
    path: str


def parse_address(url: str) -> Address:
    """The parts of ``http://HOST:8123`` or ``https://HOST:8443``.

    Raises AddressError, which does not repeat the URL: somebody may have written a password into it.
    """
    if "@" in url or "?" in url:
        raise AddressError("the ClickHouse address must not hold user or password: give them as their own settings")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressError("this is no ClickHouse address: write http://HOST:8123 or https://HOST:8443")
    tls = parts.scheme == "https"
    return Address(parts.hostname, port or (8443 if tls else 8123), tls, parts.path.strip("/"))
