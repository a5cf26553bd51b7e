"""``python -m deploy.grafana``: writes ``dashboards/<language>/<name>.json``; with ``--check`` it only compares."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana import (
    journey,
    live_wall,
    pipeline,
    promises,
    replays,
    scoreboard,
    scores,
    segments,
    surveys,
    waiting,
)
from schemas.languages import LANGUAGES

DIRECTORY: Final = Path(__file__).parent / "dashboards"

BOARDS: Final = (live_wall, scoreboard, scores, waiting, journey, promises, surveys, segments, pipeline, replays)


def files() -> Iterator[tuple[Path, str]]:
    """Path and text of each."""
    for language in LANGUAGES:
        for module in BOARDS:
            board = module.board(language)
            text = JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(board.build(language))
            yield DIRECTORY / language / f"{board.name}.json", text + "\n"


def main() -> int:
    written = dict(files())
    if "--check" in sys.argv[1:]:
        there = {path: path.read_text() for path in DIRECTORY.glob("*/*.json")}
        return 0 if there == written else 1
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
