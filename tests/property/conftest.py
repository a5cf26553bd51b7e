"""The profile of ``make proof``."""

from hypothesis import settings

from tests.property.effort import PROOF

settings.register_profile(PROOF, print_blob=True)
