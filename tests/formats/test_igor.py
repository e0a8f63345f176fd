"""Igor Pro: waves through the contract, packed experiments refused with how to export them."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import h5py
import numpy as np
import pytest

from fascicle.core import Header, Modality, Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, write_recording
from fascicle.testing import (
    NeurodataContract,
    Planted,
    SweepShape,
    make_ibw,
    released_neurodata,
)


class TestIgorWave(NeurodataContract):
    format_name = "igor"

    def make_recording(self, root: Path) -> Path:
        return make_ibw(root / "wave.ibw", planted=Planted(), shape=SweepShape(units=("A",)))


class TestIgorWaveOfVersionTwo(NeurodataContract):
    format_name = "igor"

    def make_recording(self, root: Path) -> Path:
        shape = SweepShape(units=("V",))
        return make_ibw(root / "wave.ibw", planted=Planted(), shape=shape, version=2)


def convert(root: Path, out: Path) -> h5py.File:
    (source,) = recognise(root).sources
    header = released_neurodata(read_header(root, source))
    write_recording(root, source, header, out, "sub-01_icephys")
    return h5py.File(out / "sub-01_icephys.nwb")


def test_columns_of_a_wave_are_sweeps(tmp_path: Path) -> None:
    make_ibw(tmp_path / "a.ibw", shape=SweepShape(units=("A",)))
    (tmp_path / "out").mkdir()

    with convert(tmp_path, tmp_path / "out") as file:
        series = [file["acquisition"][name] for name in sorted(file["acquisition"])]
        stored = np.stack([node["data"][:] for node in series])
        assert series[1]["starting_time"][()] == pytest.approx(1009 / 20000)
        assert series[0]["starting_time"].attrs["rate"] == 20000.0

    np.testing.assert_array_equal(stored, SweepShape(units=("A",)).counts(7)[:, :, 0])
    assert stored.dtype == np.float32


@pytest.mark.parametrize("version", [2, 5])
def test_a_wave_in_the_other_order_of_bytes_is_the_same(tmp_path: Path, version: int) -> None:
    shape = SweepShape(n_sweeps=1, units=("V",))
    make_ibw(tmp_path / "a.ibw", shape=shape, version=version, order=">")
    (tmp_path / "out").mkdir()

    header = read_header(tmp_path, recognise(tmp_path).sources[0])
    with convert(tmp_path, tmp_path / "out") as file:
        (series,) = file["acquisition"].values()
        stored = series["data"][:]

    assert header.measured_at == datetime(2019, 11, 19, 9, 20, tzinfo=UTC)
    assert (header.n_times, header.sfreq_hz) == (1009, 20000.0)
    assert [c.unit for c in header.channels] == ["V"]
    np.testing.assert_array_equal(stored, shape.counts(7)[0, :, 0])


@pytest.mark.parametrize(
    ("at", "code", "value"),
    [(64 + 16, "h", 0), (64 + 16, "h", 3), (64 + 68, "i", 0), (64 + 68, "i", 1 << 30),
     (64 + 76, "i", 3), (64 + 84, "d", 0.0), (64 + 84, "d", float("nan"))],
)  # fmt: skip
def test_waves_that_are_no_numbers_over_time_are_refused(
    tmp_path: Path, at: int, code: str, value: float
) -> None:
    from fascicle.testing._icephys_files import _with_checksum

    path = make_ibw(tmp_path / "a.ibw")
    data = bytearray(path.read_bytes())
    struct.pack_into(f"<{code}", data, at, value)
    struct.pack_into("<h", data, 2, 0)
    path.write_bytes(_with_checksum(bytes(data[:384]), 2) + data[384:])
    (source,) = recognise(tmp_path).sources

    with pytest.raises(FormatError, match="FSC274"):
        read_header(tmp_path, source)


def test_a_packed_experiment_is_left_out_with_how_to_export_it(tmp_path: Path) -> None:
    (tmp_path / "day.pxp").write_bytes(struct.pack("<Hhi", 1, 0, 500) + bytes(600))

    found = recognise(tmp_path)

    assert found.sources == ()
    (finding,) = found.findings
    assert "Save Igor Binary" in finding.reason


def test_who_asks_for_a_packed_experiment_all_the_same_is_refused(tmp_path: Path) -> None:
    source = Source("igor-packed", (PurePosixPath("a.pxp"),), 1)

    with pytest.raises(FormatError, match="FSC274"):
        read_header(tmp_path, source)
    with pytest.raises(FormatError, match="FSC274"):
        write_recording(tmp_path, source, Header(Modality.ICEPHYS), tmp_path, "sub-01_icephys")
