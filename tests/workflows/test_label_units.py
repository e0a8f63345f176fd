"""Which recordings are labelled, and by which method."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from fascicle.workflows._label_units import list_units


class Everything:
    """Accepts every path, and keeps none of them."""

    name = "all"

    def accepts(self, place: PurePosixPath) -> bool:
        return place.suffix != ".tsv"


def make(folder: Path, *places: str) -> None:
    for place in places:
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text("1")


def test_recordings_come_in_order_of_paths_and_only_from_people(tmp_path: Path) -> None:
    make(
        tmp_path, "sub-02/eeg/sub-02_eeg.edf", "sub-01/ses-b/eeg/sub-01_ses-b_eeg.edf",
        "sub-01/ses-b/eeg/sub-01_ses-b_events.tsv", "sub-01/notes.txt", "README",
        "derivatives/x/sub-01/eeg/sub-01_eeg.edf", "sourcedata/sub-01/eeg/sub-01_eeg.edf",
    )  # fmt: skip

    units = list(list_units(tmp_path, (Everything(),)))  # type: ignore[arg-type]

    assert [str(place) for _, place in units] == [
        "sub-01/ses-b/eeg/sub-01_ses-b_eeg.edf", "sub-02/eeg/sub-02_eeg.edf",
    ]  # fmt: skip


def test_of_a_split_recording_the_first_part_stands_for_all(tmp_path: Path) -> None:
    name = "sub-01/meg/sub-01_task-{}_split-{}_meg.fif"
    make(
        tmp_path, name.format("a", "10"), name.format("a", "02"), name.format("a", "9"),
        name.format("b", "1"), "sub-01/meg/sub-01_task-c_meg.fif",
    )  # fmt: skip

    units = list(list_units(tmp_path, (Everything(),)))  # type: ignore[arg-type]

    assert [place.name for _, place in units] == [
        "sub-01_task-a_split-02_meg.fif", "sub-01_task-b_split-1_meg.fif",
        "sub-01_task-c_meg.fif",
    ]  # fmt: skip


def test_a_recording_that_is_a_folder_is_one_and_what_it_holds_is_none(tmp_path: Path) -> None:
    make(tmp_path, "sub-01/micr/sub-01_sample-a_SPIM.ome.zarr/sub-01_x/0.bin")

    units = list(list_units(tmp_path, (Everything(),)))  # type: ignore[arg-type]

    assert [place.name for _, place in units] == ["sub-01_sample-a_SPIM.ome.zarr"]
