"""The mapping language: a small YAML file that says how the rows of a CSV file become events.

::

    source: /shop/orders                      # CloudEvents source of every event
    csv: {delimiter: ";", encoding: cp1252, missing: ["", "?"]}
    time: {format: "%d.%m.%Y %H:%M", zone: Europe/Berlin}    # how times are written, unless a column says otherwise
    derived:
      order: {hash: [bought_at, zip]}         # a pseudonymous reference, usable like a column
    data: {region: state}                     # fields that every event carries
    events:
      - type: cx.touchpoint.measured.v1
        when: {present: delivered_at}
        id: "{order}-delivery"                # {row:6} pads with zeros to 6 digits, so that ids sort like numbers
        subject: "{order}"
        time: delivered_at
        data:
          measure: {const: delivery}
          duration_ms: {from: bought_at, to: delivered_at}

**Times** are ISO 8601 (``format: iso``, the default) or a strptime pattern. A value without offset is local time of
``zone``; as in RFC 5545, an hour the clocks skip is read with the offset before the change, an hour that happens twice
is the first of the two. **Conditions** have exactly one key: present, missing, equals, in, not, all, any; a missing
value equals nothing. **Data fields** come from a column (omitted where it is missing), a constant, a template, a time
or the milliseconds between two times; ``cast: integer`` and ``map`` change a column's text.
"""

import codecs
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from schemas.events import Event
from streams.importing.templates import Template, parse_template

Values = Mapping[str, str | None]
"""One row: text by column, None where the value is missing."""

ISO: Final = "iso"


class MappingError(ValueError):
    """A mapping that cannot be used; each line of the text says where and what is wrong."""


def _column_only(value: object) -> object:
    """A bare column name stands for ``{column: name}``."""
    return {"column": value} if isinstance(value, str) else value


def _encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError(f"unknown encoding {name!r}; utf-8, cp1252 and iso8859-1 are usual ones") from None


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"unknown time zone {name!r}; write it like Europe/Berlin or UTC") from None
    return name


def _event_type(name: str) -> str:
    if name not in EVENT_TYPES:
        raise ValueError(f"unknown event type {name!r}; known are {', '.join(EVENT_TYPES)}")
    return name


def _some(rules: "tuple[EventRule, ...]") -> "tuple[EventRule, ...]":
    if not rules:
        raise ValueError("a mapping needs at least one event")
    return rules


EVENT_TYPES: Final = tuple(str(event.__struct_config__.tag) for event in get_args(Event))
Text = Annotated[Template, BeforeValidator(parse_template)]
Zone = Annotated[str, AfterValidator(_zone)]
Delimiter = Annotated[str, Field(min_length=1, max_length=1)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)

    def _given(self, *names: str) -> list[str]:
        return [name for name in names if name in self.model_fields_set]


class CsvFormat(_Model):
    """How the file is written."""

    delimiter: Delimiter = ","
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8"
    missing: tuple[str, ...] = ("",)
    """Texts that stand for no value."""


class TimeFormat(_Model):
    """How times are written: ISO 8601 or a strptime pattern, and the zone of values without offset."""

    format: str = ISO
    zone: Zone | None = None


class TimeColumn(_Model):
    """A column with times; format and zone as in the mapping's ``time`` unless said here."""

    column: str
    format: str | None = None
    zone: Zone | None = None


Time = Annotated[TimeColumn, BeforeValidator(_column_only)]


class Derived(_Model):
    """A value made from columns: a hash that hides them, as far as nobody can guess and hash all their values."""

    hash: Annotated[tuple[str, ...], Field(min_length=1)]


class Condition(_Model):
    """A row condition; exactly one key. Several columns under ``equals`` or ``in`` must all match."""

    present: str | None = None
    missing: str | None = None
    equals: dict[str, str] = {}
    one_of: dict[str, tuple[str, ...]] = Field({}, alias="in")
    negated: "Condition | None" = Field(None, alias="not")
    all: tuple["Condition", ...] = ()
    any: tuple["Condition", ...] = ()

    @model_validator(mode="after")
    def _one_key(self) -> "Condition":
        if len(self.model_fields_set) != 1:
            raise ValueError("a condition has exactly one of the keys present, missing, equals, in, not, all, any")
        # YAML reads a key without a value, as in {missing}, as null.
        (key,) = self.model_fields_set
        if getattr(self, key) is None:
            raise ValueError("a condition's key needs a value, such as {missing: delivered_at}")
        return self

    def holds(self, row: Values) -> bool:
        """Whether the row meets the condition."""
        match next(iter(self.model_fields_set)):
            case "present":
                return row[str(self.present)] is not None
            case "missing":
                return row[str(self.missing)] is None
            case "equals":
                return all(row[column] == value for column, value in self.equals.items())
            case "one_of":
                return all(row[column] in values for column, values in self.one_of.items())
            case "all":
                return all(condition.holds(row) for condition in self.all)
            case "any":
                return any(condition.holds(row) for condition in self.any)
            case _:
                return self.negated is not None and not self.negated.holds(row)

    def columns(self) -> Iterator[str]:
        """Every column it looks at."""
        yield from (column for column in (self.present, self.missing) if column is not None)
        yield from (*self.equals, *self.one_of)
        for condition in (*self.all, *self.any, *([self.negated] if self.negated else [])):
            yield from condition.columns()


class DataField(_Model):
    """Where one field of ``data`` comes from: column, const, template, time, or from and to (milliseconds between)."""

    column: str | None = None
    cast: Literal["integer"] | None = None
    map: dict[str, str | int | bool] | None = None
    const: str | int | bool | None = None
    template: Text | None = None
    time: Time | None = None
    start: Time | None = Field(None, alias="from")
    end: Time | None = Field(None, alias="to")

    @model_validator(mode="after")
    def _one_origin(self) -> "DataField":
        if bool(self.start) != bool(self.end):
            raise ValueError("a duration needs both from and to")
        if len(self._given("column", "const", "template", "time", "start")) != 1:
            raise ValueError("a field has exactly one of column, const, template, time, or from with to")
        if self._given("cast", "map") and self.column is None:
            raise ValueError("cast and map need a column")
        if self.cast and self.map:
            raise ValueError("a field has cast or map, not both")
        return self

    def columns(self) -> Iterator[str]:
        """Every column it looks at."""
        if self.column:
            yield self.column
        if self.template:
            yield from self.template.columns
        yield from (time.column for time in (self.time, self.start, self.end) if time)


Data = dict[str, Annotated[DataField, BeforeValidator(_column_only)]]


class EventRule(_Model):
    """One event that a row gives, where the condition holds."""

    type: Annotated[str, AfterValidator(_event_type)]
    when: Condition | None = None
    id: Text
    subject: Text
    customer: Text | None = None
    time: Time
    data: Data = {}

    def columns(self) -> Iterator[str]:
        """Every column it looks at."""
        yield from self.when.columns() if self.when else ()
        for text in (self.id, self.subject, *([self.customer] if self.customer else [])):
            yield from text.columns
        yield self.time.column
        for field in self.data.values():
            yield from field.columns()


class EventMapping(_Model):
    """A whole mapping file."""

    source: Annotated[str, Field(min_length=1)]
    csv: CsvFormat = CsvFormat()
    time: TimeFormat = TimeFormat()
    derived: dict[str, Derived] = {}
    data: Data = {}
    events: Annotated[tuple[EventRule, ...], AfterValidator(_some)]

    def check_columns(self, file: str, header: Sequence[str]) -> None:
        """Raise `MappingError` unless the file has every column that the mapping names."""
        wanted = [(f"derived.{name}", column) for name, derived in self.derived.items() for column in derived.hash]
        usable = [(f"data.{name}", column) for name, field in self.data.items() for column in field.columns()]
        usable += [(f"events[{i}]", column) for i, rule in enumerate(self.events) for column in rule.columns()]
        wanted += [(where, column) for where, column in usable if column not in self.derived]
        absent: dict[str, str] = {}
        for where, column in wanted:
            if column not in header:
                absent.setdefault(column, f"{where}: {file} has no column {column!r}")
        if absent:
            raise MappingError("\n".join([*absent.values(), f"its columns are: {', '.join(header)}"]))


def load_mapping(path: Path) -> EventMapping:
    """Read and check a mapping file. Raises `MappingError`, or OSError when it cannot be read."""
    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return EventMapping.model_validate(document)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MappingError(f"{path}: no readable YAML: {error}") from error
    except ValidationError as error:
        raise MappingError(
            "\n".join(f"{path}: {_where(problem['loc'])}: {_what(problem)}" for problem in error.errors())
        ) from error


def _where(location: tuple[int | str, ...]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return text.removeprefix(".") or "the file"


def _what(problem: Any) -> str:
    match problem["type"]:
        case "extra_forbidden":
            return "unknown key"
        case "missing":
            return "is required"
        case _:
            return str(problem["msg"]).removeprefix("Value error, ")
