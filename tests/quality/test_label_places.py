"""Where labels lie, and which recording they are of."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

import pytest

from fascicle.errors import InputError
from fascicle.quality._label_places import digest_recording, label_file, list_ignored, summary_file

PLACE = PurePosixPath("sub-01/ses-a/eeg/sub-01_ses-a_task-rest_eeg.vhdr")


@pytest.mark.parametrize(
    ("folder", "names"),
    [
        ("anat", ("sub-01_T1w.nii.gz", "sub-01_T2w.nii.gz")),
        ("func", ("sub-01_task-a_bold.nii.gz", "sub-01_task-a_sbref.nii", "sub-01_task-a_cbv.nii")),
        ("ophys", ("sub-01_task-a_ophys.nwb", "sub-01_task-a_2pe.nwb")),
        ("eeg", ("sub-01_task-a_eeg.edf", "sub-01_task-a_emg.edf")),
    ],
)
def test_recordings_that_differ_in_the_last_word_have_files_of_their_own(
    tmp_path: Path, folder: str, names: tuple[str, ...]
) -> None:
    places = [PurePosixPath("sub-01", folder, name) for name in names]

    tables = {label_file(tmp_path, place, "images", "events.tsv").name for place in places}
    summaries = {summary_file(tmp_path, place, "images").name for place in places}

    assert len(tables) == len(summaries) == len(places)
    assert all(re.search("_desc-images[a-zA-Z0-9]*_events.tsv$", name) for name in tables)


def test_parts_of_a_split_recording_share_a_table(tmp_path: Path) -> None:
    first, second = (
        PurePosixPath(f"sub-01/meg/sub-01_task-a_split-{n}_meg.fif") for n in ("01", "02")
    )

    tables = {label_file(tmp_path, place, "x", "events.tsv").name for place in (first, second)}

    assert tables == {"sub-01_task-a_desc-x_events.tsv"}


@pytest.mark.parametrize("place", ["eeg/sub-01_eeg.edf", "sub-01/../x/sub-01_eeg.edf", "a/b/c.edf"])
def test_a_path_outside_the_layout_is_refused(tmp_path: Path, place: str) -> None:
    with pytest.raises(InputError, match="FSC132"):
        label_file(tmp_path, PurePosixPath(place), "x", "events.tsv")
    with pytest.raises(InputError, match="FSC132"):
        summary_file(tmp_path, PurePosixPath(place), "x")


def test_a_recording_is_all_files_of_its_name_and_no_other(tmp_path: Path) -> None:
    folder = (tmp_path / PLACE).parent
    folder.mkdir(parents=True)
    stem = PLACE.name.removesuffix(".vhdr")
    for suffix in ("vhdr", "eeg", "json"):
        (folder / f"{stem}.{suffix}").write_text("1")
    seen = {digest_recording(tmp_path, PLACE)}

    (folder / f"{stem.removesuffix('eeg')}channels.tsv").write_text("1")
    (folder / f"{stem}2.eeg").write_text("1")
    os.utime(tmp_path / PLACE, ns=(1, 1 << 62))
    assert {digest_recording(tmp_path, PLACE)} == seen

    for suffix in ("vhdr", "eeg", "json"):
        (folder / f"{stem}.{suffix}").write_text("2")
        seen.add(digest_recording(tmp_path, PLACE))
    assert len(seen) == 4


def test_a_recording_that_is_a_folder_is_all_that_it_holds(tmp_path: Path) -> None:
    place = PurePosixPath("sub-01/micr/sub-01_sample-a_SPIM.ome.zarr")
    chunk = tmp_path / place / "0" / "1"
    chunk.parent.mkdir(parents=True)
    chunk.write_text("1")
    before = digest_recording(tmp_path, place)

    chunk.rename(chunk.with_name("2"))

    assert digest_recording(tmp_path, place) != before


def test_the_content_of_a_link_to_nothing_is_none(tmp_path: Path) -> None:
    path = tmp_path / PLACE
    path.parent.mkdir(parents=True)
    nothing = digest_recording(tmp_path, PLACE)
    try:
        path.symlink_to(tmp_path / "annex")
    except OSError:
        pytest.skip("this system makes no links")

    assert digest_recording(tmp_path, PLACE) == nothing
    (tmp_path / "annex").write_text("1")
    assert digest_recording(tmp_path, PLACE) != nothing


def test_what_bids_has_no_name_for_is_ignored_and_its_own_tables_are_not() -> None:
    lines = list_ignored().splitlines()

    assert {"*_qc.json", "ecephys", "**/func/*_events.*"} <= set(lines)
    assert not any("/eeg/" in line or line.endswith("/") for line in lines)
