"""What tables say in the language that is asked for; JSON and CSV keep their names, which programs read."""

from collections.abc import Callable, Mapping
from typing import Final

from schemas.languages import Language

Say = Callable[[str], str]
"""A text of a table in its language."""

_CHINESE: Final = {
    "start": "开始",
    "definition": "定义",
    "value": "数值",
    "mean": "平均",
    "95 % interval": "95% 区间",
    "sd": "标准差",
    "share": "占比",
    "within": "以内:",
    "to": "至",
    "before": "此前",
    "difference": "差异",
    "verdict": "判断",
    "higher": "更高",
    "lower": "更低",
    "not distinguishable": "无显著差异",
    "too few": "样本不足",
    "no data": "无数据",
    "other definition": "定义不同",
    "overlapping": "时段重叠",
}
"""Words of more than one report."""


def saying(language: Language, chinese: Mapping[str, str] | None = None) -> Say:
    """Speaks a report's language; ``chinese``: its own words, instead of the common ones or beside them.

    What nobody has translated, such as dimensions and definition ids, stays as it is.
    """
    words = {**_CHINESE, **(chinese or {})} if language == "zh" else {}
    return lambda text: words.get(text, text)
