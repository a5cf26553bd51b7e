"""Every ClickHouse user may do what its commands do, and nothing else."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final
from xml.etree import ElementTree

import pytest

from schemas.dimensions import NO_SEGMENT
from schemas.metrics import load_registry
from schemas.rows import Row
from sinks.clickhouse import store
from sinks.clickhouse.migrate import migrate
from streams.core.configuration import Configuration
from streams.replay.difference import Difference, Unequal, compare
from streams.replay.plan import Plan, Stretch
from streams.replay.promotion import Promotion
from streams.replay.rows import Rows
from streams.replay.run import Done
from streams.reporting.contents import Contents, Selection
from streams.reporting.periods import Period
from tests.deploy.privileges import Privilege, granted, needed
from tests.deploy.program import ROOT
from tests.deploy.recorded_client import RecordedClient

FILE: Final = ROOT / "deploy" / "clickhouse" / "users.xml"

USERS: Final = {user.tag: user for user in ElementTree.parse(FILE).getroot().iterfind("users/*")}

CLUSTERS: Final = (None, "production")


def grants(user: str) -> list[str]:
    return [query.text or "" for query in USERS[user].iterfind("grants/query")]


def privileges(user: str) -> set[Privilege]:
    return {privilege for grant in grants(user) for privilege in granted(grant)}


def migrator_statements() -> Iterator[str]:
    for cluster in CLUSTERS:
        client = RecordedClient()
        migrate(client, load_registry(), cluster=cluster)
        yield from client.statements


async def writer_statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    client = RecordedClient()
    monkeypatch.setattr(store, "connect", lambda *_: client)
    row = Row("nps", "nps.v1", 60, NO_SEGMENT, "topic", 0, 0, 7, 2, 19, {9: 1, 10: 1}, {})
    for cluster in CLUSTERS:
        sink = store.ClickHouseStore("http://clickhouse:8123", "cx_writer", "", cluster=cluster)
        await sink.store(store.RowBatch.of([row]))
        sink.close()
    return client.statements


def reader_statements() -> list[str]:
    client = RecordedClient()
    contents = Contents(client, "cx")
    selection = Selection("nps", ("channel",), {})
    contents.extent(selection, None, None)
    list(contents.read(selection, 1, [Period(0, 60)]))
    return client.statements


def replay_statements() -> Iterator[str]:
    stretch = Stretch("cx.surveys", "id", 0, 0, 10, None, None, 0)
    configuration = Configuration(registry=load_registry(), dimensions=())
    plan = Plan(
        made_at="",
        code="",
        database="cx",
        first=None,
        last=None,
        configuration=configuration,
        erased="keep",
        stretches=(stretch,),
    )
    found = Difference(1, 1, {}, "", "", (Unequal("nps", "nps.v1", 0, 1, 0, 0, 2, 1),))
    answers: dict[str, list[tuple[Any, ...]]] = {
        "SELECT max(generation)": [(1,)],
        "SELECT DISTINCT metric": [("nps", "nps.v1", 202603)],
    }
    for cluster in CLUSTERS:
        client = RecordedClient(answers)
        migrate(client, configuration.registry, plan.shadow, cluster)
        yield f"INSERT INTO {plan.shadow}.cells"  # as the writer's
        compare(Rows(client, plan, plan.database), Rows(client, plan, plan.shadow))
        Promotion(client, plan, [Done(1, 0, 0, 0, 1, 1)], "ann", "why", cluster).promote(found)
        client._answers = answers | {"SELECT generation, step": [(1, "promoted")]}
        Promotion(client, plan, [Done(1, 0, 0, 0, 1, 1)], "ann", "why", cluster).rollback(found)
        yield from client.statements


def lacking(user: str, statements: list[str]) -> set[Privilege]:
    asked = {privilege for statement in statements for privilege in needed(statement)}
    return {one for one in asked if not any(each.allows(one) for each in privileges(user))}


def idle(user: str, statements: list[str]) -> set[Privilege]:
    asked = {privilege for statement in statements for privilege in needed(statement)}
    return {
        each for each in privileges(user) if not any(each.allows(one) and each.action == one.action for one in asked)
    }


def test_the_migrator_may_run_every_migration_on_one_server_and_on_a_cluster() -> None:
    statements = list(migrator_statements())
    assert len(statements) > 40
    assert not lacking("cx_migrator", statements)


def test_the_migrator_may_do_nothing_that_no_migration_does() -> None:
    assert not idle("cx_migrator", list(migrator_statements()))


async def test_the_writer_may_store_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    statements = await writer_statements(monkeypatch)
    assert len(statements) == len(CLUSTERS)
    assert not lacking("cx_writer", statements)


async def test_the_writer_may_do_nothing_but_store_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    statements = await writer_statements(monkeypatch)
    # On a cluster the server itself sends them on to this table, see migration 0001.
    assert idle("cx_writer", statements) == {Privilege("INSERT", "cx.cells_shard")}
    assert any("cx.cells_shard" in statement for statement in migrator_statements())


def test_a_replay_may_be_run_compared_promoted_and_rolled_back() -> None:
    statements = list(replay_statements())
    assert {"INSERT INTO cx.replays"} < set(statements)
    assert not lacking("cx_replay", statements)


def test_a_replay_may_change_nothing_live_but_cells_and_its_audit() -> None:
    changes = {each for each in privileges("cx_replay") if each.target.startswith("cx.") and each.action != "SELECT"}
    assert changes == {Privilege("INSERT", f"cx.{table}") for table in ("cells", "cells_shard", "replays")}
    # On a cluster the server itself sends rows on to this table, see migration 0001.
    assert idle("cx_replay", list(replay_statements())) == {Privilege("INSERT", "cx.cells_shard")}


def test_the_reader_may_ask_whatever_report_asks() -> None:
    statements = reader_statements()
    assert len(statements) == 2
    assert not lacking("cx_reader", statements)


def test_the_reader_cannot_write_and_cannot_ask_for_ever() -> None:
    assert {privilege.action for privilege in privileges("cx_reader")} == {"SELECT"}
    (profile,) = ElementTree.parse(FILE).getroot().iterfind("profiles/cx_reader")
    assert USERS["cx_reader"].findtext("profile") == "cx_reader"
    assert profile.findtext("readonly") == "1"
    assert int(profile.findtext("max_execution_time", "0")) > 0
    # Grafana's plugin sends one with every query; a reader who may not change it sees no data.
    assert profile.find("constraints/max_execution_time/changeable_in_readonly") is not None


def test_what_a_user_lacks_would_be_noticed() -> None:
    assert lacking("cx_reader", ["INSERT INTO cx.cells"]) == {Privilege("INSERT", "cx.cells")}
    assert lacking("cx_writer", ["SELECT n FROM cx.kpi"]) == {Privilege("SELECT", "cx.*")}
    assert lacking("cx_writer", ["CREATE TABLE cx.more ON CLUSTER production"]) == {
        Privilege("CREATE TABLE", "cx.more"),
        Privilege("CLUSTER", "*.*"),
    }


def test_nobody_has_a_password_in_this_file_and_nobody_comes_without_one() -> None:
    assert USERS["default"].get("remove") == "remove"
    for user in USERS.values():
        assert not [each.tag for each in user if "password" in each.tag]
        assert user.find("access_management") is None


def test_clickhouse_knows_every_privilege_that_is_granted() -> None:
    statements = [f"EXPLAIN AST {grant} TO {user}" for user in USERS for grant in grants(user)]
    assert statements
    ask = "import chdb, sys\nfor line in sys.stdin: chdb.query(line)"
    done = subprocess.run(
        [sys.executable, "-c", ask], input="\n".join(statements), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
