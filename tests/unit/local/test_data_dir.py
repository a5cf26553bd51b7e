from pathlib import Path

import pytest

from deploy.local.data_dir import DataDir
from deploy.local.process import StartError


def test_two_stacks_do_not_share_a_directory(tmp_path: Path) -> None:
    first, second = DataDir(tmp_path), DataDir(tmp_path)
    first.claim()
    with pytest.raises(StartError, match=r"another local stack \(process \d+\) uses .*; stop it or give another"):
        second.claim()
    first.release()
    second.claim()
    second.release()


def test_rows_of_a_lost_log_are_set_aside_and_the_older_ones_go(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    assert data.set_aside() is None
    for content in ("first run", "second run"):
        data.clickhouse.mkdir()
        (data.clickhouse / "rows").write_text(content)
        assert data.set_aside() == tmp_path / "previous"
    assert not data.clickhouse.exists()
    assert (tmp_path / "previous" / "clickhouse" / "rows").read_text() == "second run"
