"""What a topic must lead to, computed plainly from its bytes, and how far a result is from it.

Independent of cxstream and of `job.observe`: the standard library alone, every event kept that is needed, no windows.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from tests.bench.job import COLUMNS, LIMITS_MS

CellKey = tuple[int, str, str, str]
"""Minute (s since 1970), channel, region, team."""
Cells = dict[CellKey, tuple[int, ...]]
"""Counts in the order of `job.COLUMNS`; a cell with no facts is not there."""

_RANK = {"opened": 0, "message": 4, "resolved": 5, "closed": 6}


class Oracle:
    """Takes the values of one partition in order, since only the first of two equal events counts."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()
        self._cells: defaultdict[CellKey, list[int]] = defaultdict(lambda: [0] * len(COLUMNS))
        self._messages: defaultdict[str, list[tuple[datetime, int, str, str, CellKey]]] = defaultdict(list)
        """Case -> time, rank, id, author, where a response at that moment counts."""

    def add(self, value: bytes) -> None:
        """The next record; one that is no JSON counts nowhere."""
        try:
            event = json.loads(value)
        except ValueError:
            return
        if (event["source"], event["id"]) in self._seen:
            return
        self._seen.add((event["source"], event["id"]))
        time = datetime.fromisoformat(event["time"])
        data = event["data"]
        minute = int(time.replace(second=0, microsecond=0).timestamp())
        key = (minute, data["channel"], data["region"], data["team"])
        match event["type"].removesuffix(".v1").split("."):
            case ["cx", "survey", "answered"]:
                self._cells[key][_class_of(data["score"])] += 1
            case ["cx", "touchpoint", "measured"] if data["measure"] == "response":
                self._cells[key][_column_of(data["duration_ms"])] += 1
            case ["cx", "case", step] if step in _RANK:
                moment = (time, _RANK[step], event["id"], data.get("author", step), key)
                self._messages[event["subject"]].append(moment)

    def cells(self) -> Cells:
        """Everything taken so far; call it once."""
        for moments in self._messages.values():
            self._first_response(sorted(moments))
        return {key: tuple(counts) for key, counts in self._cells.items()}

    def _first_response(self, moments: list[tuple[datetime, int, str, str, CellKey]]) -> None:
        """The wait from the first question of a running case to the first answer of a person after it."""
        running, asked = False, None
        for time, rank, _, author, key in moments:
            if rank == _RANK["opened"]:
                running = True
            elif not running:
                continue  # before its opening nothing that happens to a case counts
            elif rank in (_RANK["resolved"], _RANK["closed"]):
                return
            elif author == "customer" and asked is None:
                asked = time
            elif author == "agent" and asked is not None:
                self._cells[key][_column_of((time - asked) // timedelta(milliseconds=1))] += 1
                return


def _class_of(score: int) -> int:
    return 0 if score in (9, 10) else 1 if score in (7, 8) else 2


def _column_of(duration_ms: int) -> int:
    return 3 + sum(limit < duration_ms for limit in LIMITS_MS)


def merged(parts: Iterable[Mapping[CellKey, tuple[int, ...]]]) -> Cells:
    """The sum of several partitions."""
    total: dict[CellKey, tuple[int, ...]] = {}
    for part in parts:
        for key, counts in part.items():
            had = total.get(key)
            total[key] = tuple(map(sum, zip(had, counts, strict=True))) if had else counts
    return total


class Verdict(NamedTuple):
    """How a result compares to what it must be."""

    facts: int
    """That must be there."""
    missing: int
    """Facts of cells that have too few."""
    surplus: int
    """Facts of cells that have too many."""
    cells: int
    """That must be there."""
    wrong_cells: int

    @property
    def right(self) -> bool:
        return not self.wrong_cells

    def __str__(self) -> str:
        if self.right:
            return "right"
        shares = [
            f"{count:,} facts {what} ({100 * count / max(1, self.facts):.2g} %)"
            for count, what in ((self.missing, "missing"), (self.surplus, "too many"))
            if count
        ]
        return f"wrong: {' and '.join(shares)}, in {self.wrong_cells:,} of {self.cells:,} cells"


def verdict(expected: Mapping[CellKey, tuple[int, ...]], found: Mapping[CellKey, tuple[int, ...]]) -> Verdict:
    """Compares column by column, so that a fact in the wrong class is one missing and one too many."""
    none = (0,) * len(COLUMNS)
    missing = surplus = wrong = 0
    for key in expected.keys() | found.keys():
        want, have = expected.get(key, none), found.get(key, none)
        if want != have:
            wrong += 1
            missing += sum(max(0, w - h) for w, h in zip(want, have, strict=True))
            surplus += sum(max(0, h - w) for w, h in zip(want, have, strict=True))
    return Verdict(sum(map(sum, expected.values())), missing, surplus, len(expected), wrong)
