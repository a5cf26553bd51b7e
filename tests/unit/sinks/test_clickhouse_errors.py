"""How errors of ClickHouse read."""

from sinks.clickhouse.client import describe


def test_an_error_without_a_text_is_described_by_its_name() -> None:
    assert describe(TimeoutError()) == "TimeoutError"


def test_only_the_first_line_of_a_text_is_told() -> None:
    assert describe(ValueError("no such column\nstack of the server")) == "no such column"
