"""A bank with three branches, at one of which customers queue for 25 minutes and recommend nothing.

NPS against the benchmark of finance, 30, and what counts as excellent there, 50 (domain.md A11); waiting time, staff
and ease as in the bank's index (A22); nobody waits for 15 minutes (K26).
"""

from datetime import date
from typing import Final

from deploy.local.simulator.industries.answers import Answers
from deploy.local.simulator.industries.story import MINUTE, Chapter, Story, Verdict
from deploy.local.simulator.industries.waits import Waits

_CENTRAL: Final = {"team": "central", "queue": "counter"}
_HARBOUR: Final = {"team": "harbour", "queue": "counter"}
_STATION: Final = {"team": "station", "queue": "counter"}

BANK: Final = Story(
    summary="The branch at the station keeps customers waiting for 25 minutes, and pulls the NPS below its benchmark.",
    by="team",
    industry="finance",
    chapters=(
        Chapter(
            begins=date(2026, 3, 2),
            days=10,
            blocks=(
                Waits(_CENTRAL, 60, "6m"),
                Waits(_HARBOUR, 40, "9m"),
                Waits(_STATION, 50, "25m"),
                Waits(_STATION, 10, "20m", given_up=True),
                Answers(_CENTRAL, "nps", {10: 30, 9: 25, 8: 18, 7: 12, 6: 8, 5: 4, 3: 3}, silent=100),
                Answers(_HARBOUR, "nps", {10: 28, 9: 22, 8: 20, 7: 10, 6: 10, 4: 6, 2: 4}, silent=150),
                Answers(_STATION, "nps", {10: 10, 9: 12, 8: 18, 7: 15, 6: 20, 5: 10, 3: 10, 0: 5}, silent=400),
                Answers(_CENTRAL, "rating", {5: 70, 4: 25, 3: 5}),
                Answers(_STATION, "rating", {5: 20, 4: 15, 3: 10, 2: 5}),
                Answers(_CENTRAL, "ces", {7: 25, 6: 20, 5: 5}),
                Answers(_STATION, "ces", {5: 10, 4: 15, 3: 15, 2: 10}),
            ),
            verdicts=(
                Verdict("queue_wait_mean", 150, 1_970 * MINUTE / 150, goal="met"),
                Verdict("queue_wait_mean", 60, 6 * MINUTE, goal="met", of="central"),
                Verdict("queue_wait_mean", 50, 25 * MINUTE, goal="missed", of="station"),
                Verdict("service_level", 160, 0, goal="missed"),
                Verdict("abandonment", 160, 0.0625, goal="not distinguishable"),
                Verdict("abandonment", 60, 1 / 6, goal="missed", of="station"),
                Verdict("nps_finance", 300, 47 / 3, floor="missed", goal="missed"),
                Verdict("nps_finance", 100, 40, "not distinguishable", "not distinguishable", of="central"),
                Verdict("nps_finance", 100, 30, floor="not distinguishable", goal="missed", of="harbour"),
                Verdict("nps_finance", 100, -23, floor="missed", goal="missed", of="station"),
                Verdict("survey_cap_kept", 1_200, 1, goal="met"),
                Verdict("agent_rating", 150, 665 / 150, goal="not distinguishable"),
                Verdict("agent_rating", 100, 4.65, goal="met", of="central"),
                Verdict("agent_rating", 50, 4, goal="missed", of="station"),
            ),
        ),
    ),
)
