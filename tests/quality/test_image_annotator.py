"""The annotator of MRI, from a file in a dataset to labels."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from tests.quality.head_images import MM, epi_affine, make_epi, make_structure, save_image

from fascicle.quality._image_annotator import ImageAnnotator, read_about
from fascicle.quality._image_ratings import RATED_FEATURES

T1W = PurePosixPath("sub-01/anat/sub-01_T1w.nii.gz")
BOLD = PurePosixPath("sub-01/ses-02/func/sub-01_ses-02_task-rest_bold.nii.gz")


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("sub-01/anat/sub-01_T1w.nii.gz", True),
        ("sub-01/ses-02/anat/sub-01_ses-02_FLAIR.nii", True),
        ("sub-01/func/sub-01_task-rest_bold.nii.gz", True),
        ("sub-01/func/sub-01_task-rest_sbref.nii.gz", False),
        ("sub-01/func/sub-01_task-rest_bold.json", False),
        ("sub-01/anat/sub-01_bold.nii.gz", False),
        ("sub-01/dwi/sub-01_dwi.nii.gz", False),
        ("sub-01/eeg/sub-01_task-rest_eeg.edf", False),
        ("derivatives/x/sub-01/anat/sub-01_T1w.nii.gz", False),
    ],
)
def test_only_images_that_it_can_label_are_accepted(place: str, expected: bool) -> None:
    assert ImageAnnotator().accepts(PurePosixPath(place)) is expected


def test_a_structural_image_is_measured_and_drawn(tmp_path: Path) -> None:
    affine = np.diag([*MM, 1.0])
    path = save_image(tmp_path, str(T1W), make_structure(), affine)
    before = path.read_bytes()

    found = ImageAnnotator().annotate(tmp_path, T1W)

    assert (found.method, found.version) == ("images", ImageAnnotator.version)
    assert set(RATED_FEATURES) <= set(found.measures)
    assert found.measures["exclude_probability"].value < 0.5
    assert found.labels == ()
    assert [picture.title for picture in found.pictures] == ["Where it was measured"]
    assert path.read_bytes() == before


def test_an_image_unlike_those_that_were_learnt_from_is_not_rated(tmp_path: Path) -> None:
    # A drawn head is sharper and less noisy than any that was recorded.
    save_image(tmp_path, str(T1W), make_structure(noise=2), np.diag([*MM, 1.0]))

    found = ImageAnnotator().annotate(tmp_path, T1W)

    assert found.labels == ()
    assert [finding.code for finding in found.findings] == ["image.outside-training"]
    assert "snr_wm" in found.findings[0].reason
    assert found.settings == {"rated": False}


def test_a_series_gets_labels_where_it_moved_and_a_number_for_each_volume(tmp_path: Path) -> None:
    values = make_epi(15)[0]
    values[..., 8:] = np.roll(values[..., 8:], 1, axis=1)
    save_image(tmp_path, str(BOLD), values, epi_affine(), 2.0)

    found = ImageAnnotator().annotate(tmp_path, BOLD)

    (label,) = found.labels
    assert (label.kind, label.onset_s, label.duration_s) == ("motion", 16.0, 2.0)
    assert label.evidence["fd_mm"] == pytest.approx(5.2, abs=0.2)
    assert label.confidence > 0.99
    assert {len(values) for values in found.series.values()} == {15}
    assert np.isnan(found.series["framewise_displacement"][0])
    assert found.measures["fd_num"].value == 1
    assert len(found.pictures) == 3


def test_a_steady_series_gets_no_label(tmp_path: Path) -> None:
    save_image(tmp_path, str(BOLD), make_epi(15)[0], epi_affine(), 2.0)

    found = ImageAnnotator().annotate(tmp_path, BOLD)

    assert found.labels == ()
    assert found.findings == ()


def test_the_time_between_volumes_may_stand_in_a_sidecar_above(tmp_path: Path) -> None:
    values = make_epi(15)[0]
    values[..., 8] = 0
    path = save_image(tmp_path, str(BOLD), values, epi_affine())

    untimed = ImageAnnotator().annotate(tmp_path, BOLD)
    (tmp_path / "task-rest_bold.json").write_text(
        json.dumps({"RepetitionTime": 1.5, "PhaseEncodingDirection": "j-"})
    )
    timed = ImageAnnotator().annotate(tmp_path, BOLD)

    assert path.is_file()
    assert untimed.labels == ()
    assert [finding.code for finding in untimed.findings] == ["image.no-repetition-time"]
    assert [(label.kind, label.onset_s) for label in timed.labels] == [("lost", 12.0)]
    assert "gsr" in timed.measures
    assert "gsr" not in untimed.measures


def test_the_nearest_sidecar_decides_and_a_damaged_one_is_left_out(tmp_path: Path) -> None:
    save_image(tmp_path, str(BOLD), np.ones((3, 4, 5, 6)), epi_affine())
    (tmp_path / "task-rest_bold.json").write_text('{"RepetitionTime": 3, "EchoTime": 0.03}')
    (tmp_path / "sub-01_task-rest_bold.json").write_text("{")
    (tmp_path / BOLD).with_name("sub-01_ses-02_task-rest_bold.json").write_text(
        '{"RepetitionTime": 0.8}'
    )

    assert read_about(tmp_path, BOLD) == {"RepetitionTime": 0.8, "EchoTime": 0.03}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (np.ones((9, 8, 7, 3)), "image.few-volumes"),
        (np.ones((9, 8, 7, 6)), "image.no-brain"),
        (make_epi(15)[0][:, :, :21], "image.cut"),
    ],
)
def test_what_speaks_against_a_series_is_a_finding(tmp_path: Path, values, code: str) -> None:
    save_image(tmp_path, str(BOLD), values, epi_affine(), 2.0)

    found = ImageAnnotator().annotate(tmp_path, BOLD)

    assert [finding.code for finding in found.findings] == [code]


def test_much_movement_is_a_finding(tmp_path: Path) -> None:
    values = make_epi(12)[0]
    values[..., 1::2] = np.roll(values[..., 1::2], 1, axis=0)
    save_image(tmp_path, str(BOLD), values, epi_affine(), 2.0)

    found = ImageAnnotator().annotate(tmp_path, BOLD)

    assert [finding.code for finding in found.findings] == ["image.motion"]


@pytest.mark.parametrize("content", [b"", b"no image", b"\x1f\x8b damaged"])
def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / T1W
    path.parent.mkdir(parents=True)
    path.write_bytes(content)

    found = ImageAnnotator().annotate(tmp_path, T1W)

    assert [finding.code for finding in found.findings] == ["image.unreadable"]
    assert found.labels == ()


def test_a_truncated_file_is_a_finding(tmp_path: Path) -> None:
    path = save_image(tmp_path, str(BOLD), make_epi(6)[0], epi_affine(), 2.0)
    path.write_bytes(path.read_bytes()[:-90_000])

    found = ImageAnnotator().annotate(tmp_path, BOLD)

    assert [finding.code for finding in found.findings] == ["image.unreadable"]


def test_an_empty_head_is_told_and_not_rated(tmp_path: Path) -> None:
    save_image(tmp_path, str(T1W), np.full((31, 33, 29), 5.0), np.diag([*MM, 1.0]))

    found = ImageAnnotator().annotate(tmp_path, T1W)

    assert [finding.code for finding in found.findings] == ["image.no-brain"]
    assert "exclude_probability" not in found.measures
    assert found.pictures == ()


def test_a_series_in_the_place_of_a_structure_is_left_alone(tmp_path: Path) -> None:
    save_image(tmp_path, str(T1W), make_epi(3)[0], epi_affine())

    found = ImageAnnotator().annotate(tmp_path, T1W)

    assert [finding.code for finding in found.findings] == ["image.many-volumes"]
