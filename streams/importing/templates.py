"""Text with placeholders for the values of a row, such as ``{number}-message-{source_row:6}``."""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Placeholder:
    """``{column}`` or ``{column:width}`` of a template."""

    column: str
    width: int


@dataclass(frozen=True, slots=True)
class Template:
    """Text with placeholders, such as ``{number}-message-{source_row:6}``."""

    parts: tuple[str | Placeholder, ...]

    @property
    def columns(self) -> list[str]:
        """The columns it needs, in order."""
        return [part.column for part in self.parts if isinstance(part, Placeholder)]


_PLACEHOLDER: Final = re.compile(r"\{([^{}:]+)(?::(\d{1,2}))?\}")


def parse_template(text: object) -> object:
    """The template of a text; anything else as it is. Raises ValueError for a brace that belongs to no placeholder."""
    if not isinstance(text, str):
        return text
    parts: list[str | Placeholder] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        parts += [text[end : match.start()], Placeholder(match[1], int(match[2] or 0))]
        end = match.end()
    parts.append(text[end:])
    if any(brace in part for part in parts if isinstance(part, str) for brace in "{}"):
        raise ValueError(f"{text!r} has a brace that belongs to no {{column}} or {{column:width}}")
    return Template(tuple(part for part in parts if part))
