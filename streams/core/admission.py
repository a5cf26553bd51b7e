"""Which records are acceptable events, judged by the record and the registry alone."""

from datetime import datetime
from typing import Final

from schemas.decoder import DECODE_ERRORS, decode_event, explain
from schemas.events import END, FIRST, AnsweredData, Event, SurveyAnswered
from schemas.metrics import Registry
from schemas.rejects import Reason
from schemas.scales import SCALES
from streams.core.configuration import Configuration
from streams.core.records import Record, Unreadable

_DAY_MS: Final = 86_400_000


class Refused(Exception):
    """The record is no acceptable event; raised so that the way of a good event pays nothing for the bad ones."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def admit(record: Record, configuration: Configuration) -> tuple[Event, int, str]:
    """The event of a record, its time in ms since 1970 UTC rounded down, and the scale if it is an answer.

    Raises Refused when the record is no acceptable event.
    """
    value = record.value
    if type(value) is not bytes or len(value) > configuration.max_event_bytes:
        raise _unfit(value, configuration)
    try:
        event = decode_event(value)
    except DECODE_ERRORS as error:
        raise Refused(*explain(value, error)) from None
    time = milliseconds(event.time)
    if not 0 <= time < END_MS:
        raise Refused("time_out_of_range", "time is before 1970 or after 2105")
    if 0 <= record.timestamp < time - configuration.future_tolerance_ms:
        ahead = (time - record.timestamp) // 1000
        raise Refused("future_time", f"time is {ahead} s after the record's Kafka timestamp")
    return event, time, _scale(event.data, configuration.registry) if type(event) is SurveyAnswered else ""


def milliseconds(moment: datetime) -> int:
    """Whole ms since 1970 UTC, rounded down."""
    since = moment - FIRST  # its parts are integers, while timestamp() is a double and takes ten times as long
    return since.days * _DAY_MS + since.seconds * 1000 + since.microseconds // 1000


END_MS: Final = milliseconds(END)


def _unfit(value: bytes | None, configuration: Configuration) -> Refused:
    """Why a value is not even decoded."""
    if not value:
        return Refused("empty", "the record has no value")
    if isinstance(value, Unreadable):
        return Refused(value.reason, value.detail)
    return Refused("too_large", f"{len(value)} bytes, at most {configuration.max_event_bytes} are allowed")


def _scale(data: AnsweredData, registry: Registry) -> str:
    metric = registry.metrics.get(data.metric)
    if metric is None or metric.kind != "answers":
        raise Refused("unknown_metric", "metric is no survey metric of the registry - at `$.data.metric`")
    scale = data.scale or metric.scales[0]
    if scale not in metric.scales:
        raise Refused("unknown_scale", f"{metric.id} takes {', '.join(metric.scales)} - at `$.data.scale`")
    if not SCALES[scale].accepts(data.score):
        raise Refused("off_scale", f"score is not on {scale} - at `$.data.score`")
    if data.expectation is not None and not SCALES[scale].accepts(data.expectation):
        raise Refused("off_scale", f"expectation is not on {scale} - at `$.data.expectation`")
    return scale
