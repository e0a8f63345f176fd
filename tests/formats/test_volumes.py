"""What all formats of volumes have in common."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

import nibabel as nib
import numpy as np
import pytest

from fascicle.core import Modality, Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, write_recording
from fascicle.formats._volumes import (
    VolumeStory,
    header_repetition_s,
    make_volume_header,
    read_array_slabs,
    volume_shape,
    voxel_sizes_mm,
)
from fascicle.testing import VolumeShape, make_nifti, released_volume


def header_of(shape, tr=2.0, units=("mm", "sec")):
    image = nib.Nifti1Header()
    image.set_data_shape(shape)
    image.set_xyzt_units(*units)
    image["pixdim"][4] = tr
    image.set_sform(np.diag([2.0, 3.0, 4.0, 1.0]), 1)
    image["pixdim"][1:4] = 2, 3, 4
    return image


@pytest.mark.parametrize(
    ("tr", "units", "expected_s"),
    [
        (2.5, ("mm", "sec"), 2.5), (2500, ("mm", "msec"), 2.5), (2.5e6, ("mm", "usec"), 2.5),
        (2000, ("mm", "sec"), 2.0), (1.0, ("mm", "unknown"), 0.0), (1.0, ("mm", "sec"), 1.0),
        (0.0, ("mm", "sec"), 0.0), (float("nan"), ("mm", "sec"), 0.0), (800, ("mm", None), 0.8),
    ],
)  # fmt: skip
def test_the_time_between_volumes_is_read_in_seconds_whatever_its_unit(tr, units, expected_s):
    assert header_repetition_s(header_of((9, 8, 7, 5), tr, units)) == pytest.approx(expected_s)


@pytest.mark.parametrize(("unit", "scale"), [("mm", 1), ("meter", 1000), ("micron", 0.001)])
def test_sizes_of_voxels_are_in_millimetres(unit, scale) -> None:
    sizes = voxel_sizes_mm(header_of((9, 8, 7), units=(unit, "sec")))

    assert sizes == pytest.approx((2 * scale, 3 * scale, 4 * scale))


@pytest.mark.parametrize("shape", [(9, 8), (9,), (9, 8, 7, 5, 3)])
def test_other_than_three_or_four_axes_are_refused(shape) -> None:
    with pytest.raises(FormatError, match="FSC225"):
        volume_shape(header_of(shape))


@pytest.mark.parametrize("axes", [0, 8, -3])
def test_impossible_numbers_of_axes_are_refused(axes) -> None:
    image = header_of((9, 8, 7))
    image["dim"][0] = axes

    with pytest.raises(FormatError, match="FSC203"):
        volume_shape(image)


def test_an_axis_of_no_length_is_refused() -> None:
    image = header_of((9, 8, 7))
    image["dim"][2] = 0

    with pytest.raises(FormatError, match="FSC203"):
        volume_shape(image)


def test_a_place_that_is_no_number_is_refused() -> None:
    image = header_of((9, 8, 7))
    image["srow_y"][2] = np.nan

    with pytest.raises(FormatError, match="FSC203"):
        make_volume_header(image, VolumeStory(PurePosixPath("a.nii")))


def test_the_sidecar_is_right_where_it_differs_from_the_image() -> None:
    story = VolumeStory(PurePosixPath("rest.nii"), {"RepetitionTime": 0.8})

    header = make_volume_header(header_of((9, 8, 7, 15), 2.0), story)

    assert header.metadata["RepetitionTime"] == 0.8
    assert header.sfreq_hz == pytest.approx(1.25)
    assert "sidecar and image state different repetition times" in header.evidence


def test_slabs_are_the_values_with_the_first_axis_fastest(monkeypatch) -> None:
    monkeypatch.setattr("fascicle.formats._volumes.SLAB_BYTES", 100)
    values = np.random.default_rng(5).integers(0, 99, (5, 3, 7, 2))

    slabs = list(read_array_slabs(lambda t, z: values[:, :, z, t], values.shape, np.dtype("<i2")))

    assert b"".join(slabs) == values.astype("<i2").tobytes(order="F")
    assert len(slabs) > 4


def test_trailing_axes_of_length_one_go(tmp_path) -> None:
    shape = VolumeShape(size=(9, 8, 7, 1))
    make_nifti(tmp_path / "t1.nii", shape=shape)
    source = Source("nifti", (PurePosixPath("t1.nii"),), 0)
    header = read_header(tmp_path, source)

    write_recording(tmp_path, source, released_volume(header), tmp_path, "sub-01_T1w")

    assert header.shape == nib.load(tmp_path / "sub-01_T1w.nii.gz").shape == (9, 8, 7)


def test_a_header_of_another_volume_is_refused(tmp_path) -> None:
    make_nifti(tmp_path / "t1.nii")
    source = Source("nifti", (PurePosixPath("t1.nii"),), 0)
    header = replace(read_header(tmp_path, source), shape=(3, 3, 3))

    with pytest.raises(FormatError, match="FSC229"):
        write_recording(tmp_path, source, header, tmp_path, "sub-01_T1w")


def test_gradients_are_written_for_diffusion_alone(tmp_path) -> None:
    make_nifti(tmp_path / "d.nii", shape=VolumeShape(size=(9, 8, 7, 3)), bvals=(0, 900, 900))
    files = tuple(PurePosixPath(name) for name in ("d.nii", "d.bval", "d.bvec"))
    source = Source("nifti", files, 0)
    header = read_header(tmp_path, source)

    dwi = write_recording(tmp_path, source, header, tmp_path, "sub-01_dwi")
    bold = write_recording(
        tmp_path, source, replace(header, modality=Modality.FUNC), tmp_path, "sub-01_bold"
    )

    assert [path.name for path in dwi.files] == [
        "sub-01_dwi.nii.gz",
        "sub-01_dwi.bval",
        "sub-01_dwi.bvec",
    ]
    assert [path.name for path in bold.files] == ["sub-01_bold.nii.gz"]
