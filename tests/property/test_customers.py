"""Pseudonyms: stable under one key, unlinkable between two, and nothing else of an event changes."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from schemas.metrics import load_registry
from schemas.rows import Row
from streams.core.configuration import Configuration
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from streams.customers import CustomerKey
from tests.unit.core.partition_log import Record

KEYS = st.text(min_size=16, max_size=64).map(SecretStr)
REFERENCES = st.text(min_size=1, max_size=256)

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(KEYS, REFERENCES)
def test_the_same_customer_always_has_the_same_pseudonym_which_is_its_own(key: SecretStr, reference: str) -> None:
    pseudonym = CustomerKey("k1", key).pseudonym(reference)
    assert CustomerKey("k1", key).pseudonym(reference) == pseudonym
    assert CustomerKey("k1", key).pseudonym(pseudonym) == pseudonym
    assert len(pseudonym) == len("k1:") + 40


@given(KEYS, st.sets(REFERENCES, min_size=2, max_size=20))
def test_two_customers_have_two_pseudonyms(key: SecretStr, references: set[str]) -> None:
    customers = CustomerKey("k1", key)
    assert len({customers.pseudonym(reference) for reference in references}) == len(references)


@given(st.sets(KEYS.map(SecretStr.get_secret_value), min_size=2, max_size=2), REFERENCES)
def test_under_two_keys_the_pseudonyms_of_a_customer_share_nothing_but_their_form(
    keys: set[str], reference: str
) -> None:
    one, other = (CustomerKey("k1", SecretStr(key)).pseudonym(reference) for key in keys)
    assert one != other
    # A pseudonym of another key is a reference like any other, also under the same name.
    first, second = (CustomerKey("k1", SecretStr(key)) for key in keys)
    assert second.pseudonym(first.pseudonym(reference)) != first.pseudonym(reference)


@given(KEYS, st.from_regex(r"\Ak1:[0-9a-f]{40}\Z"))
def test_a_reference_that_only_looks_like_a_pseudonym_is_replaced(key: SecretStr, forged: str) -> None:
    assert CustomerKey("k1", key).pseudonym(forged) != forged


@given(KEYS, REFERENCES, st.dictionaries(st.text(), JSON, max_size=4), st.dictionaries(st.text(), JSON, max_size=4))
def test_nothing_else_of_an_event_changes(
    key: SecretStr, reference: str, envelope: dict[str, Any], data: dict[str, Any]
) -> None:
    event = envelope | {"data": data | {"customer": reference}}
    pseudonym, replaced = CustomerKey("k1", key).replaced(json.dumps(event).encode(), reference)
    assert json.loads(replaced) == envelope | {"data": data | {"customer": pseudonym}}


def test_what_else_stands_in_an_event_keeps_its_bytes() -> None:
    event = b'{ "x": 1.0e3, "data" : {"customer":"c", "n": 12345678901234567890123, "s":"\\u00e9"},"type":"t"}'
    _, replaced = CustomerKey("k1", SecretStr("a key of 16 or more")).replaced(event, "c")
    for kept in (b"1.0e3", b"12345678901234567890123", b'"\\u00e9"'):
        assert kept in replaced


def test_a_reference_that_stands_twice_does_not_stay_behind() -> None:
    event = b'{"data": {"customer": "first-4711"}, "data": {"customer": "older-4711", "customer": "c-4711"}}'
    _, replaced = CustomerKey("k1", SecretStr("a key of 16 or more")).replaced(event, "c-4711")
    assert b"4711" not in replaced


def test_its_repr_shows_no_key() -> None:
    assert "planted" not in repr(CustomerKey("k1", SecretStr("planted-customer-key")))


@given(KEYS, st.lists(st.tuples(st.integers(0, 5), st.integers(0, 10)), min_size=1, max_size=30))
def test_rows_do_not_depend_on_it(key: SecretStr, answers: list[tuple[int, int]]) -> None:
    customers = CustomerKey("k1", key)
    plain = [_answer(number, customer, score) for number, (customer, score) in enumerate(answers)]
    keyed = [customers.replaced(event, f"c{customer}")[1] for event, (customer, _) in zip(plain, answers, strict=True)]
    assert _rows(plain) == _rows(keyed)


def _answer(number: int, customer: int, score: int) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"e{number}",
            "source": "/shop",
            "type": "cx.survey.answered.v1",
            "time": "2026-03-01T12:00:00Z",
            "subject": f"r{number}",
            "data": {"metric": "nps", "score": score, "customer": f"c{customer}"},
        }
    ).encode()


def _rows(events: list[bytes]) -> list[Row]:
    configuration = Configuration(registry=load_registry(), dimensions=("channel",))
    processor = PartitionProcessor(Source("cx.surveys", "id", 0), configuration)
    assert not processor.apply([Record(offset, -1, value) for offset, value in enumerate(events)])
    return processor.take_rows()
