"""FIF."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath

import mne
import numpy as np
import pytest

from fascicle.core import Event, Header, Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, read_written_header, recognise, write_recording
from fascicle.formats._fif_tags import (
    DATA_BUFFER,
    DATA_SKIP,
    TagWriter,
    directory_kinds,
    scan_fif,
)
from fascicle.testing import FormatContract, Planted, Shape, make_fif, read_all, released

EVENTS = (
    Event(0.5, 0.0, "tone: left", 3),
    Event(2.0, 1.0, "tone: right", 7),
    Event(7.0, 0.0, "blink", None),
)
SHAPE = Shape(rates_hz=(250,) * 7)
LONG = Shape(rates_hz=(500,) * 61, n_seconds=41)


def make_source(path: Path) -> Source:
    return Source("fif", (PurePosixPath(path.name),), path.stat().st_size)


def write_one(path: Path, out: Path, **changes: object) -> tuple[Path, Header]:
    """Write a recording as released, with changes to the header; return the file and it."""
    out.mkdir(exist_ok=True)
    header = replace(released(read_header(path.parent, make_source(path))), **changes)
    written = write_recording(path.parent, make_source(path), header, out, "sub-01_task-rest_meg")
    return out / written.files[0], header


def read_raw(path: Path) -> mne.io.BaseRaw:
    return mne.io.read_raw_fif(path, verbose="ERROR")


class TestMeg(FormatContract):
    format_name = "fif"
    tolerance = 0.0
    kind = "meg"

    def make_recording(self, root: Path) -> Path:
        return make_fif(
            root / "a_raw.fif", planted=Planted(), events=EVENTS, shape=SHAPE, kind=self.kind
        )

    def read_oracle(self, path: Path) -> np.ndarray:
        return read_raw(path).get_data()


class TestBoth(TestMeg):
    kind = "both"


class TestEeg(TestMeg):
    """EEG alone is written as BrainVision: BIDS has no FIF for it."""

    kind = "eeg"
    tolerance = 1e-12


class TestSplit(FormatContract):
    format_name = "fif"

    def make_recording(self, root: Path) -> Path:
        return make_fif(root / "a_raw.fif", planted=Planted(), events=EVENTS, shape=LONG,
                        kind="both/split")  # fmt: skip

    def read_oracle(self, path: Path) -> np.ndarray:
        return read_raw(path).get_data()


def test_every_planted_word_is_reported_and_none_is_written(tmp_path):
    planted = Planted()
    path = make_fif(tmp_path / "a_raw.fif", planted=planted, events=EVENTS, shape=SHAPE)

    header = read_header(tmp_path, make_source(path))
    written, _ = write_one(path, tmp_path / "out")

    said = " ".join(identifier.value for identifier in header.identifiers)
    content = written.read_bytes()
    for word in (*planted.words(), "Ottokar"):
        assert word in said
        assert word.encode() not in content
    assert "000bdb930a6f517e" in said
    assert b"\x00\x0b\xdb\x93\x0a\x6f" not in content
    assert b"+02:00" not in content
    assert (7712034).to_bytes(4, "big") not in content
    start_s = int(planted.start.timestamp()).to_bytes(4, "big")
    assert start_s in path.read_bytes()
    assert start_s not in content


def test_the_header_says_who_and_when(tmp_path):
    path = make_fif(tmp_path / "a_raw.fif", planted=Planted(), shape=SHAPE)

    header = read_header(tmp_path, make_source(path))

    assert header.subject.birth == date(1951, 5, 2)
    assert (header.subject.sex, header.subject.hand) == ("F", "R")
    assert header.subject.code == "MRN-7712034"
    assert header.measured_at == datetime(2019, 11, 23, 14, 31, 7, tzinfo=UTC)
    assert header.line_hz == 50
    assert [c.kind for c in header.channels] == ["MEGMAG"] * 7 + ["TRIG"]
    assert header.modality == "meg"


@pytest.mark.parametrize("kind", ["meg", "both"])
def test_mne_finds_the_same_recording(tmp_path, kind):
    path = make_fif(
        tmp_path / "a_raw.fif", planted=Planted(), events=EVENTS, shape=SHAPE, kind=kind
    )
    before = read_raw(path)

    written, header = write_one(path, tmp_path / "out")

    after = read_raw(written)
    np.testing.assert_array_equal(after.get_data(), before.get_data())
    assert after.ch_names == before.ch_names
    assert after.first_samp == before.first_samp
    assert after.info["bads"] == before.info["bads"]
    assert after.info["line_freq"] == before.info["line_freq"]
    assert (after.info["highpass"], after.info["lowpass"]) == (
        before.info["highpass"], before.info["lowpass"]
    )  # fmt: skip
    assert after.get_channel_types() == before.get_channel_types()
    np.testing.assert_array_equal(
        after.info["dev_head_t"]["trans"], before.info["dev_head_t"]["trans"]
    )
    assert len(after.info["projs"]) == len(before.info["projs"])
    for one, other in zip(after.info["projs"], before.info["projs"], strict=True):
        np.testing.assert_array_equal(one["data"]["data"], other["data"]["data"])
        assert one["data"]["col_names"] == other["data"]["col_names"]
    for one, other in zip(after.info["chs"], before.info["chs"], strict=True):
        np.testing.assert_array_equal(one["loc"], other["loc"])
    assert after.info["meas_date"] == header.measured_at
    assert after.info["experimenter"] is None
    assert after.info["description"] is None
    assert after.info["device_info"] is None


def test_steps_of_processing_are_kept_without_time_and_machine(tmp_path):
    path = make_fif(tmp_path / "a_raw.fif", shape=SHAPE)
    raw = read_raw(path)
    step = {
        "block_id": {"version": 65537, "machid": np.array([7, 7]), "secs": 10**9, "usecs": 5},
        "date": (10**9, 5), "experimenter": "Lea Quandt", "scientist": "", "creator": "program",
        "max_info": {}, "smartshield": {},
    }  # fmt: skip
    with raw.info._unlock():
        raw.info["proc_history"] = [step]
    raw.save(tmp_path / "b_raw.fif", verbose="ERROR")

    written, _ = write_one(tmp_path / "b_raw.fif", tmp_path / "out")

    again = read_raw(written)
    (kept,) = again.info["proc_history"]
    assert kept["block_id"]["machid"].tolist() == [0, 0]
    assert b"Quandt" not in written.read_bytes()
    again.anonymize(verbose="ERROR")  # as MNE-BIDS does on reading


def test_the_shape_of_the_head_stays_behind(tmp_path):
    path = make_fif(tmp_path / "a_raw.fif", shape=SHAPE, kind="both")
    before = [int(point["kind"]) for point in read_raw(path).info["dig"]]

    written, _ = write_one(path, tmp_path / "out")

    after = [int(point["kind"]) for point in read_raw(written).info["dig"]]
    assert before.count(4) == 57
    assert after.count(4) == 0
    assert {kind: after.count(kind) for kind in (1, 2, 3)} == {
        kind: before.count(kind) for kind in (1, 2, 3)
    }


def test_of_the_shape_of_the_head_those_points_go_over_that_the_header_has(tmp_path):
    path = make_fif(tmp_path / "a_raw.fif", shape=SHAPE, kind="both")
    shape = read_header(tmp_path, make_source(path)).head_shape
    before = {tuple(p["r"]): int(p["kind"]) for p in read_raw(path).info["dig"]}
    some = replace(shape, points_m=shape.points_m[5:16])

    written, _ = write_one(path, tmp_path / "out", head_shape=some)

    after = [tuple(p["r"]) for p in read_raw(written).info["dig"] if int(p["kind"]) == 4]
    assert after == list(some.points_m)
    assert {place for place, kind in before.items() if kind == 4} == set(shape.points_m)
    assert shape.nasion_m == pytest.approx((0, 0.1, 0))
    assert (shape.left_m[0], shape.right_m[0]) == pytest.approx((-0.08, 0.08))


def test_annotations_are_read_as_mne_reads_them(tmp_path):
    path = make_fif(tmp_path / "a_raw.fif", events=EVENTS, shape=SHAPE)

    header = read_header(tmp_path, make_source(path))

    raw = read_raw(path)
    np.testing.assert_allclose(
        [e.onset_s for e in header.events], raw.annotations.onset - raw.first_time, atol=1e-5
    )
    assert [e.label for e in header.events] == list(raw.annotations.description)


def test_annotations_without_a_date_count_from_the_first_sample(tmp_path):
    raw = read_raw(make_fif(tmp_path / "a_raw.fif", events=EVENTS, shape=SHAPE))
    raw.set_meas_date(None)
    raw.save(tmp_path / "b_raw.fif", verbose="ERROR")

    header = read_header(tmp_path, make_source(tmp_path / "b_raw.fif"))

    assert header.measured_at is None
    np.testing.assert_allclose([e.onset_s for e in header.events], [0.5, 2.0, 7.0], atol=1e-5)


@pytest.mark.parametrize("start", [None, datetime(2001, 1, 1, tzinfo=UTC)])
def test_released_events_become_the_annotations(tmp_path, start):
    path = make_fif(tmp_path / "a_raw.fif", events=EVENTS, shape=SHAPE)
    fresh = (Event(0.25, 0.0, "a: b", 1), Event(9.5, 1.5, "rest", 2))

    written, _ = write_one(path, tmp_path / "out", events=fresh, measured_at=start)

    raw = read_raw(written)
    assert list(raw.annotations.description) == ["a: b", "rest"]
    np.testing.assert_allclose(raw.annotations.onset - raw.first_time, [0.25, 9.5], atol=1e-6)
    np.testing.assert_allclose(raw.annotations.duration, [0, 1.5], atol=1e-6)
    again = read_written_header(written)
    assert [(e.onset_s, e.duration_s, e.label) for e in again.events] == [
        (0.25, 0.0, "a: b"), (9.5, 1.5, "rest"),
    ]  # fmt: skip


def test_renamed_channels_are_renamed_everywhere(tmp_path):
    path = make_fif(tmp_path / "a_raw.fif", shape=SHAPE, kind="both")
    header = released(read_header(tmp_path, make_source(path)))
    names = [f"electrode number {i}" for i in range(7)] + ["STI 014"]
    channels = [replace(c, name=n) for c, n in zip(header.channels, names, strict=True)]

    written, _ = write_one(path, tmp_path / "out", channels=tuple(channels))

    raw = read_raw(written)
    assert raw.ch_names == names
    assert raw.info["bads"] == ["electrode number 1"]
    assert raw.info["projs"][0]["data"]["col_names"] == names[2:7]
    assert [c.name for c in read_written_header(written).channels] == names
    assert b"Fp1" not in written.read_bytes()


def test_triggers_are_found_where_mne_finds_them(tmp_path):
    path = make_fif(tmp_path / "a_raw.fif", events=EVENTS, shape=SHAPE)

    header = read_header(tmp_path, make_source(path), triggers=True)

    raw = read_raw(path)
    oracle = mne.find_events(raw, verbose="ERROR")
    found = [event for event in header.events if event.label == str(event.value)]
    assert [event.value for event in found] == oracle[:, 2].tolist()
    onsets = (oracle[:, 0] - raw.first_samp) / raw.info["sfreq"]
    np.testing.assert_allclose([event.onset_s for event in found], onsets)


def test_split_files_stay_together_under_names_of_bids(tmp_path):
    (tmp_path / "raw").mkdir()
    path = make_fif(tmp_path / "raw" / "a_raw.fif", events=EVENTS, shape=LONG, kind="both/split")
    found = recognise(tmp_path / "raw").sources

    written, header = write_one(path, tmp_path / "out")

    n_parts = len(list((tmp_path / "raw").iterdir()))
    assert n_parts > 2
    assert [len(source.files) for source in found] == [n_parts]
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == [f"sub-01_task-rest_split-{i:02}_meg.fif" for i in range(1, n_parts + 1)]
    assert header.n_times == 500 * 41
    after = read_raw(written)
    np.testing.assert_array_equal(after.get_data(), read_raw(path).get_data())
    assert list(after.annotations.description) == [e.label for e in header.events]


@pytest.mark.parametrize(("kind", "unit"), [("eeg", "V"), ("seeg", "V")])
def test_recordings_without_meg_become_brainvision(tmp_path, kind, unit):
    path = make_fif(tmp_path / "a_raw.fif", events=EVENTS, shape=LONG, kind=f"{kind}/split")
    out = tmp_path / "out"
    out.mkdir()
    header = read_header(tmp_path, make_source(path))

    written = write_recording(tmp_path, make_source(path), header, out, "sub-01_eeg")

    assert written.format == "brainvision"
    assert not written.copied
    assert sorted(p.name for p in out.iterdir()) == [
        "sub-01_eeg.eeg", "sub-01_eeg.vhdr", "sub-01_eeg.vmrk",
    ]  # fmt: skip
    again = mne.io.read_raw_brainvision(out / "sub-01_eeg.vhdr", verbose="ERROR")
    np.testing.assert_allclose(again.get_data(), read_raw(path).get_data(), rtol=1e-6, atol=1e-12)
    assert {c.unit for c in read_written_header(out / "sub-01_eeg.vhdr").channels} == {unit, "n/a"}


def test_gaps_become_segments_of_brainvision(tmp_path):
    path = make_fif(tmp_path / "a_raw.fif", shape=SHAPE, kind="eeg")
    insert_skip(path, tmp_path / "b_raw.fif", after=2)

    written, header = write_one(tmp_path / "b_raw.fif", tmp_path / "out")

    again = read_written_header(written)
    assert not again.is_continuous
    assert again.n_times == header.n_times


def test_a_missing_split_file_is_told(tmp_path):
    path = make_fif(tmp_path / "a_raw.fif", shape=LONG, kind="eeg/split")
    (tmp_path / "a_raw-1.fif").unlink()

    with pytest.raises(FormatError, match="FSC205"):
        read_header(tmp_path, make_source(path))


def test_compressed_files_are_read_and_written_plain(tmp_path):
    path = make_fif(tmp_path / "a_raw.fif", shape=SHAPE)
    packed = tmp_path / "b_raw.fif.gz"
    packed.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    oracle = read_raw(path).get_data()
    path.unlink()

    written, _ = write_one(packed, tmp_path / "out")

    assert [source.format for source in recognise(tmp_path).sources][:1] == ["fif"]
    np.testing.assert_array_equal(read_all(written), oracle)


def test_left_out_samples_stay_left_out_and_read_as_zeros(tmp_path):
    path = make_fif(tmp_path / "a_raw.fif", shape=SHAPE)
    gapped = tmp_path / "b_raw.fif"
    insert_skip(path, gapped, after=2)

    written, header = write_one(gapped, tmp_path / "out")

    raw = read_raw(gapped)
    assert not header.is_continuous
    assert not read_written_header(written).is_continuous
    assert header.n_times == raw.n_times > read_raw(path).n_times
    np.testing.assert_array_equal(read_all(written), raw.get_data())
    np.testing.assert_array_equal(read_raw(written).get_data(), raw.get_data())


def insert_skip(path: Path, target: Path, after: int) -> None:
    """Copy a file tag by tag, with a skip of three buffers behind some buffers."""
    with path.open("rb") as stream, target.open("wb") as out:
        scan = scan_fif(stream, path.stat().st_size)
        writer = TagWriter(out)
        raw_node = next(scan.root.find(scan.raw_kind))

        def copy(node):
            if node.kind != 999:
                writer.start_block(node.kind)
            for tag in node.tags:
                if tag.kind not in {100, 101, 102, 106, 108}:
                    writer.write(tag.kind, tag.type, tag.data)
            for child in node.children:
                copy(child)
            if node is raw_node:
                for i, tag in enumerate(scan.stored):
                    if i == after:
                        writer.write_int(DATA_SKIP, 3)
                    stream.seek(tag.start + 16)
                    writer.write(tag.kind, tag.type, stream.read(tag.n_bytes))
            if node.kind != 999:
                writer.end_block(node.kind)

        copy(scan.root)
        writer.finish()


def test_the_written_directory_lists_every_tag(tmp_path):
    path = make_fif(tmp_path / "a_raw.fif", shape=SHAPE)

    written, _ = write_one(path, tmp_path / "out")

    with written.open("rb") as stream:
        kinds = directory_kinds(stream, written.stat().st_size)
        n_buffers = len(scan_fif(stream, written.stat().st_size).stored)
    opened, _, directory = mne._fiff.open.fiff_open(written, verbose="ERROR")
    opened.close()
    assert DATA_BUFFER in kinds
    assert sum(entry.kind == DATA_BUFFER for entry in directory) == n_buffers > 3


def test_other_fif_files_are_noted_and_left_out(tmp_path):
    path = make_fif(tmp_path / "a_raw.fif", shape=SHAPE, kind="eeg")
    mne.write_proj(tmp_path / "a-proj.fif", read_raw(path).info["projs"], verbose="ERROR")
    events = np.array([[7, 0, 1], [90, 0, 2]])
    mne.write_events(tmp_path / "a-eve.fif", events, verbose="ERROR")

    found = recognise(tmp_path)

    assert [str(source.primary) for source in found.sources] == ["a_raw.fif"]
    assert [f.raw_place for f in found.findings if f.code == "file.not-raw"] == [
        "a-eve.fif", "a-proj.fif",
    ]  # fmt: skip
    for name in ("a-eve.fif", "a-proj.fif"):
        with pytest.raises(FormatError, match="FSC208"):
            read_header(tmp_path, make_source(tmp_path / name))


def test_flipped_bytes_raise_format_errors_only(tmp_path):
    rng = np.random.default_rng(31)
    path = make_fif(tmp_path / "a_raw.fif", planted=Planted(), events=EVENTS[:2], kind="eeg",
                    shape=Shape(rates_hz=(50,) * 3, n_seconds=5))  # fmt: skip
    whole = path.read_bytes()
    plugin = TestMeg()
    (tmp_path / "out").mkdir()

    for _ in range(200):
        damaged = bytearray(whole)
        for position in rng.integers(0, len(whole), rng.integers(1, 9)):
            damaged[position] = rng.integers(0, 256)
        path.write_bytes(damaged)
        plugin._read_and_write_or_refuse(tmp_path, make_source(path), tmp_path / "out")


def test_umlauts_are_read_and_written_as_mne_does(tmp_path):
    raw = read_raw(make_fif(tmp_path / "a_raw.fif", shape=SHAPE))
    raw.set_annotations(mne.Annotations([1.0, 2.0], [0, 0], ["Ger\u00e4usch", "plain"]))
    path = tmp_path / "b_raw.fif"
    raw.save(path, verbose="ERROR")
    found = read_header(tmp_path, make_source(path))
    first, *others = found.channels

    written, _ = write_one(
        path,
        tmp_path / "out",
        channels=(replace(first, name="K\u00e4se"), *others),
        events=found.events,
    )

    assert [event.label for event in found.events] == ["Ger\u00e4usch", "plain"]
    again = read_raw(written)
    assert list(again.annotations.description) == ["Ger\u00e4usch", "plain"]
    assert again.ch_names[0] == read_written_header(written).channels[0].name == "K\u00e4se"
