"""Certificates made by the tests: an authority of their own, good and bad ones for servers and clients."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificate

from deploy.local.ports import LOOPBACK


class KeyPair(NamedTuple):
    """A certificate with its chain, and its private key (PKCS #8, the only form that Kafka reads)."""

    certificate: Path
    key: Path

    @property
    def principal(self) -> str:
        """Its name as Kafka's rules have it."""
        name = load_pem_x509_certificate(self.certificate.read_bytes()).subject.rfc4514_string()
        return name.replace("#", "\\#")  # Java escapes it anywhere, Python only in the first place

    def in_one_file(self) -> Path:
        """Both in one PEM file, as Kafka's key store."""
        both = self.key.with_name(f"{self.key.stem}-both.pem")
        both.write_bytes(self.key.read_bytes() + self.certificate.read_bytes())
        return both


class Authority:
    """A certificate authority that nobody else knows; its files lie in ``directory``."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._ca = trustme.CA()
        self.file = directory / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self.file))
        self._issued = 0

    def issue(self, name: str = LOOPBACK, *, expired: bool = False, passphrase: str | None = None) -> KeyPair:
        """For a server of this address or host name, or for a client of this name."""
        yesterday = datetime.now(UTC) - timedelta(days=1)
        leaf = self._ca.issue_cert(
            name,
            common_name=name,
            not_before=yesterday - timedelta(days=30),
            not_after=yesterday if expired else yesterday + timedelta(days=30),
        )
        self._issued += 1
        certificate = self._directory / f"{self._issued}.pem"
        certificate.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        key = self._directory / f"{self._issued}-key.pem"
        encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        private = load_pem_private_key(leaf.private_key_pem.bytes(), None)
        key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
        return KeyPair(certificate, key)
