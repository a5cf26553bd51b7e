"""Reference of the log: what was published for a time, and holds for whatever begins once it was."""

import msgspec

from schemas.calendars import Calendar
from schemas.sla import SlaPolicy
from schemas.versions import Versions


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """All that a partition's log has published so far, by its subject."""

    calendars: dict[str, Versions[Calendar]] = {}
    sla_policies: dict[str, Versions[SlaPolicy]] = {}
