"""The story the traffic tells: calm, one slow team, an outage in which nobody answers, the recovery, calm again.

Times here are seconds since the story's start; before it everything is calm.
"""

from random import Random
from typing import Final, Literal, NamedTuple

Scene = Literal["calm", "slow team", "outage", "recovery"]


class Act(NamedTuple):
    begins: float
    scene: Scene


STAGES: Final = {"billing": "pay", "delivery": "receive", "returns": "return", "technical": "use"}
"""Of the journey of an order, by the team that customers meet there."""
TEAMS: Final = tuple(STAGES)
SLOW_TEAM: Final = "returns"

_REPLY_SECONDS: Final = {"phone": 2.0, "chat": 4.0, "email": 10.0}
"""Median time to an agent's reply by channel: shorter than in life, so that a demo of minutes shows its course."""
CHANNELS: Final = tuple(_REPLY_SECONDS)
_SPREAD: Final = 0.6  # sigma of the log-normal: nine replies of ten come within 2.2 medians
_LONGEST: Final = 8.0
"""Medians: who is not answered by then is looked after, so that no wait in calm is as long as an outage."""
_SLOW_TEAM_FACTOR: Final = 8.0
_RECOVERY_FACTOR: Final = 1.8
_BACKLOG_SECONDS: Final = 12.0
"""Mean time after the outage until a question that met it is answered."""


class Story(NamedTuple):
    """Acts that are played again and again."""

    acts: tuple[Act, ...]
    cycle_seconds: float

    def scene_at(self, second: float) -> Scene:
        if second < 0:
            return "calm"
        return next(act.scene for act in reversed(self.acts) if act.begins <= second % self.cycle_seconds)

    def reply_at(self, random: Random, asked: float, team: str, channel: str) -> float:
        """When an agent of the team answers a question asked at `asked`."""
        delay = _REPLY_SECONDS[channel] * min(random.lognormvariate(0, _SPREAD), _LONGEST)
        match self.scene_at(asked):
            case "slow team" if team == SLOW_TEAM:
                delay *= _SLOW_TEAM_FACTOR
            case "recovery":
                delay *= _RECOVERY_FACTOR
        due = asked + delay
        if self.scene_at(due) == "outage":
            return self._end_of_outage(due) + random.expovariate(1 / _BACKLOG_SECONDS)
        return due

    def begin_of(self, scene: Scene) -> float:
        """Seconds from the start until the scene, which is no calm one."""
        return next(act.begins for act in self.acts if act.scene == scene)

    def _end_of_outage(self, second: float) -> float:
        return second - second % self.cycle_seconds + self.begin_of("recovery")


SHORT: Final = Story(
    (Act(0, "calm"), Act(25, "slow team"), Act(60, "outage"), Act(90, "recovery"), Act(150, "calm")), 600
)
"""All of it is seen within two and a half minutes; then calm, so that the 5-minute window heals on screen."""

LONG: Final = Story(
    (Act(0, "calm"), Act(90, "slow team"), Act(180, "outage"), Act(390, "recovery"), Act(510, "calm")), 1_500
)
"""For alerts: the outage lasts longer than any reply takes in calm, and the calm until all of them have ended."""
