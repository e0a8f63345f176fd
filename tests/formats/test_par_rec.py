"""Philips PAR/REC."""

from __future__ import annotations

import warnings

import nibabel as nib
import numpy as np

from fascicle.testing import Planted, VolumeContract, VolumeShape, make_par_rec


class ParRecContract(VolumeContract):
    format_name = "par-rec"
    n_damaged = None

    def read_oracle(self, path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nibabel leaves the file open
            image = nib.load(path, mmap=False)
            values, affine = np.array(image.dataobj, dtype=np.float64), image.affine.copy()
            del image
        return values, affine


class TestOneScaling(ParRecContract):
    tolerance = 1e-3

    def make_recording(self, root):
        return make_par_rec(root / "a.PAR", planted=Planted())


class TestScalingOfEverySlice(ParRecContract):
    def make_recording(self, root):
        return make_par_rec(root / "b.par", planted=Planted(), slice_slopes=(2.5, 1.29035, 0.75))


class TestOneVolume(ParRecContract):
    tolerance = 1e-3

    def make_recording(self, root):
        shape = VolumeShape(size=(17, 17, 9), dtype="<u2", tr_s=0.008)
        return make_par_rec(root / "c.par", planted=Planted(), shape=shape)
