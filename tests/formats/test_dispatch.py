"""The doors of the room."""

from __future__ import annotations

import errno
import os
import warnings
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from fascicle.core import Event, Source
from fascicle.errors import FormatError
from fascicle.formats import (
    read_blocks,
    read_header,
    read_written_header,
    recognise,
    registry,
    write_recording,
)
from fascicle.testing import (
    Shape,
    make_bdf,
    make_brainvision,
    make_edf,
    make_fif,
    make_snirf,
    released,
)

EVENTS = (Event(1.0, 0.0, "tone", 3), Event(2.5, 0.0, "tone", 4))


def test_an_unknown_format_is_told():
    with pytest.raises(FormatError, match="FSC209"):
        read_header(Path(), Source("nonsense", (PurePosixPath("a"),), 0))


def test_a_file_that_is_not_written_by_us_is_told(tmp_path):
    with pytest.raises(FormatError, match="FSC209"):
        read_written_header(tmp_path / "a.cnt")
    with pytest.raises(FormatError, match="FSC209"):
        next(read_blocks(tmp_path / "a.cnt"))


def test_triggers_join_the_events_when_asked_for(tmp_path):
    path = make_bdf(tmp_path / "a.bdf", events=EVENTS)
    source = Source("bdf", (PurePosixPath(path.name),), 0)

    without = read_header(tmp_path, source)
    with_triggers = read_header(tmp_path, source, triggers=True)

    assert without.events == ()
    assert [event.value for event in with_triggers.events] == [3, 4]


@pytest.mark.parametrize("block_s", [0.001, 0.7, 3.0, 1000.0])
def test_blocks_join_to_the_same_samples(tmp_path, block_s):
    path = make_edf(tmp_path / "a.edf", shape=Shape(rates_hz=(50,) * 3, n_seconds=7))

    blocks = list(read_blocks(path, block_s=block_s))

    whole = np.concatenate(list(read_blocks(path)), axis=1)
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), whole)
    assert whole.shape == (3, 350)


def test_what_a_reader_did_not_foresee_becomes_a_format_error(tmp_path, monkeypatch):
    path = make_edf(tmp_path / "a.edf")
    source = Source("edf", (PurePosixPath(path.name),), 0)

    def stumble(self, root, source):
        raise IndexError("the value was Jane Doe")

    monkeypatch.setattr(type(registry()["edf"]), "read_header", stumble)

    with pytest.raises(FormatError, match="FSC211") as caught:
        read_header(tmp_path, source)
    assert "Jane" not in str(caught.value)


def test_a_folder_that_is_not_there_becomes_a_format_error(tmp_path):
    path = make_edf(tmp_path / "a.edf")
    source = Source("edf", (PurePosixPath(path.name),), 0)
    header = released(read_header(tmp_path, source))

    with pytest.raises(FormatError, match="FSC201"):
        write_recording(tmp_path, source, header, tmp_path / "nowhere", "sub-01_eeg")


FOLDERS = ("eeg/mne_python", "eeg/mne_testing", "eeg/eeglab_formats", "eeg/eegmmidb_edf",
           "eeg/tiny_bids", "meg", "ieeg")  # fmt: skip
READERS = {"edf": "read_raw_edf", "bdf": "read_raw_bdf", "brainvision": "read_raw_brainvision",
           "fif": "read_raw_fif"}  # fmt: skip
SCALES = {"uV": 1e6, "nV": 1e9, "mV": 1e3, "uS": 1e6}


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS)
def test_real_recordings_come_out_as_mne_reads_them(tmp_path, folder):
    import mne

    data = Path(os.environ.get("FASCICLE_TEST_DATA", Path(__file__).parents[3] / "shared/data"))
    root = data / "signals" / folder
    if not root.is_dir():
        pytest.skip(f"FASCICLE_TEST_DATA holds no signals/{folder}")
    for i, source in enumerate(recognise(root).sources):
        if source.format not in READERS:
            continue
        out = tmp_path / str(i)
        out.mkdir()
        header = read_header(root, source)
        written = write_recording(root, source, header, out, "sub-01_meg")
        path = out / written.files[0]
        options = {"stim_channel": False} if source.format in {"edf", "bdf"} else {}
        read_before = getattr(mne.io, READERS[source.format])
        read_after = getattr(mne.io, READERS[written.format])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MNE-Python warns of much in these files
            before = read_before(root / source.primary, verbose="ERROR", **options).get_data()
            after = read_after(path, verbose="ERROR", **options).get_data()
        rtol = 0 if written.copied else 1e-6
        np.testing.assert_allclose(after, before, rtol=rtol)
        samples = np.concatenate(list(read_blocks(path)), axis=1)
        scale = [SCALES.get(channel.unit, 1.0) for channel in header.channels]
        # MNE-Python interpolates slower channels, and masks triggers.
        keep = np.array([
            c.kind != "TRIG" and c.sfreq_hz == header.sfreq_hz for c in header.channels
        ])
        expected = (before * np.array(scale)[:, np.newaxis])[keep]
        np.testing.assert_allclose(samples[keep], expected, rtol=max(rtol, 1e-9), atol=1e-12)


@pytest.mark.parametrize("record_s", ["1e300", "1e-300", "1e-9", "9999999"])
def test_a_rate_that_no_recording_has_is_refused(tmp_path, record_s):
    path = make_edf(tmp_path / "a.edf", seed=5)
    data = path.read_bytes()
    path.write_bytes(data[:244] + record_s.encode().ljust(8) + data[252:])

    with pytest.raises(FormatError, match=r"FSC203.*sampling rate"):
        read_header(tmp_path, Source("edf", (PurePosixPath("a.edf"),), len(data)))


def test_more_samples_than_the_file_has_room_for_are_refused(tmp_path):
    import h5py

    path = make_snirf(tmp_path / "a.snirf", seed=5)
    with h5py.File(path, "r+") as file:
        block = file["nirs/data1"]
        n_channels = block["dataTimeSeries"].shape[1]
        del block["dataTimeSeries"]
        block.create_dataset("dataTimeSeries", (10**12, n_channels), "f8", chunks=(999, 1))
    source = Source("snirf", (PurePosixPath("a.snirf"),), path.stat().st_size)

    with pytest.raises(FormatError, match=r"FSC203.*room"):
        read_header(tmp_path, source)


def test_a_full_disk_is_not_blamed_on_the_recording(tmp_path, monkeypatch):
    make_edf(tmp_path / "a.edf", seed=5)

    def meet_a_full_disk(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("fascicle.formats._edf.parse_edf", meet_a_full_disk)

    with pytest.raises(OSError, match="No space"):
        read_header(tmp_path, Source("edf", (PurePosixPath("a.edf"),), 0))


@pytest.mark.parametrize("n_bytes_lost", [1, 5000, 20_000])
def test_recordings_that_end_early_are_not_as_stated(tmp_path, n_bytes_lost):
    makers = {"edf": make_edf, "bdf": make_bdf, "fif": make_fif, "brainvision": make_brainvision}
    for name, make in makers.items():
        path = make(tmp_path / {"brainvision": "a.vhdr", "fif": "a_raw.fif"}.get(name, f"a.{name}"))
        source = Source(name, (PurePosixPath(path.name),), path.stat().st_size)
        assert read_header(tmp_path, source).is_as_stated, name
        data_path = path.with_suffix(".eeg") if name == "brainvision" else path
        data = data_path.read_bytes()
        end = data.rindex(b"\x00\x00\x01\x2c") if name == "fif" else len(data)

        data_path.write_bytes(data[: end - n_bytes_lost])

        assert not read_header(tmp_path, source).is_as_stated, name
