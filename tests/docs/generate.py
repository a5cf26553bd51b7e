"""The README's tables, made from what they describe: ``python -m tests.docs.generate`` writes them anew.

A table stands between ``<!-- table: NAME -->`` and ``<!-- end -->``; everything outside is written by hand.
"""

import re
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final, get_args, get_type_hints

import msgspec

from schemas.events import Dimensions, Event
from schemas.metrics import MEASURED, Metric, load_registry
from streams.__main__ import COMMANDS, command
from streams.commands.exits import Exit
from streams.commands.settings import reference
from tests.bench.compare import results

README: Final = Path(__file__).parents[2] / "README.md"

_TABLE: Final = re.compile(r"(?<=<!-- table: )(?P<name>\w+)(?P<open> -->\n).*?(?=<!-- end -->)", re.DOTALL)


def markdown(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, ("---",) * len(header), *rows))


def help_of(name: str) -> str:
    """The text of ``cxstream NAME --help``."""
    return str(command(name).__doc__)


def commands() -> str:
    """The commands with the first line of their help."""
    return markdown(
        ("command", "what it does"), [(f"`cxstream {name}`", help_of(name).splitlines()[0]) for name in COMMANDS]
    )


def exits() -> str:
    return markdown(("exit code", "meaning"), [(str(each.value), each.meaning) for each in Exit])


def events() -> str:
    """Event types by the fields of their own; types with the same fields share a line."""
    types: dict[tuple[str, str], list[str]] = {}
    for event in get_args(Event):
        fields_of = msgspec.structs.fields(get_type_hints(event)["data"])
        own = [each for each in fields_of if each.required or each.name not in _SHARED]
        fields = tuple(", ".join(f"`{each.name}`" for each in own if each.required is need) or "-" for need in _NEEDS)
        types.setdefault((fields[0], fields[1]), []).append(f"`{event.__struct_config__.tag}`")
    rows = [(", ".join(names), *fields) for fields, names in types.items()]
    return markdown(("type", "needs in `data`", "may have"), rows)


def metrics() -> str:
    """Metrics of the registry; those that differ in nothing but their names share a line."""
    names: dict[tuple[str, ...], list[str]] = {}
    for metric in load_registry().metrics.values():
        name = f"{MEASURED}.NAME" if metric.id == MEASURED else metric.id
        names.setdefault(_properties(metric), []).append(f"`{name}`")
    rows = [(", ".join(ids), *properties) for properties, ids in names.items()]
    return markdown(
        ("metric", "kind", "value", "booked", "scales, default first; targets, objective first", "least n"), rows
    )


def _properties(metric: Metric) -> tuple[str, ...]:
    value = _VALUES[metric.score or metric.kind]
    return (
        metric.kind,
        value,
        metric.basis,
        " ".join(metric.scales or metric.targets) or "-",
        f"{metric.minimum_n}",
    )


_SHARED: Final = frozenset(Dimensions.__struct_fields__)
_NEEDS: Final = (True, False)
_VALUES: Final = {
    "nps": "NPS, -100 to 100",
    "top_box": "share satisfied",
    "mean": "mean code",
    "duration": "mean, ms",
    "ratio": "share",
    "count": "number",
    "gap": "mean gap, codes",
}


def faults() -> str:
    """What the marks of the fault tests say."""
    directory = README.parent / "tests" / "faults"
    modules = [import_module(f"tests.faults.{file.stem}") for file in sorted(directory.glob("test_*.py"))]
    tests = [each for module in modules for name, each in vars(module).items() if name.startswith("test_")]
    rows = []
    for test in tests:
        (mark,) = (mark for mark in test.pytestmark if mark.name == "fault")
        rows.append((mark.args[0], mark.kwargs["does"], mark.kwargs["sees"], f"`{test.__name__}`"))
    return markdown(("fault", "what cxstream does", "what the user sees", "test"), rows)


def bench() -> str:
    """The first table of the benchmark's results, as they are committed."""
    return results.summary(results.read())


TABLES: Final[dict[str, Callable[[], str]]] = {
    "commands": commands,
    "exits": exits,
    "events": events,
    "metrics": metrics,
    "settings": reference,
    "faults": faults,
    "bench": bench,
}


def with_tables(text: str) -> str:
    """The text with every table as the code has it now. Raises KeyError for a table nobody makes."""
    return _TABLE.sub(lambda found: f"{found['name']}{found['open']}{TABLES[found['name']]()}\n", text)


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text()))
