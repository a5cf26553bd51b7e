"""A ClickHouse engine with TLS and users."""

from pathlib import Path
from typing import Any

from deploy.local.ports import Ports
from sinks.clickhouse.client import connect
from sinks.tls import KeyPair, client_context
from tests.certificates import Authority
from tests.clickhouse_engine import ClickHouseEngine

CLICKHOUSE_PASSWORD = "planted-clickhouse-password"


class SecuredClickHouse(ClickHouseEngine):
    """Speaks https, wants a client certificate, and knows the user ``writer``."""

    def __init__(self, ports: Ports, directory: Path, authority: Authority) -> None:
        users = directory / "users"
        users.write_text(f"writer:{CLICKHOUSE_PASSWORD}\n")
        own = authority.issue()
        files = {"--certificate": own.certificate, "--key": own.key, "--client-ca": authority.file, "--users": users}
        super().__init__(ports.any(), directory, *(part for name, file in files.items() for part in (name, str(file))))
        self._authority = authority

    def client(self) -> Any:
        """The writer's."""
        tls = client_context(self._authority.file, KeyPair(*self._authority.issue("writer")))
        return connect(self.url, "writer", CLICKHOUSE_PASSWORD, 30, tls)
