"""The journeys: in which order customers meet stages. Data, `journeys.yaml`."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec

from schemas.indices import Index
from schemas.languages import LANGUAGES, Language
from schemas.metrics import RegistryError, entries_of, entry_of

JOURNEY: Final = "journey"
STAGE: Final = "stage"
"""The dimensions: which way, and which part of it."""


class JourneyEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One journey as it is registered; fields as explained at the top of `journeys.yaml`."""

    id: str
    names: dict[Language, str] = {}
    stages: dict[str, dict[Language, str]] = {}
    index: str | None = None


class Journey(msgspec.Struct, frozen=True):
    """The stages of a customer's way, in their order."""

    id: str
    names: Mapping[Language, str]
    stages: Mapping[str, Mapping[Language, str]]
    """Names by value of the dimension; the order is that of the way."""


def load_journeys(indices: Mapping[str, Index], path: Path | None = None) -> dict[str, Journey]:
    """The journeys shipped with the package, overlaid by the file at ``path`` entry by entry.

    Raises:
        RegistryError: an entry is incomplete, contradicts itself, or names an index that has no stages; the text says
            which and what to change.
    """
    entries = entries_of(files("schemas").joinpath("journeys.yaml").read_bytes(), "the shipped journeys", "journey")
    if path is not None:
        entries |= entries_of(path.read_bytes(), str(path), "journey")
    return {
        name: _journey(entry_of(JourneyEntry, "journey", name, fields), indices) for name, fields in entries.items()
    }


def _journey(entry: JourneyEntry, indices: Mapping[str, Index]) -> Journey:
    for complaint in _complaints(entry, indices):
        raise RegistryError(f"journey {entry.id}: {complaint}")
    if entry.index is None:
        return Journey(entry.id, entry.names, entry.stages)
    index = indices[entry.index].entry
    return Journey(entry.id, index.names, {name: item.names for name, item in index.items.items()})


def _complaints(entry: JourneyEntry, indices: Mapping[str, Index]) -> list[str]:
    """What contradicts itself, worst first."""
    if entry.index is not None:
        if entry.names or entry.stages:
            return ["names and stages are those of its index: leave them out, or the index"]
        if entry.index not in indices or indices[entry.index].entry.by != STAGE:
            return [f"there is no index of stages {entry.index}"]
        return []
    found = [] if entry.stages else ["it has no stages"]
    for what, names in (("it", entry.names), *entry.stages.items()):
        found += [f"{what} has no name in {language}" for language in LANGUAGES if language not in names]
    return found
