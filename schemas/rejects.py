"""Why a record becomes a dead letter."""

from typing import Literal, NamedTuple

Reason = Literal[
    "empty",  # the record has no value (a tombstone)
    "unreadable_headers",  # the name of a header is no UTF-8
    "unreadable_batch",  # of a whole batch: its records cannot be decompressed or told apart
    "too_large",  # the value is larger than max_event_bytes
    "not_utf8",  # the bytes are no UTF-8 text
    "not_json",  # the text is no JSON document
    "unknown_type",  # `type` is none of the event types, or of another version
    "wrong_specversion",  # CloudEvents other than 1.0
    "naive_time",  # a time without zone
    "invalid_event",  # a field is missing, of another type or out of range
    "future_time",  # `time` is more than 5 minutes after the record's Kafka timestamp
    "time_out_of_range",  # `time` is before 1970 or after 2105: no pane can hold it
    "unknown_metric",  # a survey metric that the registry does not have
    "unknown_scale",  # a scale that the metric does not allow
    "off_scale",  # a score or expectation that is not on its scale
    "too_many_events",  # the case, response, deadline or KPI already has as many events as one may have
    "revision_conflict",  # another answer of the same revision, or other terms of an agreement for the same instant
]
"""One word per reason: the value of the header ``cx-reason`` and of the metric label ``reason``."""


class Reject(NamedTuple):
    """A record that was not accepted; the shell finds its bytes by the offset."""

    offset: int
    reason: Reason
    detail: str
    """What was wrong and where in the event, without any of its free text."""
