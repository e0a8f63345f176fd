"""Open Ephys binary through the contract; counts and events as Neo reads them."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fascicle.core import Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, read_written_header, recognise, write_recording
from fascicle.testing import FormatContract, Planted, make_openephys, read_all, released


class TestOpenEphys(FormatContract):
    format_name = "openephys"
    tolerance = 1e-6

    def make_recording(self, root: Path) -> Path:
        return make_openephys(root / "node", seed=7, planted=Planted())

    def read_oracle(self, path: Path) -> NDArray[np.float64] | None:
        from neo.rawio import OpenEphysBinaryRawIO

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = OpenEphysBinaryRawIO(dirname=str(path.parent))
            reader.parse_header()
            parts = []
            for index, stream in enumerate(reader.header["signal_streams"]):
                rows = reader.header["signal_channels"]["stream_id"] == stream["id"]
                gains = reader.header["signal_channels"]["gain"][rows]
                parts.append(reader.get_analogsignal_chunk(stream_index=index) * gains)
        return np.hstack(parts).T


def find_source(root: Path) -> Source:
    (source,) = (s for s in recognise(root).sources if s.format == "openephys")
    return source


def test_a_gap_in_the_numbers_of_samples_parts_the_recording(tmp_path: Path) -> None:
    import h5py

    make_openephys(tmp_path)
    source = find_source(tmp_path)

    header = read_header(tmp_path, source)
    write_recording(tmp_path, source, header, tmp_path, "sub-01_ecephys")

    assert not header.is_continuous
    with h5py.File(tmp_path / "sub-01_ecephys.nwb") as file:
        parts = [file[f"acquisition/ElectricalSeriesAPPart{i}"] for i in (1, 2)]
        assert [part["data"].shape[0] for part in parts] == [3754, 3755]
        assert parts[1]["starting_time"][()] == pytest.approx((3754 + 700) / 2503)


def test_digital_lines_and_messages_are_events_with_their_lengths(tmp_path: Path) -> None:
    make_openephys(tmp_path, planted=Planted())

    events = read_header(tmp_path, find_source(tmp_path)).events

    assert [event.label for event in events] == ["TTL 1", "Xylander-Quorn", "TTL 3"]
    assert events[0].onset_s == pytest.approx(100 / 2503)
    assert events[0].duration_s == pytest.approx(200 / 2503)
    assert [event.value for event in events] == [1, None, 3]


def test_the_counts_are_copied_bit_by_bit(tmp_path: Path) -> None:
    import h5py

    primary = make_openephys(tmp_path)
    source = find_source(tmp_path)

    write_recording(tmp_path, source, read_header(tmp_path, source), tmp_path, "sub-01_ecephys")

    raw = np.fromfile(next(primary.parent.rglob("continuous.dat")), "<i2").reshape(-1, 9)
    with h5py.File(tmp_path / "sub-01_ecephys.nwb") as file:
        parts = [file[f"acquisition/ElectricalSeriesAPPart{i}/data"] for i in (1, 2)]
        assert all(part.dtype == np.dtype("<i2") for part in parts)
        np.testing.assert_array_equal(np.vstack([part[:] for part in parts]), raw[:, :7])
        assert parts[0].attrs["conversion"] == pytest.approx(0.195e-6)


def test_inputs_without_a_unit_are_in_volts_and_electrodes_in_microvolts(tmp_path: Path) -> None:
    primary = make_openephys(tmp_path)
    about = json.loads(primary.read_text("utf-8"))
    for channel in about["continuous"][0]["channels"]:
        channel["units"] = ""
    primary.write_text(json.dumps(about), "utf-8")

    channels = read_header(tmp_path, find_source(tmp_path)).channels

    assert [channel.unit for channel in channels] == ["uV"] * 7 + ["V"] * 2


def test_a_stream_that_is_listed_and_not_there_is_said(tmp_path: Path) -> None:
    primary = make_openephys(tmp_path)
    about = json.loads(primary.read_text("utf-8"))
    about["continuous"].append(about["continuous"][0] | {"folder_name": "gone/"})
    primary.write_text(json.dumps(about, indent=3), "utf-8")

    assert not read_header(tmp_path, find_source(tmp_path)).is_as_stated


def test_no_stream_at_all_is_refused_with_a_reason(tmp_path: Path) -> None:
    primary = make_openephys(tmp_path)
    next(primary.parent.rglob("continuous.dat")).unlink()

    with pytest.raises(FormatError, match="FSC205"):
        read_header(tmp_path, find_source(tmp_path))


@pytest.mark.data
def test_a_real_recording_goes_through(signals: Path, tmp_path: Path) -> None:
    root = signals / "ephys" / "openephys_hippocampus"
    source = find_source(root)

    written = write_recording(
        root, source, released(read_header(root, source)), tmp_path, "sub-01_ecephys"
    )

    path = tmp_path / written.files[0]
    raw = np.fromfile(next(root.rglob("continuous.dat")), "<i2").reshape(-1, 16)
    np.testing.assert_allclose(read_all(path), raw.T * 0.05, atol=1e-9)
    assert read_written_header(path).sfreq_hz == 40000


def test_the_places_of_a_probes_contacts_are_read_from_the_settings(tmp_path: Path) -> None:
    primary = make_openephys(tmp_path)
    stream = next((primary.parent / "continuous").iterdir())
    stream.rename(stream.with_name("Neuropix-PXI-100.ProbeA-AP"))
    about = json.loads(primary.read_text("utf-8"))
    about["continuous"][0]["folder_name"] = "Neuropix-PXI-100.ProbeA-AP/"
    primary.write_text(json.dumps(about, indent=4), "utf-8")
    chosen = " ".join(f'electrode{i}="{i}"' for i in range(7))
    (tmp_path / "settings.xml").write_text(
        "<SETTINGS><INFO><VERSION>0.6.4</VERSION></INFO><SIGNALCHAIN>"
        '<PROCESSOR name="Neuropix-PXI" libraryVersion="0.5.0" nodeId="100">'
        '<STREAM name="ProbeA-AP"/><STREAM name="ProbeA-LFP"/><EDITOR>'
        '<NP_PROBE slot="2" port="1" dock="1" probe_part_number="NP1000" '
        f'probe_serial_number="18194809281"><SELECTED_ELECTRODES {chosen}/></NP_PROBE>'
        "</EDITOR></PROCESSOR></SIGNALCHAIN></SETTINGS>",
        "utf-8",
    )

    header = read_header(tmp_path, find_source(tmp_path))

    places = [channel.position_m for channel in header.channels[:7]]
    assert None not in places
    np.testing.assert_allclose([y for _, y, _ in places], [0, 0, 2e-5, 2e-5, 4e-5, 4e-5, 6e-5])
    assert "18194809281" in {i.value for i in header.identifiers if i.kind == "serial"}


def add_second_stream(node: Path, *, shift_s: float) -> Path:
    """Write a second device beside the first: its own counts, a common time that is later."""
    place = node / "experiment1" / "recording1"
    first = "Acquisition_Board-100.Rhythm"
    second = "NI-DAQmx-103.PXIe-6341"
    for kind in ("continuous", "events"):
        shutil.copytree(place / kind / first, place / kind / second)
    for path in (place / "continuous" / second, place / "events" / second / "TTL"):
        counts = np.load(path / "sample_numbers.npy")
        np.save(path / "timestamps.npy", counts / 2503 + shift_s)
    about = json.loads((place / "structure.oebin").read_text("utf-8"))
    for kind in ("continuous", "events"):
        entry = about[kind][0]
        named = entry["folder_name"].replace(first, second)
        about[kind].append({**entry, "folder_name": named})
    (place / "structure.oebin").write_text(json.dumps(about), "utf-8")
    return place


def test_streams_are_laid_on_the_time_that_is_common_to_them(tmp_path: Path) -> None:
    import h5py

    make_openephys(tmp_path)
    add_second_stream(tmp_path, shift_s=0.25)
    source = find_source(tmp_path)

    header = read_header(tmp_path, source)
    write_recording(tmp_path, source, header, tmp_path, "sub-01_ecephys")

    onsets = {e.label: e.onset_s for e in header.events if e.label.endswith("TTL 1")}
    assert sorted(onsets) == ["device 1 TTL 1", "device 2 TTL 1"]
    assert onsets["device 2 TTL 1"] - onsets["device 1 TTL 1"] == pytest.approx(0.25)
    with h5py.File(tmp_path / "sub-01_ecephys.nwb") as file:
        starts = [
            file[f"acquisition/ElectricalSeries{name}Part1/starting_time"][()]
            for name in ("AP", "AP2")
        ]
    assert starts == [0.0, pytest.approx(0.25)]


def test_record_nodes_of_one_session_count_the_samples_of_one_device(tmp_path: Path) -> None:
    make_openephys(tmp_path / "day" / "Record Node 101")
    make_openephys(tmp_path / "day" / "Record Node 102")
    make_openephys(tmp_path / "other day" / "Record Node 101")
    sources = [s for s in recognise(tmp_path).sources if s.format == "openephys"]

    clocks = [read_header(tmp_path, source).clocks for source in sources]

    (first,), (second,), (other,) = clocks
    assert first.key == second.key != other.key
    assert first.start_s == pytest.approx(1000 / 2503)


def test_numbers_that_jump_all_the_time_are_told_and_not_believed(tmp_path: Path) -> None:
    make_openephys(tmp_path)
    for path in tmp_path.rglob("continuous/*/*.npy"):
        if path.name in {"sample_numbers.npy", "timestamps.npy"}:
            numbers = np.load(path)
            if numbers.dtype.kind in "iu":
                np.save(path, numbers + 5 * (np.arange(len(numbers)) // 3))

    header = read_header(tmp_path, find_source(tmp_path))

    assert header.is_continuous
    assert not header.is_as_stated


def test_a_stream_with_too_few_numbers_begins_where_the_first_says(tmp_path: Path) -> None:
    from fascicle.formats._openephys import _stretches

    np.save(tmp_path / "sample_numbers.npy", np.array([700, 701, 702, 900]))

    starts, stretches = _stretches(tmp_path, 7, 100.0, 2.0)

    assert starts == [0, 3]
    assert [(s.start_s, s.n_times) for s in stretches] == [(5.0, 3), (7.0, 4)]
