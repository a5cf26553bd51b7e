"""A duration that somebody else has measured."""

import re
from typing import Annotated, Final

from msgspec import Meta

from schemas.events.envelope import SUFFIX, Dimensions, Envelope

Milliseconds = Annotated[int, Meta(ge=0, le=2**40)]
"""At most 34 years: then 8 million of them in one cell still have a sum that ClickHouse's Int64 holds; a cell it cannot
hold would keep all rows of its batch from being stored, for ever."""

MEASURE_NAME: Final = re.compile("[a-z][a-z0-9_]{0,63}")
"""What becomes part of a metric id."""


class MeasuredData(Dimensions, kw_only=True):
    measure: Annotated[str, Meta(max_length=64, extra_json_schema={"pattern": f"^{MEASURE_NAME.pattern}$"})]
    duration_ms: Milliseconds


class TouchpointMeasured(Envelope, tag="cx.touchpoint.measured" + SUFFIX, kw_only=True):
    data: MeasuredData
