"""Made-up customer traffic with a story, for the local stack: pure and deterministic, published like any other."""

from deploy.local.simulator.playback import play
from deploy.local.simulator.traffic import Emission, simulate

__all__ = ["Emission", "play", "simulate"]
