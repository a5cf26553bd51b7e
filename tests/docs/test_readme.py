"""What the README says is what the code has."""

import re

import pytest

from schemas.kpis import load_kpis
from schemas.metrics import load_registry
from streams.__main__ import COMMANDS
from streams.commands.exits import Exit
from tests.docs import readme
from tests.docs.generate import README, TABLES, help_of, with_tables


def test_its_tables_are_those_of_the_code() -> None:
    assert readme.text() == with_tables(readme.text()), "run `python -m tests.docs.generate`"


@pytest.mark.parametrize("name", TABLES)
def test_every_table_that_can_be_made_is_in_it(name: str) -> None:
    assert len(re.findall(f"<!-- table: {name} -->\n(?s:.)*?<!-- end -->", readme.text())) == 1


def test_every_link_leads_to_a_file_or_heading() -> None:
    headings = re.findall(r"^#+ (.+)$", readme.text(), re.MULTILINE)
    anchors = {"#" + re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    links = re.findall(r"\]\(([^)\s]+)\)", readme.text())
    assert links
    lost = [link for link in links if link not in anchors and not (README.parent / link.split("#")[0]).exists()]
    assert not lost


def test_no_fenced_block_escapes_the_tests() -> None:
    # `sh` blocks are run by test_commands, `text` is what they show.
    assert {block.language for block in readme.blocks()} == {"sh", "text"}
    assert readme.text().count("```") == 2 * len(readme.blocks())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_tried_in_an_example(command: str) -> None:
    tried = "\n".join(block.text for block in readme.commands())
    assert re.search(r"^make run\b" if command == "local" else rf"(^|\| )cxstream {command}\b", tried, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_names_exit_codes_that_exist(command: str) -> None:
    codes = re.findall(r"(?:^|[;,]) (\d+) ", " ".join(help_of(command).partition("Exit codes:")[2].split()).join("  "))
    assert codes
    assert {int(code) for code in codes} <= {each.value for each in Exit}


def test_the_chinese_one_tells_no_command_that_is_not_in_it() -> None:
    chinese = README.with_name("README.zh-CN.md").read_text()
    blocks = readme.blocks(chinese)
    tried = {line for block in readme.commands() for line in block.text.splitlines()}
    assert blocks
    assert {line for block in blocks for line in block.text.splitlines()} <= tried


def test_the_chinese_one_names_kpis_as_the_registry_does() -> None:
    chinese = README.with_name("README.zh-CN.md").read_text().replace("\n", "")
    kpis = load_kpis(load_registry())
    named = ("first_response_mean", "first_contact_resolution", "resolution_rate", "followup_rate", "agent_rating")
    assert all(kpis[name].entry.names["zh"] in chinese for name in (*named, "satisfaction"))
