"""A commons is opened where there is one and made only where it is meant."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fascicle.errors import StoreError
from fascicle.jobs import clone_file
from fascicle.store import open_store


def test_a_folder_without_a_commons_is_refused_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="FSC600"):
        open_store(tmp_path / "nothing", clone=clone_file)

    assert not (tmp_path / "nothing").exists()


def test_a_commons_is_never_spread_over_other_files(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("...")

    with pytest.raises(StoreError, match="FSC601"):
        open_store(tmp_path, clone=clone_file, create=True)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "commons").write_text("x")

    with pytest.raises(StoreError, match="FSC601"):
        open_store(tmp_path / "commons", clone=clone_file, create=True)


@pytest.mark.parametrize("table", ["meta (name, value)", "meta (x)", "recordings (name)"])
def test_a_database_of_another_kind_is_refused_and_left_alone(table: str, tmp_path: Path) -> None:
    path = tmp_path / "commons.sqlite"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"CREATE TABLE {table}")
        raw.commit()
    before = path.read_bytes()

    with pytest.raises(StoreError, match=r"FSC60[16]"):
        open_store(tmp_path, clone=clone_file)

    assert path.read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_a_new_commons_is_for_its_owner_only(tmp_path: Path) -> None:
    open_store(tmp_path / "commons", clone=clone_file, create=True).close()

    assert (tmp_path / "commons").stat().st_mode & 0o077 == 0
