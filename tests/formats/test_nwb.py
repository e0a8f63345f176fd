"""NWB files are read as they were written, and as other programs write them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from fascicle.core import FileHead
from fascicle.formats._registry import registry
from fascicle.testing import FormatContract, Planted, make_nwb


class TestNwb(FormatContract):
    format_name = "nwb"
    tolerance = 1e-9

    def make_recording(self, root: Path) -> Path:
        return make_nwb(root / "lab.nwb", seed=7, planted=Planted())

    def read_oracle(self, path: Path) -> np.ndarray | None:
        from pynwb import NWBHDF5IO

        with NWBHDF5IO(path, "r") as io:
            file = io.read()
            series = file.acquisition["ElectricalSeries"]
            volts = series.get_data_in_units()
        return volts.T * 1e6


def test_other_hdf5_is_not_taken_for_nwb(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = np.arange(7)
    path = tmp_path / "a.h5"

    head = FileHead(path.relative_to(tmp_path), path.read_bytes()[:4096], 9)  # type: ignore[arg-type]

    assert not registry()["nwb"].recognises(head)
