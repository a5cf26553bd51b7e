"""What holds from an instant on, until a later version of it does."""

from collections.abc import Mapping
from typing import Generic, TypeVar

import msgspec

Content = TypeVar("Content")


class Version(msgspec.Struct, Generic[Content], frozen=True, array_like=True):
    """What was published, as it holds from an instant on."""

    since: int
    """ms since 1970 UTC."""
    content: Content


Versions = tuple[Version[Content], ...]
"""In the order of their instants, no two of one."""


def with_version(
    published: Mapping[str, Versions[Content]], name: str, version: Version[Content]
) -> dict[str, Versions[Content]]:
    """What is published under each name, this version included; it takes the place of one of the same instant."""
    others = (each for each in published.get(name, ()) if each.since != version.since)
    return {**published, name: tuple(sorted((*others, version), key=lambda each: each.since))}


def in_force(versions: Versions[Content], at: int) -> Version[Content]:
    """The version of an instant (ms since 1970 UTC), of at least one; the first holds before its time as well."""
    return next((each for each in reversed(versions) if each.since <= at), versions[0])
