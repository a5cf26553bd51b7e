"""The index registry: which questions or stages make one number, and how much each weighs. Data, `indices.yaml`."""

from importlib.resources import files
from math import isclose
from pathlib import Path
from typing import Final

import msgspec

from schemas.dimensions import DIMENSIONS
from schemas.languages import LANGUAGES, Language
from schemas.metrics import Metric, Registry, RegistryError, entries_of, entry_of
from schemas.overlays import overlaid
from schemas.scales import SCALES, Scale

_WRITTEN: Final = 1e-6
"""Weights written in decimals add up to 1 within this."""


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question or stage."""

    names: dict[Language, str]
    weight: float | None = None


class IndexEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One index as it is registered; fields as explained at the top of `indices.yaml`."""

    id: str
    metric: str
    scale: str
    by: str
    source: str
    names: dict[Language, str]
    items: dict[str, Item]
    version: int = 1

    @property
    def definition(self) -> str:
        """Id of what is combined how: ``<id>.v<version>``."""
        return f"{self.id}.v{self.version}"


class Index(msgspec.Struct, frozen=True):
    """An entry with the metric and the scale its answers are on."""

    entry: IndexEntry
    metric: Metric
    scale: Scale

    @property
    def weights(self) -> dict[str, float]:
        """By item, adding up to 1."""
        items = self.entry.items
        return {name: 1 / len(items) if item.weight is None else item.weight for name, item in items.items()}


def load_indices(registry: Registry, path: Path | None = None) -> dict[str, Index]:
    """The indices shipped with the package, overlaid by the file at ``path`` entry by entry, over the metrics of
    ``registry``.

    Raises:
        RegistryError: an entry is incomplete, contradicts itself or its metric, or changes a shipped definition under
            its old version; the text says which and what to change.
    """
    entries = _entries(files("schemas").joinpath("indices.yaml").read_bytes(), "the shipped indices")
    if path is not None:
        entries = overlaid(entries, _entries(path.read_bytes(), str(path)), "index")
    return {name: _index(entry, registry) for name, entry in entries.items()}


def _entries(text: bytes, origin: str) -> dict[str, IndexEntry]:
    entries = entries_of(text, origin, "index")
    return {name: entry_of(IndexEntry, "index", name, fields) for name, fields in entries.items()}


def _index(entry: IndexEntry, registry: Registry) -> Index:
    metric = registry.find(entry.metric)
    if metric is None:
        raise RegistryError(f"index {entry.id}: there is no metric {entry.metric}")
    for complaint in _complaints(entry, metric):
        raise RegistryError(f"index {entry.id}: {complaint}")
    return Index(entry, metric, SCALES[entry.scale])


def _complaints(entry: IndexEntry, metric: Metric) -> list[str]:
    """What contradicts itself, worst first."""
    found = []
    if entry.scale not in metric.scales:
        found.append(f"{metric.id} has no answers on {entry.scale}; it has {', '.join(metric.scales) or 'none at all'}")
    elif not SCALES[entry.scale].higher_is_better:
        found.append(f"on {entry.scale} a low code is the good answer: the index would be upside down")
    if entry.by not in DIMENSIONS:
        found.append(f"unknown dimension {entry.by}; known are {', '.join(DIMENSIONS)}")
    if not entry.items:
        found.append("it has no items")
    for what, names in (("it", entry.names), *((name, item.names) for name, item in entry.items.items())):
        found += [f"{what} has no name in {language}" for language in LANGUAGES if language not in names]
    weights = [item.weight for item in entry.items.values() if item.weight is not None]
    if weights and len(weights) < len(entry.items):
        found.append("either every item has a weight or none")
    elif weights and (min(weights) <= 0 or not isclose(sum(weights), 1, abs_tol=_WRITTEN)):
        found.append(f"weights are above 0 and add up to 1, not to {sum(weights):g}")
    return found
