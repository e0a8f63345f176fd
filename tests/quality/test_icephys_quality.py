"""The check of pipettes: resistances of a known circuit, leaks, clipped and flat sweeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from fascicle.core import Drawing, Header, Modality
from fascicle.formats import read_header, recognise, write_recording
from fascicle.quality._icephys_quality import _find_step, check_icephys, find_resistances
from fascicle.quality._neurodata import check_neurodata
from fascicle.testing import SweepShape, make_abf, released_neurodata

HEADER = Header(Modality.ICEPHYS)
RATE_HZ = 20000.0


def write(tmp_path: Path, **options: Any) -> Path:
    raw = tmp_path / "raw"
    raw.mkdir()
    make_abf(raw / "a.abf", **options)
    (source,) = recognise(raw).sources
    header = released_neurodata(read_header(raw, source))
    write_recording(raw, source, header, tmp_path, "sub-01_icephys")
    return tmp_path / "sub-01_icephys.nwb"


def change(path: Path, kind: str, value: float, *, share: float = 1.0) -> None:
    with h5py.File(path, "a") as file:
        for name in file["acquisition"]:
            if name.startswith(kind):
                data = file["acquisition"][name]["data"]
                data[: int(share * data.shape[0])] = value


def codes(path: Path) -> set[str]:
    return {finding.code for finding in check_icephys(path, HEADER).findings}


def test_sweeps_and_commands_are_drawn_over_one_another(tmp_path: Path) -> None:
    quality = check_neurodata(write(tmp_path), HEADER)

    assert quality.verdict in {"pass", "warn"}
    titles = [picture.title for picture in quality.pictures]
    assert titles == [
        "Sweeps: Current at a held voltage", "Sweeps: Command", "Sweeps: Voltage at a held current",
    ]  # fmt: skip
    assert all(p.drawing is Drawing.OVERLAY for p in quality.pictures)
    assert quality.pictures[0].arrays["y"].shape == (5, 1000)
    assert quality.extra["n_sweeps_measured"] == 10


def test_a_pipette_on_a_cell_has_the_resistances_of_its_circuit() -> None:
    access, membrane, capacitance = 15e6, 150e6, 30e-12
    times = np.arange(8000) / RATE_HZ
    command = np.where((times > 0.1) & (times < 0.3), -75.0, -70.0)
    tau = capacitance * access * membrane / (access + membrane)
    steady = -5e-3 / (access + membrane)
    since = np.clip(times - 0.1, 0, None)
    current = np.where(
        command < -72, steady + (-5e-3 / access - steady) * np.exp(-since / tau), 0.0
    )
    noise = np.random.default_rng(7).normal(0, 1.0, times.size)

    found = find_resistances(current * 1e12 - 50 + noise, command, RATE_HZ, is_voltage=True)

    assert found[0] == pytest.approx(15, rel=0.15)  # the peak lies within the first sample
    assert found[1] == pytest.approx(165, rel=0.05)


def test_a_cell_whose_current_is_held_has_its_input_resistance() -> None:
    times = np.arange(8000) / RATE_HZ
    command = np.where((times > 0.1) & (times < 0.3), -50.0, 0.0)
    voltage = -65 + np.where(command < 0, -50e-12 * 200e6 * 1e3, 0.0)

    found = find_resistances(voltage, command, RATE_HZ, is_voltage=False)

    assert np.isnan(found[0])
    assert found[1] == pytest.approx(200, rel=0.01)


@pytest.mark.parametrize("command", [[], [-70.0] * 8000, [-70.0] * 4000 + [30.0] * 4000])
def test_without_a_step_that_fits_nothing_is_computed(command: list[float]) -> None:
    values = np.random.default_rng(3).normal(0, 1, 8000)

    assert np.isnan(find_resistances(values, np.array(command), RATE_HZ, is_voltage=True)).all()


def find_step_one_by_one(command: np.ndarray, low: float, high: float) -> tuple[int, int] | None:
    """Look at each change of a command in turn."""
    edges = [i for i in range(1, len(command)) if command[i] != command[i - 1]]
    for start, stop in zip(edges, [*edges[1:], len(command)], strict=True):
        height = abs(command[start] - command[start - 1])
        if low <= height <= high and stop - start >= 0.005 * RATE_HZ:
            return start, stop
    return None


@pytest.mark.parametrize("seed", range(9))
def test_the_first_step_that_fits_is_found_as_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    command = np.repeat(rng.integers(-12, 12, 37).astype(float), rng.integers(1, 190, 37))
    noise = rng.normal(0, 0.01, 1009)  # recorded: it changes at every sample
    command = np.concatenate([noise, command])

    assert _find_step(command, RATE_HZ, (2.0, 7.0)) == find_step_one_by_one(command, 2.0, 7.0)
    assert _find_step(noise, RATE_HZ, (2.0, 7.0)) is None


def test_a_leak_is_said(tmp_path: Path) -> None:
    path = write(tmp_path, shape=SweepShape(units=("pA",)))
    change(path, "VoltageClampSeries", -3000, share=0.2)
    with h5py.File(path, "a") as file:
        for series in file["acquisition"].values():
            series["data"].attrs["conversion"] = 1e-12

    assert "icephys.leak" in codes(path)


def test_sweeps_at_the_end_of_the_converters_range_are_said(tmp_path: Path) -> None:
    path = write(tmp_path)
    change(path, "CurrentClampSeries", 32767, share=0.1)

    assert codes(path) == {"icephys.clipped"}


def test_sweeps_that_stand_still_are_said(tmp_path: Path) -> None:
    path = write(tmp_path)
    change(path, "CurrentClampSeries", 5)

    assert codes(path) == {"icephys.flat"}


def test_a_recording_without_a_clamp_is_said(tmp_path: Path) -> None:
    assert codes(write(tmp_path, shape=SweepShape(units=("V",)))) == {"icephys.no-clamp"}


def test_sweeps_with_times_of_their_own_are_measured_and_others_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path)
    with h5py.File(path, "a") as file:
        names = sorted(file["acquisition"])
        first = file["acquisition"][names[0]]
        del first["starting_time"]
        first["timestamps"] = np.arange(1009) / RATE_HZ
        del file["acquisition"][names[1]]["starting_time"]
        del file["acquisition"][names[2]]["data"]

    quality = check_icephys(path, HEADER)

    assert quality.extra["n_sweeps_measured"] == 8
