"""NWB files are read as they were written, and as other programs write them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
import pytest

from fascicle.core import FileHead, Modality, Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, read_written_header, recognise
from fascicle.formats._registry import registry
from fascicle.testing import PLANTED, FormatContract, Planted, make_nwb


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


def find_source(root: Path) -> Source:
    (source,) = (s for s in recognise(root).sources if s.format == "nwb")
    return source


def test_what_the_file_says_of_the_animal_and_the_day_is_read(tmp_path: Path) -> None:
    make_nwb(tmp_path / "lab.nwb", planted=Planted())

    header = read_header(tmp_path, find_source(tmp_path))

    assert header.modality is Modality.ECEPHYS
    assert header.measured_at == datetime(2019, 11, 23, 14, 31, 7, tzinfo=UTC)
    assert header.subject.species == "Mus musculus"
    assert header.subject.age_years == pytest.approx(0.25, abs=0.01)
    assert header.subject.code == Planted().code
    kinds = {identifier.kind for identifier in header.identifiers}
    assert {"operator", "institution", "text", "date", "serial", "id"} <= kinds
    assert any(PLANTED in identifier.value for identifier in header.identifiers)


def test_hdf5_without_a_version_of_nwb_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.nwb", "w") as file:
        file["x"] = np.arange(7)

    with pytest.raises(FormatError, match="FSC264"):
        read_written_header(tmp_path / "a.nwb")


def test_other_hdf5_is_not_taken_for_nwb(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = np.arange(7)
    path = tmp_path / "a.h5"

    head = FileHead(path.relative_to(tmp_path), path.read_bytes()[:4096], 9)  # type: ignore[arg-type]

    assert not registry()["nwb"].recognises(head)
