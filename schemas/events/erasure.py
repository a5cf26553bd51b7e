"""A customer is to be forgotten."""

from typing import Annotated, Final

from msgspec import Meta

from schemas.events.envelope import SUFFIX, Dimensions, Envelope

ERASED: Final = "cx.customer.erased" + SUFFIX

Customer = Annotated[str, Meta(min_length=1, max_length=256)]
"""A reference that an event may have."""


class ErasedData(Dimensions, kw_only=True):
    customer: Customer
    """Of whom everything up to the event's time is to be forgotten; as the customer's other events have it."""


class CustomerErased(Envelope, tag=ERASED, kw_only=True):
    data: ErasedData
