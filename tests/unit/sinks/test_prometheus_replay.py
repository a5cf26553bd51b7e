from typing import get_args

from prometheus_client.exposition import generate_latest

from sinks.prometheus.replay import REPLAY, ReplayName, ReplaySink


def test_a_scrape_has_what_is_declared_and_says_how_far_the_plan_is() -> None:
    sink = ReplaySink("3f2a", 1_000)
    sink.read = 250
    scrape = generate_latest(sink.registry).decode()
    assert set(REPLAY) == set(get_args(ReplayName))
    assert all(f"# HELP {name} {family.help}" in scrape for name, family in REPLAY.items())
    assert 'cx_replay_records{plan="3f2a"} 1000.0' in scrape
    assert 'cx_replay_read_records{plan="3f2a"} 250.0' in scrape
