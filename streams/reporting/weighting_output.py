"""Weighted scores as JSON, CSV, or tables for people: the scores, and below them the groups they are made of."""

from collections.abc import Iterable
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

from schemas.kpis import unit_of
from schemas.languages import Language
from streams.reporting import encoding
from streams.reporting.encoding import local, print_table, start_in_table, table_of
from streams.reporting.report import Question
from streams.reporting.units import UNKNOWN, in_unit, interval
from streams.reporting.weighting import WeightedLine
from streams.reporting.words import Say, saying
from streams.statistics.stratification import LEAST_ANSWERS

_CHINESE: Final = {
    "as answered": "原始得分",
    "weighted": "加权得分",
    "weighted by": "加权维度",
    "effective n": "有效 n",
    "representative p": "代表性 p",
    "of the answers": "占答卷",
    "of the base": "占客户群",
    "answers are of no group of the base": "份答卷不属于客户群中的任何一组",
    "not weighted": "未加权",
    "without": "缺少",
    "fewer than {least} answers: {groups}": "答卷不足 {least} 份: {groups}",
    "{name} has {n}": "{name} 仅 {n} 份",
}


def as_object(line: WeightedLine, zone: ZoneInfo) -> dict[str, Any]:
    """One line under the names that `cxstream report --population --json` promises."""
    weighted = line.weighted
    return {
        "start": local(line.period.start, zone).isoformat(),
        "definition": line.definition,
        "n": line.score.n,
        "value": line.score.value,
        "ci_low": line.score.low,
        "ci_high": line.score.high,
        "weighted": {
            "value": weighted and weighted.estimate.value,
            "ci_low": weighted and weighted.estimate.low,
            "ci_high": weighted and weighted.estimate.high,
            "effective_n": weighted and weighted.effective_n,
            "refusal": _refusal(line, saying("en")),
        },
        "representative_p": line.p,
        "outside": line.outside,
        "groups": {
            name: {
                "population_share": group.population_share,
                "answer_share": group.answer_share,
                "n": group.score.n,
                "value": group.score.value,
                "ci_low": group.score.low,
                "ci_high": group.score.high,
            }
            for name, group in line.groups.items()
        },
    }


def write_json(lines: Iterable[WeightedLine], zone: ZoneInfo, out: IO[str]) -> None:
    """A JSON list of objects."""
    encoding.write_json((as_object(line, zone) for line in lines), out)


def write_csv(lines: Iterable[WeightedLine], zone: ZoneInfo, out: IO[str]) -> None:
    """CSV with the same names, those of groups joined: ``groups_vip_n``."""
    encoding.write_csv((as_object(line, zone) for line in lines), out)


def write_tables(lines: Iterable[WeightedLine], question: Question, language: Language, out: IO[str]) -> None:
    """The scores of each period, then its groups."""
    shown, unit, say = list(lines), unit_of(question.metric), saying(language, _CHINESE)
    measures = ("n", "as answered", "95 % interval", "weighted", "95 % interval", "effective n", "representative p")
    scores = table_of(
        map(say, ("start", "definition")),
        map(say, measures),
        f"{question.metric.id}, {say('weighted by')} {question.by[0]}, {question.zone.key}",
    )
    scores.add_column("")
    groups = table_of(
        map(say, ("start", "definition", question.by[0])),
        map(say, ("n", "value", "95 % interval", "of the answers", "of the base")),
    )
    for line in shown:
        place = start_in_table(line.period.start, question.zone), line.definition
        estimate, effective_n = line.weighted or (None, None)
        scores.add_row(
            *place,
            f"{line.score.n:,}",
            in_unit(line.score.value, unit),
            interval(line.score, unit, say),
            in_unit(estimate and estimate.value, unit),
            UNKNOWN if estimate is None else interval(estimate, unit, say),
            UNKNOWN if effective_n is None else f"{effective_n:,.1f}",
            UNKNOWN if line.p is None else f"{line.p:.3f}",
            _remarks(line, say),
        )
        for name, group in line.groups.items():
            groups.add_row(
                *place,
                name,
                f"{group.score.n:,}",
                in_unit(group.score.value, unit),
                interval(group.score, unit, say),
                in_unit(group.answer_share, "share"),
                in_unit(group.population_share, "share"),
            )
    print_table(scores, out)
    print_table(groups, out)


def _remarks(line: WeightedLine, say: Say) -> str:
    outside = f"{line.outside:,} {say('answers are of no group of the base')}" if line.outside else ""
    why = _refusal(line, say)
    refusal = f"{say('not weighted')}, {why}" if why else ""
    absent = ", ".join(name for name, group in line.groups.items() if not group.score.n) if line.weighted else ""
    return "; ".join(filter(None, (refusal, f"{say('without')} {absent}" if absent else "", outside)))


def _refusal(line: WeightedLine, say: Say) -> str | None:
    """Why there is no weighted score though there are answers."""
    few = ", ".join(say("{name} has {n}").format(name=name, n=n) for name, n in line.thin.items())
    return say("fewer than {least} answers: {groups}").format(least=LEAST_ANSWERS, groups=few) if few else None
