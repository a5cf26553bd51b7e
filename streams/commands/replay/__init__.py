"""``cxstream replay``: run the log's history again beside the live rows, and prove that the two are equal."""

from streams.commands.replay import planning, records, rows  # isort: skip
from streams.commands.replay import rebuild  # isort: skip
from streams.commands.replay.group import group, replay

__all__ = ["group", "planning", "rebuild", "records", "replay", "rows"]
