"""Attacks on what holds back heads, faces and voices: nothing of a person leaves unsigned."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from fascicle import look, share
from fascicle.core import Inferred, Modality
from fascicle.prepare import write_plan
from fascicle.testing import Shape, VolumeShape, make_edf, make_nifti, make_tiff_stack
from fascicle.workflows import ShareOptions

pytestmark = pytest.mark.journey

ANSWERS = {
    "consent": "GRU", "participants": "confirmed", "line_hz": 50.0, "publish": False, "n_jobs": 1,
}  # fmt: skip
HEAD = "Held back: it shows a head, whose face can be drawn from it."
FACE = "Held back: it shows people, who can be recognised."
VOICE = "Held back: it shows voices, by which people can be recognised."


def run(raw: Path, **options):
    return share(raw, raw.parent / "out", ShareOptions(**(ANSWERS | options)))


def call_all(raw: Path, old: Modality, new: Modality, suffix: str) -> Path:
    """Write a plan in which a person calls all recordings of a kind something else."""
    plan = look(raw).plan
    path = raw.parent / "plan.txt"
    recordings = tuple(
        replace(one, modality=new, suffix=Inferred(suffix, 1.0)) if one.modality is old else one
        for one in plan.recordings
    )
    write_plan(replace(plan, recordings=recordings), path)
    return path


def write_head(path: Path, n_volumes: int = 1, edge_mm: float = 2.4) -> None:
    size = (61, 75, 63, n_volumes)[: 4 if n_volumes > 1 else 3]
    values = np.random.default_rng(n_volumes).integers(0, 900, size).astype("<i2")
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(values, np.diag([edge_mm] * 3 + [1])), path)


def write_nwb(path: Path, species: str, *series: object) -> None:
    from pynwb import NWBHDF5IO, NWBFile
    from pynwb.file import Subject

    start = datetime.datetime(2019, 3, 5, 10, tzinfo=datetime.UTC)
    file = NWBFile("x", path.stem, start)
    file.subject = Subject(subject_id=path.stem, species=species, age="P40Y", sex="F")
    for one in series:
        file.add_acquisition(one)
    path.parent.mkdir(parents=True, exist_ok=True)
    with NWBHDF5IO(path, "w") as io:
        io.write(file)


def test_heads_by_other_names_are_held(tmp_path, home) -> None:
    write_head(tmp_path / "raw" / "P01" / "P01_magnitude1.nii.gz")
    write_head(tmp_path / "raw" / "P02" / "scan_of_four_echoes.nii.gz", n_volumes=4)
    write_head(tmp_path / "raw" / "P03" / "P03_task.nii.gz", edge_mm=1.4)

    result = run(tmp_path / "raw")

    assert list(result.left_out.values()) == [HEAD] * 3
    assert not list((tmp_path / "out").rglob("*.nii.gz"))


def test_a_plan_that_calls_a_series_anatomy_holds_it(tmp_path, home) -> None:
    raw = tmp_path / "raw"
    make_edf(_made(raw / "P01") / "P01_rest.edf")
    shape = VolumeShape(size=(17, 19, 5, 23), tr_s=2.5)
    make_nifti(raw / "P01" / "P01_rest_bold.nii.gz", shape=shape)
    plan = call_all(raw, Modality.FUNC, Modality.ANAT, "MEGRE")

    result = run(raw, plan=plan)

    assert (list(result.left_out.values()), result.n_recordings) == ([HEAD], 1)


def test_a_plan_that_calls_a_head_functional_does_not_release_it(tmp_path, home) -> None:
    raw = tmp_path / "raw"
    make_nifti(_made(raw / "P01") / "P01_t1w.nii.gz", shape=VolumeShape(size=(37, 41, 33)))
    plan = call_all(raw, Modality.ANAT, Modality.FUNC, "sbref")

    result = run(raw, plan=plan)

    assert list(result.left_out.values()) == [HEAD]


@pytest.mark.parametrize("species", ["Human patient", "Homo sapiens sapiens", "H. sapiens"])
def test_a_file_that_calls_people_something_else_releases_no_film_of_them(
    tmp_path, home, species
) -> None:
    from pynwb.image import ImageSeries

    frames = np.random.default_rng(5).integers(0, 255, (7, 31, 37)).astype("u1")
    film = ImageSeries(name="camera", data=frames, unit="n.a.", format="raw", rate=10.0)
    write_nwb(tmp_path / "raw" / "P01" / "P01.nwb", species, film)

    assert list(run(tmp_path / "raw").left_out.values()) == [FACE]


def test_photographs_and_voices_in_neurodata_are_held(tmp_path, home) -> None:
    from pynwb import TimeSeries
    from pynwb.base import Images
    from pynwb.image import GrayscaleImage

    rng = np.random.default_rng(5)
    photo = GrayscaleImage(name="portrait", data=rng.random((31, 37)))
    write_nwb(
        tmp_path / "raw" / "P01" / "P01.nwb", "Homo sapiens", Images(name="kept", images=[photo])
    )
    sound = TimeSeries(name="microphone", data=rng.random(32_001), unit="V", rate=1200.0)
    write_nwb(tmp_path / "raw" / "P02" / "P02.nwb", "Homo sapiens", sound)

    assert sorted(run(tmp_path / "raw").left_out.values()) == [FACE, VOICE]


def test_films_of_people_are_held_even_if_they_look_like_those_of_cells(tmp_path, home) -> None:
    make_tiff_stack(_made(tmp_path / "raw" / "P01") / "camera.tif")

    person = run(tmp_path / "raw")
    mouse = run(tmp_path / "raw", species="Mus musculus")

    assert (list(person.left_out.values()), mouse.left_out) == ([FACE], {})


def test_a_microphone_beside_the_electrodes_is_held_but_not_of_an_animal(tmp_path, home) -> None:
    shape = Shape(rates_hz=(251, 251, 1000), labels=("Fp1", "Cz", "MIC"), n_seconds=5)
    make_edf(_made(tmp_path / "raw" / "P01") / "P01_rest.edf", shape=shape)
    slow = Shape(rates_hz=(251, 251, 251), labels=("Fp1", "Cz", "MIC"), n_seconds=5)
    make_edf(_made(tmp_path / "raw" / "P02") / "P02_rest.edf", shape=slow)

    person = run(tmp_path / "raw")
    mouse = run(tmp_path / "raw", species="Mus musculus", policy="animal")

    assert (list(person.left_out.values()), person.n_recordings) == ([VOICE], 1)
    assert mouse.left_out == {}


def test_a_folder_of_heads_alone_ends_without_a_dataset_and_can_be_signed_for(tmp_path, home):
    raw = tmp_path / "raw"
    make_nifti(_made(raw / "P01") / "P01_t1w.nii.gz", shape=VolumeShape(size=(37, 41, 33)))

    held = run(raw)
    signed = run(raw, signed_by="steward")

    assert (held.n_recordings, list(held.left_out.values()), held.report) == (0, [HEAD], None)
    assert held.owner_report.is_file()
    assert (signed.n_recordings, signed.n_new, signed.left_out) == (1, 0, {})


def test_an_earlier_signed_dataset_that_stays_is_told_and_can_be_signed_again(
    tmp_path, home
) -> None:
    raw = tmp_path / "raw"
    make_nifti(_made(raw / "P01") / "P01_t1w.nii.gz", shape=VolumeShape(size=(37, 41, 33)))
    run(raw, signed_by="steward")
    heads = [path.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob("*.nii.gz")]

    held = run(raw)
    signed = run(raw, signed_by="steward")

    told = [finding for finding in held.findings if finding.code == "out.still-holds"]
    assert (len(heads), held.exit_code, len(told)) == (1, 1, 1)
    assert heads[0].as_posix() in told[0].reason
    assert (tmp_path / "out" / heads[0]).is_file()
    assert (signed.n_recordings, signed.n_new, signed.left_out) == (1, 0, {})
    assert "out.still-holds" not in {finding.code for finding in signed.findings}


def test_a_dataset_without_what_is_held_takes_the_place_of_the_signed_one(tmp_path, home) -> None:
    raw = tmp_path / "raw"
    make_nifti(_made(raw / "P01") / "P01_t1w.nii.gz", shape=VolumeShape(size=(37, 41, 33)))
    make_edf(raw / "P01" / "P01_rest.edf")
    run(raw, signed_by="steward")

    held = run(raw)

    assert (held.n_recordings, list(held.left_out.values())) == (1, [HEAD])
    assert not list((tmp_path / "out").rglob("*.nii.gz"))
    assert "out.still-holds" not in {finding.code for finding in held.findings}
    assert len(list((tmp_path / "out.private" / "held").rglob("*.nii.gz"))) == 1


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
