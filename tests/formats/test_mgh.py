"""FreeSurfer volumes."""

from __future__ import annotations

import gzip

import nibabel as nib
import numpy as np

from fascicle.testing import Planted, VolumeContract, VolumeShape, make_mgh


class MghContract(VolumeContract):
    format_name = "mgh"

    def read_oracle(self, path):
        raw = path.read_bytes()
        image = nib.freesurfer.MGHImage.from_bytes(
            gzip.decompress(raw) if path.suffix == ".mgz" else raw
        )
        return np.asarray(image.dataobj, dtype=np.float64), image.affine


class TestPlain(MghContract):
    def make_recording(self, root):
        return make_mgh(root / "001.mgh", planted=Planted(), shape=VolumeShape(dtype="<f4"))


class TestPacked(MghContract):
    def make_recording(self, root):
        return make_mgh(root / "001.mgz", planted=Planted())


class TestSeries(MghContract):
    def make_recording(self, root):
        shape = VolumeShape(size=(9, 7, 5, 11), dtype="<i4", tr_s=2.5)
        return make_mgh(root / "f.mgz", planted=Planted(), shape=shape)
