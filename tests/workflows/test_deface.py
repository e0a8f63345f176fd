"""A file or a folder loses its faces; what is in doubt is not written, the rest is."""

import json

import nibabel as nib
import numpy as np
import pytest

from fascicle.errors import InputError, JobError
from fascicle.testing import (
    FilmFace,
    Planted,
    VolumeShape,
    copy_folder,
    make_animal_film,
    make_dicom,
    make_dicom_head,
    make_face_film,
    make_head,
    make_minc,
    make_mov,
    make_nifti,
)
from fascicle.workflows import deface

pytest.importorskip("SimpleITK")


def write_head(path, seed, **how):
    values, affine, brain, _ = make_head(seed, **({"voxel": 4.0} | how))
    image = nib.Nifti1Image(values.astype(np.int16), affine)
    image.set_sform(affine, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(image, path)
    return brain


def test_one_file_becomes_one_file(tmp_path):
    brain = write_head(tmp_path / "anna-meier.nii.gz", 41)

    result = deface(tmp_path / "anna-meier.nii.gz", tmp_path / "out" / "one.nii.gz")

    before, after = (
        np.asarray(nib.load(tmp_path / name).dataobj)
        for name in ("anna-meier.nii.gz", "out/one.nii.gz")
    )
    assert result.exit_code == 0
    assert list(result.written) == ["one.nii.gz"]
    assert np.array_equal(before[brain], after[brain])
    assert (before != after).mean() > 0.3
    assert "meier" not in json.dumps(result.as_dict() | {"target": ""})


def test_a_phantom_is_not_written_and_the_command_ends_with_1(tmp_path):
    make_nifti(tmp_path / "a.nii.gz", shape=VolumeShape((53, 61, 47)))

    result = deface(tmp_path / "a.nii.gz", tmp_path / "b.nii.gz")

    assert result.exit_code == 1
    assert result.held == ("image-001",)
    assert {finding.code for finding in result.findings} == {"deface.doubtful"}
    assert not (tmp_path / "b.nii.gz").exists()


@pytest.mark.slow
def test_a_dataset_is_copied_with_its_faces_gone_and_what_nobody_judged_left_behind(tmp_path):
    root = tmp_path / "raw"
    brain = write_head(root / "sub-01/anat/sub-01_T1w.nii.gz", 42, orientation="LPI")
    (root / "sub-01/anat/sub-01_T1w.json").write_text('{"MagneticFieldStrength": 3}')
    write_head(root / "derivatives/x/sub-01/anat/sub-01_T1w.nii.gz", 42)
    for folder in ("sub-01/func", "sub-02/anat"):
        (root / folder).mkdir(parents=True)
    make_nifti(
        root / "sub-01/func/sub-01_task-rest_bold.nii.gz",
        shape=VolumeShape((19, 23, 11, 13), tr_s=2.0),
        sidecar={"RepetitionTime": 2.0, "TaskName": "rest", "ScanningSequence": "EP"},
    )
    make_nifti(root / "sub-02/anat/sub-02_T1w.nii.gz")
    (root / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.10.0"}')
    (root / "participants.tsv").write_text("participant_id\nsub-01\nsub-02\n")
    kept = copy_folder(root, tmp_path / "kept")

    result = deface(root, tmp_path / "out", method="remove")

    out = tmp_path / "out"
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert files == {
        "dataset_description.json",
        "participants.tsv",
        "sub-01/anat/sub-01_T1w.json",
        "sub-01/anat/sub-01_T1w.nii.gz",
        "sub-01/func/sub-01_task-rest_bold.json",
        "sub-01/func/sub-01_task-rest_bold.nii.gz",
    }
    about = json.loads((out / "sub-01/anat/sub-01_T1w.json").read_text())
    assert about["MagneticFieldStrength"] == 3
    assert "removed" in about["DeidentificationMethod"][0]
    assert result.exit_code == 1
    assert len(result.held) == 1
    assert list(result.written) == ["sub-01/anat/sub-01_T1w.nii.gz"]
    first, second = (
        np.asarray(nib.load(place / "sub-01/anat/sub-01_T1w.nii.gz").dataobj)
        for place in (root, out)
    )
    assert np.array_equal(first[brain], second[brain])
    for path in kept.rglob("*.*"):
        assert (root / path.relative_to(kept)).read_bytes() == path.read_bytes()


@pytest.mark.slow
def test_the_scans_of_a_session_get_the_mask_of_the_one_that_leads(tmp_path):
    root = tmp_path / "raw"
    anat = root / "sub-01/ses-1/anat"
    how = {"contrast": "T2w", "session": 1, "orientation": "PSR", "voxel": (3.0, 4.0, 3.5)}
    brain = write_head(anat / "sub-01_ses-1_T2w.nii.gz", 45, **how)
    write_head(anat / "sub-01_ses-1_T1w.nii.gz", 45)
    other = write_head(
        root / "sub-01/ses-2/anat/sub-01_ses-2_T2w.nii.gz", 45, contrast="T2w", session=2
    )
    make_nifti(anat / "sub-01_ses-1_FLAIR.nii.gz", shape=VolumeShape((57, 51, 43)))
    (root / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.10.0"}')

    result = deface(root, tmp_path / "out")

    followed = {path.rpartition("/")[2]: about["by_session"]
                for path, about in result.written.items()}  # fmt: skip
    assert followed == {
        "sub-01_ses-1_T1w.nii.gz": False,
        "sub-01_ses-1_T2w.nii.gz": True,
        "sub-01_ses-2_T2w.nii.gz": False,
    }
    for path in (
        anat / "sub-01_ses-1_T2w.nii.gz",
        root / "sub-01/ses-2/anat/sub-01_ses-2_T2w.nii.gz",
    ):
        first, second = (
            np.asarray(nib.load(place).dataobj)
            for place in (path, tmp_path / "out" / path.relative_to(root))
        )
        where = brain if "ses-1" in path.name else other
        assert np.array_equal(first[where], second[where])
        assert (first != second).mean() > 0.3
    # What is no head at all neither follows nor is found by itself.
    assert (len(result.held), result.exit_code) == (1, 1)
    assert {finding.code for finding in result.findings} == {"deface.doubtful"}


def test_nothing_that_exists_is_replaced(tmp_path):
    write_head(tmp_path / "a.nii.gz", 43)
    (tmp_path / "b.nii.gz").write_bytes(b"mine")

    with pytest.raises(InputError, match="FSC190"):
        deface(tmp_path / "a.nii.gz", tmp_path / "b.nii.gz")

    assert (tmp_path / "b.nii.gz").read_bytes() == b"mine"


def test_what_is_no_image_is_refused(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.txt").write_text("no image")

    for source in (tmp_path / "raw", tmp_path / "raw/a.txt"):
        with pytest.raises(InputError, match="FSC191"):
            deface(source, tmp_path / "out")

    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_series_of_dicom_becomes_an_image_without_a_face_and_without_a_name(tmp_path):
    pytest.importorskip("dcm2niix")
    head = make_dicom_head(tmp_path / "raw", 44, planted=Planted())

    result = deface(tmp_path / "raw", tmp_path / "out")

    assert (result.exit_code, list(result.written)) == (0, ["image-001_T1w.nii.gz"])
    image = nib.load(tmp_path / "out" / "image-001_T1w.nii.gz")
    there = np.linalg.inv(image.affine) @ head.affine
    voxels = np.argwhere(head.brain)
    found = np.rint(voxels @ there[:3, :3].T + there[:3, 3]).astype(int)
    after = np.asarray(image.dataobj)
    assert np.array_equal(after[tuple(found.T)], head.values[head.brain])
    assert (after != 0).mean() > 0.1
    content = b"".join(p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file())
    assert Planted().name.encode() not in content


def test_a_series_that_lacks_slices_is_held_and_told_even_if_it_is_the_only_one(tmp_path):
    paths = make_dicom(tmp_path / "raw", "T1w")
    paths[7].unlink()

    result = deface(tmp_path / "raw", tmp_path / "out")

    assert (result.exit_code, result.held) == (1, ("left-out-001",))
    assert [finding.code for finding in result.findings] == ["dicom.missing-slices"]
    assert paths[0].name not in json.dumps(result.as_dict() | {"target": ""})


@pytest.mark.slow
def test_a_video_is_masked_and_named_by_what_it_is(tmp_path):
    pytest.importorskip("cv2")
    film, _ = make_face_film(tmp_path / "raw", (FilmFace(3),), n_frames=2)
    empty = make_animal_film(tmp_path / "mice", n_frames=2)

    done = deface(film, tmp_path / "out" / "masked.mp4")
    held = deface(empty, tmp_path / "out" / "mice.avi", method="follow")

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["masked.avi"]
    assert (done.exit_code, list(done.written), done.target.name) == (
        0,
        ["masked.avi"],
        "masked.avi",
    )
    assert done.written["masked.avi"]["n_masked"] == 2
    assert (held.exit_code, held.held) == (1, ("video-001",))
    assert held.findings[0].code == "deface.video-doubtful"


def test_ways_for_images_and_for_videos_are_not_mixed_up(tmp_path):
    write_head(tmp_path / "a.nii.gz", 43)
    film = make_mov(tmp_path / "a.mov")

    with pytest.raises(InputError, match=r"FSC166.*replace or remove"):
        deface(tmp_path / "a.nii.gz", tmp_path / "b.nii.gz", method="region")
    with pytest.raises(InputError, match=r"FSC166.*region or follow"):
        deface(film, tmp_path / "b.avi", method="remove")


def test_videos_are_not_copied_with_a_dataset(tmp_path):
    root = tmp_path / "raw"
    (root / "sub-01/func").mkdir(parents=True)
    make_nifti(
        root / "sub-01/func/sub-01_task-rest_bold.nii.gz",
        shape=VolumeShape((19, 23, 11, 13), tr_s=2.0),
        sidecar={"RepetitionTime": 2.0, "TaskName": "rest", "ScanningSequence": "EP"},
    )
    (root / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.10.0"}')
    make_mov(root / "sub-01/beh/sub-01_task-rest_video.mov")

    result = deface(root, tmp_path / "out")

    assert not list((tmp_path / "out").rglob("*.mov"))
    assert "deface.left-behind" in {finding.code for finding in result.findings}


def test_an_image_in_hdf5_is_written_where_a_crash_is_told(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    make_minc(tmp_path / "in" / "a.mnc")
    asked = []

    def crash(function, *args, timeout_s=0.0):
        asked.append(function.__name__)
        if function.__name__ == "write_recording":
            raise JobError("FSC702", "Expected an answer, but its process ended.", "Look.")
        return function(*args)

    monkeypatch.setattr("fascicle.workflows._deface.choose_process", lambda *_: crash)

    result = deface(tmp_path / "in", tmp_path / "out")

    assert asked == ["read_header", "write_recording"]
    assert result.held == ("image-001",)
    assert [finding.code for finding in result.findings] == ["deface.failed"]


def test_an_image_with_its_face_never_lies_in_the_output(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    make_minc(tmp_path / "in" / "a.mnc")
    seen = []

    def look_and_die(first, *_, **__):
        seen.append((first.is_file(), list((tmp_path / "out").rglob("*"))))
        raise KeyboardInterrupt

    monkeypatch.setattr("fascicle.workflows._deface.deface_file", look_and_die)

    with pytest.raises(KeyboardInterrupt):
        deface(tmp_path / "in", tmp_path / "out")

    assert seen == [(True, [])]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]
