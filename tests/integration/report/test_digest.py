"""The digest depends on logical cells alone."""

import hashlib
import json
import random
from collections.abc import Callable

from schemas.rows import Row
from streams.digest import Digest, digest
from tests.integration.report.stored_rows import Database, row

NewDatabase = Callable[[], Database]

PANES = ("2025-12-31T23:59Z", "2026-01-01T00:00Z", "2026-02-03T04:05Z")


def cells() -> list[Row]:
    """Distinct logical cells over three metrics, two months and some segments."""
    return [
        cell
        for pane in PANES
        for team in ("", "blue", "Blau ü")
        for cell in (
            row(pane, {10: 4, 0: 2}, team=team),
            row(pane, {5: 4, -1: 2}, "csat", "csat5.v1", team=team),
            row(pane, {200: 4, 90: 2}, "first_response", "duration.v1", {300_000: 5}, 123_456, team=team),
        )
    ]


def split(cell: Row, generator: random.Random) -> list[Row]:
    """The same cell as rows of other partitions and parts, one of which takes something back."""
    half = cell._replace(
        n=cell.n + 1,
        total=cell.total + 7,
        buckets={**cell.buckets, 7: 1},
        topic_id="another",
        partition=generator.randrange(6),
        version=generator.randrange(1, 10**6),
    )
    back = cell._replace(
        n=-1,
        total=-7,
        buckets={7: -1},
        within={},
        topic_id="another",
        partition=half.partition,
        part=1 + generator.randrange(9),
    )
    return [half, back]


def digest_of(database: Database, metric: str | None = None) -> Digest:
    return digest(database.client, database.name, metric)


def stored(database: Database, rows: list[Row]) -> Database:
    database.store(*rows)
    return database


def test_it_does_not_depend_on_partitions_parts_topics_versions_or_order(new_database: NewDatabase) -> None:
    generator = random.Random(7)
    whole = digest_of(stored(new_database(), cells()))
    pieces = [piece for cell in cells() for piece in split(cell, generator)]
    generator.shuffle(pieces)
    assert digest_of(stored(new_database(), pieces)) == whole
    assert whole.cells == len(cells())


def test_rows_sent_again_and_stale_rows_change_nothing(new_database: NewDatabase) -> None:
    database = stored(new_database(), cells())
    before = digest_of(database)
    stored(database, cells()[::-1])
    stored(database, [cell._replace(version=0, n=99) for cell in cells()])
    assert digest_of(database) == before


def test_cells_that_were_emptied_leave_no_trace(new_database: NewDatabase) -> None:
    database = stored(new_database(), cells())
    before = digest_of(database)
    emptied = row("2026-05-05T05:05Z", {10: 1})
    stored(database, [emptied, emptied._replace(part=3, n=-1, total=-10, buckets={10: -1})])
    assert digest_of(database) == before


def test_any_change_of_content_changes_it(new_database: NewDatabase) -> None:
    digests = {digest_of(stored(new_database(), cells()))}
    first = cells()[0]
    for changed in (
        first._replace(total=first.total + 1),
        first._replace(buckets={10: 4, 1: 2}),
        first._replace(pane=first.pane + 60),
        first._replace(definition="nps.v2"),
        first._replace(within={1: 1}),
    ):
        digests.add(digest_of(stored(new_database(), [changed, *cells()[1:]])))
    assert len(digests) == 6


def test_it_is_the_documented_hash_over_the_documented_order(new_database: NewDatabase) -> None:
    ordered = sorted(cells(), key=lambda c: (c.metric, c.definition, c.pane, [value.encode() for value in c.segment]))
    lines = [
        [
            c.metric,
            c.definition,
            c.pane,
            list(c.segment),
            c.n,
            c.total,
            sorted(c.buckets.items()),
            sorted(c.within.items()),
        ]
        for c in ordered
    ]
    text = "".join(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n" for line in lines)
    assert digest_of(stored(new_database(), cells())).sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_the_digest_of_a_metric_covers_that_metric_only(new_database: NewDatabase) -> None:
    only_nps = [cell for cell in cells() if cell.metric == "nps"]
    everything, nps = stored(new_database(), cells()), stored(new_database(), only_nps)
    assert digest_of(everything, "nps") == digest_of(nps) != digest_of(everything)


def test_nothing_stored_has_the_digest_of_nothing(database: Database) -> None:
    assert digest_of(database) == Digest(hashlib.sha256().hexdigest(), 0)
