"""A head and a phantom: the head leaves without its face, the phantom waits."""

import json
import re
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest

from fascicle import share
from fascicle.core import Finding, Severity
from fascicle.testing import Planted, VolumeShape, make_head, make_nifti
from fascicle.workflows import ShareOptions, _convert_one, _share
from fascicle.workflows._proving import prove
from fascicle.workflows._workspace import Workspace

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


def read_only(folder, pattern="sub-*/**/anat/*_T1w.nii.gz"):
    """Return the values of the one image that a folder holds."""
    (path,) = folder.glob(pattern)
    return np.asarray(nib.load(path).dataobj)


@pytest.fixture
def head(tmp_path):
    """Return a raw folder with one head, its values and its brain."""
    values, affine, brain, _ = make_head(62, voxel=4.0)
    image = nib.Nifti1Image(values.astype(np.int16), affine)
    image.set_sform(affine, 1)
    (tmp_path / "raw" / "P01").mkdir(parents=True)
    nib.save(image, tmp_path / "raw" / "P01" / "P01_mprage.nii.gz")
    (tmp_path / "raw" / "P01" / "P01_mprage.json").write_text('{"MagneticFieldStrength": 3}')
    return tmp_path / "raw", values.astype(np.int16), brain


def test_what_left_with_its_face_never_stands_in_for_what_lost_it(
    head, tmp_path, home, monkeypatch
) -> None:
    raw, values, brain = head
    out = tmp_path / "out"
    share(raw, out, ShareOptions(**ANSWERS, deface="no", signed_by="steward"))
    signed = read_only(out)
    with monkeypatch.context() as patch:
        patch.setattr(_share, "prove", find_something)
        refused = share(raw, out, ShareOptions(**ANSWERS))

    again = share(raw, out, ShareOptions(**ANSWERS))

    assert np.array_equal(signed, values)
    assert refused.refused
    assert (again.refused, again.n_recordings) == (False, 1)
    after = read_only(out)
    assert (after != values).mean() > 0.3
    assert np.array_equal(after[brain], values[brain])


def find_something(*args, **kwargs):
    """Prove as ever, and find an identifier all the same."""
    finding = Finding("proof.identifier", Severity.ERROR, "x", "An identifier.", "Look.")
    return replace(prove(*args, **kwargs), findings=(finding,))


def test_another_contrast_of_the_session_is_found_by_the_first(head, tmp_path, home) -> None:
    raw, _, _ = head
    values, affine, brain, _ = make_head(
        62, session=1, contrast="T2w", orientation="PSR", voxel=(3.0, 4.0, 3.5)
    )
    image = nib.Nifti1Image(values.astype(np.int16), affine)
    image.set_sform(affine, 1)
    nib.save(image, raw / "P01" / "P01_T2w.nii.gz")
    out = tmp_path / "out"

    result = share(raw, out, ShareOptions(**ANSWERS | {"n_jobs": 2}))
    again = share(raw, out, ShareOptions(**ANSWERS))

    entries = Workspace(out).journal.entries().values()
    followed = {entry["bids_path"].rpartition("_")[2]: entry["defaced"]["by_session"]
                for entry in entries}  # fmt: skip
    assert followed == {"T1w.nii.gz": False, "T2w.nii.gz": True}
    after = read_only(out, "sub-*/**/anat/*_T2w.nii.gz")
    before = values.astype(np.int16)
    assert np.array_equal(after[brain], before[brain])
    assert (after != before).mean() > 0.3
    assert (result.n_recordings, result.n_new, again.n_new) == (2, 2, 0)


def test_a_head_that_was_held_before_it_was_defaced_does_not_come_back(
    head, tmp_path, home
) -> None:
    raw, values, _ = head
    out = tmp_path / "out"
    share(raw, out, ShareOptions(**ANSWERS, deface="no"))
    share(raw, out, ShareOptions(**ANSWERS))

    again = share(raw, out, ShareOptions(**ANSWERS))

    assert again.n_new == 0
    assert (read_only(out) != values).mean() > 0.3
    assert not list((tmp_path / "out.private" / "held").rglob("*.nii.gz"))


def test_what_an_earlier_version_defaced_is_defaced_anew(head, tmp_path, home, monkeypatch) -> None:
    raw, _, _ = head
    with monkeypatch.context() as patch:
        patch.setattr(_convert_one, "DEFACE_VERSION", 1)
        share(raw, tmp_path / "out", ShareOptions(**ANSWERS))

    again = share(raw, tmp_path / "out", ShareOptions(**ANSWERS))
    resumed = share(raw, tmp_path / "out", ShareOptions(**ANSWERS))

    assert (again.n_new, resumed.n_new) == (1, 0)


def test_the_head_before_is_shown_to_the_owner_alone(head, tmp_path, home) -> None:
    raw, _, _ = head

    result = share(raw, tmp_path / "out", ShareOptions(**ANSWERS))

    title = "Head before its face was taken out"
    own, public = (path.read_text("utf-8") for path in (result.owner_report, result.report))
    entry = next(iter(Workspace(tmp_path / "out").journal.entries().values()))
    (before,) = (one for one in entry["quality"]["pictures"] if one["title"] == title)
    assert before["exposes"] == "head"
    assert title in own
    assert "Head after its face was taken out" in public
    assert "1 picture shows a head, whose face can be drawn from it" in public
    images = [set(re.findall(r"data:image/png;base64,([^\"]+)", text)) for text in (own, public)]
    assert len(images[0] - images[1]) == 1
    pixels = before["arrays"]["pixels"]["data"][:400]
    (drawn,) = images[0] - images[1]
    for path in (tmp_path / "out").rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for secret in (title, pixels, drawn[:400]):
            assert secret.encode() not in content
