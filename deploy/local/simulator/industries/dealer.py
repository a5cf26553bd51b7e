"""A car dealer that calls its service customers back, and forgets some who came to buy.

Sales calls back within three days, service within seven, the reception within a day of a visit (domain.md K8, K9);
orders by the 3-5-7 rule: a first call in 3 hours, five milestones told, delays of more than 7 % announced (K11);
promises (K12); repairs right the first time (K19); satisfaction with sales beside that with service (A24).
"""

from datetime import date
from typing import Final

from deploy.local.simulator.industries.answers import Answers
from deploy.local.simulator.industries.cases import Cases
from deploy.local.simulator.industries.duties import Callbacks, Promises
from deploy.local.simulator.industries.repairs import Repairs
from deploy.local.simulator.industries.story import HOUR, MINUTE, Chapter, Story, Verdict

_SALES: Final = {"team": "sales"}
_SERVICE: Final = {"team": "service"}
_RECEPTION: Final = {"team": "reception"}

_ORDERS: Final = 12
_MILESTONES: Final = 5
"""Of each order."""

DEALER: Final = Story(
    summary="Sales calls 41 of 50 visitors back within three days; service all 40 within seven.",
    by="team",
    chapters=(
        Chapter(
            begins=date(2026, 3, 2),
            days=12,
            blocks=(
                Callbacks(_SALES, "sales_visit", "3d", in_time=41, late=6, forgotten=3),
                Callbacks(_SERVICE, "service_visit", "7d", in_time=40),
                Callbacks(_RECEPTION, "store_visit", "24h", in_time=30, late=1),
                Callbacks(_SALES, "order_confirmed", "3h", in_time=25),
                Callbacks(_SALES, "order_milestone", "24h", in_time=_ORDERS * _MILESTONES),
                Callbacks(_SALES, "order_delay", "24h", in_time=6),
                Promises(_SALES, "24h", kept=25),
                Promises(_SERVICE, "24h", kept=19, late=1),
                Repairs(_SERVICE, lasting=38, reworked=2),
                Cases(_SERVICE, 38, reply="3m", resolved="5h"),
                Cases(_SERVICE, 2, reply="3m", resolved="5h", reopened=True),
                Answers(_SALES, "csat", {5: 26, 4: 19, 3: 3, 2: 2}, silent=40),
                Answers(_SERVICE, "csat", {5: 20, 4: 21, 3: 6, 2: 2, 1: 1}, silent=60),
            ),
            verdicts=(
                Verdict("sales_visit_callback", 50, 0.82, goal="missed"),
                Verdict("service_visit_callback", 40, 1, goal="met"),
                Verdict("store_visit_callback", 31, 30 / 31, goal="missed"),
                Verdict("order_first_followup", 25, 1, goal="met"),
                Verdict("order_milestones_notified", 60, 1, goal="met"),
                Verdict("order_delays_announced", 6, 1, goal="too few"),
                Verdict("followup_rate", 212, 202 / 212, goal="missed"),
                Verdict("followup_rate", 40, 1, goal="met", of="service"),
                Verdict("promise_kept", 45, 44 / 45, goal="missed"),
                Verdict("promise_kept", 25, 1, goal="met", of="sales"),
                Verdict("promise_kept", 20, 0.95, goal="missed", of="service"),
                Verdict("first_time_fix", 40, 0.95, goal="missed"),
                Verdict("first_response_mean", 42, 3 * MINUTE, goal="met"),
                Verdict("first_response_within", 42, 1, goal="met"),
                Verdict("next_reply_mean", 42, 3 * MINUTE, goal="met"),
                Verdict("fault_handling_mean", 42, 5 * HOUR, floor="met", goal="met"),
                Verdict("resolution_rate", 40, 1, goal="not distinguishable"),
                Verdict("first_contact_resolution", 40, 0.95, goal="met"),
                Verdict("survey_cap_kept", 200, 1, goal="met"),
                Verdict("satisfaction", 100, 0.86, "not distinguishable", "not distinguishable"),
            ),
        ),
    ),
)
