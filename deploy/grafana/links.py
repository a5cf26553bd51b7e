"""Where a click leads: to the runbook, from a team that stands out to its stored minutes, from a worker to its list."""

from typing import Final, Literal

from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.dashboard import DashboardLinkType

from deploy.grafana.words import Words
from schemas.languages import Language

TAG: Final = "cxstream"
"""By which dashboards find each other."""

RUNBOOKS: Final = "/public/cxstream"
"""Grafana serves what is mounted below its own directory ``public``; compose mounts deploy/runbooks there."""

Runbook = Literal["kpis", "pipeline", "replay"]

_OTHERS: Final = Words("other dashboards", "其他看板")
_RUNBOOK: Final = Words("runbook", "处理手册")
_MINUTES: Final = Words("minutes of this team", "该团队的逐分钟数据")
_WAITING: Final = Words("who waits, by case", "等待中的工单列表")


def others(language: Language) -> DashboardLink:
    """All dashboards of the language, with time and variables of this one."""
    return (
        DashboardLink(_OTHERS.in_(language))
        .type(DashboardLinkType.DASHBOARDS)
        .tags([TAG, language])
        .as_dropdown(True)
        .keep_time(True)
        .include_vars(True)
    )


def runbook(name: Runbook, language: Language) -> DashboardLink:
    """What to do about what a dashboard shows."""
    return (
        DashboardLink(_RUNBOOK.in_(language))
        .type(DashboardLinkType.LINK)
        .url(f"{RUNBOOKS}/{name}.md")
        .icon("doc")
        .target_blank(True)
    )


def minutes_of_team(language: Language) -> DashboardLink:
    """From a series with the label ``team`` to its rows in ClickHouse."""
    url = f"/d/cx-segments-{language}?var-team=${{__field.labels.team}}&${{__url_time_range}}"
    return DashboardLink(_MINUTES.in_(language)).url(url)


def waiting_at_worker(language: Language) -> dict[str, object]:
    """From a worker's row to the list that it keeps of who waits: the ids of cases are nowhere else."""
    return {"title": _WAITING.in_(language), "url": "http://${__value.text}/waiting", "targetBlank": True}
