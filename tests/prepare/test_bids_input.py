from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

import pytest

from fascicle.core import Modality
from fascicle.prepare._bids_input import (
    find_unlike_bids,
    read_bids_name,
    read_line_hz,
    recognise_bids,
)

GOOD = PurePosixPath("sub-01/ses-pre/eeg/sub-01_ses-pre_task-rest_acq-x_run-02_eeg.vhdr")


def describe(root: Path, **words: str) -> None:
    (root / "dataset_description.json").write_text(json.dumps(words), "utf-8")


def test_names_are_taken_to_the_letter() -> None:
    found = read_bids_name(GOOD)

    assert found is not None
    assert {k: v.value for k, v in found.items()} == {
        "participant": "01", "session": "pre", "task": "rest", "acquisition": "x", "run": "02",
    }  # fmt: skip


@pytest.mark.parametrize(
    "path",
    ["sub-01/eeg/sub-02_task-rest_eeg.edf", "sub-01/eeg/sub-01_eeg.edf",
     "sub-01/meg/sub-01_task-rest_eeg.edf", "sub-01/eeg/sub-01_ses-1_task-rest_eeg.edf",
     "sub-01/ses-1/eeg/sub-01_task-rest_eeg.edf", "sub-01_task-rest_eeg.edf",
     "sub01/eeg/sub01_task-rest_eeg.edf", "sub-01/eeg/sub-01_task_rest_eeg.edf",
     "sub-01/eeg/sub-01_task-rest_proc-filt_eeg.edf", "sub-01/eeg/sub-01_task-rest_space-x_eeg.edf",
     "sub-01/eeg/sub-01_task-rest_run-a_eeg.edf", "sub-01/eeg/sub-01_run-1_task-rest_eeg.edf",
     "sub-01/eeg/sub-01_task-a_task-b_eeg.edf", "x/sub-01/eeg/sub-01_task-rest_eeg.edf"],
)  # fmt: skip
def test_what_is_almost_bids_is_not(path: str) -> None:
    assert read_bids_name(PurePosixPath(path)) is None


def test_a_folder_is_bids_if_it_says_so_and_all_its_names_are(tmp_path: Path) -> None:
    assert recognise_bids(tmp_path, [GOOD]) is None

    describe(tmp_path, Name="x", BIDSVersion="1.9.0")

    assert recognise_bids(tmp_path, [GOOD]) is not None
    assert recognise_bids(tmp_path, [GOOD, PurePosixPath("S1_rest.edf")]) is None


def test_source_data_of_a_dataset_are_no_recordings_of_it(tmp_path: Path) -> None:
    describe(tmp_path, BIDSVersion="1.9.0")
    raw = PurePosixPath("sourcedata/S1.edf")

    found = recognise_bids(tmp_path, [GOOD, raw])

    assert found is not None
    assert (set(found.entities), set(found.aside)) == ({GOOD}, {raw})


def test_whose_a_recording_aside_is_is_known_only_where_its_path_says_it(tmp_path: Path) -> None:
    describe(tmp_path, BIDSVersion="1.9.0")
    paths = [PurePosixPath("derivatives/clean/sub-07/eeg/sub-07_task-rest_desc-x_eeg.edf"),
             PurePosixPath("sourcedata/S1.edf")]  # fmt: skip

    found = recognise_bids(tmp_path, [GOOD, *paths])

    assert found is not None
    assert [found.aside[path]["participant"].value for path in paths] == ["07", ""]
    assert {found.aside[path]["task"].value for path in paths} == {""}


@pytest.mark.parametrize(
    "name",
    ["sub-01_task-x_proc-sss_meg.fif", "sub-01_task-x_run-01_proc-sss_split-01_meg.fif",
     "sub-01_task-x_meg.ds", "sub-01_task-x_meg/c,rfDC", "sub-01_task-x_meg/sub-01_task-x_meg.con"],
)  # fmt: skip
def test_meg_may_be_processed_split_or_a_folder(name: str) -> None:
    found = read_bids_name(PurePosixPath("sub-01/meg") / name)

    assert found is not None
    assert (found["participant"].value, found["task"].value) == ("01", "x")


def test_a_broken_description_is_none(tmp_path: Path) -> None:
    (tmp_path / "dataset_description.json").write_text("{", "utf-8")

    assert recognise_bids(tmp_path, [GOOD]) is None


@pytest.mark.parametrize(
    ("stated", "line_hz"), [((60, 60.0), 60.0), ((50, 60), None), (("n/a",), None), ((), None)]
)
def test_the_mains_frequency_is_taken_from_sidecars_that_agree(
    tmp_path: Path, stated: tuple[object, ...], line_hz: float | None
) -> None:
    paths = [PurePosixPath(f"task-{i}_eeg.json") for i in range(len(stated))]
    for path, value in zip(paths, stated, strict=True):
        (tmp_path / path).write_text(json.dumps({"PowerLineFrequency": value}), "utf-8")

    assert read_line_hz(tmp_path, [*paths, PurePosixPath("README")]) == line_hz


def test_the_folder_says_what_a_recording_is(tmp_path: Path) -> None:
    describe(tmp_path, BIDSVersion="1.9.0")
    inside = PurePosixPath("sub-01/ses-pre/ieeg/sub-01_ses-pre_task-rest_ieeg.edf")

    found = recognise_bids(tmp_path, [GOOD, inside])

    assert found is not None
    assert found.find_modality(GOOD) is Modality.EEG
    assert found.find_modality(inside) is Modality.IEEG
    assert found.find_modality(PurePosixPath("sourcedata/eeg/a.edf")) is None


def test_a_name_that_is_there_in_two_formats_is_one_recording(tmp_path: Path) -> None:
    describe(tmp_path, BIDSVersion="1.9.0")
    folder = PurePosixPath("sub-01/eeg")
    paths = [folder / f"sub-01_task-rest_{end}" for end in ("eeg.set", "eeg.edf", "run-1_eeg.set")]

    found = recognise_bids(tmp_path, paths)

    assert found is not None
    assert found.find_twins() == {paths[0]}


def test_names_that_keep_a_folder_from_being_bids_are_told(tmp_path: Path) -> None:
    odd = PurePosixPath("sub-01/eeg/sub-01_task-rest_desc-clean_eeg.edf")
    aside = PurePosixPath("derivatives/S1.edf")

    assert find_unlike_bids(tmp_path, [GOOD, odd]) == []

    describe(tmp_path, BIDSVersion="1.9.0")

    [found] = find_unlike_bids(tmp_path, [GOOD, odd, aside])
    assert (found.code, found.raw_place) == ("bids.name-unknown", str(odd))
    assert find_unlike_bids(tmp_path, [GOOD, aside]) == []
