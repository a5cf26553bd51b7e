"""What a dead letter says about its record."""

import pytest

from sinks.dead_letters import DeadLetter


def letter(headers: list[tuple[str, bytes | None]]) -> DeadLetter:
    return DeadLetter("cx.surveys", 2, 41, b"customer", b"{broken", headers, "not_json", "line 1: expected a key")


OURS = [
    ("cx-reason", b"not_json"),
    ("cx-detail", b"line 1: expected a key"),
    ("cx-topic", b"cx.surveys"),
    ("cx-partition", b"2"),
    ("cx-offset", b"41"),
]


def test_the_records_own_headers_follow_in_their_order_repeated_names_and_missing_values_too() -> None:
    headers = [("trace", b"\x00\xff"), ("a", b"1"), ("", None), ("a", b"2"), ("cx-reason", b"mine"), ("größe", b"")]
    assert letter(headers).all_headers() == [*OURS, *headers]


@pytest.mark.parametrize("name", [b"caf\xe9", b"\xff\x00", b"\xed\xa0\x80", b"gr\xc3\xb6\xc3", b"\\xe9\xe9"])
def test_a_header_name_that_is_no_utf8_is_kept_byte_for_byte_before_its_header(name: bytes) -> None:
    escaped = name.decode("utf-8", "surrogateescape")
    written = letter([("before", b"1"), (escaped, b"2"), ("after", b"3")]).all_headers()[len(OURS) :]
    assert written == [
        ("before", b"1"),
        ("cx-header-name", name),
        (name.decode("utf-8", "backslashreplace"), b"2"),
        ("after", b"3"),
    ]
    assert all(each.encode() for each, _ in written), "a client can write every name"
