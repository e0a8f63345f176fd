from __future__ import annotations

from pathlib import PurePosixPath

from fascicle.core import Header, Modality
from fascicle.prepare._groups import find_groups


def group(*rows: tuple[str, str, Modality]) -> list[tuple[str, tuple[int, ...], bool]]:
    found = find_groups(
        [PurePosixPath(path) for path, _, _ in rows],
        [kind for _, kind, _ in rows],
        [Header(modality) for _, _, modality in rows],
    )
    return [(one.word, one.members, one.by_header) for one in found]


def test_one_kind_of_recordings_is_one_group_whatever_its_formats() -> None:
    found = group(
        ("siteA/P1_rest.edf", "edf", Modality.EEG),
        ("siteB/P1_rest.fif", "fif", Modality.MEG),
        ("siteB/P2_rest.snirf", "snirf", Modality.NIRS),
    )

    assert [members for _, members, _ in found] == [(0, 1, 2)]


def test_images_that_a_scanner_named_are_a_group_of_their_own() -> None:
    found = group(
        ("nifti/P1_T1w.nii", "nifti", Modality.ANAT),
        ("export/IM0001", "dicom", Modality.ANAT),
        ("export/IM0900", "dicom", Modality.PET),
        ("P1.edf", "edf", Modality.EEG),
    )

    assert found == [("eeg", (3,), False), ("mri", (0,), False), ("mri 2", (1, 2), True)]


def test_folders_for_kinds_part_a_family_and_folders_for_sites_do_not() -> None:
    kinds = group(
        ("lab/eeg/1_rest.edf", "edf", Modality.EEG), ("lab/meg/1_rest.fif", "fif", Modality.MEG)
    )
    sites = group(
        ("lab/north/1_rest.edf", "edf", Modality.EEG), ("lab/meg/1_rest.fif", "fif", Modality.MEG)
    )

    assert [word for word, _, _ in kinds] == ["eeg", "meg"]
    assert len(sites) == 1


def test_nothing_is_no_group() -> None:
    assert group() == []


def test_two_groups_of_one_word_are_told_apart_in_words() -> None:
    paths = ["eeg/P1.edf", "nifti/P1_T1w.nii", "dicom/a/IM1"]
    found = find_groups(
        [PurePosixPath(path) for path in paths],
        ["edf", "nifti", "dicom"],
        [Header(Modality.EEG), Header(Modality.ANAT), Header(Modality.ANAT)],
    )

    assert [(one.word, one.title) for one in found] == [
        ("eeg", "eeg"),
        ("mri", "mri (named by files and folders)"),
        ("mri 2", "mri (named by headers)"),
    ]
