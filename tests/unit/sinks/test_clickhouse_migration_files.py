"""Migration files: found, split and rendered without a server."""

import pytest

from sinks.clickhouse.migration_files import Migration, Target, load_migrations, split

SINGLE = Target("cx")
CLUSTER = Target("cx", "prod")


def test_migrations_are_numbered_without_gaps() -> None:
    migrations = load_migrations()
    assert [migration.number for migration in migrations] == list(range(1, len(migrations) + 1))


def test_a_semicolon_ends_a_statement_only_outside_text_names_and_comments() -> None:
    sql = """
    SELECT 'a;b', 'it''s;', 'back\\\\', 'quote\\';' -- not here;
    FROM `odd;name` /* nor; here */, "other;name";
    -- why; the second
    SELECT 2;;
    -- nothing follows;
    """
    statements = [statement for _, statement in split(sql)]
    assert len(statements) == 2
    assert statements[0].startswith("SELECT 'a;b'")
    assert statements[0].endswith('"other;name"')
    assert statements[1] == "SELECT 2"


def test_the_last_statement_needs_no_semicolon() -> None:
    assert [statement for _, statement in split("SELECT 1;\nSELECT 2")] == ["SELECT 1", "SELECT 2"]


def test_a_single_server_gets_no_cluster_statement() -> None:
    for statement in _statements(SINGLE):
        assert "ON CLUSTER" not in statement
        assert "Replicated" not in statement
        assert "Distributed" not in statement


def test_on_a_cluster_every_statement_goes_to_every_node() -> None:
    for statement in _statements(CLUSTER):
        assert "ON CLUSTER prod" in statement


def test_on_a_cluster_tables_are_replicated_and_cells_are_distributed() -> None:
    statements = _statements(CLUSTER)
    engines = [statement.partition("ENGINE = ")[2] for statement in statements if "CREATE TABLE" in statement]
    assert sum(engine.startswith("Distributed(prod, cx, cells_shard,") for engine in engines) == 1
    assert all(engine.startswith(("Distributed", "ReplicatedReplacingMergeTree(")) for engine in engines)


def test_the_database_name_reaches_tables_views_and_functions() -> None:
    statements = _statements(Target("shadow"))
    assert not any("cx." in statement or " cxNps" in statement for statement in statements)
    assert any("FUNCTION shadowNps " in statement for statement in statements)


@pytest.mark.parametrize("name", ["", "a b", "cx; DROP DATABASE cx", "x'y", "1st", "a-b"])
def test_a_name_that_is_no_plain_identifier_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="use letters, digits and _"):
        Target(name).placeholders()
    with pytest.raises(ValueError, match="use letters, digits and _"):
        Target("cx", name).placeholders()


def test_the_checksum_is_that_of_the_file_not_of_its_rendering() -> None:
    assert Migration(1, "a", "SELECT 1").checksum != Migration(1, "a", "SELECT 2").checksum
    assert Migration(1, "a", "SELECT 1").checksum == Migration(2, "b", "SELECT 1").checksum


def _statements(target: Target) -> list[str]:
    return [statement for migration in load_migrations() for statement in migration.statements(target)]
