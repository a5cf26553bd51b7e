"""Moments that every graph marks: what changed the numbers without any customer, and what is done for customers."""

from typing import Final

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery

from deploy.grafana.targets import CLICKHOUSE, PROMETHEUS, stored
from deploy.grafana.words import Words
from schemas.languages import Language

REPLAYS_SQL: Final = (
    "SELECT at AS time, concat(step, ' ', plan) AS title, concat(who, ': ', reason) AS text, 'replay' AS tags "
    "FROM cx.replays FINAL WHERE $__timeFilter(at) AND step IN ('promoted', 'rolled back') ORDER BY at"
)

_RUNNING: Final = "count by (version) (cx_build_info)"
_BEFORE: Final = "count by (version) (cx_build_info offset 2m)"
_LAST_HOUR: Final = "count by (version) (max_over_time(cx_build_info[1h] offset 2m))"

DEPLOYMENTS_EXPR: Final = (
    f"{_RUNNING} unless on (version) {_BEFORE} unless on (version) ({_LAST_HOUR} unless on () {_BEFORE})"
)
"""Versions that no worker ran two minutes before: long enough that a missed scrape is no deployment.

Where no worker ran at all then, they are compared with those of the hour before that: the end of an outage is no
deployment, while one that is taken back within the hour is.
"""

INITIATIVES_SQL: Final = (
    "SELECT assumeNotNull(at) AS time, concat(what, ' ', initiative) AS title, concat('to improve ', kpi) AS text, "
    "'initiative' AS tags FROM cx.initiatives ARRAY JOIN [started, ended] AS at, ['started', 'ended'] AS what "
    "WHERE $__timeFilter(at) ORDER BY at"
)

_REPLAYS: Final = Words("replays", "重放")
_DEPLOYMENTS: Final = Words("deployments", "部署")
_INITIATIVES: Final = Words("initiatives", "改进措施")


def marks(language: Language) -> list[AnnotationQuery]:
    """Of one dashboard; each can be switched off at its top."""
    return [
        _mark(_REPLAYS.in_(language), "purple").datasource(CLICKHOUSE).target(stored(REPLAYS_SQL)),
        _mark(_DEPLOYMENTS.in_(language), "blue")
        .datasource(PROMETHEUS)
        .expr(DEPLOYMENTS_EXPR)
        .step("60s")
        .title_format("cxstream {{version}}"),
        _mark(_INITIATIVES.in_(language), "green").datasource(CLICKHOUSE).target(stored(INITIATIVES_SQL)),
    ]


def _mark(name: str, colour: str) -> AnnotationQuery:
    return AnnotationQuery().name(name).enable(True).icon_color(colour)
