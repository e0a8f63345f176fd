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


def test_files_that_count_from_one_moment_are_on_one_clock(tmp_path: Path) -> None:
    for name, moment in (
        ("a", "2024-03-01T14:05:09+00:00"),
        ("b", "2024-03-01T14:05:09+00:00"),
        ("c", "2024-03-01T15:00:00+00:00"),
        ("midnight", "2024-03-01T00:00:00+00:00"),
        ("epoch", "1970-01-01T00:00:00+00:00"),
    ):
        make_nwb(tmp_path / f"{name}.nwb")
        with h5py.File(tmp_path / f"{name}.nwb", "r+") as file:
            file["timestamps_reference_time"][()] = moment

    clocks = {
        source.primary.stem: read_header(tmp_path, source).clocks
        for source in recognise(tmp_path).sources
    }

    assert clocks["a"] == clocks["b"] != clocks["c"]
    assert clocks["a"][0].start_s == 0.0
    # A day without an hour is one that was taken out: it is no evidence.
    assert clocks["midnight"] == clocks["epoch"] == ()
