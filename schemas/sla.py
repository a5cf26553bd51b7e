"""Service level agreements: by when customers were promised an answer and a resolution; data, in a file or an event.

A file maps the id of each policy to its fields::

    gold:
      first_response: 15m
      next_reply: 30m
      resolution: 8h
      business: true
"""

import re
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from schemas.metrics import RegistryError, duration_ms

LONGEST_MS: Final = 3_650 * 86_400_000
"""Nobody is promised anything for later than in ten years; due times stay far within 64 bits."""

POLICY_ID: Final = re.compile("[a-z0-9][a-z0-9_-]{0,63}")
"""What becomes part of a definition id."""

Promised = Annotated[str, Meta(max_length=16)] | None
"""A duration such as ``15m`` or ``8h``; None where nothing is promised."""


class SlaError(ValueError):
    """A policy that cannot be used; the text says where and what to change."""


class SlaPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of a policy. Raises SlaError when it promises nothing, or a duration is none."""

    first_response: Promised = None
    """To the first question of a cycle."""
    next_reply: Promised = None
    """To every later turn of the customer."""
    resolution: Promised = None
    """Of the case, from its opening."""
    business: bool = False
    """Counted while the calendar that the case names is open, instead of around the clock."""

    def __post_init__(self) -> None:
        promised = [each for each in (self.first_response, self.next_reply, self.resolution) if each is not None]
        if not promised:
            raise SlaError("a policy promises at least one of first_response, next_reply and resolution")
        for text in promised:
            try:
                promised_ms = duration_ms(text)
            except RegistryError as error:
                raise SlaError(str(error)) from None
            if promised_ms > LONGEST_MS:
                raise SlaError(f"{text!r} is too long to be promised: at most 3650d")


def load_policies(path: Path) -> dict[str, SlaPolicy]:
    """The policies of a YAML file by id.

    Raises:
        SlaError: the file is no mapping of policies, or one of them cannot be used.
    """
    try:
        policies = msgspec.yaml.decode(path.read_bytes(), type=dict[str, SlaPolicy])
    except msgspec.DecodeError as error:
        raise SlaError(f"{path}: {error}") from error
    for name in policies:
        if not POLICY_ID.fullmatch(name):
            raise SlaError(f"{path}: {name!r} is no id of a policy: write lower-case letters, digits, _ and -")
    return policies
