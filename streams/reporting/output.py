"""The lines of a report as JSON, CSV, or a table for people."""

from collections.abc import Iterable
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

from schemas.kpis import unit_of
from schemas.languages import Language
from schemas.metrics import Metric
from streams.reporting import encoding
from streams.reporting.comparison import Compared
from streams.reporting.contents import EMPTY
from streams.reporting.encoding import flat, local, print_table, start_in_table, table_of
from streams.reporting.periods import Period
from streams.reporting.report import Line, Question, Rank, Step
from streams.reporting.scores import QUANTILES, details_of
from streams.reporting.units import UNKNOWN, duration, in_unit, interval, step
from streams.reporting.words import Say, saying
from streams.statistics.estimates import NO_DATA

_CLASSES: Final = {"above": "satisfied", "equal": "neutral", "below": "disappointed"}
"""How the experience was to what was expected, and what that makes a customer (domain.md A3)."""


_CHINESE: Final = {
    "with larger": "累计",
    "ratio": "比值",
    "name": "名称",
    "from stage before": "较上一环节",
    "step": "变化",
    "above: satisfied": "超出期望：满意",
    "equal: neutral": "符合期望：一般",
    "below: disappointed": "低于期望：失望",
}


def as_object(line: Line, zone: ZoneInfo) -> dict[str, Any]:
    """One line under the names that `cxstream report --json` promises; durations are milliseconds."""
    return {
        "start": local(line.period.start, zone).isoformat(),
        "segment": dict(line.segment),
        "definition": line.definition,
        "n": line.score.n,
        "value": line.score.value,
        "ci_low": line.score.low,
        "ci_high": line.score.high,
        **line.details,
        **({} if line.rank is None else {"share": line.rank.share, "cumulative_share": line.rank.cumulative}),
        **({} if line.step is None else {"step": _step(line.step)}),
        **({} if line.compared is None else {"compared": compared_object(line.compared, zone)}),
    }


def compared_object(compared: Compared, zone: ZoneInfo) -> dict[str, Any]:
    """What a line says of an earlier period."""
    found = compared.difference
    return {
        "start": local(compared.period.start, zone).isoformat(),
        "end": local(compared.period.end, zone).isoformat(),
        "n": compared.score.n,
        "value": compared.score.value,
        "difference": found and found.value,
        "ci_low": found and found.low,
        "ci_high": found and found.high,
        "p": found and found.p,
        "detectable": found and found.detectable,
        "verdict": compared.verdict,
    }


def write_json(lines: Iterable[Line], zone: ZoneInfo, out: IO[str]) -> None:
    """A JSON list of objects."""
    encoding.write_json((as_object(line, zone) for line in lines), out)


def write_csv(lines: Iterable[Line], question: Question, out: IO[str]) -> None:
    """CSV with the same names, the header also of no line at all."""
    encoding.write_csv((as_object(line, question.zone) for line in lines), out, _columns(question))


def write_table(lines: Iterable[Line], question: Question, language: Language, out: IO[str]) -> None:
    """A table with the value in the unit people use and its 95 % interval.

    The definition has a column only where lines differ in it: a table with durations just fits 80 columns without.
    """
    shown, say = list(lines), saying(language, _CHINESE)
    metric = question.metric
    definitions = {line.definition for line in shown}
    title = ", ".join([metric.id, *(definitions if len(definitions) == 1 else ()), question.zone.key])
    names = ["n", "mean" if metric.kind == "duration" else "value", "95 % interval"]
    if metric.kind == "duration":
        names += [*QUANTILES, f"{say('within')} {metric.targets[0]}"]
    if metric.kind == "gap":
        names += ["sd", *(f"{name}: {meaning}" for name, meaning in _CLASSES.items()), "ratio"]
    if question.top is not None:
        names += ["share", "with larger"]
    if question.journey is not None:
        names += ["name", "from stage before", "p", "step"]
    if question.baseline is not None:
        names += ["before", "difference", "p"]
    left = ("start", *question.by, *(["definition"] if len(definitions) > 1 else []))
    table = table_of(map(say, left), map(say, names), title)
    if question.baseline is not None:
        table.add_column(say("verdict"))
    for line in shown:
        start = start_in_table(line.period.start, question.zone)
        segment = [UNKNOWN if value is None else value for value in line.segment.values()]
        definition = [line.definition] if len(definitions) > 1 else []
        table.add_row(start, *segment, *definition, f"{line.score.n:,}", *_values(line, metric, say))
    print_table(table, out)


def _values(line: Line, metric: Metric, say: Say) -> list[str]:
    score = line.score
    values = [in_unit(score.value, unit_of(metric)), interval(score, unit_of(metric), say)]
    if metric.kind == "duration":
        attained = line.details["within"][metric.targets[0]]["value"]
        values += [duration(line.details[name]) for name in QUANTILES]
        values.append(UNKNOWN if attained is None else f"{attained:.1%}")
    if metric.kind == "gap":
        shares = [in_unit(line.details[name]["value"], "share") for name in _CLASSES]
        values += [in_unit(line.details["sd"], "code"), *shares, in_unit(line.details["ratio"]["value"], "code")]
    if line.rank is not None:
        values += [f"{line.rank.share:.1%}", f"{line.rank.cumulative:.1%}"]
    if line.step is not None:
        values += _step_values(line.step, metric, say)
    if line.compared is not None:
        values += _compared_values(line.compared, metric, say)
    return values


def _step(step: Step) -> dict[str, Any]:
    found = step.difference
    return {
        "name": step.name,
        "previous": step.previous,
        "difference": found and found.value,
        "ci_low": found and found.low,
        "ci_high": found and found.high,
        "p": found and found.p,
        "verdict": step.verdict,
    }


def _step_values(shown: Step, metric: Metric, say: Say) -> list[str]:
    """Name, difference from the stage before, p, verdict."""
    found = shown.difference
    name, verdict = shown.name or "", say(shown.verdict or UNKNOWN)
    if found is None:
        return [name, UNKNOWN, UNKNOWN, verdict]
    return [name, step(found.value, unit_of(metric)), f"{found.p:.3f}", verdict]


def _compared_values(compared: Compared, metric: Metric, say: Say) -> list[str]:
    found, unit = compared.difference, unit_of(metric)
    before, verdict = in_unit(compared.score.value, unit), say(compared.verdict or UNKNOWN)
    if found is None:
        return [before, UNKNOWN, UNKNOWN, verdict]
    return [before, step(found.value, unit), f"{found.p:.3f}", verdict]


def _columns(question: Question) -> list[str]:
    metric = question.metric
    columns: dict[str, None] = {}
    for scale in metric.scales or (None,):
        definition = metric.definition(scale)
        details = details_of(metric, definition, EMPTY)
        before = None if question.baseline is None else Compared(Period(0, 0), NO_DATA, None, None)
        rank = None if question.top is None else Rank(0, 0)
        first = None if question.journey is None else Step(None, None, None, None)
        empty = Line(Period(0, 0), dict.fromkeys(question.by), definition, NO_DATA, details, EMPTY, before, rank, first)
        columns |= dict.fromkeys(flat(as_object(empty, question.zone)))
    return list(columns)
