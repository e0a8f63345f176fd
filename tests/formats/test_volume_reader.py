"""Values of a written image, slab by slab."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats import open_volume_file
from fascicle.testing import VolumeShape, make_nifti


@pytest.mark.parametrize("dtype", ["u1", ">i2", "<i4", "<f4", "<f8"])
def test_slabs_join_to_what_nibabel_reads(tmp_path, monkeypatch, dtype) -> None:
    monkeypatch.setattr("fascicle.formats._volume_reader._SLAB_BYTES", 2000)
    shape = VolumeShape(size=(9, 7, 5, 3), dtype=dtype, tr_s=2.5, scale=(0.5, -7.0))
    path = make_nifti(tmp_path / "a.nii.gz", shape=shape)

    file = open_volume_file(path)
    values = np.zeros(file.shape, np.float32)
    for slab in file.slabs():
        n_slices = slab.values.shape[2]
        values[:, :, slab.first : slab.first + n_slices, slab.volume] = slab.values

    oracle = nib.load(path)
    np.testing.assert_allclose(values, np.asarray(oracle.dataobj), rtol=1e-6)
    np.testing.assert_allclose(file.affine, oracle.affine)
    assert (file.n_volumes, file.tr_s, file.is_placed) == (3, 2.5, True)


def test_colours_and_complex_numbers_are_read_as_one_number_each(tmp_path) -> None:
    waves = (np.arange(60).reshape(3, 4, 5) * (0.6 + 0.8j)).astype(np.complex64)
    nib.save(nib.Nifti1Image(waves, np.eye(4)), tmp_path / "a.nii.gz")

    (slab,) = open_volume_file(tmp_path / "a.nii.gz").slabs()

    np.testing.assert_allclose(slab.values, np.arange(60).reshape(3, 4, 5), rtol=1e-6)


def test_an_image_that_ends_early_is_told(tmp_path) -> None:
    path = make_nifti(tmp_path / "a.nii")
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(FormatError, match="FSC202"):
        list(open_volume_file(path).slabs())


def test_gradients_are_found_beside(tmp_path) -> None:
    path = make_nifti(tmp_path / "a.nii.gz", shape=VolumeShape(size=(9, 7, 5, 2)), bvals=(0, 700))

    assert open_volume_file(path).read_gradients().bvals.tolist() == [0, 700]
    (tmp_path / "a.bvec").unlink()
    assert open_volume_file(path).read_gradients() is None
