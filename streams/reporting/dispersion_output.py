"""Spreads as JSON, CSV, or a table for people."""

from collections.abc import Iterable
from typing import IO, Any, Final

from schemas.languages import Language
from streams.reporting import encoding
from streams.reporting.dispersion import DispersionLine
from streams.reporting.encoding import local, print_table, start_in_table, table_of
from streams.reporting.output import compared_object
from streams.reporting.report import Question
from streams.reporting.units import UNKNOWN, in_unit, interval
from streams.reporting.words import Say, saying
from streams.statistics.estimates import quantile

_CHINESE: Final = {
    "groups": "组数",
    "between": "组间占比",
    "higher": "更不均",
    "lower": "更均匀",
}


def as_object(line: DispersionLine, question: Question) -> dict[str, Any]:
    """One line under the names that `cxstream report dispersion.METRIC --json` promises; p50 and p90 are ms."""
    found = line.between
    return {
        "start": local(line.period.start, question.zone).isoformat(),
        "segment": dict(line.segment),
        "definition": line.definition,
        "n": line.score.n,
        "statistic": _statistic(question),
        "value": line.score.value,
        "ci_low": line.score.low,
        "ci_high": line.score.high,
        **({name: quantile(line.content.buckets, q) for name, q in _quantiles(question).items()}),
        "between": {
            "groups": found.groups if found else 0,
            "share": found and found.share.value,
            "ci_low": found and found.share.low,
            "ci_high": found and found.share.high,
            "deviation": found and found.deviation,
            "p": found and found.p,
        },
        **({} if line.compared is None else {"compared": compared_object(line.compared, question.zone)}),
    }


def write_json(lines: Iterable[DispersionLine], question: Question, out: IO[str]) -> None:
    """A JSON list of objects."""
    encoding.write_json((as_object(line, question) for line in lines), out)


def write_csv(lines: Iterable[DispersionLine], question: Question, out: IO[str]) -> None:
    """CSV with the same names joined: ``between_share``."""
    encoding.write_csv((as_object(line, question) for line in lines), out)


def write_table(
    lines: Iterable[DispersionLine], question: Question, dimension: str | None, language: Language, out: IO[str]
) -> None:
    """A table with a period of a series per row."""
    say = saying(language, _CHINESE)
    numbers = ["n", *_quantiles(question), _statistic(question), "95 % interval"]
    if dimension is not None:
        numbers += ["groups", "between", "95 % interval", "p"]
    if question.baseline is not None:
        numbers += ["before", "p"]
    title = f"{question.metric.id}, {question.zone.key}"
    table = table_of(map(say, ("start", *question.by, "definition")), map(say, numbers), title)
    if question.baseline is not None:
        table.add_column(say("verdict"))
    for line in lines:
        segment = [UNKNOWN if value is None else value for value in line.segment.values()]
        values = [f"{line.score.n:,}"]
        values += [in_unit(quantile(line.content.buckets, q), "ms") for q in _quantiles(question).values()]
        values += [in_unit(line.score.value, "code"), interval(line.score, "code", say)]
        if dimension is not None:
            values += _between_values(line, say)
        if line.compared is not None:
            values += [
                in_unit(line.compared.score.value, "code"),
                _p(line.compared.difference and line.compared.difference.p),
            ]
            values.append(say(line.compared.verdict or UNKNOWN))
        table.add_row(start_in_table(line.period.start, question.zone), *segment, line.definition, *values)
    print_table(table, out)


def _statistic(question: Question) -> str:
    return "p90/p50" if question.metric.kind == "duration" else "sd"


def _quantiles(question: Question) -> dict[str, float]:
    return {"p50": 0.5, "p90": 0.9} if question.metric.kind == "duration" else {}


def _between_values(line: DispersionLine, say: Say) -> list[str]:
    if line.between is None:
        return [UNKNOWN] * 4
    share = line.between.share
    return [str(line.between.groups), in_unit(share.value, "share"), interval(share, "share", say), _p(line.between.p)]


def _p(p: float | None) -> str:
    return UNKNOWN if p is None else f"{p:.3f}"
