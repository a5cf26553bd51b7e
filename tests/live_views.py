"""Live views as tests write them down, and what a scrape says about one."""

from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from schemas.dimensions import DIMENSIONS, Segment
from schemas.live import CaseLoad, DeadlineLoad, LiveView, OpenAges, Window, WindowCell
from sinks.prometheus import PrometheusSink

AS_OF = 1_700_000_000_000
"""The moment at which the windows of every view end, ms since 1970."""


def segment(**values: str) -> Segment:
    return tuple(values.get(name, "") for name in DIMENSIONS)


def cell(
    metric: str,
    definition: str,
    buckets: dict[int, int],
    within: dict[int, int] | None = None,
    total: int = 0,
    where: Segment | None = None,
    window: Window = "1h",
) -> WindowCell:
    n = sum(count for code, count in buckets.items() if code >= 0)
    return WindowCell(window, metric, definition, where or segment(), n, total, buckets, within or {})


def view(
    *cells: WindowCell,
    cases: tuple[CaseLoad, ...] = (),
    deadlines: tuple[DeadlineLoad, ...] = (),
    ages: tuple[OpenAges, ...] = (),
) -> LiveView:
    return LiveView(AS_OF, cells, cases, deadlines, ages)


def scrape(shown: LiveView, segments_shown: int = 200) -> list[Sample]:
    sink = PrometheusSink(segments_shown=segments_shown)
    sink.show(shown)
    families = text_string_to_metric_families(generate_latest(sink.registry).decode())
    return [sample for family in families for sample in family.samples]
