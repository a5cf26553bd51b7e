"""Rows of CSV files to CloudEvents by a mapping. What a row should give and does not is a failure.

Failures name the place and never what stands there: it may be a person's words.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from streams.core.admission import Refused, admit
from streams.core.configuration import Configuration
from streams.customers import CustomerKey
from streams.importing.csv_rows import BadRow, CsvFile, CsvRow
from streams.importing.mapping import ISO, DataField, EventMapping, EventRule, TimeColumn, Values
from streams.importing.templates import Placeholder, Template

_HASH_BYTES: Final = 16
"""128 bits: two of 10^12 references collide with a probability below 10^-14."""
_HASH_SEPARATOR: Final = "\x1f"
"""ASCII unit separator: ("ab", "c") and ("a", "bc") stay different."""
_MILLISECOND: Final = timedelta(milliseconds=1)


class Imported(NamedTuple):
    """One event and the line its row starts at."""

    file: str
    line: int
    event: bytes


class Failure(NamedTuple):
    """An event that a row should have given, or a whole row (``event`` is "row"), and why there is none."""

    file: str
    line: int
    event: str
    reason: str


class _Unusable(Exception):
    """A row does not give what a rule asks for."""


class _NoZone(ValueError):
    """A local time of nobody knows where."""


class _NewRecord(NamedTuple):
    """An event as the record it would be if it were published now."""

    value: bytes
    timestamp: int
    offset: int = 0


def import_files(
    mapping: EventMapping, files: Sequence[str], configuration: Configuration, customers: CustomerKey | None = None
) -> Iterator[Imported | Failure]:
    """Events and failures of CSV files, in the order of the rows and, within a row, of the mapping.

    ``customers``: gives the pseudonyms of customers; None leaves their references as they are.
    An event passes if a worker under ``configuration`` would accept its record now; what it would refuse is a failure.
    Raises OSError when a file cannot be opened, `MappingError` when it lacks a column that the mapping names.
    """
    for file in files:
        with CsvFile(file, mapping.csv) as rows:
            mapping.check_columns(file, rows.columns)
            for row in rows:
                if isinstance(row, BadRow):
                    yield Failure(file, row.line, "row", row.reason)
                else:
                    yield from _events(mapping, file, row, configuration, customers)


def _events(
    mapping: EventMapping, file: str, row: CsvRow, configuration: Configuration, customers: CustomerKey | None
) -> Iterator[Imported | Failure]:
    values = _with_derived(mapping, row.values)
    for rule in mapping.events:
        if rule.when and not rule.when.holds(values):
            continue
        try:
            event = _event(mapping, rule, values, customers)
        except _Unusable as unusable:
            yield Failure(file, row.line, rule.type, str(unusable))
            continue
        try:
            admit(_NewRecord(event, int(time.time() * 1000)), configuration)
        except Refused as refused:
            yield Failure(file, row.line, rule.type, f"{refused.reason}: {refused.detail}")
        else:
            yield Imported(file, row.line, event)


def _with_derived(mapping: EventMapping, values: Values) -> Values:
    derived: dict[str, str | None] = {}
    for name, rule in mapping.derived.items():
        parts = [values[column] for column in rule.hash]
        if any(part is None for part in parts):
            derived[name] = None
        else:
            text = _HASH_SEPARATOR.join(part or "" for part in parts)
            derived[name] = hashlib.blake2b(text.encode(), digest_size=_HASH_BYTES).hexdigest()
    return {**values, **derived}


def _event(mapping: EventMapping, rule: EventRule, values: Values, customers: CustomerKey | None) -> bytes:
    data = {name: _field(mapping, name, field, values) for name, field in {**mapping.data, **rule.data}.items()}
    if rule.customer:
        data["customer"] = _text(rule.customer, values)
    if customers and isinstance(data.get("customer"), str):
        data["customer"] = customers.pseudonym(data["customer"])
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": _text(rule.id, values),
            "source": mapping.source,
            "type": rule.type,
            "time": _instant(mapping, rule.time, values),
            "subject": _text(rule.subject, values),
            "data": {name: value for name, value in data.items() if value is not None},
        }
    )


def _field(mapping: EventMapping, name: str, field: DataField, values: Values) -> Any:
    if field.column:
        return _converted(name, field, values[field.column])
    if field.template:
        return _text(field.template, values)
    if field.time:
        return _instant(mapping, field.time, values)
    if field.start and field.end:
        start, end = _instant(mapping, field.start, values), _instant(mapping, field.end, values)
        if end < start:
            raise _Unusable(f"data.{name}: {field.end.column} is before {field.start.column}")
        return (end - start) // _MILLISECOND
    return field.const


def _converted(name: str, field: DataField, text: str | None) -> str | int | bool | None:
    if text is None:
        return None
    if field.map is not None:
        if text not in field.map:
            raise _Unusable(f"data.{name}: column {field.column!r} holds what its map does not name")
        return field.map[text]
    if field.cast == "integer":
        try:
            return int(text)
        except ValueError:
            raise _Unusable(f"data.{name}: column {field.column!r} holds no integer") from None
    return text


def _text(template: Template, values: Values) -> str:
    return "".join(
        _present(part.column, values).zfill(part.width) if isinstance(part, Placeholder) else part
        for part in template.parts
    )


def _instant(mapping: EventMapping, when: TimeColumn, values: Values) -> datetime:
    text = _present(when.column, values)
    format, zone = when.format or mapping.time.format, when.zone or mapping.time.zone
    try:
        return _parsed(text, format, zone)
    except _NoZone:
        raise _Unusable(f"column {when.column!r} holds a time without offset, and the mapping gives no zone") from None
    except OverflowError:
        raise _Unusable(f"column {when.column!r} holds a time out of range") from None
    except ValueError:
        raise _Unusable(f"column {when.column!r} holds no time of the form {format}") from None


@lru_cache(maxsize=4096)  # the events of a row, and of neighbouring rows, share their times
def _parsed(text: str, format: str, zone: str | None) -> datetime:
    instant = datetime.fromisoformat(text) if format == ISO else datetime.strptime(text, format)
    if instant.tzinfo is None:
        if zone is None:
            raise _NoZone
        # fold=0 is the rule of RFC 5545 for hours that the clocks skip or repeat (mapping.py).
        instant = instant.replace(tzinfo=ZoneInfo(zone))
    return instant.astimezone(UTC)


def _present(column: str, values: Values) -> str:
    text = values[column]
    if text is None:
        raise _Unusable(f"column {column!r} has no value")
    return text
