"""The owner looks after the keys of a commons."""

from __future__ import annotations

from pathlib import Path

import pytest

from fascicle.core import Request
from fascicle.errors import StoreError
from fascicle.govern import open_commons
from fascicle.testing import ReleaseShape, make_release
from fascicle.workflows import (
    destroy_key,
    export_keys,
    get,
    import_keys,
    key_state,
    rotate_keys,
)

ID = ReleaseShape().dataset.id
GRU = Request("grace", purpose="GRU")


@pytest.fixture
def commons(tmp_path: Path) -> Path:
    made = make_release(tmp_path / "out")
    with open_commons(tmp_path / "commons", agent="owner", create=True) as handle:
        handle.publish(made.release, made.folder)
    return tmp_path / "commons"


def test_keys_are_rotated_exported_destroyed_and_brought_back(commons: Path, tmp_path) -> None:
    before = key_state(commons=commons)

    n_objects = rotate_keys(ID, encrypt_anew=True, commons=commons)
    rotate_keys(new_passphrase="", commons=commons)
    export_keys(tmp_path / "export", "long one", commons=commons)
    gone = destroy_key(ID, "02", commons=commons)

    assert 0 < n_objects <= before.n_objects
    assert gone.n_keys >= 1
    assert gone.n_clear_files == 0
    assert key_state(commons=commons).n_destroyed == 1
    assert import_keys(tmp_path / "export", "long one", commons=commons) == 0
    with pytest.raises(StoreError, match="FSC614"):
        get(ID, tmp_path / "got", GRU, commons=commons)


def test_a_new_passphrase_is_needed_from_then_on(
    commons: Path, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotate_keys(new_passphrase="words", commons=commons)

    with pytest.raises(StoreError, match="FSC612"):
        get(ID, tmp_path / "got", GRU, commons=commons)
    monkeypatch.setenv("FASCICLE_KEYS_PASSPHRASE", "words")
    assert get(ID, tmp_path / "got", GRU, commons=commons).n_files > 0
