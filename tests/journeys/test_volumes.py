"""A folder of EEG and MRI of two people, from raw files to a proven dataset."""

from __future__ import annotations

import gzip
import json
import re
import shutil

import nibabel as nib
import numpy as np
import pytest

from fascicle import share
from fascicle.core import Severity
from fascicle.testing import Planted, VolumeShape, make_edf, make_nifti
from fascicle.workflows import ShareOptions

pytestmark = pytest.mark.journey

ANSWERS = {"consent": "GRU", "participants": "confirmed", "line_hz": 50.0, "name": "Both",
           "publish": False}  # fmt: skip
PEOPLE = {
    "P01": Planted(),
    "P02": Planted(
        name="Quandt-Ottilie", code="MRN-4471093", operator="Feldkamp-Bo",
        institution="Wiesengrund-Spital", serial="SN-883021-QZ", place="Unterbach-Sued",
        text="afraid-of-needles-since-birth",
    ),
}  # fmt: skip
TIMING = {"RepetitionTime": 2.5, "EchoTime": 0.03, "SliceTiming": [0.5 * i for i in range(5)]}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """EEG, anatomy, a functional series and diffusion of two people, full of identifiers."""
    raw = tmp_path_factory.mktemp("lab") / "raw"
    for seed, (code, who) in enumerate(PEOPLE.items(), start=3):
        folder = raw / code
        folder.mkdir(parents=True)
        make_edf(folder / f"{code}_rest.edf", seed=seed, planted=who)
        make_nifti(
            folder / f"{code}_mprage.nii.gz", seed=seed, planted=who,
            shape=VolumeShape(size=(37, 41, 33), dtype="<i2"),
        )  # fmt: skip
        make_nifti(
            folder / f"{code}_rest_bold.nii.gz", seed=seed, planted=who, sidecar=TIMING,
            shape=VolumeShape(size=(17, 19, 5, 23), tr_s=2.5),
        )  # fmt: skip
        make_nifti(
            folder / f"{code}_dwi.nii.gz", seed=seed, planted=who, bvals=(0, *[1000] * 8),
            shape=VolumeShape(size=(17, 19, 5, 9)),
        )  # fmt: skip
        make_nifti(folder / f"{code}_mprage_brain_mask.nii.gz", seed=seed)
    return raw


def run(lab, tmp_path, **options):
    return share(lab, tmp_path / "out", ShareOptions(**(ANSWERS | options)))


def list_volumes(out):
    return sorted(
        "_".join(path.name.split("_")[1:]) for path in out.glob("sub-*/**/*.nii.gz")
    )  # fmt: skip


def everything(folder):
    """All bytes of a folder, and what is packed in them."""
    content = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        content += [path.name.encode(), path.read_bytes()]
        if path.suffix == ".gz":
            content.append(gzip.decompress(path.read_bytes()))
    return b"\0".join(content).lower()


def codes(result):
    return {finding.code for finding in result.findings}


def validator_errors(result):
    return [
        finding
        for finding in result.findings
        if finding.origin == "bids-validator" and finding.severity is Severity.ERROR
    ]


def test_heads_of_people_are_held_back_and_the_rest_is_shared(lab, tmp_path, home) -> None:
    result = run(lab, tmp_path)

    out = tmp_path / "out"
    bold = "task-rest_bold.nii.gz"
    assert list_volumes(out) == ["dwi.nii.gz", "dwi.nii.gz", bold, bold]
    assert len(list(out.glob("sub-*/eeg/*.edf"))) == 2
    assert {"exposed.held", "file.not-raw"} <= codes(result)
    assert validator_errors(result) == []
    held = tmp_path / "out.private" / "held"
    assert len(list(held.rglob("*_T1w.nii.gz"))) == 2


def test_nothing_planted_is_left_packed_or_not(lab, tmp_path, home) -> None:
    run(lab, tmp_path, signed_by="steward")

    content = everything(tmp_path / "out")
    words = [word for who in PEOPLE.values() for word in who.words()]
    assert [word for word in words if word.lower().encode() in content] == []


def test_a_steward_signs_and_heads_leave_with_a_warning(lab, tmp_path, home) -> None:
    result = run(lab, tmp_path, signed_by="steward")

    assert list_volumes(tmp_path / "out").count("T1w.nii.gz") == 2
    assert "exposed.signed" in codes(result)
    assert "exposed.held" not in codes(result)
    assert validator_errors(result) == []


def test_heads_of_animals_are_not_held(lab, tmp_path, home) -> None:
    result = run(lab, tmp_path, species="Macaca mulatta")

    assert list_volumes(tmp_path / "out").count("T1w.nii.gz") == 2
    assert not {"exposed.held", "exposed.signed"} & codes(result)


def test_values_times_and_gradients_come_out_as_they_went_in(lab, tmp_path, home) -> None:
    run(lab, tmp_path)

    found = {}
    for path in sorted((tmp_path / "out").glob("sub-*/func/*_bold.nii.gz")):
        image = nib.load(path)
        found[np.asarray(image.dataobj).tobytes()] = image
        about = json.loads((path.parent / path.name.replace(".nii.gz", ".json")).read_text())
        assert (about["RepetitionTime"], about["TaskName"]) == (2.5, "rest")
        assert about["SliceTiming"] == TIMING["SliceTiming"]
        assert image.header.get_zooms()[3] == 2.5
    for code in PEOPLE:
        raw = nib.load(lab / code / f"{code}_rest_bold.nii.gz")
        image = found[np.asarray(raw.dataobj).tobytes()]
        np.testing.assert_array_equal(image.affine, raw.affine)
    for path in (tmp_path / "out").glob("sub-*/dwi/*.bval"):
        assert path.read_text() == "0 " + " ".join(["1000"] * 8) + "\n"
        assert len(path.with_suffix(".bvec").read_text().splitlines()) == 3


def test_what_was_held_is_taken_from_where_it_lies_when_somebody_signs(lab, tmp_path, home):
    first = run(lab, tmp_path)

    second = run(lab, tmp_path, signed_by="steward")

    assert (first.n_new, second.n_new) == (8, 0)
    assert list_volumes(tmp_path / "out").count("T1w.nii.gz") == 2


ASL = {
    "RepetitionTimePreparation": 4.0, "MagneticFieldStrength": 3, "PostLabelingDelay": 1.8,
    "ArterialSpinLabelingType": "PCASL", "BackgroundSuppression": False, "M0Type": "Absent",
    "MRAcquisitionType": "3D", "LabelingDuration": 1.8, "TotalAcquiredPairs": 2, "EchoTime": 0.01,
}  # fmt: skip
IMAGES = {
    "func/{}_task-rest_bold": ((9, 8, 7, 13), {}),
    "fmap/{}_dir-AP_epi": (
        (9, 8, 7, 3),
        {"PhaseEncodingDirection": "j-", "TotalReadoutTime": 0.05},
    ),
    "fmap/{}_phasediff": ((9, 8, 7), {"EchoTime1": 0.004, "EchoTime2": 0.006}),
    "fmap/{}_magnitude1": ((9, 8, 7), {}),
    "perf/{}_asl": ((9, 8, 7, 4), ASL),
}


@pytest.fixture
def bids(tmp_path):
    """A BIDS dataset of images with a sidecar that both people share."""
    raw = tmp_path / "raw"
    raw.mkdir()
    about = {"Name": "x", "BIDSVersion": "1.9.0"}
    (raw / "dataset_description.json").write_text(json.dumps(about))
    (raw / "task-rest_bold.json").write_text('{"RepetitionTime": 2.5, "EchoTime": 0.03}')
    for seed, who in enumerate(PEOPLE.values(), start=1):
        for name, (size, sidecar) in IMAGES.items():
            path = raw / f"sub-0{seed}" / f"{name.format(f'sub-0{seed}')}.nii.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            shape = VolumeShape(size=size, tr_s=2.5 if "func" in name else 4.0)
            make_nifti(path, seed=seed, planted=who, shape=shape, sidecar=sidecar)
        (raw / f"sub-0{seed}" / "perf" / f"sub-0{seed}_aslcontext.tsv").write_text(
            "volume_type\ncontrol\nlabel\ncontrol\nlabel\n"
        )
        (raw / f"sub-0{seed}" / "func" / f"sub-0{seed}_task-rest_events.tsv").write_text(
            "onset\tduration\ttrial_type\n1.0\t0.5\tstim\n"
        )
    return raw


def test_a_bids_folder_of_images_keeps_names_tables_and_shared_fields(bids, tmp_path, home):
    result = run(bids, tmp_path)

    out = tmp_path / "out"
    assert {p.relative_to(out).as_posix() for p in out.glob("sub-*/*/*.nii.gz")} == {
        f"sub-0{i}/{name.format(f'sub-0{i}')}.nii.gz" for i in (1, 2) for name in IMAGES
    }
    assert validator_errors(result) == []
    bold = json.loads((out / "sub-01/func/sub-01_task-rest_bold.json").read_text())
    assert (bold["EchoTime"], bold["RepetitionTime"]) == (0.03, 2.5)
    assert (out / "sub-01/func/sub-01_task-rest_events.tsv").is_file()
    assert "label" in (out / "sub-01/perf/sub-01_aslcontext.tsv").read_text()
    content = everything(out)
    words = [word for who in PEOPLE.values() for word in who.words()]
    assert [word for word in words if word.lower().encode() in content] == []


REAL = {
    "nibabel/tests/data": 4, "dipy_dwi": 5, "niivue_chris": 2, "niivue_register": 3,
}  # fmt: skip
"""Folders of real images, and how many of them are recordings that go through."""


@pytest.mark.data
@pytest.mark.parametrize("name", REAL)
def test_real_images_go_through_or_are_told(name, signals, tmp_path, home) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(signals / "mri" / name, raw)
    raw.chmod(0o755)
    for path in raw.glob("*.dcm"):
        path.unlink()

    result = run(raw, tmp_path, species="Mus musculus", task="rest")

    assert result.n_recordings == REAL[name], result.findings
    assert validator_errors(result) == []
    told = {finding.raw_place for finding in result.findings}
    images = [p for p in raw.rglob("*") if re.search(r"(?i)\.(nii(\.gz)?|mnc|par)$", p.name)]
    n_told = sum(path.relative_to(raw).as_posix() in told for path in images)
    assert result.n_recordings + n_told == len(images)


def damage(folder, name, change):
    path = make_nifti(folder / name, shape=VolumeShape(size=(19, 23, 11)))
    path.write_bytes(change(path.read_bytes()))


def test_damaged_images_are_told_and_the_rest_goes_on(lab, tmp_path, home) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(lab, raw)
    nan = np.array(np.nan, "<f4").tobytes()
    damage(raw / "P01", "P01_cut_bold.nii", lambda b: b[:-100])
    damage(raw / "P01", "P01_head_bold.nii", lambda b: b[:200])
    damage(raw / "P01", "P01_place_bold.nii", lambda b: b[:280] + nan + b[284:])
    damage(raw / "P01", "P01_axes_bold.nii", lambda b: b[:42] + b"\0\0" + b[44:])
    damage(raw / "P01", "P01_type_bold.nii", lambda b: b[:70] + b"\7\7" + b[72:])
    damage(raw / "P01", "P01_packed_bold.nii.gz", lambda b: b[: len(b) // 2])
    (raw / "P02" / "P02_text_bold.nii.gz").write_bytes(gzip.compress(b"Xylander was here" * 99))
    (raw / "P02" / "P02_empty_bold.nii").write_bytes(b"")
    make_nifti(raw / "P02" / "P02_pair_bold.hdr")
    (raw / "P02" / "P02_pair_bold.img").unlink()

    result = run(raw, tmp_path)

    told = {str(finding.raw_place) for finding in result.findings}
    told = {place.rpartition("/")[2] for place in told}
    assert {
        "P01_cut_bold.nii", "P01_head_bold.nii", "P01_place_bold.nii", "P01_axes_bold.nii",
        "P01_type_bold.nii", "P01_packed_bold.nii.gz", "P02_text_bold.nii.gz",
        "P02_empty_bold.nii", "P02_pair_bold.hdr",
    } <= told  # fmt: skip
    bold = "task-rest_bold.nii.gz"
    assert list_volumes(tmp_path / "out") == ["dwi.nii.gz", "dwi.nii.gz", bold, bold]
