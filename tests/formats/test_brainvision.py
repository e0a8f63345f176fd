"""BrainVision."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from fascicle.core import Event, Header, Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, read_written_header, recognise, write_recording
from fascicle.testing import (
    FormatContract,
    Planted,
    Shape,
    make_brainvision,
    released,
)

EVENTS = (
    Event(0.5, 0.0, "Stimulus/S  3", 3),
    Event(2.0, 1.0, "Response/R 12", 12),
    Event(7.0, 0.0, "eyes, closed"),
)
SHAPE = Shape(rates_hz=(250,) * 7)


def mne_samples(path: Path) -> np.ndarray:
    """Return samples in microvolts as MNE-Python reads them."""
    import mne

    return mne.io.read_raw_brainvision(path, preload=True, verbose="ERROR").get_data() * 1e6


def make_source(path: Path) -> Source:
    names = (path.name, f"{path.stem}.eeg", f"{path.stem}.vmrk")
    return Source("brainvision", tuple(PurePosixPath(name) for name in names), 0)


def write_one(path: Path, out: Path, **changes: object) -> tuple[Path, Header]:
    """Write a recording as released, with changes to the header; return the .vhdr and it."""
    out.mkdir(exist_ok=True)
    source = make_source(path)
    header = replace(released(read_header(path.parent, source)), **changes)
    written = write_recording(path.parent, source, header, out, "sub-01_eeg")
    return out / written.files[0], header


class TestInt16(FormatContract):
    format_name = "brainvision"
    tolerance = 1e-6
    kind = "INT_16"

    def make_recording(self, root: Path) -> Path:
        return make_brainvision(
            root / "a.vhdr", planted=Planted(), events=EVENTS, shape=SHAPE, kind=self.kind
        )

    def read_oracle(self, path: Path) -> np.ndarray:
        return mne_samples(path)


class TestFloat32(TestInt16):
    kind = "IEEE_FLOAT_32"


class TestVectorised(TestInt16):
    kind = "INT_16/VECTORIZED"


class TestAscii(TestInt16):
    kind = "ASCII"


class TestBigEndian(TestInt16):
    kind = "INT_16/BIG"

    def read_oracle(self, path: Path) -> np.ndarray:
        # MNE-Python reads every file as little-endian.
        return np.frombuffer(path.with_suffix(".eeg").read_bytes(), ">i2").reshape(-1, 7).T * 0.1


class TestFloat64(TestBigEndian):
    kind = "IEEE_FLOAT_64"
    tolerance = 1e-3

    def read_oracle(self, path: Path) -> np.ndarray:
        return np.frombuffer(path.with_suffix(".eeg").read_bytes(), "<f8").reshape(-1, 7).T * 0.1


def test_every_planted_word_is_reported_and_none_is_written(tmp_path):
    planted = Planted()
    path = make_brainvision(tmp_path / "a.vhdr", planted=planted, events=EVENTS, shape=SHAPE)

    header = read_header(tmp_path, make_source(path))
    written, _ = write_one(path, tmp_path / "out")

    said = " ".join(identifier.value for identifier in header.identifiers)
    for word in planted.words():
        assert word in said
        for suffix in (".vhdr", ".vmrk", ".eeg"):
            assert word.encode() not in written.with_suffix(suffix).read_bytes()
    assert b"2019" not in written.with_suffix(".vmrk").read_bytes()


def test_markers_come_back_as_they_went(tmp_path):
    path = make_brainvision(tmp_path / "a.vhdr", planted=Planted(), shape=SHAPE)

    written, _ = write_one(path, tmp_path / "out", events=EVENTS)

    again = read_written_header(written)
    assert again.events == EVENTS
    assert again.measured_at == datetime(2001, 1, 1, tzinfo=UTC)


def test_mne_reads_the_released_markers(tmp_path):
    import mne

    path = make_brainvision(tmp_path / "a.vhdr", shape=SHAPE)

    written, _ = write_one(path, tmp_path / "out", events=EVENTS, measured_at=None)

    oracle = mne.io.read_raw_brainvision(written, verbose="ERROR").annotations
    assert list(oracle.description) == [
        "Stimulus/S  3", "Response/R 12", "Comment/eyes, closed",
    ]  # fmt: skip
    np.testing.assert_allclose(oracle.onset, [0.5, 2.0, 7.0])


def test_samples_are_copied_bit_for_bit(tmp_path):
    path = make_brainvision(tmp_path / "a.vhdr", shape=SHAPE)

    written, _ = write_one(path, tmp_path / "out")

    copy = written.with_suffix(".eeg").read_bytes()
    assert copy == path.with_suffix(".eeg").read_bytes()


def test_the_words_of_a_v_amp_among_its_samples_stay_behind(tmp_path):
    path = make_brainvision(tmp_path / "a.vhdr", shape=SHAPE, kind="IEEE_FLOAT_32")
    samples = np.fromfile(path.with_suffix(".eeg"), "<f4").reshape(-1, 7)
    hidden = np.frombuffer(b"S/N 0417".ljust(4 * len(samples), b"x"), "<f4")
    np.column_stack([samples, hidden]).tofile(path.with_suffix(".eeg"))
    text = path.read_text("utf-8").splitlines()
    text[0] = "Brain Vision V-Amp Data Header File Version 1.0"
    path = path.rename(path.with_suffix(".ahdr"))
    path.write_text("\n".join(text), "utf-8")

    written, header = write_one(path, tmp_path / "out")

    assert len(header.channels) == 7
    assert written.with_suffix(".eeg").read_bytes() == samples.tobytes()


def test_a_missing_data_file_is_told(tmp_path):
    path = make_brainvision(tmp_path / "a.vhdr", shape=SHAPE)
    path.with_suffix(".eeg").unlink()

    with pytest.raises(FormatError, match="FSC205"):
        read_header(tmp_path, make_source(path))


def test_without_markers_there_are_no_events(tmp_path):
    path = make_brainvision(tmp_path / "a.vhdr", shape=SHAPE, events=EVENTS)
    path.with_suffix(".vmrk").unlink()

    assert read_header(tmp_path, make_source(path)).events == ()


def test_renamed_files_stay_together(tmp_path):
    path = make_brainvision(tmp_path / "a.vhdr", shape=SHAPE)
    for suffix in (".vhdr", ".eeg", ".vmrk"):
        path.with_suffix(suffix).rename(tmp_path / f"other{suffix}")

    found = recognise(tmp_path)

    assert [str(p) for p in found.sources[0].files] == ["other.vhdr", "other.eeg", "other.vmrk"]


def test_files_whose_names_differ_in_case_stay_together(tmp_path):
    path = make_brainvision(tmp_path / "a.vhdr", shape=SHAPE, events=EVENTS)
    path.with_suffix(".eeg").rename(tmp_path / "A.EEG")
    path.with_suffix(".vmrk").rename(tmp_path / "A.vmrk")

    header = read_header(tmp_path, recognise(tmp_path).sources[0])

    assert header.n_times == 2750
    assert len(header.events) == len(EVENTS)


def test_a_header_cannot_point_out_of_its_folder(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "secret.eeg").write_bytes(bytes(4200))
    path = make_brainvision(tmp_path / "raw" / "a.vhdr", shape=SHAPE)
    text = path.read_text(encoding="utf-8").replace("DataFile=a.eeg", "DataFile=../secret.eeg")
    path.write_text(text, encoding="utf-8")

    header = read_header(tmp_path / "raw", make_source(path))

    assert header.n_times == 2750


def test_filters_are_read_from_the_amplifiers_table(tmp_path):
    path = make_brainvision(tmp_path / "a.vhdr", shape=SHAPE)
    table = "\r\n".join([
        "", "[Comment]", "Channels", "--------",
        "#     Name     Phys. Chn.   Resolution / Unit   Low Cutoff [s]   High Cutoff [Hz]   Notch",
        "1     Fp1         1                0.1 \u00b5V             10             1000       Off",
        "2     Fp2         2                0.1 \u00b5V             DC              250       Off",
    ])  # fmt: skip
    with path.open("a", encoding="utf-8", newline="") as stream:
        stream.write(table + "\r\n")

    channels = read_header(tmp_path, make_source(path)).channels

    assert channels[0].low_cutoff_hz == pytest.approx(1 / (2 * np.pi * 10))
    assert channels[0].high_cutoff_hz == 1000
    assert channels[1].low_cutoff_hz == 0
    assert channels[2].low_cutoff_hz is None


def test_positions_in_millimetres_become_metres_as_mne_has_them(tmp_path):
    import mne

    path = make_brainvision(tmp_path / "a.vhdr", shape=SHAPE)
    lines = [f"Ch{i + 1}={90 + i},{-80 + 20 * i},{10 * i}" for i in range(7)]
    with path.open("a", encoding="utf-8", newline="") as stream:
        stream.write("\r\n".join(["", "[Coordinates]", *lines, ""]))

    written, header = write_one(path, tmp_path / "out")

    oracle = mne.io.read_raw_brainvision(written, verbose="ERROR").info["chs"]
    for channel, expected in zip(header.channels, oracle, strict=True):
        np.testing.assert_allclose(channel.position_m, expected["loc"][:3], atol=1e-9)


def test_flipped_bytes_raise_format_errors_only(tmp_path):
    rng = np.random.default_rng(29)
    path = make_brainvision(tmp_path / "a.vhdr", planted=Planted(), events=EVENTS,
                            shape=Shape(rates_hz=(50,) * 3, n_seconds=2))  # fmt: skip
    texts = {path: path.read_bytes(), path.with_suffix(".vmrk"): b""}
    texts[path.with_suffix(".vmrk")] = path.with_suffix(".vmrk").read_bytes()
    plugin = TestInt16()

    for _ in range(150):
        for file, whole in texts.items():
            damaged = bytearray(whole)
            for position in rng.integers(0, len(whole), rng.integers(1, 5)):
                damaged[position] = rng.integers(0, 256)
            file.write_bytes(damaged)
        plugin._read_and_write_or_refuse(tmp_path, make_source(path), tmp_path)
