"""A DICOM series lies in space where dcm2niix puts it, and goes back into its files bit by bit."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
from scipy.spatial.transform import Rotation

from fascicle.errors import FormatError, InputError
from fascicle.formats import read_stack, write_stack
from fascicle.formats._dicom_convert import run_dcm2niix
from fascicle.testing import make_dicom
from fascicle.testing._dicom_files import make_enhanced_dicom, make_voxels

pytest.importorskip("dcm2niix", reason="needs the extra mri")


def edit(paths, **changes) -> None:
    """Give slices other values: one for all, or what a function of their number returns."""
    for number, path in enumerate(paths):
        slice_ = pydicom.dcmread(path)
        for keyword, value in changes.items():
            setattr(slice_, keyword, value(number, slice_) if callable(value) else value)
        slice_.save_as(path)


def assert_as_converted(paths, scratch: Path, *, is_scaled: bool = False) -> None:
    """Hold a stack against what dcm2niix makes of the same files: values by their place."""
    scratch.mkdir()
    stack = read_stack(paths)
    volumes = np.stack(list(stack.volumes()), axis=-1)

    image = nib.load(run_dcm2niix(paths, scratch).image)
    converted = np.asarray(image.dataobj).reshape(*image.shape[:3], -1)

    voxels = np.indices(volumes.shape[:3]).reshape(3, -1)
    there = np.linalg.inv(image.affine) @ stack.affine
    found = there[:3, :3] @ voxels + there[:3, 3:]
    nearest = np.rint(found).astype(int)
    assert np.abs(found - nearest).max() < 1e-3
    assert volumes.shape[3] == converted.shape[3]
    expected = volumes.reshape(-1, volumes.shape[3])
    values = converted[tuple(nearest)]
    # Philips keeps a second scale in private fields, which dcm2niix prefers.
    scale = values.sum(dtype=float) / expected.sum(dtype=float) if is_scaled else 1.0
    np.testing.assert_allclose(values, scale * expected, rtol=1e-4)


@pytest.mark.parametrize("kind", ["T1w", "bold", "pet", "ct"])
def test_a_series_lies_where_dcm2niix_puts_it(tmp_path, kind):
    paths = make_dicom(tmp_path / "raw", kind)

    assert_as_converted(paths, tmp_path / "scratch")


def test_an_oblique_series_lies_where_dcm2niix_puts_it(tmp_path):
    paths = make_dicom(tmp_path / "raw", "T1w")
    turn = Rotation.from_euler("xyz", [17, -9, 31], degrees=True).as_matrix()
    edit(
        paths,
        ImageOrientationPatient=turn[:, :2].T.ravel().tolist(),
        ImagePositionPatient=lambda k, _: (turn @ [-20.5, 11.25, 2.5 * k]).tolist(),
    )

    assert_as_converted(paths, tmp_path / "scratch")


@pytest.mark.parametrize("kind", ["T2w", "bold"])
def test_a_file_of_many_frames_is_the_same_stack_as_its_slices(tmp_path, kind):
    whole = make_enhanced_dicom(tmp_path / "whole.dcm", kind)
    single = read_stack(make_dicom(tmp_path / "raw", kind))

    stack = read_stack([whole])

    assert len(stack.frames) == len(single.frames)
    np.testing.assert_allclose(stack.affine, single.affine, atol=1e-9)
    for one, other in zip(stack.volumes(), single.volumes(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_order_of_files_does_not_matter_within_a_volume(tmp_path):
    paths = make_dicom(tmp_path, "T1w")

    stack = read_stack([paths[i] for i in np.random.default_rng(3).permutation(len(paths))])

    np.testing.assert_array_equal(next(stack.volumes()), make_voxels("T1w")[..., 0])


def test_what_is_not_changed_is_written_back_to_the_last_bit(tmp_path):
    paths = make_dicom(tmp_path / "raw", "pet")
    # Each slice has a scale of its own, as PET has it.
    edit(paths, RescaleSlope=lambda k, _: f"{0.3 + 0.0137 * k:.6f}", RescaleIntercept="-1.5")
    stack = read_stack(paths)
    (tmp_path / "out").mkdir()

    def change(volume):
        changed = volume.copy()
        changed[:5] = 77.7
        return changed

    written = write_stack(stack, stack.change(change), tmp_path / "out", lambda header: header)

    for before, after, header in zip(paths, written, stack.headers, strict=True):
        old, new = pydicom.dcmread(before), pydicom.dcmread(after)
        np.testing.assert_array_equal(new.pixel_array[:, 5:], old.pixel_array[:, 5:])
        expected = (77.7 + 1.5) / float(header.RescaleSlope)
        assert np.abs(new.pixel_array[:, :5] - expected).max() <= 0.5 + 1e-3
        assert new.pixel_array.dtype == old.pixel_array.dtype


@pytest.mark.parametrize(
    ("representation", "low", "high"), [(0, 0, 4095), (1, -2048, 2047)], ids=["unsigned", "signed"]
)
def test_new_values_stay_within_the_bits_that_pixels_have(tmp_path, representation, low, high):
    paths = make_dicom(tmp_path, "T1w")
    edit(paths, PixelRepresentation=representation)
    stack = read_stack(paths)

    largest = stack.change(lambda volume: np.full_like(volume, 1e6))
    smallest = stack.change(lambda volume: np.full_like(volume, -1e6))

    assert {int(pixels.max()) for pixels in largest} == {high}
    assert {int(pixels.min()) for pixels in smallest} == {low}


def test_packed_pixels_are_written_unpacked(tmp_path):
    paths = make_dicom(tmp_path / "raw", "T1w")
    plain = read_stack(paths)
    for path in paths:
        slice_ = pydicom.dcmread(path)
        slice_.compress(pydicom.uid.RLELossless)
        slice_.save_as(path)
    (tmp_path / "out").mkdir()

    stack = read_stack(paths)
    written = write_stack(stack, stack.stored, tmp_path / "out", lambda header: header)

    assert (plain.is_packed, stack.is_packed) == (False, True)
    for path, pixels in zip(written, plain.stored, strict=True):
        again = pydicom.dcmread(path)
        assert again.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
        np.testing.assert_array_equal(again.pixel_array, pixels[0])


def test_graphics_in_unused_bits_of_the_pixels_do_not_come_along(tmp_path):
    paths = make_dicom(tmp_path, "T1w")
    plain = next(read_stack(paths).volumes())

    def draw(_, slice_):
        drawn = slice_.pixel_array.copy()
        drawn[2:5, 3] |= 1 << 13
        return drawn.tobytes()

    edit(paths, PixelData=draw)

    np.testing.assert_array_equal(next(read_stack(paths).volumes()), plain)


def _shift(number, slice_):
    x, y, z = slice_.ImagePositionPatient
    return [x, y, z + 0.3 * (number == 4)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ImagePositionPatient": _shift}, "FSC168"),
        ({"ImagePositionPatient": lambda k, s: [k % 2, 0, s.ImagePositionPatient[2]]}, "FSC168"),
        ({"ImagePositionPatient": lambda *_: None}, "FSC168"),
        ({"ImageOrientationPatient": lambda k, _: [1, 0, 0, 0, 1, 0.1 * (k == 2)]}, "FSC168"),
        ({"ImageOrientationPatient": [1, 0, 0, 0.5, 0.8, 0]}, "FSC168"),
        ({"PixelSpacing": lambda k, _: [2.0, 2.0 + 0.1 * (k == 2)]}, "FSC168"),
        ({"PixelSpacing": None}, "FSC168"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]}, "FSC168"),
        ({"RescaleSlope": "0"}, "FSC168"),
        ({"BitsStored": lambda k, _: 12 - (k == 3), "HighBit": lambda k, _: 11 - (k == 3)},
         "FSC168"),
        ({"PhotometricInterpretation": "MONOCHROME1"}, "FSC169"),
        ({"SamplesPerPixel": 3}, "FSC169"),
        ({"HighBit": 15}, "FSC169"),
        ({"PixelData": lambda _, s: s.PixelData[:-100]}, "FSC169"),
    ],
)  # fmt: skip
def test_what_makes_no_even_volume_is_refused(tmp_path, changes, code):
    paths = make_dicom(tmp_path, "T1w")
    edit(paths, **changes)

    with pytest.raises(InputError, match=code):
        read_stack(paths)


@pytest.mark.parametrize("lost", [1, 8, 15])
def test_a_series_that_lacks_a_slice_is_refused(tmp_path, lost):
    paths = list(make_dicom(tmp_path, "T1w"))
    del paths[lost]

    with pytest.raises(InputError, match="FSC168"):
        read_stack(paths)


def test_a_volume_that_lacks_a_slice_is_refused(tmp_path):
    with pytest.raises(InputError, match="FSC168"):
        read_stack(make_dicom(tmp_path, "bold")[:-3])


def test_what_is_no_dicom_is_refused(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"no image" * 99)

    with pytest.raises((FormatError, InputError)):
        read_stack([tmp_path / "a.dcm"])


@pytest.mark.data
@pytest.mark.parametrize("name", ["enhanced", "classic"])
def test_real_series_lie_where_dcm2niix_puts_them(tmp_path, name):
    default = Path(__file__).parents[2].parent / "shared" / "data"
    mri = Path(os.environ.get("FASCICLE_TEST_DATA", default)) / "signals" / "mri"
    if not mri.is_dir():
        pytest.skip("no real recordings here: set FASCICLE_TEST_DATA")
    if name == "enhanced":
        import gzip

        packed = mri / "nibabel/nicom/tests/data/philips_mprage.dcm.gz"
        (tmp_path / "a.dcm").write_bytes(gzip.decompress(packed.read_bytes()))
        paths = [tmp_path / "a.dcm"]
    else:
        with tarfile.open(mri / "datalad_dicom_fmri_18vol/dicoms.tar.xz") as tar:
            tar.extractall(tmp_path / "raw", filter="data")
        files = [path for path in (tmp_path / "raw").rglob("*") if path.is_file()]
        paths = sorted(
            files, key=lambda p: int(pydicom.dcmread(p, stop_before_pixels=True).InstanceNumber)
        )

    assert_as_converted(paths, tmp_path / "scratch", is_scaled=name == "classic")
