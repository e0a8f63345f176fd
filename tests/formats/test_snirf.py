"""SNIRF."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from fascicle.core import Event, Source, Subject
from fascicle.errors import FormatError
from fascicle.formats import read_header, read_written_header, registry, write_recording
from fascicle.testing import PLANTED, FormatContract, Planted, make_snirf, read_all, released


def source_of(name: str = "a.snirf") -> Source:
    return Source("snirf", (PurePosixPath(name),), 0)


def mne_samples(path: Path) -> np.ndarray:
    import mne

    return mne.io.read_raw_snirf(path, verbose="ERROR").get_data()


class TestSnirf(FormatContract):
    format_name = "snirf"

    def make_recording(self, root: Path) -> Path:
        return make_snirf(root / "a.snirf", planted=Planted())

    def read_oracle(self, path: Path) -> np.ndarray:
        return mne_samples(path)


class TestSnirfTables(TestSnirf):
    def make_recording(self, root: Path) -> Path:
        return make_snirf(root / "a.snirf", planted=Planted(), kind="1.1")

    def read_oracle(self, path: Path) -> None:
        return None


@pytest.mark.parametrize("kind", ["1.0", "1.1"])
def test_channels_are_named_and_placed_as_mne_does(tmp_path, kind):
    import mne

    make_snirf(tmp_path / "old.snirf", kind="1.0")
    make_snirf(tmp_path / "a.snirf", kind=kind)

    header = read_header(tmp_path, source_of())

    raw = mne.io.read_raw_snirf(tmp_path / "old.snirf", verbose="ERROR")
    assert [c.name for c in header.channels] == raw.ch_names
    places = [ch["loc"][:3] for ch in raw.info["chs"]]
    np.testing.assert_allclose([c.position_m for c in header.channels], places)
    assert {(c.kind, c.unit) for c in header.channels} == {("NIRSCWAMPLITUDE", "V")}
    assert header.sfreq_hz == 8


def test_events_count_from_the_first_sample(tmp_path):
    make_snirf(tmp_path / "a.snirf")

    header = read_header(tmp_path, source_of())

    assert [(e.onset_s, e.label, e.value) for e in header.events] == [
        (1.5, "1", 1), (4.75, "7", 7), (9.0, "1", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["1.0", "1.1"])
def test_the_written_file_says_what_the_header_says_and_nothing_else(tmp_path, kind):
    import h5py
    import mne

    make_snirf(tmp_path / "a.snirf", planted=Planted(), kind=kind)
    header = replace(
        released(read_header(tmp_path, source_of())),
        subject=Subject(code="07"),
        events=(Event(2.0, 3.0, "rest"), Event(7.5, 0.0, "tone")),
    )
    out = tmp_path / "out"
    out.mkdir()

    written = write_recording(tmp_path, source_of(), header, out, "sub-07_nirs")

    path = out / written.files[0]
    with h5py.File(path) as file:
        tags = {name: value[()].decode() for name, value in file["nirs/metaDataTags"].items()}
        labels = list(file["nirs/probe/landmarkLabels"].asstr())
        aux = file["nirs/aux1/name"].asstr()[()]
    assert tags == {
        "SubjectID": "07", "MeasurementDate": "2001-01-01", "MeasurementTime": "00:00:00Z",
        "LengthUnit": "mm", "TimeUnit": "s", "FrequencyUnit": "Hz",
    }  # fmt: skip
    assert labels == ["Nz", "LPA"]
    assert aux == "aux1"
    for word in Planted().words():
        assert word.encode() not in path.read_bytes()
    raw = mne.io.read_raw_snirf(path, verbose="ERROR")
    assert sorted(raw.annotations.description) == ["rest", "tone"]
    assert [e.onset_s for e in read_written_header(path).events] == [2.0, 7.5]


def test_a_date_that_may_not_leave_is_unknown(tmp_path):
    make_snirf(tmp_path / "a.snirf", planted=Planted())
    header = replace(released(read_header(tmp_path, source_of())), measured_at=None)

    write_recording(tmp_path, source_of(), header, tmp_path, "b")

    assert read_written_header(tmp_path / "b.snirf").measured_at is None


def test_times_since_1970_do_not_tell_the_day(tmp_path):
    import h5py

    path = make_snirf(tmp_path / "a.snirf")
    with h5py.File(path, "r+") as file:
        file["nirs/data1/time"][...] += 1.6e9
    header = released(read_header(tmp_path, source_of()))

    write_recording(tmp_path, source_of(), header, tmp_path, "b")

    with h5py.File(tmp_path / "b.snirf") as file:
        assert file["nirs/data1/time"][0] == 0


def test_units_of_time_and_frequency_are_converted_and_aux_stays_beside_the_samples(tmp_path):
    import h5py

    path = make_snirf(tmp_path / "a.snirf")
    with h5py.File(path, "r+") as file:
        nirs = file["nirs"]
        for name, text in (("TimeUnit", "ms"), ("FrequencyUnit", "MHz")):
            del nirs["metaDataTags"][name]
            nirs["metaDataTags"][name] = text
        nirs["data1/time"][...] = 1.6e12 + 1000 * nirs["data1/time"][()]
        nirs["probe/frequencies"] = [140.0]
        nirs["probe/timeDelays"] = [5.0, 7.0]
        aux = nirs.create_group("aux9")
        aux["name"], aux["dataTimeSeries"] = "ecg", np.arange(5.0)
        aux["time"] = nirs["data1/time"][0] + 300 + 200 * np.arange(5.0)
    header = released(read_header(tmp_path, source_of()))

    write_recording(tmp_path, source_of(), header, tmp_path, "b")

    with h5py.File(tmp_path / "b.snirf") as file:
        nirs = file["nirs"]
        late = next(a for name, a in nirs.items() if name.startswith("aux") and len(a["time"]) == 5)
        np.testing.assert_allclose(late["time"][()], 0.3 + 0.2 * np.arange(5), atol=1e-3)
        assert nirs["metaDataTags/FrequencyUnit"][()] == b"Hz"
        np.testing.assert_allclose(nirs["probe/frequencies"][()], [140e6])
        np.testing.assert_allclose(nirs["probe/timeDelays"][()], [0.005, 0.007])


def test_a_start_and_a_step_stand_for_all_times(tmp_path):
    import h5py

    path = make_snirf(tmp_path / "a.snirf")
    with h5py.File(path, "r+") as file:
        del file["nirs/data1/time"]
        file["nirs/data1/time"] = [0.0, 0.125]

    assert read_header(tmp_path, source_of()).sfreq_hz == 8


def test_two_recordings_in_one_file_are_refused(tmp_path):
    import h5py

    path = make_snirf(tmp_path / "a.snirf")
    with h5py.File(path, "r+") as file:
        file.copy("nirs/data1", "nirs/data2")

    with pytest.raises(FormatError, match="FSC234"):
        read_header(tmp_path, source_of())


def test_person_and_day_are_read(tmp_path):
    make_snirf(tmp_path / "a.snirf", planted=Planted())

    header = read_header(tmp_path, source_of())

    assert header.subject.name == PLANTED
    assert header.subject.birth == Planted().birth
    assert header.subject.sex == "F"
    assert header.measured_at == datetime(2019, 11, 23, 14, 31, 7, tzinfo=UTC)
    said = {identifier.value for identifier in header.identifiers}
    who = Planted()
    assert {who.code, who.operator, who.institution, who.serial, who.text} <= said


def test_blocks_come_in_order(tmp_path):
    path = make_snirf(tmp_path / "a.snirf")

    blocks = list(registry()["snirf"].read_blocks(path, 3.3))

    assert {block.shape[1] for block in blocks[:-1]} == {26}
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), mne_samples(path))
    np.testing.assert_array_equal(read_all(path), mne_samples(path))
