"""A power utility in the same days of two years: faults that took a day take six hours, and customers notice.

Satisfaction from 82 % to 88 %, by touchpoint (domain.md K21); handling of faults from 24 h to 6 h (K23); replies from
15 to 3 minutes and 42 % fewer complaints (K24, X10); first contacts that suffice, 15 points more (K25).
"""

from datetime import date
from typing import Final

from deploy.local.simulator.industries.answers import Answers
from deploy.local.simulator.industries.cases import Cases
from deploy.local.simulator.industries.story import HOUR, MINUTE, Chapter, Story, Verdict

_HOTLINE: Final = {"touchpoint": "95598", "channel": "phone"}
_HALL: Final = {"touchpoint": "hall"}
_FAULT: Final = {"touchpoint": "fault"}

POWER: Final = Story(
    summary="From 2025 to 2026 faults are handled in 6 h instead of 24 h, and 88 % are satisfied instead of 82 %.",
    by="touchpoint",
    chapters=(
        Chapter(
            begins=date(2025, 3, 2),
            days=7,
            blocks=(
                Answers(_HOTLINE, "csat", {5: 30, 4: 52, 3: 8, 2: 6, 1: 4}, silent=100),
                Answers(_HALL, "csat", {5: 40, 4: 50, 3: 6, 2: 4}, silent=50),
                Answers(_FAULT, "csat", {5: 20, 4: 54, 3: 10, 2: 10, 1: 6}, silent=150),
                Cases(_FAULT, 10, reply="15m", resolved="24h"),
                Cases(_FAULT, 50, reply="15m", resolved="24h", complaint="general"),
                Cases(_FAULT, 40, reply="15m", resolved="24h", questions=2),
            ),
            verdicts=(
                Verdict("satisfaction", 300, 0.82, floor="not distinguishable", goal="missed"),
                Verdict("satisfaction", 100, 0.82, floor="not distinguishable", goal="missed", of="95598"),
                Verdict("satisfaction", 100, 0.74, floor="not distinguishable", goal="missed", of="fault"),
                Verdict("fault_handling_mean", 100, 24 * HOUR, floor="not distinguishable", goal="missed"),
                Verdict("first_response_mean", 100, 15 * MINUTE, goal="missed"),
                Verdict("first_response_within", 100, 0, goal="missed"),
                Verdict("next_reply_mean", 140, 15 * MINUTE, goal="missed"),
                Verdict("first_contact_resolution", 100, 0.6, goal="missed"),
                Verdict("resolution_rate", 100, 1, goal="met"),
                Verdict("complaint_contact", 50, 1, goal="met"),
                Verdict("ownership_kept", 50, 1, goal="met"),
                Verdict("resolution_confirmed", 50, 0, goal="missed"),
                Verdict("survey_cap_kept", 600, 1, goal="met"),
            ),
        ),
        Chapter(
            begins=date(2026, 3, 2),
            days=7,
            blocks=(
                Answers(_HOTLINE, "csat", {5: 45, 4: 43, 3: 6, 2: 4, 1: 2}, silent=100),
                Answers(_HALL, "csat", {5: 45, 4: 47, 3: 5, 2: 3}, silent=50),
                Answers(_FAULT, "csat", {5: 40, 4: 44, 3: 8, 2: 6, 1: 2}, silent=150),
                Cases(_FAULT, 46, reply="3m", resolved="6h"),
                Cases(_FAULT, 29, reply="3m", resolved="6h", complaint="general", confirmed=True),
                Cases(_FAULT, 25, reply="3m", resolved="6h", questions=2),
            ),
            verdicts=(
                Verdict("satisfaction", 300, 0.88, floor="met", goal="not distinguishable"),
                Verdict("satisfaction", 100, 0.88, floor="met", goal="not distinguishable", of="95598"),
                Verdict("satisfaction", 100, 0.84, floor="not distinguishable", goal="missed", of="fault"),
                Verdict("fault_handling_mean", 100, 6 * HOUR, floor="met", goal="not distinguishable"),
                Verdict("first_response_mean", 100, 3 * MINUTE, goal="met"),
                Verdict("first_response_within", 100, 1, goal="met"),
                Verdict("next_reply_mean", 125, 3 * MINUTE, goal="met"),
                Verdict("first_contact_resolution", 100, 0.75, goal="not distinguishable"),
                Verdict("first_contact_plan_year_1", 100, 0.15, goal="not distinguishable"),
                Verdict("resolution_rate", 100, 1, goal="met"),
                Verdict("complaint_contact", 29, 1, goal="met"),
                Verdict("ownership_kept", 29, 1, goal="met"),
                Verdict("resolution_confirmed", 29, 1, goal="met"),
                Verdict("survey_cap_kept", 600, 1, goal="met"),
            ),
        ),
    ),
)
