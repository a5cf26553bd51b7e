"""Neither the order in which events arrive nor the number of partitions they are spread over decides what they mean."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from tests.oracle.cells import cells
from tests.oracle.partition import walk
from tests.oracle.subjects import Event
from tests.property.database import Cells, Database, bucketed
from tests.property.effort import examples
from tests.property.histories import (
    CONFIGURATION,
    KAFKA_TIME,
    START_MS,
    SUBJECTS,
    events,
    limits_of,
    published,
    records,
)

ROOMY = replace(
    CONFIGURATION,
    dimension_cap=1_000,
    duplicate_memory=1_000,
    subject_horizon_events=1_000,
    subject_event_cap=500,
    subject_cap=1_000,
)
"""Caps hold per partition and by arrival: within them, neither may matter."""


def measured(number: int, minutes: int) -> Event:
    """An event of nobody's case that moves event time on."""
    return {
        "family": "measured",
        "kind": "measured",
        "subject": "clock",
        "measure": "tick",
        "duration_ms": 0,
        "id": f"tick-{number}",
        "source": "/clock",
        "time": START_MS + 60_000 * minutes,
        "dimensions": {},
        "stamp": KAFKA_TIME,
    }


LAST = measured(0, 5_000_000)
"""Decides every question that was asked before. Nine years on: still before `KAFKA_TIME`, or it would be refused."""


def test_the_last_event_is_one() -> None:
    processor = PartitionProcessor(Source("cx.touchpoints", "topic-id", 0), ROOMY)
    assert processor.apply(records([LAST])) == []


def stored_cells(log: list[Event], partition: int = 0) -> Cells:
    processor = PartitionProcessor(Source("cx.touchpoints", "topic-id", partition), ROOMY)
    processor.apply(records(log))
    database = Database()
    database.store(processor.take_rows())
    return database.cells()


@st.composite
def one_subject(draw: st.DrawFn) -> list[Event]:
    """Events of one case, response or deadline of which none repeats another; few ids and times, so that they tie."""
    family = draw(st.sampled_from(["case", "survey", "deadline"]))
    found: list[Event] = []
    known: set[tuple[object, ...]] = set()
    for event in draw(st.lists(events(0, family), max_size=8)):
        if event["family"] != family:
            continue
        event |= {"subject": "one", "id": draw(st.sampled_from("abcd"))}
        event["time"] = START_MS + 60_000 * draw(st.sampled_from([0, 1, 2, 5, 6, 20]))
        if "due_at" in event:
            event["due_at"] = START_MS + 60_000 * draw(st.sampled_from([0, 1, 2, 5, 7]))
        twin = draw(st.none() | st.sampled_from(found)) if found else None
        if twin:  # the same from another source, about another team
            event = twin | {name: event[name] for name in ("source", "dimensions")}
        names = {"answered": ("metric", "question", "revision"), "withdrawn": ("revision",)}.get(event["kind"], ())
        identities = {
            (event["source"], event["id"]),
            (event["kind"], *(event[name] for name in names or ("id", "source"))),
        }
        if not identities & known:
            known |= identities
            found.append(event)
    return found


@examples(300)
@given(st.data(), published(), one_subject())
def test_any_order_of_arrival_gives_the_same_facts(
    data: st.DataObject, reference: list[Event], subject: list[Event]
) -> None:
    clock = [measured(number, minutes) for number, minutes in enumerate([3, 8], 1)]
    orders = [data.draw(st.permutations(subject + clock)) for _ in range(2)]
    one, other = (stored_cells([*reference, *order, LAST]) for order in orders)
    assert one == other == bucketed(cells(walk([*reference, *orders[0], LAST], limits_of(ROOMY)).facts()))


def _alone(event: Event) -> Event:
    """The event, of a customer who has no other case or response: a customer has one partition."""
    return event | {"customer": event["subject"]} if event["kind"] in ("invited", "opened") else event


REFERENCE = ("calendar", "sla_policy", "target", "initiative")
"""Families of which every partition gets every event, and counts it once."""


@examples(200)
@given(
    # An erasure reaches one partition and counts from there on: it is not for this test.
    st.lists(events(0).filter(lambda event: event["family"] != "erased"), max_size=40).map(
        lambda log: [_alone(event) | {"id": f"e{n}"} for n, event in enumerate(log)]
    ),
    st.lists(st.integers(0, 2), min_size=len(SUBJECTS), max_size=len(SUBJECTS)),
)
def test_a_decided_log_gives_the_same_cells_however_its_subjects_are_spread(
    log: list[Event], places: list[int]
) -> None:
    place = dict(zip(SUBJECTS, places, strict=True))
    split: defaultdict[int, list[Event]] = defaultdict(list)
    for event in log:
        partitions = range(3) if event["family"] in REFERENCE else [place.get(event["subject"], 0)]
        for partition in partitions:
            split[partition].append(event)
    database = Database()
    for partition, part in split.items():
        processor = PartitionProcessor(Source("cx.touchpoints", "topic-id", partition), ROOMY)
        processor.apply(records([*part, LAST]))
        database.store(processor.take_rows())
    whole = stored_cells([*log, LAST])
    for key in whole:
        if key[0].startswith("reference."):
            n, total, buckets, within = whole[key]
            whole[key] = (3 * n, 3 * total, buckets, within)
    tick = [key for key in whole if key[0] == "measured.tick"]
    assert {key: cell for key, cell in database.cells().items() if key not in tick} == {
        key: cell for key, cell in whole.items() if key not in tick
    }
