"""The languages in which people read KPIs, scales, journeys and tables."""

from typing import Final, Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
