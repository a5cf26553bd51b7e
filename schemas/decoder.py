"""From the bytes of one record to an event, or to the reason why not."""

import re
from typing import Final

import msgspec

from schemas.events import Event
from schemas.rejects import Reason

decode_event: Final = msgspec.json.Decoder(Event).decode
"""Event of one record's value. One decoder for all records: decoding them one by one is as fast as decoding a joined
chunk (1.0 us each), and no record can ever change how its neighbour is read. Raises one of `DECODE_ERRORS`."""

DECODE_ERRORS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_REPEATED_VALUE: Final = re.compile(r"\A(Invalid (?:enum )?value) .*?(?= - at (?:`key` in )?`\$[^`]*`\Z|\Z)", re.DOTALL)
"""msgspec repeats what it found where it expects one of a few words; that may hold anything, this pattern too."""


def explain(value: bytes, error: Exception) -> tuple[Reason, str]:
    """Why ``value`` is no event: the reason and a detail that names the place but no free text of the event.

    ``error`` is what `decode_event` raised on it.
    """
    if not value:
        return "empty", "the record has no value"
    try:
        value.decode("utf-8")
    except UnicodeDecodeError as broken:
        return "not_utf8", f"byte {broken.start}: {broken.reason}"
    try:
        document = msgspec.json.decode(value)
    except DECODE_ERRORS as broken:
        return "not_json", without_values(broken)
    if not isinstance(document, dict):
        return "invalid_event", "the document is no JSON object"
    if document.get("specversion", "1.0") != "1.0":
        return "wrong_specversion", "specversion is not 1.0"
    text = without_values(error)
    if text.endswith("`$.type`"):
        return "unknown_type", "type is no event type of this version"
    if "timezone component" in text:
        return "naive_time", text
    return "invalid_event", text


def without_values(error: Exception) -> str:
    """What a decoder says is wrong and where, without what it found there: that may be a person's words."""
    return _REPEATED_VALUE.sub(r"\1", str(error))
