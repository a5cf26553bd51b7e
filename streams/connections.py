"""What clients and servers need of the settings to connect safely: the one place that secrets are taken out of them."""

from pathlib import Path
from ssl import SSLContext
from typing import Any, Final

from pydantic import SecretStr

from sinks.tls import KeyPair, TlsError, client_context, server_context
from streams.settings import KafkaSecurity, Settings

_PROTOCOLS: Final[dict[KafkaSecurity, str]] = {
    "plaintext": "PLAINTEXT",
    "tls": "SSL",
    "sasl_tls": "SASL_SSL",
    "sasl_plaintext": "SASL_PLAINTEXT",
}
"""Kafka's own names."""

_RETRY_MS: Final = 500
"""Between two attempts at anything, a connection too. aiokafka does not slow down by itself: with its 100 ms the
clients of one worker knock forty times a second at a broker that is down."""


class _Secret(str):
    """For libraries, which know no SecretStr: whoever shows a collection with it inside does not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(str(SecretStr(self)))


def kafka_client(settings: Settings) -> dict[str, Any]:
    """Arguments of a client of aiokafka or kafka-python, which have the same names: servers and security.

    Raises TlsError.
    """
    arguments: dict[str, Any] = {
        "bootstrap_servers": list(settings.brokers),
        "security_protocol": _PROTOCOLS[settings.kafka_security],
        "retry_backoff_ms": _RETRY_MS,
    }
    if settings.kafka_security.endswith("tls"):
        own = _pair(settings.kafka_cert_file, settings.kafka_key_file, settings.kafka_key_password)
        arguments["ssl_context"] = _named("Kafka", client_context, settings.kafka_ca_file, own)
    if settings.kafka_security.startswith("sasl"):
        arguments |= {
            "sasl_mechanism": settings.kafka_mechanism,
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": _Secret(settings.kafka_password.get_secret_value()),
        }
    return arguments


def clickhouse_access(settings: Settings) -> dict[str, Any]:
    """Arguments of `sinks.clickhouse.client.connect` and of `ClickHouseStore`: address, user and security.

    Raises TlsError.
    """
    tls = None
    if settings.clickhouse_url.startswith("https:"):
        own = _pair(settings.clickhouse_cert_file, settings.clickhouse_key_file, settings.clickhouse_key_password)
        tls = _named("ClickHouse", client_context, settings.clickhouse_ca_file, own)
    return {
        "url": settings.clickhouse_url,
        "user": settings.clickhouse_user,
        "password": _Secret(settings.clickhouse_password.get_secret_value()),
        "timeout_seconds": settings.clickhouse_timeout_seconds,
        "tls": tls,
    }


def endpoints_tls(settings: Settings) -> SSLContext | None:
    """TLS of the worker's own endpoints; None without a certificate. Raises TlsError."""
    own = _pair(settings.metrics_cert_file, settings.metrics_key_file, settings.metrics_key_password)
    return _named("endpoints", server_context, own, settings.metrics_client_ca_file) if own else None


def _pair(certificate: Path | None, key: Path | None, passphrase: SecretStr) -> KeyPair | None:
    return KeyPair(certificate, key, passphrase) if certificate else None


def _named(what: str, make: Any, *arguments: Any) -> SSLContext:
    try:
        context: SSLContext = make(*arguments)
        return context
    except TlsError as error:
        raise TlsError(f"TLS of {what}: {error}") from None
