"""The real data, imported once; and what one undisturbed run of all of it leaves."""

import pytest

from tests.acceptance.real_data import RealEvents, Run, import_all, run_local, slice_of


@pytest.fixture(scope="session")
def real_events(tmp_path_factory: pytest.TempPathFactory) -> RealEvents:
    """All of it: 292,030 events."""
    return import_all(tmp_path_factory.mktemp("imported"))


@pytest.fixture(scope="session")
def some_events(real_events: RealEvents, tmp_path_factory: pytest.TempPathFactory) -> RealEvents:
    """As much as a worker takes in a few seconds."""
    return slice_of(real_events, tmp_path_factory.mktemp("slice"))


@pytest.fixture(scope="session")
def real_run(real_events: RealEvents, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All of it through the local stack as everybody has it: one worker, Tansu."""
    return run_local(real_events, tmp_path_factory.mktemp("real-run"))
