"""EDF and BDF."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from fascicle.core import Event, Header, Source
from fascicle.errors import FormatError
from fascicle.formats import read_blocks, read_header, read_written_header, write_recording
from fascicle.formats._edf import _FILTER_WORDS
from fascicle.testing import (
    FormatContract,
    Planted,
    Shape,
    make_bdf,
    make_edf,
    read_all,
    released,
)

EVENTS = (
    Event(0.25, 0.0, "eyes open", 3),
    Event(1.5, 2.0, "eyes closed", 7),
    Event(9.75, 0.0, "eyes open", 3),
)


def mne_samples(path: Path, reader: str) -> np.ndarray:
    """Return samples in microvolts as MNE-Python reads them."""
    import mne

    raw = getattr(mne.io, reader)(path, preload=True, stim_channel=False, verbose="ERROR")
    return raw.get_data() * 1e6


def edf_source(path: Path, name: str = "edf") -> Source:
    return Source(name, (PurePosixPath(path.name),), path.stat().st_size)


def write_one(path: Path, out: Path, **changes: object) -> tuple[Path, Header]:
    """Write a recording as released, with changes to the header; return the file and it."""
    out.mkdir(exist_ok=True)
    source = edf_source(path, path.suffix[1:])
    header = replace(released(read_header(path.parent, source)), **changes)
    written = write_recording(path.parent, source, header, out, "sub-01_eeg")
    return out / written.files[0], header


class TestEdf(FormatContract):
    format_name = "edf"
    tolerance = 1e-6

    def make_recording(self, root: Path) -> Path:
        return make_edf(root / "a.edf", planted=Planted(), events=EVENTS)

    def read_oracle(self, path: Path) -> np.ndarray:
        return mne_samples(path, "read_raw_edf")


class TestPlainEdf(TestEdf):
    def make_recording(self, root: Path) -> Path:
        return make_edf(root / "a.edf", planted=Planted(), kind="EDF")


class TestBdf(FormatContract):
    format_name = "bdf"
    tolerance = 1e-6

    def make_recording(self, root: Path) -> Path:
        return make_bdf(root / "a.bdf", planted=Planted(), events=EVENTS, kind="BDF+C")

    def read_oracle(self, path: Path) -> np.ndarray:
        return mne_samples(path, "read_raw_bdf")


def test_every_planted_word_is_reported_and_none_is_written(tmp_path):
    planted = Planted()
    path = make_edf(tmp_path / "a.edf", planted=planted, events=EVENTS)

    header = read_header(tmp_path, edf_source(path))
    written, _ = write_one(path, tmp_path / "out")

    said = " ".join(identifier.value for identifier in header.identifiers)
    content = written.read_bytes().decode("latin-1")
    for word in planted.words():
        assert word in said
        assert word not in content
    assert "1951" not in content
    assert "2019" not in content


def test_the_header_says_who_and_when(tmp_path):
    path = make_edf(tmp_path / "a.edf", planted=Planted())

    header = read_header(tmp_path, edf_source(path))

    assert header.subject.birth == date(1951, 5, 2)
    assert header.subject.sex == "F"
    assert header.subject.code == "MRN-7712034"
    assert header.measured_at == datetime(2019, 11, 23, 14, 31, 7, tzinfo=UTC)
    assert header.channels[0].low_cutoff_hz == 0.1
    assert header.channels[0].high_cutoff_hz == 75
    assert header.channels[6].kind == "EOG"


def test_annotations_are_read_as_mne_reads_them(tmp_path):
    import mne

    path = make_edf(tmp_path / "a.edf", events=EVENTS)

    header = read_header(tmp_path, edf_source(path))

    oracle = mne.io.read_raw_edf(path, verbose="ERROR").annotations
    np.testing.assert_allclose([e.onset_s for e in header.events], oracle.onset)
    np.testing.assert_allclose([e.duration_s for e in header.events], oracle.duration)
    assert [e.label for e in header.events] == list(oracle.description)


def test_released_events_replace_the_annotations(tmp_path):
    import mne

    path = make_edf(tmp_path / "a.edf", events=EVENTS)
    fresh = (Event(0.5, 0.0, "tone", 1), Event(8.25, 1.5, "rest", 2))

    written, _ = write_one(path, tmp_path / "out", events=fresh)

    oracle = mne.io.read_raw_edf(written, verbose="ERROR").annotations
    assert list(oracle.description) == ["tone", "rest"]
    np.testing.assert_allclose(oracle.onset, [0.5, 8.25])
    np.testing.assert_allclose(oracle.duration, [0, 1.5])
    assert b"eyes" not in written.read_bytes()


def test_crowded_events_spill_into_later_records(tmp_path):
    path = make_edf(tmp_path / "a.edf")
    crowd = tuple(Event(0.01 * i, 0.0, f"tone {i:02}", i) for i in range(41))

    written, _ = write_one(path, tmp_path / "out", events=crowd)

    again = read_written_header(written)
    assert [e.label for e in again.events] == [e.label for e in crowd]
    np.testing.assert_allclose([e.onset_s for e in again.events], [e.onset_s for e in crowd])


def test_late_events_fill_the_space_in_front(tmp_path):
    path = make_edf(tmp_path / "a.edf")
    crowd = tuple(Event(10.5 + 0.01 * i, 0.0, f"tone {i:02}", i) for i in range(41))

    written, _ = write_one(path, tmp_path / "out", events=crowd)

    assert len(read_written_header(written).events) == len(crowd)


def test_gaps_stay_and_events_keep_their_samples(tmp_path):
    path = make_edf(tmp_path / "a.edf", events=EVENTS, kind="EDF+D")

    written, header = write_one(path, tmp_path / "out")

    again = read_written_header(written)
    assert not header.is_continuous
    assert not again.is_continuous
    np.testing.assert_allclose([e.onset_s for e in again.events], [e.onset_s for e in EVENTS])
    assert b"+7\x14\x14\0" in written.read_bytes()  # third record: 2 s and a gap of 5 s


def test_slower_channels_are_held_at_the_highest_rate(tmp_path):
    edfio = pytest.importorskip("edfio")
    shape = Shape(rates_hz=(250, 125, 50, 100), labels=("Fp1", "C3", "Resp", "ECG"))
    path = make_edf(tmp_path / "a.edf", shape=shape)

    written, header = write_one(path, tmp_path / "out")

    samples = read_all(written)
    oracle = edfio.read_edf(path)
    assert [c.sfreq_hz for c in header.channels] == [250, 125, 50, 100]
    np.testing.assert_allclose(samples[0], oracle.signals[0].data, atol=1e-3)
    np.testing.assert_allclose(samples[1, ::2], oracle.signals[1].data, atol=1e-3)
    np.testing.assert_allclose(samples[1, 1::2], oracle.signals[1].data, atol=1e-3)
    np.testing.assert_allclose(samples[2].reshape(-1, 5).T[4], oracle.signals[2].data, atol=1e-3)
    held = oracle.signals[3].data[np.arange(2750) * 1100 // 2750]
    np.testing.assert_allclose(samples[3], held, atol=1e-3)


def test_a_record_too_large_for_memory_is_read_in_parts_with_channels_of_one_sample(
    tmp_path, monkeypatch: pytest.MonkeyPatch
):
    shape = Shape(rates_hz=(250, 1, 77), labels=("Fp1", "Temp", "Resp"))
    path = make_edf(tmp_path / "a.edf", shape=shape, kind="EDF")
    whole = read_all(path)

    monkeypatch.setattr("fascicle.formats._edf.BLOCK_BYTES", 10)
    blocks = list(read_blocks(path, block_s=0.09))

    assert max(block.shape[1] for block in blocks) < 30
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), whole)


def test_a_clip_that_begins_late_keeps_its_start_however_often_it_is_written(tmp_path):
    path = make_edf(tmp_path / "a.edf", planted=Planted())
    clip = path.read_bytes().replace(b"+0\x14\x14\0\0\0\0\0\0", b"+700.25\x14\x14\0", 1)
    path.write_bytes(clip)
    start = read_header(tmp_path, edf_source(path)).measured_at
    assert start == datetime(2019, 11, 23, 14, 42, 47, 250_000, tzinfo=UTC)

    first, _ = write_one(path, tmp_path / "once", measured_at=start)
    second, _ = write_one(first, tmp_path / "twice", measured_at=start)
    undated, _ = write_one(path, tmp_path / "undated", measured_at=None)

    assert read_written_header(first).measured_at == start
    assert first.read_bytes() == second.read_bytes()
    assert b"+0.25\x14\x14" in first.read_bytes()
    assert b"+0\x14\x14" in undated.read_bytes()


def test_a_wrong_number_of_records_is_corrected_and_a_broken_last_one_dropped(tmp_path):
    path = make_edf(tmp_path / "a.edf", kind="EDF")
    content = bytearray(path.read_bytes())
    content[236:244] = b"-1      "
    path.write_bytes(content[:-100])

    written, header = write_one(path, tmp_path / "out")

    assert header.n_times == 10 * 251
    assert written.read_bytes()[236:244] == b"10      "
    assert written.stat().st_size == 256 * 8 + 10 * 251 * 7 * 2


def test_bytes_past_the_last_record_stay_behind(tmp_path):
    path = make_edf(tmp_path / "a.edf", kind="EDF")
    path.write_bytes(path.read_bytes() + b"Xylander-Quorn")

    written, _ = write_one(path, tmp_path / "out")

    assert b"Xylander" not in written.read_bytes()


def test_samples_are_copied_bit_for_bit(tmp_path):
    path = make_bdf(tmp_path / "a.bdf", events=EVENTS)

    written, _ = write_one(path, tmp_path / "out")

    start = 256 * 9
    assert written.read_bytes()[start:] == path.read_bytes()[start:]


def test_triggers_are_found_where_mne_finds_them(tmp_path):
    import mne

    path = make_bdf(tmp_path / "a.bdf", events=EVENTS)

    header = read_header(tmp_path, edf_source(path, "bdf"), triggers=True)

    raw = mne.io.read_raw_bdf(path, preload=True, verbose="ERROR")
    oracle = mne.find_events(raw, mask=0xFFFF, mask_type="and", verbose="ERROR")
    assert [e.value for e in header.events] == oracle[:, 2].tolist() == [3, 7, 3]
    np.testing.assert_allclose([e.onset_s for e in header.events], oracle[:, 0] / 251)


def test_without_a_date_the_conventional_one_is_written(tmp_path):
    path = make_edf(tmp_path / "a.edf", planted=Planted())

    written, _ = write_one(path, tmp_path / "out", measured_at=None)

    assert written.read_bytes()[88:184].startswith(b"Startdate X X X X ")
    assert written.read_bytes()[168:184] == b"01.01.8500.00.00"


def test_annotations_alone_are_no_recording(tmp_path):
    path = make_edf(tmp_path / "a.edf", shape=Shape(rates_hz=()), events=EVENTS)

    with pytest.raises(FormatError, match="FSC208"):
        read_header(tmp_path, edf_source(path))


@pytest.mark.parametrize("kind", ["EDF", "EDF+C", "EDF+D"])
def test_flipped_bytes_raise_format_errors_only(tmp_path, kind):
    rng = np.random.default_rng(23)
    path = make_edf(tmp_path / "a.edf", planted=Planted(), events=EVENTS, kind=kind,
                    shape=Shape(rates_hz=(50,) * 3, n_seconds=5))  # fmt: skip
    whole = path.read_bytes()
    plugin = TestEdf()

    for _ in range(150):
        damaged = bytearray(whole)
        for position in rng.integers(0, 1600, rng.integers(1, 5)):
            damaged[position] = rng.integers(0, 256)
        path.write_bytes(damaged)
        plugin._read_and_write_or_refuse(tmp_path, edf_source(path), tmp_path)


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("HP:0.1Hz LP:75Hz N:50Hz", True),
        ("HP:160mHz LP:1.5kHz notch: none", True),
        ("HP: 3 sec, LP 1.6e-05 Hz; no filter", True),
        ("HP: DC; LP: 417 Hz", True),
        ("HP:0.1Hz Nesse", False),
        ("Lee", False),
        ("1e111" * 16 + "x", False),  # comes back at once
    ],
)
def test_filter_edges_are_told_from_words(text: str, is_plain: bool) -> None:
    assert (_FILTER_WORDS.fullmatch(text) is not None) is is_plain
