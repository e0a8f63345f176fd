"""A head and a phantom: the head leaves without its face, the phantom waits."""

import json

import nibabel as nib
import numpy as np
import pytest

from fascicle import share
from fascicle.testing import Planted, VolumeShape, make_head, make_nifti
from fascicle.workflows import ShareOptions

pytest.importorskip("SimpleITK")
pytestmark = [pytest.mark.journey, pytest.mark.slow]

ANSWERS = {"consent": "GRU", "participants": "confirmed", "name": "Heads", "species": "human",
           "publish": False, "n_jobs": 1}  # fmt: skip


@pytest.fixture
def lab(tmp_path):
    """Return a raw folder with one head and one phantom, and the brain of the head."""
    raw = tmp_path / "raw"
    for code in ("P01", "P02"):
        (raw / code).mkdir(parents=True)
    values, affine, brain, _ = make_head(61, voxel=4.0, orientation="LPI")
    image = nib.Nifti1Image(values.astype(np.int16), affine)
    image.set_sform(affine, 1)
    image.header["descrip"] = Planted().name
    nib.save(image, raw / "P01" / "P01_mprage.nii.gz")
    make_nifti(raw / "P02" / "P02_mprage.nii.gz", shape=VolumeShape(size=(57, 51, 43)))
    return raw, brain


def test_a_head_leaves_without_its_face_and_what_is_in_doubt_waits(lab, tmp_path, home) -> None:
    raw, brain = lab
    out = tmp_path / "out"

    result = share(raw, out, ShareOptions(**ANSWERS, deface="remove"))
    again = share(raw, out, ShareOptions(**ANSWERS, deface="remove"))

    (path,) = out.glob("sub-*/anat/*_T1w.nii.gz")
    before = np.asarray(nib.load(raw / "P01" / "P01_mprage.nii.gz").dataobj)
    after = np.asarray(nib.load(path).dataobj)
    assert np.array_equal(after[brain], before[brain])
    assert (after != before).mean() > 0.5
    about = json.loads(path.with_name(path.name.replace(".nii.gz", ".json")).read_text())
    assert "removed" in about["DeidentificationMethod"][0]
    assert len(list((tmp_path / "out.private" / "held").rglob("*_T1w.nii.gz"))) == 1
    codes = {finding.code for finding in result.findings}
    assert {"deface.doubtful", "exposed.held"} <= codes
    assert (result.n_recordings, result.exit_code) == (1, 1)
    assert again.n_new == 0
    assert again.n_recordings == 1


def test_with_no_every_head_waits_as_it_was(lab, tmp_path, home) -> None:
    raw, _ = lab
    share(raw, tmp_path / "out", ShareOptions(**ANSWERS))

    result = share(raw, tmp_path / "out", ShareOptions(**ANSWERS, deface="no"))

    held = sorted((tmp_path / "out.private" / "held").rglob("*_T1w.nii.gz"))
    assert len(held) == 2
    before = np.asarray(nib.load(raw / "P01" / "P01_mprage.nii.gz").dataobj)
    assert any(np.array_equal(np.asarray(nib.load(path).dataobj), before) for path in held)
    assert result.exit_code == 1
