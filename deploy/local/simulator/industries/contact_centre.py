"""A contact centre in which one team answers within minutes and another leaves people waiting for a quarter of an hour.

Targets: first response in 5 minutes, 80 % solved at the first contact, 95 % solved, complaints contacted within 24 h,
4 h or the golden hour, agents rated 4.5 (domain.md K1 to K10); customers who found nobody for 15 minutes (K26).
"""

from datetime import date
from typing import Final

from deploy.local.simulator.industries.answers import Answers
from deploy.local.simulator.industries.cases import Cases
from deploy.local.simulator.industries.story import HOUR, MINUTE, SECOND, Chapter, Story, Verdict
from deploy.local.simulator.industries.waits import Waits

_ORDERS: Final = {"team": "orders", "channel": "chat"}
_RETURNS: Final = {"team": "returns", "channel": "phone"}
_CARE: Final = {"team": "care", "channel": "phone"}

CONTACT_CENTRE: Final = Story(
    summary="Team returns leaves customers waiting, and is called again; one crisis misses its golden hour.",
    by="team",
    chapters=(
        Chapter(
            begins=date(2026, 3, 2),
            days=5,
            blocks=(
                Cases(_ORDERS, 120, reply="2m", resolved="3h"),
                Cases(_ORDERS, 20, reply="2m", resolved="6h", questions=2),
                Cases(_ORDERS, 10, reply="2m", resolved="3h", reopened=True),
                Cases(_RETURNS, 50, reply="14m", resolved="20h"),
                Cases(_RETURNS, 40, reply="14m", resolved="20h", questions=2),
                Cases(_RETURNS, 10),
                Cases(_CARE, 30, reply="4m", resolved="30h", complaint="general", confirmed=True),
                Cases(_CARE, 24, reply="4m", resolved="24h", complaint="important", confirmed=True),
                Cases(_CARE, 8, reply="4m", resolved="12h", complaint="crisis", escalated=True, confirmed=True),
                Cases(_CARE, 1, reply="2h", resolved="12h", complaint="crisis", escalated=True, passed_on=True),
                Waits(_ORDERS, 90, "12s"),
                Waits(_ORDERS, 8, "2m"),
                Waits(_ORDERS, 2, "1m", given_up=True),
                Waits(_RETURNS, 40, "20m"),
                Waits(_RETURNS, 10, "5m", given_up=True),
                Waits(_RETURNS, 2, "3s", given_up=True),
                Answers(_ORDERS, "csat", {5: 40, 4: 42, 3: 8, 2: 6, 1: 4}, silent=50),
                Answers(_RETURNS, "csat", {5: 10, 4: 18, 3: 10, 2: 10, 1: 12}, silent=90),
                Answers(_CARE, "csat", {5: 20, 4: 17, 3: 3}, silent=10),
                Answers(_ORDERS, "rating", {5: 60, 4: 30, 3: 10}),
                Answers(_RETURNS, "rating", {5: 10, 4: 10, 3: 10, 2: 10}),
                Answers(_ORDERS, "ces", {7: 20, 6: 15, 5: 5}),
            ),
            verdicts=(
                Verdict("first_response_mean", 313, 1_948 * MINUTE / 313, goal="missed"),
                Verdict("first_response_mean", 160, 2 * MINUTE, goal="met", of="orders"),
                Verdict("first_response_mean", 90, 14 * MINUTE, goal="missed", of="returns"),
                Verdict("first_response_within", 323, 222 / 323, goal="missed"),
                Verdict("first_response_within", 160, 1, goal="met", of="orders"),
                Verdict("first_response_within", 100, 0, goal="missed", of="returns"),
                Verdict("next_reply_mean", 373, 2_548 * MINUTE / 373, goal="missed"),
                Verdict("first_contact_resolution", 303, 233 / 303, goal="not distinguishable"),
                Verdict("first_contact_resolution", 150, 0.8, goal="not distinguishable", of="orders"),
                Verdict("first_contact_resolution", 90, 5 / 9, goal="missed", of="returns"),
                Verdict("resolution_rate", 313, 303 / 313, goal="not distinguishable"),
                Verdict("resolution_rate", 100, 0.9, goal="missed", of="returns"),
                Verdict("fault_handling_mean", 313, 3_924 * HOUR / 313, floor="met", goal="missed"),
                Verdict("complaint_contact", 63, 62 / 63, goal="missed"),
                Verdict("complaint_contact_important", 24, 1, goal="met"),
                Verdict("crisis_contact", 9, 8 / 9, goal="missed"),
                Verdict("ownership_kept", 63, 62 / 63, goal="missed"),
                Verdict("resolution_confirmed", 63, 62 / 63, goal="missed"),
                Verdict("queue_wait_mean", 138, 50_040 * SECOND / 138, goal="met"),
                Verdict("queue_wait_mean", 40, 20 * MINUTE, goal="missed", of="returns"),
                Verdict("service_level", 150, 0.6, goal="missed"),
                Verdict("service_level", 100, 0.9, goal="met", of="orders"),
                Verdict("service_level", 50, 0, goal="missed", of="returns"),
                Verdict("abandonment", 150, 0.08, goal="not distinguishable"),
                Verdict("abandonment", 50, 0.2, goal="missed", of="returns"),
                Verdict("satisfaction", 200, 0.735, floor="missed", goal="missed"),
                Verdict("satisfaction", 100, 0.82, floor="not distinguishable", goal="missed", of="orders"),
                Verdict("satisfaction", 40, 0.925, floor="met", goal="not distinguishable", of="care"),
                Verdict("survey_cap_kept", 530, 1, goal="met"),
                Verdict("agent_rating", 140, 590 / 140, goal="missed"),
                Verdict("agent_rating", 100, 4.5, goal="not distinguishable", of="orders"),
                Verdict("agent_rating", 40, 3.5, goal="missed", of="returns"),
            ),
        ),
    ),
)
