"""Whether Kafka lets us in, found out before any client library tries again and again in silence.

The libraries take a refused password or certificate for a broker that is down: they retry, and keep the reason to
themselves. So the first connection is made here, and what is wrong with it is told in one sentence.
"""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any, Final

import aiokafka.errors
from aiokafka.conn import AIOKafkaConnection, collect_hosts, create_conn
from aiokafka.protocol.metadata import MetadataRequest

from sinks.kafka_errors import denial, number
from sinks.tls import failed_handshake, is_refusal, meaning

_PATIENCE_SECONDS: Final = 10.0
"""For brokers that are just starting; a refusal is told at once."""

_OF_A_CONNECTION: Final = ("security_", "ssl_", "sasl_")
_PAUSE_SECONDS: Final = 0.5
_ANSWER_MS: Final = 10_000

_REFUSALS: Final = {
    58: "refuses user {user} or the password: see CX_KAFKA_USER, CX_KAFKA_PASSWORD and CX_KAFKA_MECHANISM",
    33: "does not offer {mechanism} on this listener: see CX_KAFKA_MECHANISM",
    34: "takes no SASL on this listener: see CX_KAFKA_SECURITY",
}
"""What a broker's error number means when we introduce ourselves."""


class KafkaUnreachable(Exception):
    """No broker answers at the addresses we were given; the message is one line."""


class KafkaRefused(Exception):
    """A broker does not let us in or does not let us do it, or is not who it should be: only a person can mend it.

    The message is one line: what, where, and what to do.
    """


def refusal(error: BaseException) -> KafkaRefused | None:
    """What a client library's error means if it is about permission or identity; None for every other one."""
    if isinstance(error, KafkaRefused):
        return error
    if denied := denial(error):
        return KafkaRefused(denied)
    return KafkaRefused(f"Kafka refuses this client: {error}") if number(error) in _REFUSALS else None


def check_access(client: Mapping[str, Any]) -> None:
    """Returns when a broker lets us in; ``client`` is `streams.connections.kafka_client`. Blocks; not for event loops.

    One of the bootstrap servers is asked for the brokers, and one of those must let us in under the address it gives.

    Raises:
        KafkaUnreachable: none answers.
        KafkaRefused: one answers, and it or we refuse.
    """
    asyncio.run(_check(client))


async def _check(client: Mapping[str, Any]) -> None:
    addresses = [(host, port) for host, port, _ in collect_hosts(client["bootstrap_servers"], randomize=False)]
    deadline = monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            brokers = await _any(client, addresses)
            await _any(client, brokers or addresses)
            return
        except KafkaUnreachable:
            if monotonic() > deadline:
                raise
        await asyncio.sleep(_PAUSE_SECONDS)


async def _any(client: Mapping[str, Any], addresses: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The brokers that one of these knows; raises the first refusal, else the first failure, when none lets us in."""
    failures: list[Exception] = []
    for host, port in addresses:
        try:
            return await _brokers(client, host, port)
        except (KafkaRefused, KafkaUnreachable) as error:
            failures.append(error)
    raise next((each for each in failures if isinstance(each, KafkaRefused)), failures[0])


async def _brokers(client: Mapping[str, Any], host: str, port: int) -> list[tuple[str, int]]:
    arguments = {name: value for name, value in client.items() if name.startswith(_OF_A_CONNECTION)}
    connection: AIOKafkaConnection | None = None
    try:
        connection = await create_conn(host, port, request_timeout_ms=_ANSWER_MS, **arguments)
        # Kafka answers a question for its version before it knows who asks, but not this one.
        answer = await connection.send(MetadataRequest([]))
    except (OSError, TimeoutError, aiokafka.errors.KafkaError) as error:
        raise _explained(client, f"{host}:{port}", error) from error
    finally:
        if connection is not None:
            connection.close()
    return [(broker[1], broker[2]) for broker in answer.brokers]


def _explained(client: Mapping[str, Any], address: str, error: Exception) -> KafkaRefused | KafkaUnreachable:
    where = f"Kafka broker {address}"
    handshake = failed_handshake(error)
    if handshake is not None:
        text = f"{where}: {meaning(handshake, 'CX_KAFKA_')}"
        return KafkaRefused(text) if is_refusal(handshake) else KafkaUnreachable(text)
    reason = _REFUSALS.get(number(error) or 0)
    if reason is not None:
        names = {"user": client.get("sasl_plain_username"), "mechanism": client.get("sasl_mechanism")}
        return KafkaRefused(f"{where} {reason.format_map(names)}")
    if isinstance(error, OSError) and not isinstance(error, ConnectionResetError):
        why = error.strerror or error
        return KafkaUnreachable(f"no Kafka broker answers at {address} ({why}): start it, or correct CX_BROKERS")
    return KafkaUnreachable(f"{where} breaks off: does it expect {client['security_protocol']}? See CX_KAFKA_SECURITY")
