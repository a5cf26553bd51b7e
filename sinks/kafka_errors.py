"""What a Kafka client's error means when it is about permission, whichever library raised it."""

from typing import Final

import aiokafka.errors
import kafka.errors

GRANT: Final = "grant it (README, Security)"

_KINDS: Final = {29: "topic", 30: "group", 31: "cluster"}
"""What we may not use, by Kafka's error number."""


def number(error: BaseException) -> int | None:
    """Kafka's number of an error that one of the two libraries raises; errors of the system have other numbers."""
    known = isinstance(error, aiokafka.errors.KafkaError | kafka.errors.KafkaError)
    return getattr(error, "errno", None) if known else None


def denial(error: BaseException) -> str | None:
    """In one line what Kafka does not allow; None when the error is about something else."""
    kind = _KINDS.get(number(error) or 0)
    if kind is None:
        return None
    named = error.args[0] if error.args else ""
    name = ", ".join(map(str, named)) if isinstance(named, set) else str(named)
    return f"Kafka does not allow this client to use {kind} {name}: {GRANT}"


def described(error: Exception) -> str:
    """The error in one line."""
    return denial(error) or str(error)
