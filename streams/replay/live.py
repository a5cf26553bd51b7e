"""How far the live workers are: their rows can be compared once they have stored what the plan is about."""

from collections.abc import Iterator
from time import monotonic, sleep
from typing import Final

from kafka.errors import KafkaError

from streams.kafka_access import KafkaUnreachable
from streams.replay.plan import Plan
from streams.settings import Settings
from streams.shell.admin import connected_admin

_PATIENCE_SECONDS: Final = 45.0
"""Three checkpoints by default: a group that is not there by then has no worker, or one that waits for somebody."""

_PAUSE_SECONDS: Final = 1.0


def await_live(plan: Plan, settings: Settings) -> list[str]:
    """Returns when the group has committed all of the plan, which it does after rows are stored, or after a while.

    Returns one line for each partition that is not as far.
    """
    deadline = monotonic() + _PATIENCE_SECONDS
    while behind := list(_behind(plan, settings)):
        if monotonic() > deadline:
            return behind
        sleep(_PAUSE_SECONDS)
    return []


def _behind(plan: Plan, settings: Settings) -> Iterator[str]:
    try:
        with connected_admin(settings) as admin:
            offsets = admin.list_group_offsets([settings.group])[settings.group]
    except (KafkaError, KafkaUnreachable) as error:
        yield f"the offsets of group {settings.group} are not told: {error}"
        return
    committed = {(tp.topic, tp.partition): each.offset for tp, each in offsets.items()}
    for stretch in plan.stretches:
        reached = max(0, committed.get((stretch.topic, stretch.partition), 0))
        if reached < stretch.end and stretch.end > stretch.start:
            yield f"{stretch.place}: group {settings.group} has committed {reached:,} of {stretch.end:,}"
