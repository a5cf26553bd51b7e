"""The metric definitions facts are booked under, as small integers."""

from collections.abc import Collection
from typing import Final, Literal

import msgspec

from schemas.aims import REFERENCE
from schemas.dimensions import OTHER
from schemas.metrics import MEASURED, Kind, Metric, RegistryError
from streams.core.admission import Refused

_OTHER_MEASURE: Final = f"{MEASURED}.{OTHER}"


class Definition(msgspec.Struct, frozen=True, array_like=True):
    """One metric under one definition: what a cell needs to know to fold a fact."""

    metric: str
    definition: str
    kind: Kind | Literal["reference"]
    targets_ms: tuple[int, ...]
    limit: int | None = None


class Definitions:
    """All definitions a partition has used, numbered in order of first use. Numbers are never reused."""

    def __init__(self, known: list[Definition]) -> None:
        self.known = known
        self.metrics = {each.metric for each in known}
        self.measures = sum(metric.startswith(MEASURED) for metric in self.metrics)
        """How many measured durations have a definition."""
        self.others = {
            number
            for number, each in enumerate(known)
            if each.metric == _OTHER_MEASURE or each.definition.endswith(f".{OTHER}")
        }
        """Numbers of the definitions that all measures, or agreements, past the cap share."""
        self._numbers = {(each.metric, each.definition): number for number, each in enumerate(known)}

    def number(self, metric: Metric, scale: str | None = None) -> int:
        """Number of the metric's current definition, on ``scale`` for answers; a new one on first use.

        Raises RegistryError when the definition was used with another meaning: rows of both would be one and the same.
        """
        return self._registered(metric, metric.definition(scale))

    def gap_number(self, gap: Metric, answers: Metric, scale: str) -> int:
        """Number of the gaps of a survey metric's answers on ``scale``, as `number`."""
        return self._registered(gap, gap.gap_definition(answers, scale))

    def policy_number(self, kept: Metric, policy: str, since: int, cap: int) -> int:
        """Number of what a version of an agreement promises, as `number`; versions past ``cap`` share one."""
        name = kept.policy_definition(policy, since)
        if (kept.id, name) not in self._numbers and sum(each.metric == kept.id for each in self.known) >= cap:
            number = self._registered(kept, f"{kept.definition()}.{OTHER}")
            self.others.add(number)
            return number
        return self._registered(kept, name)

    def references(self, metric: str, names: Collection[str], cap: int) -> list[int]:
        """Numbers of definitions of a metric that no registry has, see `schemas.aims`.

        Raises Refused, and adds none, where the metric would have more than ``cap``.
        """
        new = [name for name in names if (metric, name) not in self._numbers]
        if new and len(new) + sum(each.metric == metric for each in self.known) > cap:
            raise Refused("too_many_events", f"the partition has {cap} definitions of {metric} already")
        return [self._number(Definition(metric, name, REFERENCE, ())) for name in names]

    def _registered(self, metric: Metric, name: str) -> int:
        return self._number(Definition(metric.id, name, metric.kind, metric.targets_ms, metric.limit))

    def _number(self, definition: Definition) -> int:
        metric = definition.metric
        number = self._numbers.get((metric, definition.definition))
        if number is None:
            number = self._numbers[metric, definition.definition] = len(self.known)
            self.known.append(definition)
            if metric not in self.metrics:
                self.metrics.add(metric)
                self.measures += metric.startswith(MEASURED)
            if metric == _OTHER_MEASURE:
                self.others.add(number)
        elif self.known[number] != definition:
            raise RegistryError(
                f"metric {metric}: {definition.definition} is stored with other targets already; "
                "give the changed metric a higher version"
            )
        return number
