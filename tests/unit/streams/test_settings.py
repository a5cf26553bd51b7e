from pathlib import Path

import pytest
from pydantic import ValidationError

from streams.settings import Settings


@pytest.fixture(autouse=True)
def _no_settings_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("servers", ["kafka", "kafka-1:9092, kafka-2:9093", "127.0.0.1:19092", "[::1]:9092", "[::1]"])
def test_brokers_are_hosts_with_or_without_a_port(monkeypatch: pytest.MonkeyPatch, servers: str) -> None:
    monkeypatch.setenv("CX_BROKERS", servers)
    assert Settings().brokers == tuple(servers.replace(" ", "").split(","))


@pytest.mark.parametrize("servers", ["kafka:port", "kafka:9092:1", "kafka://one:9092", ":9092", "kafka:", "", " , "])
def test_brokers_that_nobody_could_connect_to_are_refused(monkeypatch: pytest.MonkeyPatch, servers: str) -> None:
    monkeypatch.setenv("CX_BROKERS", servers)
    with pytest.raises(ValidationError, match=r"brokers\n.* no host:port"):
        Settings()
