"""Cases from their opening to their survey, very many of them at once."""

from collections.abc import Sequence
from random import Random
from typing import Final, NamedTuple

from tests.bench.load import texts
from tests.bench.load.plan import LATE_MS, LIFECYCLE, OPEN_EVENTS, Load

_STEPS: Final = (
    ("cx.case.opened.v1", '"kind":"complaint","severity":"s2",'),
    ("cx.case.message.v1", '"author":"customer",'),
    ("cx.case.assigned.v1", ""),
    ("cx.case.message.v1", '"author":"agent","public":true,'),
    ("cx.case.message.v1", '"author":"customer",'),
    ("cx.case.message.v1", '"author":"agent",'),
    ("cx.case.resolved.v1", '"author":"agent",'),
    ("cx.survey.answered.v1", ""),
    ("cx.case.closed.v1", ""),
)
"""Type and fields of each event of a case."""

_SURVEY: Final = 7
"""The step that belongs to the response and not to the case."""

assert len(_STEPS) == LIFECYCLE


class _Case(NamedTuple):
    name: str
    customer: str
    segment: str
    """Its dimensions as JSON."""
    late: bool
    step: int


class Lifecycles:
    """The cases of one partition; each event goes to a case drawn evenly, so that they progress side by side."""

    def __init__(
        self,
        load: Load,
        partition: int,
        random: Random,
        segments: Sequence[int],
        customers: Sequence[str],
    ) -> None:
        # Of the cases under way those before their resolution are open.
        under_way = load.open_cases * LIFECYCLE // OPEN_EVENTS // load.partitions
        self._cases: list[_Case | None] = [None] * max(1, under_way)
        self._partition = partition
        self._random = random
        self._segments = segments
        self._customers = customers

    def next(self, index: int, time: int, late: bool) -> tuple[bytes, bytes]:
        """Key and value of event ``index`` at ``time``. A case is late as a whole, if its first event is to be."""
        draw = self._random.random
        place = int(draw() * len(self._cases))
        case = self._cases[place] or self._new_case(index, late)
        value = _event(case, index, time - LATE_MS if case.late else time, self._random.getrandbits(4))
        self._cases[place] = case._replace(step=case.step + 1) if case.step + 1 < LIFECYCLE else None
        return case.customer.encode(), value.encode()

    def _new_case(self, index: int, late: bool) -> _Case:
        draw = self._random.random
        segment = self._segments[int(draw() * len(self._segments))]
        customer = self._customers[int(draw() * len(self._customers))]
        return _Case(f"{self._partition}-{index:07}", customer, texts.segment(segment), late, 0)


def _event(case: _Case, index: int, time: int, lot: int) -> str:
    kind, fields = _STEPS[case.step]
    subject = f"case-{case.name}"
    if case.step == _SURVEY:
        fields = f'"metric":"nps","score":{texts.SCORES[lot]},"case_id":"{subject}",'
        subject = f"response-{case.name}"
    return (
        f'{{"specversion":"1.0","id":"event-{case.name}-{index:07}","source":"/bench/desk","type":"{kind}",'
        f'"time":"{texts.iso(time)}","subject":"{subject}","data":{{{fields}{case.segment},"customer":"{case.customer}",'
        f'"agent":"agent-{lot:04}"}}}}'
    )
