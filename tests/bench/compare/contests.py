"""The tables of the comparison: who works on what, how often."""

from typing import Final, NamedTuple

import msgspec

from tests.bench.compare.programs import CXSTREAM, DECODE, EVERYBODY, FETCH, Program
from tests.bench.load.plan import Load

OWN: Final = (CXSTREAM, FETCH, DECODE)


class Contest(NamedTuple):
    """One table: who works on what, how often."""

    name: str
    about: str
    load: Load
    slice: Load | None
    """What slow programs get instead of ``load``."""
    programs: tuple[Program, ...]
    rounds: int

    @property
    def loads(self) -> tuple[Load, ...]:
        return (self.load, self.slice) if self.slice else (self.load,)


def contests(scale: float = 1.0, rounds: int = 3) -> tuple[Contest, ...]:
    """All tables, with ``scale`` times the usual number of events."""
    full, half, slice_ = (int(scale * events) for events in (2_000_000, 1_000_000, 120_000))
    clean = Load(mix="mixed", events=full, late=0, twice=0, keyed_by="segment")
    return (
        Contest(
            "clean",
            "Half answers, half measured response times; nothing late by more than 20 s, nothing twice. Keyed by "
            "segment, so that nobody has to repartition. Here everybody can be right.",
            clean,
            msgspec.structs.replace(clean, events=slice_),
            EVERYBODY,
            rounds,
        ),
        Contest(
            "late and twice",
            "The same with 1 % of events two hours late and 1 % delivered twice.",
            Load(mix="mixed", events=slice_, keyed_by="segment"),
            None,
            EVERYBODY,
            1,
        ),
        Contest(
            "surveys",
            "NPS answers, each a response that may still be revised or withdrawn. As in the next two, keys are "
            "customers, 1 % are two hours late and 1 % are delivered twice.",
            Load(mix="surveys", events=half),
            None,
            OWN,
            1,
        ),
        Contest(
            "measured", "Response times that somebody else measured.", Load(mix="measured", events=half), None, OWN, 1
        ),
        Contest(
            "cases",
            "Whole cases, 9 events each, 100 000 of them open at once, and their surveys.",
            Load(mix="cases", events=full),
            None,
            OWN,
            1,
        ),
    )
