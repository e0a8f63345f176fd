"""Sweeps of pipettes: read over their seams, and what is held by the units."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.core import Channel, Header, Modality
from fascicle.formats._icephys import (
    Clamp,
    Sweep,
    clamp_of,
    open_patch,
    patch_unit,
    read_values,
)


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
