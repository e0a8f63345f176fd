"""Sidecars that images share."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from fascicle.formats import read_header, recognise
from fascicle.formats._bids_inheritance import find_inherited
from fascicle.testing import VolumeShape, make_nifti

IMAGE = PurePosixPath("sub-01/ses-2/func/sub-01_ses-2_task-rest_run-2_bold.nii.gz")
OURS = ("bold.json", "task-rest_bold.json", "sub-01/sub-01_task-rest_bold.json",
        "sub-01/ses-2/sub-01_ses-2_run-2_bold.json")  # fmt: skip
OTHERS = ("task-faces_bold.json", "task-rest_sbref.json", "sub-02/sub-02_task-rest_bold.json",
          "task-rest_echo-1_bold.json", "sub-01/ses-1/sub-01_ses-1_bold.json")  # fmt: skip


@pytest.fixture
def dataset(tmp_path):
    for name in ("dataset_description.json", *OURS, *OTHERS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    return tmp_path


def test_sidecars_above_hold_if_the_image_has_all_their_entities(dataset) -> None:
    assert [path.as_posix() for path in find_inherited(IMAGE, dataset)] == list(OURS)


def test_a_folder_that_is_no_dataset_shares_nothing(dataset) -> None:
    (dataset / "dataset_description.json").unlink()

    assert find_inherited(IMAGE, dataset) == ()
    assert find_inherited(PurePosixPath("a/b.nii"), dataset) == ()


def test_the_nearer_sidecar_is_right(dataset) -> None:
    (dataset / "task-rest_bold.json").write_text('{"EchoTime": 0.03, "RepetitionTime": 9.0}')
    (dataset / IMAGE).parent.mkdir(parents=True)
    (dataset / IMAGE.with_name(IMAGE.name.replace(".nii.gz", ".json"))).write_text(
        '{"RepetitionTime": 2.0}'
    )
    make_nifti(dataset / IMAGE, shape=VolumeShape(size=(9, 8, 7, 5), tr_s=2.0))

    (source,) = recognise(dataset).sources

    header = read_header(dataset, source)
    assert header.metadata == {"EchoTime": 0.03, "RepetitionTime": 2.0}
