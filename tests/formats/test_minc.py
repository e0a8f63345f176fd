"""MINC of both versions."""

from __future__ import annotations

import nibabel as nib
import numpy as np

from fascicle.testing import Planted, VolumeContract, make_minc


class MincContract(VolumeContract):
    format_name = "minc"

    def read_oracle(self, path):
        image = nib.load(path)
        return np.asarray(image.dataobj).transpose(), image.affine[:, [2, 1, 0, 3]]


class TestOneScaling(MincContract):
    tolerance = 1e-3

    def make_recording(self, root):
        return make_minc(root / "a.mnc", planted=Planted())


class TestScalingOfEverySlice(MincContract):
    def make_recording(self, root):
        return make_minc(root / "b.mnc", planted=Planted(), slice_maxima=True)
