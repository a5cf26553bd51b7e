"""Which records are acceptable events, judged by the record alone."""

from typing import Final, NamedTuple

from schemas.decoder import DECODE_ERRORS, decode_event, explain
from schemas.events import Event, SurveyAnswered
from schemas.rejects import Reason, Reject
from schemas.scales import SCALES
from streams.core.configuration import Configuration
from streams.core.records import Record

END_MS: Final = 4_291_747_200_000
"""2106-01-01: a pane is stored as seconds in 32 bits, which end in that year."""


class Admitted(NamedTuple):
    """A well-formed event."""

    event: Event
    time: int
    """Event time, ms since 1970 UTC, rounded down."""
    scale: str
    """Scale of an answer; empty otherwise."""


def admit(record: Record, configuration: Configuration) -> Admitted | Reject:
    """The event of a record, or why it is none."""
    value, offset = record.value, record.offset
    if not value:
        return Reject(offset, "empty", "the record has no value")
    if len(value) > configuration.max_event_bytes:
        return Reject(offset, "too_large", f"{len(value)} bytes, at most {configuration.max_event_bytes} are allowed")
    try:
        event = decode_event(value)
    except DECODE_ERRORS as error:
        return Reject(offset, *explain(value, error))
    # A double holds microseconds until 2255; they are rounded before the division, or 1.001 s would become 1000 ms.
    time = int(event.time.timestamp() * 1e6 + 0.5) // 1000
    if not 0 <= time < END_MS:
        return Reject(offset, "time_out_of_range", "time is before 1970 or after 2105")
    if 0 <= record.timestamp < time - configuration.future_tolerance_ms:
        ahead = (time - record.timestamp) // 1000
        return Reject(offset, "future_time", f"time is {ahead} s after the record's Kafka timestamp")
    if type(event) is SurveyAnswered:
        scale, refusal = _scale(event, configuration)
        return Reject(offset, *refusal) if refusal else Admitted(event, time, scale)
    return Admitted(event, time, "")


def _scale(event: SurveyAnswered, configuration: Configuration) -> tuple[str, tuple[Reason, str] | None]:
    """The scale of an answer, or the reason to refuse it."""
    data = event.data
    metric = configuration.registry.metrics.get(data.metric)
    if metric is None or metric.kind != "answers":
        return "", ("unknown_metric", "metric is no survey metric of the registry - at `$.data.metric`")
    scale = data.scale or metric.scales[0]
    if scale not in metric.scales:
        return "", ("unknown_scale", f"{metric.id} takes {', '.join(metric.scales)} - at `$.data.scale`")
    if not SCALES[scale].accepts(data.score):
        return "", ("off_scale", f"{data.score} is not on {scale} - at `$.data.score`")
    return scale, None
