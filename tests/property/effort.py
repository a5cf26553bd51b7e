"""How many examples a property test tries: a few in every run, very many by ``make proof``."""

from hypothesis import settings

PROOF = "proof"
"""Name of the profile of ``make proof``; `tests.property.conftest` registers it."""

_TIMES = 50
"""So many times the examples of a usual run: an hour or two on two processors."""


def examples(count: int) -> settings:
    """Settings of a test that tries ``count`` examples in a usual run."""
    times = _TIMES if settings.get_current_profile_name() == PROOF else 1
    return settings(max_examples=count * times, deadline=None)
