"""Images are rewritten a volume at a time."""

import gzip

import nibabel as nib
import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats import open_volume_file, read_volumes, rewrite_volumes
from fascicle.testing import Planted, VolumeShape, make_nifti


@pytest.mark.parametrize("dtype", ["<i2", ">f4", "u1"])
def test_what_is_not_changed_stays_to_the_last_bit(tmp_path, dtype):
    shape = VolumeShape((7, 5, 3, 2), dtype=dtype, scale=(2.0, -3.0))
    path = make_nifti(tmp_path / "a.nii.gz", shape=shape)

    rewrite_volumes(open_volume_file(path), tmp_path / "b.nii.gz", lambda volume: volume)

    first, second = (nib.load(tmp_path / name) for name in ("a.nii.gz", "b.nii.gz"))
    assert np.array_equal(first.dataobj.get_unscaled(), second.dataobj.get_unscaled())
    assert np.array_equal(first.affine, second.affine)
    assert second.dataobj.slope == 2.0
    assert second.dataobj.inter == -3.0


def test_every_volume_is_changed_alone_and_in_order(tmp_path):
    path = make_nifti(tmp_path / "a.nii.gz", shape=VolumeShape((7, 5, 3, 4)))
    seen = []

    def change(volume):
        seen.append(volume.shape)
        return volume + len(seen)

    rewrite_volumes(open_volume_file(path), tmp_path / "b.nii.gz", change)

    before, after = (np.asarray(nib.load(tmp_path / n).dataobj) for n in ("a.nii.gz", "b.nii.gz"))
    assert seen == [(7, 5, 3)] * 4
    assert [np.unique(after[..., t] - before[..., t]).tolist() for t in range(4)] == [
        [1], [2], [3], [4]
    ]  # fmt: skip


def test_texts_of_the_header_do_not_come_along(tmp_path):
    planted = Planted()
    path = make_nifti(tmp_path / "a.nii.gz", planted=planted)

    rewrite_volumes(open_volume_file(path), tmp_path / "b.nii.gz", lambda volume: volume)

    content = gzip.decompress((tmp_path / "b.nii.gz").read_bytes())
    assert planted.name.encode() not in content


def test_a_file_that_is_cut_off_leaves_nothing(tmp_path):
    path = make_nifti(tmp_path / "a.nii", shape=VolumeShape((7, 5, 3, 4)))
    path.write_bytes(path.read_bytes()[:-50])
    file = open_volume_file(path)

    with pytest.raises(FormatError, match="FSC202"):
        rewrite_volumes(file, tmp_path / "b.nii.gz", lambda volume: volume)

    assert not (tmp_path / "b.nii.gz").exists()
    with pytest.raises(FormatError, match="FSC202"):
        list(read_volumes(file))
