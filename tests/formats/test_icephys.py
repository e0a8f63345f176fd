"""Sweeps of pipettes: read over their seams, and what is held by the units."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fascicle.core import Channel, Header, Modality
from fascicle.formats import read_header, recognise, write_recording
from fascicle.formats._icephys import (
    Clamp,
    Sweep,
    clamp_of,
    open_patch,
    patch_unit,
    read_values,
)
from fascicle.testing import SweepShape, make_abf, released_neurodata


@pytest.mark.parametrize(
    ("unit", "command", "held"),
    [("pA", "mV", "voltage"), ("nA", "", "voltage"), ("mV", "pA", "current"), ("mV", "", "current"),
     ("V", "pA", "current"), ("V", "", ""), ("oC", "mV", ""), ("n/a", "", "")],
)  # fmt: skip
def test_what_is_held_follows_from_the_units(unit: str, command: str, held: str) -> None:
    assert clamp_of(unit, command) == held


@pytest.mark.parametrize(
    ("text", "unit"),
    [("pA", "pA"), ("\u00b5V", "uV"), ("\u03bcA", "uA"), ("mV ", "mV"), ("MV", "mV"), ("x", "n/a")],
)  # fmt: skip
def test_units_of_currents_keep_their_case(text: str, unit: str) -> None:
    assert patch_unit(text) == unit


def test_values_are_read_over_the_seams_of_sweeps() -> None:
    counts = np.arange(24, dtype="<i2").reshape(12, 2)
    sweeps = [
        Sweep(0.0, 5, lambda a, b: counts[:5][a:b]),
        Sweep(1.0, 7, lambda a, b: counts[5:][a:b]),
    ]
    clamps = [Clamp(Channel(f"c{i}", "MISC", "pA", 100.0), 0.5 + i, -1.0, "voltage")
              for i in range(2)]  # fmt: skip

    opened = open_patch(Header(Modality.ICEPHYS), clamps, sweeps, "<i2")

    assert (opened.header.n_times, opened.header.is_continuous) == (12, False)
    assert opened.header.metadata["NumberOfSweeps"] == 2
    expected = counts[3:9].T * np.array([[0.5], [1.5]]) - 1.0
    np.testing.assert_allclose(read_values(opened, 3, 9), expected)


def test_what_was_written_can_be_shared_again_as_a_labs_own_file(tmp_path: Path) -> None:
    from pynwb import NWBHDF5IO

    for name in ("raw", "lab", "out"):
        (tmp_path / name).mkdir()
    make_abf(tmp_path / "raw" / "a.abf")
    for source_of, target in (("raw", "lab"), ("lab", "out")):
        root = tmp_path / source_of
        (source,) = recognise(root).sources
        header = released_neurodata(read_header(root, source))
        write_recording(root, source, header, tmp_path / target, "sub-01_icephys")

    assert not [i for i in read_header(root, source).identifiers if i.kind == "text"]
    with NWBHDF5IO(tmp_path / "out" / "sub-01_icephys.nwb", "r") as io:
        table = io.read().intracellular_recordings.to_dataframe()
        first = table[("responses", "response")].iloc[0].timeseries
        np.testing.assert_array_equal(first.data[:], SweepShape().counts(7)[0, :, 0])
        assert len(table) == 10
