"""What is read of NWB files before anything is written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
import pytest

from fascicle.core import Modality, Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, read_written_header, recognise
from fascicle.testing import PLANTED, Planted, make_nwb


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
