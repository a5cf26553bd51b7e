"""Words that people read, in the languages of the dashboards."""

from typing import NamedTuple

from schemas.languages import Language


class Words(NamedTuple):
    """One text; names of dimensions, metrics and teams stay as they are."""

    en: str
    zh: str

    def in_(self, language: Language) -> str:
        return self.en if language == "en" else self.zh
