"""Who was erased, according to a log: known before its records are read again."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from schemas.events import ERASED, CustomerErased
from streams.core.admission import Refused, admit
from streams.core.configuration import Configuration
from streams.core.erasures import Erased, Erasures
from streams.replay.log import read
from streams.replay.plan import Stretch

_MARK: Final = ERASED.encode()
"""In every record that erases somebody; looking for it takes a twentieth of decoding all of them."""


async def erased_customers(
    client: Mapping[str, Any], stretches: Sequence[Stretch], configuration: Configuration
) -> list[Erased]:
    """Every customer that these records erase, in whatever partition: a customer's events may lie in others.

    Raises:
        LogError: see `streams.replay.log`.
    """
    found = Erasures(sys.maxsize)
    for stretch in stretches:
        async for _, records in read(client, stretch, stretch.start):
            for record in records:
                if record.value is None or _MARK not in record.value:
                    continue
                try:
                    event, time, _ = admit(record, configuration)
                except Refused:
                    continue  # a dead letter erases nobody, as in a worker
                if isinstance(event, CustomerErased):
                    found.erase(event.data.customer, time)
    return list(found.customers.items())
