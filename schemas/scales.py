"""Answer scales: which integer codes an answer may have and which of them count as satisfied."""

from importlib.resources import files
from typing import Final

import msgspec

from schemas.languages import Language

NOT_APPLICABLE: Final = -1
"""The code of "does not apply to me" on every scale: accepted, kept in the histogram, never part of n or a score."""


_NOT_APPLICABLE: Final[dict[Language, str]] = {"en": "not applicable", "zh": "不适用"}


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """One answer scale. Source of the box rules: domain.md 4.3 and 4.4."""

    id: str
    low: int
    high: int
    neutral: int | None
    top_box: tuple[int, ...]
    """Codes of satisfied answers; NPS: promoters."""
    bottom_box: tuple[int, ...]
    """Codes of dissatisfied answers; NPS: detractors."""
    higher_is_better: bool = True
    labels: dict[Language, tuple[str, ...]] = {}
    """What customers read, from `low` to `high`; empty where they read numbers."""

    def label(self, code: int, language: Language) -> str | None:
        """What customers read for a code; None where that is the number."""
        if code == NOT_APPLICABLE:
            return _NOT_APPLICABLE[language]
        return self.labels[language][code - self.low] if self.labels else None

    def accepts(self, code: int) -> bool:
        """True for a code on the scale and for `NOT_APPLICABLE`."""
        return self.low <= code <= self.high or code == NOT_APPLICABLE


def _load() -> dict[str, Scale]:
    text = files("schemas").joinpath("scales.yaml").read_bytes()
    raw = msgspec.yaml.decode(text, type=dict[str, dict[str, object]])
    return {name: msgspec.convert({"id": name, **fields}, Scale) for name, fields in raw.items()}


SCALES: Final[dict[str, Scale]] = _load()
"""Every scale by id. A published scale never changes; another box rule is another scale or another metric version."""
