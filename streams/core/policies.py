"""The service level agreements that a log has published, with the definitions under which they are judged."""

from typing import Final, Literal, NamedTuple

from schemas.metrics import Registry, duration_ms
from schemas.sla import SlaPolicy
from schemas.versions import Version, Versions, in_force
from streams.core.definitions import Definitions

Kept = Literal["sla_first_response", "sla_next_reply", "sla_resolution"]
"""Metric of what is promised."""


VERSION_CAP: Final = 1_000
"""Versions of agreements that a partition keeps apart, by the order in which cases need them; further ones share a
definition, so that a flood of them has an end in rows and memory."""


class Promise(NamedTuple):
    """One duration that a version of a policy promises."""

    definition: int
    within_ms: int
    business: bool
    """Counted in business time."""


class Policies:
    """Of one epoch."""

    def __init__(self, published: dict[str, Versions[SlaPolicy]], registry: Registry, definitions: Definitions) -> None:
        self._published = published
        self._registry = registry
        self._definitions = definitions
        self._promises: dict[tuple[Kept, str, int], Promise | None] = {}

    def knows(self, policy: str) -> bool:
        """Whether any version of it was published."""
        return policy in self._published

    def promise(self, kept: Kept, policy: str, at: int) -> Promise | None:
        """What the policy promises to whoever begins to wait at an instant; None when nothing."""
        versions = self._published.get(policy)
        if not versions:
            return None
        version = in_force(versions, at)
        key = (kept, policy, version.since)
        if key not in self._promises:
            self._promises[key] = self._made(kept, policy, version)
        return self._promises[key]

    def _made(self, kept: Kept, policy: str, version: Version[SlaPolicy]) -> Promise | None:
        terms = version.content
        promised = {
            "sla_first_response": terms.first_response,
            "sla_next_reply": terms.next_reply,
            "sla_resolution": terms.resolution,
        }[kept]
        if promised is None:
            return None
        number = self._definitions.policy_number(self._registry.required(kept), policy, version.since, VERSION_CAP)
        return Promise(number, duration_ms(promised), terms.business)
