"""MINC of both versions."""

from __future__ import annotations

import nibabel as nib
import numpy as np
from scipy.io import netcdf_file

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


def make_minc1(path, values, maxima):
    """A file of the first version: NetCDF, bytes without a sign, a scaling for every slice."""
    with netcdf_file(path, "w") as file:
        file.history = b"Sat Nov 23 2019>>> dcm2mnc Xylander-Quorn\n"
        for name, n, step in zip(
            ("zspace", "yspace", "xspace"), values.shape, (3, 2, -1.5), strict=True
        ):
            file.createDimension(name, n)
            axis = file.createVariable(name, "i", ())
            axis.step, axis.start, axis.spacing = float(step), 7.0, b"regular__"
        for name, numbers in (("image-max", maxima), ("image-min", np.zeros_like(maxima))):
            file.createVariable(name, "d", ("zspace",))[:] = numbers
        image = file.createVariable("image", "b", ("zspace", "yspace", "xspace"))
        image.signtype, image.valid_range = b"unsigned", np.array([0.0, 255.0])
        image[:] = values.view(np.int8)
        patient = file.createVariable("patient", "i", ())
        patient.full_name, patient.identification = b"Xylander-Quorn", b"MRN-7712034"
    return path


class TestFirstVersion(MincContract):
    def make_recording(self, root):
        values = np.random.default_rng(3).integers(0, 256, (5, 17, 13)).astype(np.uint8)
        return make_minc1(root / "c.mnc", values, np.array([3.0, 1.0, 7.5, 2.0, 4.0]))


class TestFirstVersionWithOneScaling(MincContract):
    tolerance = 1e-5

    def make_recording(self, root):
        values = np.random.default_rng(3).integers(0, 256, (5, 17, 13)).astype(np.uint8)
        return make_minc1(root / "d.mnc", values, np.full(5, 3.0))


class TestOneValueEverywhere(MincContract):
    """The slope is 0 then, which NIfTI takes for none."""

    def make_recording(self, root):
        values = np.random.default_rng(3).integers(0, 256, (5, 17, 13)).astype(np.uint8)
        return make_minc1(root / "e.mnc", values, np.zeros(5))
