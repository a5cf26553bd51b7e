"""The pictures of all dashboards, drawn and compared by the Python that has a plotting library."""

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.bench.environments import interpreter
from tests.deploy.grafana.preview.answers import Answers
from tests.deploy.grafana.preview.contents import contents
from tests.deploy.grafana.queries import boards
from tests.deploy.program import ROOT

COMMITTED: Final = ROOT / "deploy" / "grafana" / "preview"

_HERE: Final = "tests.deploy.grafana.preview"


def all_contents() -> dict[str, dict[str, Any]]:
    """What is to be drawn of each dashboard, by its name. Raises NotRecorded."""
    answers = Answers.recorded()
    return {path.stem: contents(board, answers) for path, board in boards("en").items()}


def draw(drawn: Mapping[str, dict[str, Any]], target: Path) -> None:
    """One PNG of each into a directory."""
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "contents.json"
        data.write_text(json.dumps(drawn))
        subprocess.run([_plotter(), "-m", f"{_HERE}.plot", data, target], check=True, cwd=ROOT)


def differing(one: Path, other: Path) -> list[str]:
    """Names of the pictures that are not alike in two directories."""
    done = subprocess.run(
        [_plotter(), "-m", f"{_HERE}.compare", one, other], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout.split()


def _plotter() -> Path:
    return interpreter(Path(__file__).with_name("preview.txt"))
