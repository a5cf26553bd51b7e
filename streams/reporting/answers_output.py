"""The distribution of answers as JSON, CSV, or a table for people."""

from collections.abc import Iterable
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

from schemas.languages import Language
from schemas.scales import NOT_APPLICABLE, SCALES
from streams.reporting import encoding
from streams.reporting.answers import AnswerLine
from streams.reporting.encoding import local, print_table, start_in_table, table_of
from streams.reporting.report import Question
from streams.reporting.scores import scale_of
from streams.reporting.units import UNKNOWN, in_unit, interval
from streams.reporting.words import saying

_CHINESE: Final = {"code": "代码", "answer": "答案", "given": "次数"}


def as_object(line: AnswerLine, zone: ZoneInfo, language: Language) -> dict[str, Any]:
    """One line under the names that `cxstream report answers.METRIC --json` promises."""
    return {
        "start": local(line.period.start, zone).isoformat(),
        "segment": dict(line.segment),
        "definition": line.definition,
        "code": line.code,
        "label": _label(line, language),
        "given": line.given,
        "n": line.share.n,
        "value": line.share.value,
        "ci_low": line.share.low,
        "ci_high": line.share.high,
    }


def write_json(lines: Iterable[AnswerLine], zone: ZoneInfo, language: Language, out: IO[str]) -> None:
    """A JSON list of objects."""
    encoding.write_json((as_object(line, zone, language) for line in lines), out)


def write_csv(lines: Iterable[AnswerLine], zone: ZoneInfo, language: Language, out: IO[str]) -> None:
    """CSV with the same names."""
    encoding.write_csv((as_object(line, zone, language) for line in lines), out)


def write_table(lines: Iterable[AnswerLine], question: Question, language: Language, out: IO[str]) -> None:
    """A table with an answer per row; those "not applicable" only where there are any."""
    say = saying(language, _CHINESE)
    left = map(say, ("start", *question.by, "definition", "code", "answer"))
    table = table_of(left, map(say, ("given", "share", "95 % interval")), f"{question.metric.id}, {question.zone.key}")
    for line in lines:
        if line.code == NOT_APPLICABLE and not line.given:
            continue
        table.add_row(
            start_in_table(line.period.start, question.zone),
            *(UNKNOWN if value is None else value for value in line.segment.values()),
            line.definition,
            str(line.code),
            _label(line, language) or "",
            f"{line.given:,}",
            in_unit(line.share.value, "share"),
            interval(line.share, "share", say),
        )
    print_table(table, out)


def _label(line: AnswerLine, language: Language) -> str | None:
    return SCALES[scale_of(line.definition)].label(line.code, language)
