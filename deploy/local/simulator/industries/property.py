"""A property developer: content buyers until the house is handed over, and a dive where it is repaired.

The nine stages of a buyer's way (domain.md V7, J3); repairs within the promised time and right the first time, and a
sample of them called back (K12, K13, K16, K17); ten visits to households a month (K14).
"""

from datetime import date
from typing import Final

from deploy.local.simulator.industries.answers import Answers
from deploy.local.simulator.industries.cases import Cases
from deploy.local.simulator.industries.duties import Callbacks, Promises
from deploy.local.simulator.industries.plan import Place
from deploy.local.simulator.industries.repairs import Repairs
from deploy.local.simulator.industries.story import HOUR, Chapter, Story, Verdict

_SCORES: Final = {
    "sales": {5: 28, 4: 18, 3: 3, 2: 1},
    "contract": {5: 26, 4: 19, 3: 3, 2: 2},
    "handover": {5: 12, 4: 18, 3: 8, 2: 7, 1: 5},
    "quality": {5: 14, 4: 20, 3: 8, 2: 6, 1: 2},
    "repair": {5: 8, 4: 16, 3: 10, 2: 9, 1: 7},
    "environment": {5: 22, 4: 20, 3: 6, 2: 2},
    "design": {5: 20, 4: 21, 3: 6, 2: 3},
    "estate": {5: 18, 4: 22, 3: 6, 2: 3, 1: 1},
    "complaint": {5: 5, 4: 15, 3: 10, 2: 10, 1: 10},
}
"""What fifty owners say of each stage, in the order of their way."""


def _at(stage: str) -> Place:
    return {"journey": "property", "stage": stage}


_REPAIR: Final = _at("repair")
_ESTATE: Final = _at("estate")
_COMPLAINT: Final = _at("complaint")

PROPERTY: Final = Story(
    summary="Satisfaction dives from 90 % when the contract is signed to 60 % at handover and 48 % in repair.",
    by="stage",
    chapters=(
        Chapter(
            begins=date(2026, 3, 2),
            days=20,
            blocks=(
                *(Answers(_at(stage), "csat", scores, silent=30) for stage, scores in _SCORES.items()),
                Cases(_REPAIR, 52, reply="3h", resolved="48h"),
                Cases(_REPAIR, 8, reply="3h", resolved="48h", reopened=True),
                Cases(_REPAIR, 5, reply="3h"),
                Cases(_COMPLAINT, 27, reply="16h", resolved="72h", complaint="general", confirmed=True),
                Cases(_COMPLAINT, 3, reply="16h", resolved="72h", complaint="general", escalated=True, passed_on=True),
                Repairs(_REPAIR, lasting=52, reworked=8),
                Repairs(_at("quality"), lasting=25),
                Promises(_REPAIR, "72h", kept=36, late=3, broken=1),
                Callbacks(_REPAIR, "repair_sample", "72h", in_time=41, forgotten=9),
                Callbacks(_ESTATE, "household_visit", "7d", in_time=10),
            ),
            verdicts=(
                Verdict("satisfaction", 450, 322 / 450, floor="missed", goal="missed"),
                Verdict("satisfaction", 50, 0.92, floor="met", goal="not distinguishable", of="sales"),
                Verdict("satisfaction", 50, 0.9, "not distinguishable", "not distinguishable", of="contract"),
                Verdict("satisfaction", 50, 0.6, floor="missed", goal="missed", of="handover"),
                Verdict("satisfaction", 50, 0.48, floor="missed", goal="missed", of="repair"),
                Verdict("satisfaction", 50, 0.4, floor="missed", goal="missed", of="complaint"),
                Verdict("first_response_mean", 103, 699 * HOUR / 103, goal="missed"),
                Verdict("first_response_within", 103, 0, goal="missed"),
                Verdict("next_reply_mean", 103, 699 * HOUR / 103, goal="missed"),
                Verdict("fault_handling_mean", 98, 5_424 * HOUR / 98, floor="missed", goal="missed"),
                Verdict("resolution_rate", 95, 90 / 95, goal="not distinguishable"),
                Verdict("first_contact_resolution", 90, 82 / 90, goal="met"),
                Verdict("complaint_contact", 30, 1, goal="met"),
                Verdict("ownership_kept", 30, 0.9, goal="missed"),
                Verdict("resolution_confirmed", 30, 0.9, goal="missed"),
                Verdict("survey_cap_kept", 720, 1, goal="met"),
                Verdict("first_time_fix", 85, 77 / 85, goal="missed"),
                Verdict("first_time_fix", 25, 1, goal="met", of="quality"),
                Verdict("promise_kept", 40, 0.9, goal="missed"),
                Verdict("repair_callback", 50, 0.82, goal="not distinguishable"),
                Verdict("followup_rate", 60, 51 / 60, goal="missed"),
                Verdict("followup_rate", 10, 1, goal="too few", of="estate"),
            ),
        ),
    ),
)
