"""A dataset appears as a whole, in a folder of its own, or not at all."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from fascicle.core import Asset
from fascicle.errors import InputError, Refusal
from fascicle.govern._restore import require_empty, write_out
from fascicle.store import StoredAsset, StoredObject


class Shelf:
    """What `write_out` asks of a store: the bytes of an asset, or an error."""

    def restore(self, stored: StoredAsset, path: Path) -> None:
        if stored.asset.kind == "lost":
            raise OSError("lost")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * stored.asset.n_bytes)


def asset(path: str, kind: str = "recording") -> StoredAsset:
    return StoredAsset(Asset(path, "", 7, kind), StoredObject("shared", "a", "", 7))


def test_all_files_appear_together(tmp_path: Path) -> None:
    write_out(Shelf(), [asset("a"), asset("sub-01/eeg/b")], tmp_path / "new" / "out", is_open=True)

    found = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert found == {"new/out/a", "new/out/sub-01/eeg/b"}


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no mode of folders")
def test_what_was_granted_to_one_is_closed_to_others(tmp_path: Path) -> None:
    write_out(Shelf(), [asset("a")], tmp_path / "out", is_open=False)

    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


def test_a_file_that_is_lost_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="lost"):
        write_out(Shelf(), [asset("a"), asset("b", "lost")], tmp_path / "out", is_open=True)

    assert list(tmp_path.iterdir()) == []


def test_a_path_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    bad = replace(asset("a"), asset=Asset("../a", "", 7, "recording"))

    with pytest.raises(Refusal, match="FSC521"):
        write_out(Shelf(), [bad], tmp_path / "out", is_open=True)

    assert list(tmp_path.iterdir()) == []


def test_a_destination_must_be_free(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "empty").mkdir()
    require_empty(tmp_path / "empty")
    require_empty(tmp_path / "absent")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()

    with pytest.raises(InputError, match="FSC154"):
        require_empty(tmp_path / "full")
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(InputError, match="FSC154"):
        require_empty(tmp_path / "empty")
