"""Written images lose their faces in place, volume by volume, or are left as they are."""

import json

import nibabel as nib
import numpy as np
import pytest

from fascicle.core import Header, Modality
from fascicle.errors import DependencyError
from fascicle.formats import open_volume_file, rewrite_volumes
from fascicle.testing import make_head
from fascicle.workflows import _deface_volume
from fascicle.workflows._deface_volume import (
    deface_file,
    find_shows,
    read_reference,
    take_face_out,
)

pytest.importorskip("SimpleITK")
pytest.importorskip("dlib")

HEAD = Header(Modality.ANAT, suffix="T1w", exposes="head")


def write(path, values, affine, *, code=1):
    image = nib.Nifti1Image(values.astype(np.int16), affine)
    image.set_sform(affine, code)
    image.set_qform(affine, code)
    nib.save(image, path)
    return path


def test_a_series_loses_the_face_in_every_volume(tmp_path):
    values, affine, brain, _ = make_head(31, voxel=4.0)
    series = np.stack([values, values * 0.9, values * 1.1], axis=-1)
    path = write(tmp_path / "sub-01_T1w.nii.gz", series, affine)
    before = np.asarray(nib.load(path).dataobj)

    header, done = take_face_out(path, HEAD, "replace")

    after = np.asarray(nib.load(path).dataobj)
    assert header.exposes == ""
    assert "average head" in header.metadata["DeidentificationMethod"][0]
    assert after.dtype == before.dtype
    assert np.array_equal(after[brain], before[brain])
    assert all((after[..., t] != before[..., t]).mean() > 0.3 for t in range(3))
    assert done.record["n_volumes"] == 3
    assert done.record["n_brain_changed"] == 0
    assert [trial["attacker"] for trial in done.record["trials"]] == ["shape", "looks"]
    assert all(trial["rank"] > 1 for trial in done.record["trials"])
    assert json.dumps(done.record)
    assert list(tmp_path.iterdir()) == [path]


def test_a_face_that_is_left_in_what_was_written_refuses_it(tmp_path, monkeypatch):
    values, affine, *_ = make_head(32, voxel=4.0)
    path = write(tmp_path / "sub-01_T1w.nii.gz", values, affine)
    before = path.read_bytes()

    def forget_the_change(file, target, change):
        rewrite_volumes(file, target, lambda volume: (change(volume), volume)[1])

    monkeypatch.setattr(_deface_volume, "rewrite_volumes", forget_the_change)

    header, done = take_face_out(path, HEAD, "replace")

    assert header.exposes == "head"
    assert [finding.code for finding in done.findings] == ["deface.survived"]
    assert "by its shape and by a face-recognition network" in done.findings[0].reason
    assert [trial["rank"] for trial in done.record["trials"]] == [1, 1]
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("why", ["cut off", "not placed", "phantom"])
def test_what_is_in_doubt_is_left_as_it_was_and_still_shows_a_head(tmp_path, why):
    rng = np.random.default_rng(3)
    path = write(
        tmp_path / "a.nii",
        rng.normal(100, 10, (61, 63, 67)),
        np.diag([2.0, 2.0, 2.0, 1.0]),
        code=0 if why == "not placed" else 1,
    )
    if why == "cut off":
        path.write_bytes(path.read_bytes()[:-999])
    before = path.read_bytes()

    header, done = take_face_out(path, HEAD, "remove")

    assert header.exposes == "head"
    assert not done.is_done
    assert [finding.code for finding in done.findings] == ["deface.doubtful"]
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("header", "how"),
    [
        (HEAD, "no"),
        (Header(Modality.FUNC, suffix="bold"), "replace"),
        (Header(Modality.BEH, exposes="face"), "replace"),
    ],
)
def test_what_shows_no_head_or_is_not_asked_for_is_not_even_opened(tmp_path, header, how):
    same, done = take_face_out(tmp_path / "missing.nii.gz", header, how)

    assert same is header
    assert not done.findings


def test_without_the_library_the_head_is_held(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise DependencyError("FSC804", "Expected SimpleITK, got none.", "Install it.")

    monkeypatch.setattr(_deface_volume, "deface_file", fail)

    header, done = take_face_out(tmp_path / "a.nii.gz", HEAD, "replace")

    assert header.exposes == "head"
    assert [finding.code for finding in done.findings] == ["deface.no-library"]


def test_the_mean_over_volumes_is_in_real_units(tmp_path):
    image = nib.Nifti1Image(np.zeros((3, 5, 7, 2), np.int16), np.eye(4))
    image.header.set_slope_inter(2.0, -10.0)
    stored = np.stack([np.full((3, 5, 7), 4), np.full((3, 5, 7), 8)], -1).astype(np.int16)
    path = tmp_path / "a.nii"
    nib.save(image, path)
    content = path.read_bytes()
    path.write_bytes(content[:352] + stored.tobytes(order="F"))

    reference = read_reference(open_volume_file(path))

    assert np.unique(reference).tolist() == [2.0]


def test_what_is_bright_follows_from_the_kind_of_image():
    zeros = np.zeros((3, 3, 3))

    assert find_shows(HEAD, zeros) == "head"
    assert find_shows(Header(Modality.FUNC, suffix="bold"), zeros) == "brain"
    assert find_shows(Header(Modality.ANAT, suffix="CT"), zeros) == "bone"


def test_the_source_is_not_touched_when_the_target_is_another_file(tmp_path):
    values, affine, brain, _ = make_head(32, voxel=4.0)
    path = write(tmp_path / "raw.nii", values, affine)
    before = path.read_bytes()

    done = deface_file(path, tmp_path / "out.nii.gz", HEAD, method="remove")

    assert done.is_done
    assert path.read_bytes() == before
    first, second = (np.asarray(nib.load(tmp_path / n).dataobj) for n in ("raw.nii", "out.nii.gz"))
    assert np.array_equal(first[brain], second[brain])
