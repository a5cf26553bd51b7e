"""Registered definitions of one's own over the shipped ones, so that nobody takes one for the other."""

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from schemas.metrics import RegistryError

Versioned = TypeVar("Versioned", bound=Struct)
"""An entry with ``id``, ``version``, ``definition`` and ``names``."""


def overlaid(shipped: Mapping[str, Versioned], own: Mapping[str, Versioned], what: str) -> dict[str, Versioned]:
    """The shipped entries with one's own in their place, entry by entry; ``what`` they are called.

    Raises RegistryError when an own one changes more than the names of a shipped definition under its old version.
    """
    for name, entry in own.items():
        before: Any = shipped.get(name)
        mine: Any = entry
        if before is not None and mine.version <= before.version and replace(mine, names=before.names) != before:
            raise RegistryError(
                f"{what} {name}: it differs from the shipped {before.definition}; give it version "
                f"{before.version + 1}, so that nobody takes one for the other"
            )
    return {**shipped, **own}
