"""Answer scales: which integer codes an answer may have and which of them count as satisfied."""

from importlib.resources import files
from typing import Final

import msgspec

NOT_APPLICABLE: Final = -1
"""The code of "does not apply to me" on every scale: accepted, kept in the histogram, never part of n or a score."""


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

    def accepts(self, code: int) -> bool:
        """True for a code on the scale and for `NOT_APPLICABLE`."""
        return self.low <= code <= self.high or code == NOT_APPLICABLE


def _load() -> dict[str, Scale]:
    text = files("schemas").joinpath("scales.yaml").read_bytes()
    raw = msgspec.yaml.decode(text, type=dict[str, dict[str, object]])
    return {name: msgspec.convert({"id": name, **fields}, Scale) for name, fields in raw.items()}


SCALES: Final[dict[str, Scale]] = _load()
"""Every scale by id. A published scale never changes; another box rule is another scale or another metric version."""
