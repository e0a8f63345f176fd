"""Synthetic people are written under the names, columns and formats of the real ones."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from tests.workflows.test_twin_inputs import make_dataset

from fascicle.formats import read_written_header
from fascicle.workflows._twin_inputs import Part, read_twin_source
from fascicle.workflows._twin_layout import name_twins, write_part, write_sidecars


def test_labels_are_of_one_length_and_nobodys() -> None:
    assert name_twins(2) == ("twin001", "twin002")
    assert name_twins(1000)[-1] == "twin1000"


@pytest.mark.parametrize("first", ["a\tb\tc\n", "a,b,c\n", "", "1;2;3\n"])
def test_tables_of_numbers_keep_their_names_and_delimiter(tmp_path: Path, first: str) -> None:
    real = tmp_path / "01.tsv"
    mark = next((mark for mark in "\t,;" if mark in first), " ")
    real.write_text(first + mark.join("123") + "\n", "utf-8")
    values = np.random.default_rng(0).normal(size=(7, 3))

    path = write_part(Part("{}.tsv", "series", {"01": real}), "twin001", values, tmp_path)

    lines = path.read_text("utf-8").splitlines()
    has_names = first.startswith("a")
    assert (lines[0] + "\n" == first) is has_names
    found = np.array([line.split(mark) for line in lines[has_names:]], dtype=float)
    assert np.allclose(found, values, rtol=1e-5)


def test_a_coarse_volume_has_the_field_of_view_of_the_real_one(tmp_path: Path) -> None:
    real = tmp_path / "sub-01_T1w.nii.gz"
    affine = np.array([[0, -2.0, 0, 7], [1.5, 0, 0, -3], [0, 0, 3.0, 11], [0, 0, 0, 1]])
    nib.save(nib.Nifti1Image(np.zeros((40, 30, 20), np.int16), affine), real)
    values = np.random.default_rng(0).random((20, 15, 20))

    path = write_part(Part("sub-{}_T1w.nii.gz", "volume", {"01": real}), "t", values, tmp_path)

    image = nib.load(path)
    extent = np.array(image.header.get_zooms()) * image.shape
    assert extent == pytest.approx([60, 60, 60])
    assert image.affine @ [9.5, 7, 9.5, 1] == pytest.approx([0, 0, 0, 1])
    assert np.allclose(image.get_fdata(), values, atol=1e-6)


def test_a_recording_keeps_channels_and_rate_and_no_events(tmp_path: Path) -> None:
    source = read_twin_source(make_dataset(tmp_path / "real", signals=True))
    values = np.random.default_rng(0).normal(size=(1000, 3))

    path = write_part(source.parts[0], "twin001", values, tmp_path / "twin")

    real, twin = (read_written_header(one) for one in (source.parts[0].files["p01"], path))
    assert [one.name for one in twin.channels] == [one.name for one in real.channels]
    assert (twin.sfreq_hz, twin.n_times, twin.events) == (real.sfreq_hz, 1000, ())


def test_sidecars_that_differ_are_counted_and_left_out(tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "real")
    for number in range(1, 20):
        stem = folder / f"sub-p{number:02d}" / "func" / f"sub-p{number:02d}_task-rest_relmat"
        stem.with_name(f"{stem.name}_notes.tsv").write_text(f"note{number}\n{number}\n", "utf-8")
        stem.with_suffix(".json").write_text(f'{{"FlipAngle": {number}}}', "utf-8")
    source = read_twin_source(folder)

    n_left = write_sidecars(source, ("twin001",), tmp_path / "twin")

    assert n_left == 2
    assert (tmp_path / "twin" / "task-rest_relmat.json").exists()
    assert not list((tmp_path / "twin").rglob("*relmat.json"))[1:]
