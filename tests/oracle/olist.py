"""Olist orders with reviews: what their rows mean, one by one."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

from tests.oracle.expected import Fact, instant, milliseconds

FILE = "olist_orders_reviews.csv.gz"
ZONE = "America/Sao_Paulo"

Identity = tuple[str, ...]


class Olist:
    """The facts of the file, and the spans that end before they begin (``negative``: line numbers, header = 1).

    Rows of one order repeat its touchpoints and its survey: the first row of each identity counts.
    """

    def __init__(self, directory: Path) -> None:
        self.facts: list[Fact] = []
        self.negative: list[int] = []
        self._seen: set[Identity] = set()
        invitations: dict[Identity, Fact] = {}
        answers: dict[Identity, list[Fact]] = {}
        with gzip.open(directory / FILE, "rt", encoding="utf-8", newline="") as stream:
            # No value of this file spans lines, so that the row number gives the line.
            for line, row in enumerate(csv.DictReader(stream), start=2):
                self._measure(row, line)
                self._survey(row, invitations, answers)
        self.facts += _survey_facts(invitations, answers)

    def _measure(self, row: dict[str, str], line: int) -> None:
        order = (row["order_purchase_timestamp"], row["customer_zip_code_prefix"])
        bought, approved, delivered = (
            row["order_purchase_timestamp"],
            row["order_aproved_at"],
            row["order_delivered_customer_date"],
        )
        spans: list[tuple[str, Identity, str, str]] = [("approval", (*order, approved), bought, approved)]
        if delivered:
            spans += [
                ("delivery", (*order, delivered), bought, delivered),
                ("shipment", (*order, approved, delivered), approved, delivered),
            ]
        for measure, identity, start_text, end_text in spans:
            start, end = instant(start_text, ZONE), instant(end_text, ZONE)
            if end < start:
                self.negative.append(line)
            elif self._is_new((measure, *identity)):
                self.facts.append(Fact(f"measured.{measure}", end, _segment(row), milliseconds(start, end)))

    def _survey(
        self, row: dict[str, str], invitations: dict[Identity, Fact], answers: dict[Identity, list[Fact]]
    ) -> None:
        response = (
            row["order_purchase_timestamp"],
            row["customer_zip_code_prefix"],
            row["review_answer_timestamp"],
        )
        if not self._is_new(("survey", *response)):
            return
        invitations[response] = Fact("response_rate", instant(row["review_creation_date"], ZONE), _segment(row))
        answered, score = instant(row["review_answer_timestamp"], ZONE), int(row["review_score"])
        answers[response] = [Fact(metric, answered, _segment(row), score) for metric in ("csat", "rating")]

    def _is_new(self, identity: Identity) -> bool:
        known = identity in self._seen
        self._seen.add(identity)
        return not known


def _segment(row: dict[str, str]) -> dict[str, str]:
    return {"region": row["customer_state"], "product": row["product_category_name"]}


def _survey_facts(invitations: dict[Identity, Fact], answers: dict[Identity, list[Fact]]) -> Iterator[Fact]:
    for response, invitation in invitations.items():
        given = answers.get(response, [])
        yield invitation._replace(value=1 if given else 0)
        yield from given
        for answer in given:
            if answer.time < invitation.time:
                yield Fact("contradictions", answer.time, answer.dimensions)
