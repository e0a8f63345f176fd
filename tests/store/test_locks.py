"""Many may write beside one another; whoever cleans is alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from fascicle.errors import StoreError
from fascicle.store._locks import hold_alone, hold_shared


def test_writers_hold_it_together(tmp_path: Path) -> None:
    with hold_shared(tmp_path / "lock"), hold_shared(tmp_path / "lock", wait_s=0.1):
        pass


def test_nobody_is_alone_beside_a_writer(tmp_path: Path) -> None:
    with hold_shared(tmp_path / "lock"), hold_alone(tmp_path / "lock") as is_held:
        assert not is_held

    with hold_alone(tmp_path / "lock") as is_held:
        assert is_held


def test_a_writer_waits_for_a_cleaner_and_then_gives_up(tmp_path: Path) -> None:
    with (
        hold_alone(tmp_path / "lock"),
        pytest.raises(StoreError, match="FSC604"),
        hold_shared(tmp_path / "lock", wait_s=0.12),
    ):
        pass
