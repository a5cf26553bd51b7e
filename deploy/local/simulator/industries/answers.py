"""What customers answer when they are asked, or that they do not."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Final, NamedTuple

from deploy.local.simulator.happening import Value
from deploy.local.simulator.industries.plan import Life, Place, Step, Tally, all_or_none

_CHANGED: Final = 10
"""One in so many answers is first given as another one: the last counts, at the time of the first."""
_TAKEN_BACK: Final = 5
"""One in so many of those who count as silent answers and takes it back."""
_HOUR_MS: Final = 3_600_000


class Answers(NamedTuple):
    """Answers to one question, all of them asked for."""

    place: Place
    metric: str
    """csat (1 to 5), nps (0 to 10), rating (1 to 5) or ces (1 to 7)."""
    scores: Mapping[int, int]
    """How many gave which score."""
    silent: int = 0
    """How many were asked and gave none that counts."""

    def tallies(self) -> Iterator[Tally]:
        """A KPI for each way to read the scores; the stories ask nobody too often."""
        n = sum(self.scores.values())
        yield Tally("response_rate", n + self.silent, n)
        yield all_or_none("survey_cap_kept", n + self.silent, True)
        if self.metric == "csat":
            yield Tally("satisfaction", n, self._number(4, 5))
            yield Tally("very_satisfied", n, self._number(5))
            yield Tally("dissatisfied", n, self._number(1, 2))
        elif self.metric == "nps":
            yield Tally("nps", n, 100 * (self._number(9, 10) - self._number(*range(7))))
        else:
            kpi = {"rating": "agent_rating", "ces": "effort"}[self.metric]
            yield Tally(kpi, n, sum(score * number for score, number in self.scores.items()))

    def lives(self, random: Random) -> Iterator[Life]:
        """Each from its invitation."""
        scores = [score for score, number in self.scores.items() for _ in range(number)]
        for place, score in enumerate(scores):
            others = [other for other in self.scores if other != score]
            if place % _CHANGED or not others:
                yield self._answered(random, score)
            else:
                yield self._answered(random, random.choice(others), score)
        for place in range(self.silent):
            if place % _TAKEN_BACK:
                yield [self._invited()]
            else:
                given = self._answered(random, random.choice(scores))
                yield [*given, Step(given[-1].at_ms + _HOUR_MS, "cx.survey.withdrawn.v1")]

    def _number(self, *scores: int) -> int:
        return sum(self.scores.get(score, 0) for score in scores)

    def _invited(self) -> Step:
        return Step(0, "cx.survey.invited.v1", {"metric": self.metric})

    def _answered(self, random: Random, *scores: int) -> Life:
        """From the invitation to the last of the scores given, one revision after the other."""
        life, now = [self._invited()], 0
        for revision, score in enumerate(scores):
            now += random.randint(_HOUR_MS // 60, 8 * _HOUR_MS)
            given: dict[str, Value] = {"metric": self.metric, "score": score, "revision": revision}
            life.append(Step(now, "cx.survey.answered.v1", given))
        return life
