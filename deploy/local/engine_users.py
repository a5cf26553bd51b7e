"""Who may ask the local engine: names and passwords, given in the ways of ClickHouse's HTTP interface."""

import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiohttp import BasicAuth, web

from deploy.local.embedded import EngineError

_AUTHENTICATION_FAILED: Final = 516


class Users:
    """Passwords by name; everybody may do everything, since the engine knows no permissions."""

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = passwords

    @classmethod
    def read(cls, file: Path) -> "Users":
        """From lines of ``name:password``. Raises OSError."""
        pairs = (line.partition(":") for line in file.read_text(encoding="utf-8").splitlines() if line)
        return cls({name: password for name, _, password in pairs})

    def check(self, request: web.Request) -> None:
        """Raises EngineError, as ClickHouse refuses, unless the request names a user with the right password."""
        user, password = _named(request)
        expected = self._passwords.get(user)
        if expected is None or not hmac.compare_digest(expected.encode(), password.encode()):
            raise EngineError(
                f"Code: {_AUTHENTICATION_FAILED}. DB::Exception: {user}: Authentication failed: password is incorrect, "
                "or there is no user with such name. (AUTHENTICATION_FAILED)",
                _AUTHENTICATION_FAILED,
            )


def _named(request: web.Request) -> tuple[str, str]:
    headers, query = request.headers, request.query
    if "Authorization" in headers:
        try:
            basic = BasicAuth.decode(headers["Authorization"], encoding="utf-8")
        except ValueError:
            return "", ""
        return basic.login, basic.password
    if "X-ClickHouse-User" in headers:
        return headers["X-ClickHouse-User"], headers.get("X-ClickHouse-Key", "")
    return query.get("user", "default"), query.get("password", "")
