"""The handle: what is published comes back byte for byte, to those who may have it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.govern.published import GRU, ID, contents, publish

from fascicle.errors import InputError
from fascicle.govern import Filters
from fascicle.testing import (
    MadeRelease,
    ReleaseShape,
    Sealer,
    list_assets,
    make_release,
    seal_release,
)


def test_what_is_published_comes_back_byte_for_byte(commons, made, tmp_path: Path) -> None:
    before = contents(made.folder)
    assert publish(commons, made) == "1"

    grant = commons.read(ID, "", tmp_path / "got" / "here", GRU)

    assert contents(tmp_path / "got" / "here") == contents(made.folder) == before
    assert grant.n_files == len(before)
    assert commons.verify() == ()


def test_the_same_again_is_the_same_version_and_a_change_is_the_next(
    commons, made, tmp_path: Path
) -> None:
    publish(commons, made)
    assert publish(commons, made) == "1"

    other = make_release(tmp_path / "new", ReleaseShape(seed=8))
    assert publish(commons, other) == "2"

    for version, folder in (("1", made.folder), ("2", other.folder)):
        commons.read(ID, version, tmp_path / f"got{version}", GRU)
        assert contents(tmp_path / f"got{version}") == contents(folder)
    assert commons.describe(ID).versions == ("1", "2")


def test_a_second_version_stores_only_what_is_new(commons, made, tmp_path: Path) -> None:
    publish(commons, made)
    before = set((tmp_path / "commons" / "objects").rglob("*"))
    shutil.copytree(made.folder, tmp_path / "more")
    (tmp_path / "more" / "sub-02" / "eeg" / "note.json").write_text("{}")
    release = replace(made.release, assets=list_assets(tmp_path / "more"))

    publish(commons, MadeRelease(seal_release(release, Sealer()), tmp_path / "more"))

    added = set((tmp_path / "commons" / "objects").rglob("*")) - before
    assert len([path for path in added if path.is_file()]) == 1


def test_what_is_published_is_found_and_described(commons, made) -> None:
    publish(commons, made, protocol="")

    assert [hit.dataset.id for hit in commons.search("resting eeg")] == [ID]
    assert commons.search("resting eeg", Filters(species="mus musculus")) == ()
    entry = commons.describe(ID)
    assert entry.dataset == replace(made.release.dataset, version="1")
    assert entry.n_files == len(made.release.assets)
    assert [act.name for act in entry.activities] == ["convert"] * 3 + ["publish"]
    assert entry.conditions.permissions == (("DUO:0000042",),)


def test_lineage_is_told_without_digests(commons, made) -> None:
    publish(commons, made)

    lineage = commons.lineage(ID)

    assert {"prefix", "entity", "activity", "agent", "used", "wasGeneratedBy",
            "wasAssociatedWith", "wasDerivedFrom", "wasAttributedTo"} <= set(lineage)  # fmt: skip
    text = json.dumps(lineage)
    assert not any(asset.digest in text for asset in made.release.assets)


def test_progress_is_told_for_each_file(commons, made) -> None:
    seen = []

    commons.publish(made.release, made.folder, on_progress=seen.append)

    assert [step.done for step in seen] == list(range(1, len(made.release.assets) + 1))
    assert {step.stage for step in seen} == {"publish"}


def test_nothing_is_written_where_something_is(commons, made, tmp_path: Path) -> None:
    publish(commons, made)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")

    with pytest.raises(InputError, match="FSC154"):
        commons.read(ID, "", tmp_path / "full", GRU)

    (tmp_path / "empty").mkdir()
    commons.read(ID, "", tmp_path / "empty", GRU)
    assert contents(tmp_path / "full") == {"mine.txt": b"mine"}
    assert contents(tmp_path / "empty") == contents(made.folder)


@pytest.mark.parametrize(("name", "version"), [("ds-ffffffffffff", ""), (ID, "7"), (ID, "x")])
def test_what_is_not_there_is_said_so(name: str, version: str, commons, made, tmp_path) -> None:
    publish(commons, made)

    for ask in (commons.describe, commons.lineage, commons.decide):
        with pytest.raises(InputError, match="FSC153"):
            ask(name, version)
    with pytest.raises(InputError, match="FSC153"):
        commons.read(name, version, tmp_path / "got", GRU)
