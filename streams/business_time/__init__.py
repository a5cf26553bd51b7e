"""Business time: how much of a span somebody was there, and when an allowance of it is used up. Pure, integers only."""

from streams.business_time.calendars import Calendars, Named
from streams.business_time.opening_hours import OpeningHours
from streams.business_time.schedule import Assignment, Schedule

__all__ = ["Assignment", "Calendars", "Named", "OpeningHours", "Schedule"]
