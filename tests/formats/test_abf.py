"""Axon Binary Format through the contract; samples as Neo reads them, commands as pCLAMP tells."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
import pytest

from fascicle.core import Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, write_recording
from fascicle.testing import (
    NeurodataContract,
    Planted,
    SweepShape,
    make_abf,
    released_neurodata,
)


class TestAbfOfVersionTwo(NeurodataContract):
    format_name = "abf"

    def make_recording(self, root: Path) -> Path:
        return make_abf(root / "cell.abf", planted=Planted())


class TestAbfOfVersionOne(NeurodataContract):
    format_name = "abf"

    def make_recording(self, root: Path) -> Path:
        return make_abf(root / "cell.abf", planted=Planted(), version=1)


def convert(root: Path, out: Path, name: str = "") -> h5py.File:
    source = next(s for s in recognise(root).sources if s.primary.name.startswith(name))
    header = released_neurodata(read_header(root, source))
    write_recording(root, source, header, out, "sub-01_icephys")
    return h5py.File(out / "sub-01_icephys.nwb")


@pytest.mark.parametrize("version", [1, 2])
def test_counts_stay_counts_with_their_factor_beside_them(tmp_path: Path, version: int) -> None:
    make_abf(tmp_path / "cell.abf", version=version)
    (tmp_path / "out").mkdir()
    counts = SweepShape().counts(7)

    with convert(tmp_path, tmp_path / "out") as file:
        for sweep in range(5):
            current = file[f"acquisition/VoltageClampSeries{sweep + 1:04d}Channel1/data"]
            np.testing.assert_array_equal(current[:], counts[sweep, :, 0])
            assert current.dtype == np.int16
            assert current.attrs["conversion"] == pytest.approx(10 / 32768 / 0.5 * 1e-12)
            voltage = file[f"acquisition/CurrentClampSeries{sweep + 1:04d}Channel2/data"]
            np.testing.assert_array_equal(voltage[:], counts[sweep, :, 1])
            assert voltage.attrs["conversion"] == pytest.approx(10 / 32768 / 0.25 * 1e-3)


def test_sweeps_begin_when_they_did_and_pair_with_their_command(tmp_path: Path) -> None:
    make_abf(tmp_path / "cell.abf")
    (tmp_path / "out").mkdir()

    with convert(tmp_path, tmp_path / "out") as file:
        starts = [
            float(file[f"acquisition/VoltageClampSeries{i:04d}Channel1/starting_time"][()])
            for i in range(1, 6)
        ]
        table = file["general/intracellular_ephys/intracellular_recordings"]
        assert table["id"].shape == (10,)
        command = file["stimulus/presentation/VoltageClampStimulusSeries0003Channel1"]
        told = command["data"][:] * command["data"].attrs["conversion"]

    assert np.allclose(np.diff(starts), 1009 / 20000)
    first = 1009 // 64
    expected = np.full(1009, -70.0)
    expected[first : first + 336] = -55.0
    expected[first + 336 : first + 336 + 201] = np.linspace(-55, -70, 201)
    np.testing.assert_allclose(told, expected * 1e-3)


@pytest.mark.parametrize("version", [1, 2])
def test_a_tag_is_an_event(tmp_path: Path, version: int) -> None:
    make_abf(tmp_path / "cell.abf", version=version)

    header = read_header(tmp_path, recognise(tmp_path).sources[0])

    assert [event.label for event in header.events] == ["drug on"]
    assert header.events[0].onset_s == pytest.approx(3 * 1009 / 20000)


def test_day_and_protocol_and_comment_are_reported(tmp_path: Path) -> None:
    planted = Planted()
    make_abf(tmp_path / "cell.abf", planted=planted)

    header = read_header(tmp_path, recognise(tmp_path).sources[0])

    assert header.measured_at == datetime(2019, 11, 23, 14, 31, 7, tzinfo=UTC)
    assert {(i.kind, i.value) for i in header.identifiers} == {
        ("path", f"C:\\Users\\{planted.name}\\steps.pro"), ("text", planted.text),
    }  # fmt: skip


def test_a_file_without_a_day_has_none(tmp_path: Path) -> None:
    make_abf(tmp_path / "cell.abf")

    assert read_header(tmp_path, recognise(tmp_path).sources[0]).measured_at is None


def test_a_channel_that_is_no_clamp_is_a_series_of_its_own(tmp_path: Path) -> None:
    make_abf(tmp_path / "cell.abf", shape=SweepShape(units=("mV", "V")))
    (tmp_path / "out").mkdir()

    with convert(tmp_path, tmp_path / "out") as file:
        names = set(file["acquisition"])

    assert {name.partition("Series")[0] for name in names} == {"CurrentClamp", "Time"}


def test_sizes_that_the_file_has_no_room_for_are_refused(tmp_path: Path) -> None:
    path = make_abf(tmp_path / "cell.abf")
    data = bytearray(path.read_bytes())
    data[76 + 16 * 10 + 8 : 76 + 16 * 10 + 12] = (1 << 30).to_bytes(4, "little")
    data[76 + 16 * 15 + 8 : 76 + 16 * 15 + 16] = bytes(8)  # no list of sweeps
    path.write_bytes(data)

    with pytest.raises(FormatError):
        read_header(tmp_path, Source("abf", recognise(tmp_path).sources[0].files, len(data)))


REAL = ("130618-1-12", "171116sh_0013", "180415_aaron_temp", "File_axon_5", "invalidDate-abf2",
        "pclamp11_4ch")  # fmt: skip


@pytest.mark.data
@pytest.mark.parametrize("name", REAL)
def test_real_recordings_go_through_with_the_values_that_neo_reads(
    signals: Path, tmp_path: Path, name: str
) -> None:
    root = signals / "patch_clamp" / "pyabf"
    from neo.rawio import AxonRawIO

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = AxonRawIO(str(root / f"{name}.abf"))
        reader.parse_header()
        raw = np.concatenate([
            reader.get_analogsignal_chunk(0, segment, stream_index=0)
            for segment in range(reader.header["nb_segment"][0])
        ])

    with convert(root, tmp_path, name) as file:
        series = [file["acquisition"][n] for n in sorted(file["acquisition"])
                  if n.startswith(("VoltageClamp", "CurrentClamp", "TimeSeries"))]  # fmt: skip
        n_channels = raw.shape[1]
        stored = np.concatenate([node["data"][:] for node in series])

    assert stored.size == raw.size
    if n_channels == 1:
        np.testing.assert_array_equal(stored, raw[:, 0])
    assert np.sort(stored).tolist() == np.sort(raw, axis=None).tolist()
