"""The README as the tests read it."""

import re
from typing import Final, NamedTuple

from tests.docs.generate import README

_FENCED: Final = re.compile(r"^```(?P<language>.*)\n(?P<text>(?:.*\n)*?)^```$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block."""

    language: str
    text: str

    @property
    def is_make(self) -> bool:
        return all(line.startswith("make ") for line in self.text.splitlines())

    @property
    def ends_with_worker(self) -> bool:
        """Whether it runs until it is told to end."""
        return self.text.endswith("\ncxstream worker\n")


def text() -> str:
    return README.read_text()


def blocks(of: str | None = None) -> list[Block]:
    """Those of the README, or of another text."""
    return [Block(found["language"], found["text"]) for found in _FENCED.finditer(text() if of is None else of)]


def commands() -> list[Block]:
    """The blocks a reader types."""
    return [block for block in blocks() if block.language == "sh"]


def permissions() -> list[tuple[str, str, str]]:
    """What a worker may do in Kafka: operation, kind of resource, and the setting that names it."""
    rows = re.findall(r"^\| (TOPIC|GROUP) `(CX_\w+)` \| ([A-Z, ]+) \|", text(), re.MULTILINE)
    return [(operation, kind, setting) for kind, setting, operations in rows for operation in operations.split(", ")]
