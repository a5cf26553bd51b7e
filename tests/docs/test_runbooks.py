"""Every command in a runbook works as it stands there, in the order of the runbook."""

from itertools import accumulate
from pathlib import Path
from typing import Final

import pytest

from tests.docs import readme
from tests.docs.generate import README
from tests.docs.workplace import Workplace

RUNBOOKS: Final = sorted((README.parent / "deploy" / "runbooks").glob("*.md"))


def commands(runbook: Path) -> list[str]:
    return [block.text for block in readme.blocks(runbook.read_text()) if block.language == "sh"]


def assignments(text: str) -> str:
    """What the reader has set for all that follows."""
    return "".join(line + "\n" for line in text.splitlines() if line.split("=")[0].isupper())


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda each: each.stem)
def test_the_commands_of_a_runbook_work_one_after_the_other(runbook: Path, workplace: Workplace) -> None:
    blocks = commands(runbook)
    assert blocks
    known = ["", *accumulate(map(assignments, blocks))]
    for before, block in zip(known, blocks, strict=False):
        done = workplace.run(workplace.script(before + block))
        assert done.returncode == 0, block + done.stdout + done.stderr
        assert "DB::Exception" not in done.stdout, "curl ends well whatever the server says"
