"""A real Apache Kafka with users, permissions and TLS."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.admin._users import ScramMechanism, UserScramCredentialUpsertion

from deploy.local.kafka import Kafka
from deploy.local.ports import LOOPBACK, Ports
from tests.certificates import Authority, KeyPair


class SecuredKafka(Kafka):
    """Clients come in by SASL_SSL or by mutual TLS; the plain listener is the administrator's, who may do everything.

    Without a rule nobody else may do anything.
    """

    def __init__(self, ports: Ports, directory: Path, authority: Authority, other: KeyPair) -> None:
        """``other``: the certificate of a second SASL_SSL listener, for what is wrong with certificates."""
        super().__init__(ports.any(), ports.any(), directory / "data", directory / "broker.log")
        self._listeners: dict[str, tuple[str, int, KeyPair | None]] = {
            "SASL_TLS": ("SASL_SSL", ports.any(), authority.issue()),
            "MUTUAL_TLS": ("SSL", ports.any(), authority.issue()),
            "OTHER": ("SASL_SSL", ports.any(), other),
            "SASL_PLAIN": ("SASL_PLAINTEXT", ports.any(), None),
        }
        # At this level it tells of each client that it does not let in.
        self.process.command = tuple(part.replace("level=WARN", "level=INFO") for part in self.process.command)
        self._trusted = authority.file

    def address(self, listener: str, host: str = LOOPBACK) -> str:
        """``host:port`` of SASL_TLS, MUTUAL_TLS, OTHER or SASL_PLAIN."""
        return f"{host}:{self._listeners[listener][1]}"

    @contextmanager
    def admin(self) -> Iterator[KafkaAdminClient]:
        """The administrator."""
        client = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            yield client
        finally:
            client.close()

    def failed_attempts(self) -> int:
        """Connections that it has refused since its first start, or that a client has broken off over its
        certificate."""
        return self.process.log.read_bytes().count(b"Failed authentication with ")

    def set_password(self, user: str, password: str) -> None:
        """Makes the user where there is none."""
        with self.admin() as admin:
            credential = UserScramCredentialUpsertion(user, ScramMechanism.SCRAM_SHA_512, password)
            assert admin.alter_user_scram_credentials([credential]) == {user: None}

    def allow(self, user: str, rules: Iterable[tuple[str, str, str]]) -> None:
        """Rules are operation, kind of resource and its name, such as READ, TOPIC, cx.surveys."""
        acls = [
            ACL(f"User:{user}", "*", ACLOperation[operation], ACLPermissionType.ALLOW, _pattern(kind, name))
            for operation, kind, name in rules
        ]
        with self.admin() as admin:
            assert not admin.create_acls(acls)["failed"]

    def forbid(self, user: str, operation: str, kind: str, name: str) -> None:
        """Takes a rule back."""
        pattern = ResourcePatternFilter(ResourceType[kind], name, _pattern(kind, name).pattern_type)
        rule = ACLFilter(f"User:{user}", "*", ACLOperation[operation], ACLPermissionType.ALLOW, pattern)
        with self.admin() as admin:
            (deleted,) = admin.delete_acls([rule])
            assert deleted[1], f"{user} had no {operation} on {name}"

    def _configuration(self) -> str:
        plain = dict(line.split("=", 1) for line in super()._configuration().splitlines())
        addresses = [f"{name}://{self.address(name)}" for name in self._listeners]
        protocols = [f"{name}:{protocol}" for name, (protocol, *_) in self._listeners.items()]
        own: dict[str, object] = {
            "listeners": ",".join([plain["listeners"], *addresses]),
            "advertised.listeners": ",".join([plain["advertised.listeners"], *addresses]),
            "listener.security.protocol.map": ",".join([plain["listener.security.protocol.map"], *protocols]),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
            "allow.everyone.if.no.acl.found": "false",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        }
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        for name, (protocol, _, pair) in self._listeners.items():
            prefix = f"listener.name.{name.lower()}"
            if pair is not None:
                own |= {
                    f"{prefix}.ssl.keystore.type": "PEM",
                    f"{prefix}.ssl.keystore.location": pair.in_one_file(),
                    f"{prefix}.ssl.truststore.type": "PEM",
                    f"{prefix}.ssl.truststore.location": self._trusted,
                    f"{prefix}.ssl.client.auth": "required" if protocol == "SSL" else "none",
                }
            if protocol.startswith("SASL"):
                own[f"{prefix}.scram-sha-512.sasl.jaas.config"] = scram
        return "".join(f"{key}={value}\n" for key, value in (plain | own).items())


def _pattern(kind: str, name: str) -> Any:
    return ResourcePattern(ResourceType[kind], name)
