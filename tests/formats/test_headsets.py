"""Consumer headsets."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from fascicle.core import FileHead, Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, registry
from fascicle.testing import (
    FormatContract,
    Planted,
    Shape,
    make_emotiv,
    make_muse,
    make_openbci,
)


def expected_uv(rate_hz: int, n_channels: int) -> np.ndarray:
    return np.stack(Shape(rates_hz=(rate_hz,) * n_channels).samples(7)) / 10


class _WithoutTexts(FormatContract):
    """A format that says nothing of people but when it was recorded."""

    def test_what_identifies_people_is_reported(self, tmp_path: Path) -> None:
        source = self.find_source(tmp_path, self.make_recording(tmp_path))

        header = read_header(tmp_path, source)

        assert header.measured_at == datetime(2019, 11, 23, 14, 31, 7, tzinfo=UTC)


class TestMuse(_WithoutTexts):
    format_name = "muse"
    tolerance = 1e-4

    def make_recording(self, root: Path) -> Path:
        return make_muse(root / "a.csv", planted=Planted())

    def read_oracle(self, path: Path) -> np.ndarray:
        return expected_uv(256, 5)


class TestOpenBci(_WithoutTexts):
    format_name = "openbci"
    tolerance = 1e-4

    def make_recording(self, root: Path) -> Path:
        return make_openbci(root / "OpenBCI-RAW.txt", planted=Planted())

    def read_oracle(self, path: Path) -> np.ndarray:
        still = np.tile([[0.0], [0.0], [1.0]], 2750)
        return np.vstack([expected_uv(250, 7), still])


class TestEmotiv(FormatContract):
    format_name = "emotiv"
    tolerance = 1e-4

    def make_recording(self, root: Path) -> Path:
        return make_emotiv(root / "a.csv", planted=Planted())

    def read_oracle(self, path: Path) -> np.ndarray:
        return expected_uv(128, 5)


def read(root: Path, name: str, file: str):
    return read_header(root, Source(name, (PurePosixPath(file),), 0))


def test_marker_columns_become_events(tmp_path):
    make_muse(tmp_path / "a.csv")
    make_emotiv(tmp_path / "b.csv")

    muse, emotiv = read(tmp_path, "muse", "a.csv"), read(tmp_path, "emotiv", "b.csv")

    assert [(round(e.onset_s * 256), e.value) for e in muse.events] == [
        (100, 1),
        (700, 1),
        (1500, 2),
    ]
    assert [(round(e.onset_s * 128), e.label) for e in emotiv.events] == [(300, "5")]


def test_the_rate_comes_from_the_times_or_from_the_header(tmp_path):
    make_muse(tmp_path / "a.csv")
    make_openbci(tmp_path / "b.txt")

    assert read(tmp_path, "muse", "a.csv").sfreq_hz == 256
    assert read(tmp_path, "openbci", "b.txt").sfreq_hz == 250


def test_a_break_in_time_is_marked(tmp_path):
    path = make_muse(tmp_path / "a.csv")
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:1001] + lines[2001:]))

    header = read(tmp_path, "muse", "a.csv")

    assert header.sfreq_hz == 256
    assert not header.is_continuous
    assert 1000 / 256 in [e.onset_s for e in header.events if e.label == "BAD_ACQ_SKIP"]


def test_mind_monitor_keeps_signals_and_words_and_leaves_band_powers(tmp_path):
    lines = ["TimeStamp,Delta_TP9,RAW_TP9,RAW_AF7,AUX_RIGHT,Accelerometer_X,Battery,Elements"]
    for i in range(51):
        lines.append(f"2021-03-04 05:06:{7 + i * 0.1:09.6f},0.5,{800 + i},{700 - i},1,0.25,99,")
        if i == 20:
            lines.append("2021-03-04 05:06:09.050000,,,,,,,/muse/elements/blink")
    (tmp_path / "a.csv").write_text("\n".join(lines))

    opened = registry()["muse"].open(tmp_path, (PurePosixPath("a.csv"),))

    header = opened.header
    assert [c.name for c in header.channels] == ["TP9", "AF7", "AUX_RIGHT", "Accelerometer_X"]
    assert [(e.onset_s, e.label) for e in header.events] == [
        (pytest.approx(2.1), "/muse/elements/blink")
    ]
    np.testing.assert_array_equal(opened.read(0, 51)[0], 800 + np.arange(51))
    assert header.measured_at == datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_old_openbci_texts_have_no_names(tmp_path):
    lines = ["%OpenBCI Raw EEG Data", "%Number of channels = 3", "%Sample Rate = 250.0 Hz"]
    lines += [
        f"{i}, {i}.5, 2, 3, 0.1, 0.2, 0.3, 12:00:00.{i:03}, {1.6e12 + 4 * i:.0f}" for i in range(99)
    ]
    (tmp_path / "a.txt").write_text("\n".join(lines))

    opened = registry()["openbci"].open(tmp_path, (PurePosixPath("a.txt"),))

    names = [c.name for c in opened.header.channels]
    assert names == ["EXG1", "EXG2", "EXG3", "ACC1", "ACC2", "ACC3"]
    np.testing.assert_array_equal(opened.read(0, 99)[0], np.arange(99) + 0.5)
    assert opened.header.measured_at == datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)


def test_an_openbci_text_that_does_not_count_its_channels_has_eight(tmp_path):
    rows = (f"{i}, " + ", ".join(str(i + n) for n in range(8)) + ", 0, 0, 1" for i in range(33))
    (tmp_path / "a.txt").write_text(
        "%OpenBCI Raw EEG Data\n%Sample Rate = 250.0 Hz\n" + "\n".join(rows)
    )

    opened = registry()["openbci"].open(tmp_path, (PurePosixPath("a.txt"),))

    assert [c.kind for c in opened.header.channels] == ["EEG"] * 8 + ["MISC"] * 3
    np.testing.assert_array_equal(opened.read(0, 33)[7], np.arange(33) + 7)


def test_emotiv_test_bench_names_its_columns_in_the_first_line(tmp_path):
    first = "title:x, recorded:01.02.20 03.04.05, sampling:128, subject:S9, labels:COUNTER AF3 T7"
    rows = [f"{i % 129}, {4200 + i}, {4100 - i}" for i in range(301)]
    (tmp_path / "a.csv").write_text("\n".join([first, *rows]))

    opened = registry()["emotiv"].open(tmp_path, (PurePosixPath("a.csv"),))

    assert [c.name for c in opened.header.channels] == ["AF3", "T7"]
    assert opened.header.sfreq_hz == 128
    assert opened.header.subject.code == "S9"
    np.testing.assert_array_equal(opened.read(0, 301)[1], 4100 - np.arange(301))


@pytest.mark.parametrize(
    "text",
    ["participant_id,age,sex\nsub-01,34,F\n", "timestamps,x,y\n1,2,3\n", "TimeStamp,event\n1,2\n"],
)
def test_other_tables_are_left_alone(tmp_path, text):
    head = FileHead(PurePosixPath("a.csv"), text.encode(), len(text))

    assert not any(registry()[name].recognises(head) for name in ("muse", "openbci", "emotiv"))


def test_a_table_without_rows_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("timestamps,TP9,AF7,AF8,TP10\n")

    with pytest.raises(FormatError, match="FSC237"):
        read(tmp_path, "muse", "a.csv")


def test_headsets_are_no_tables_of_participants(tmp_path):
    make_muse(tmp_path / "a.csv")

    found = recognise(tmp_path)

    assert [source.format for source in found.sources] == ["muse"]
    assert found.tables == ()


def test_caps_of_emotiv_have_electrodes_of_any_place(tmp_path):
    lines = ["Timestamp,EEG.Counter,EEG.Cz,EEG.CP5,EEG.Battery,MOT.AccX,MarkerValueInt"]
    lines += [f"{1.6e9 + i / 128:.6f},{i % 128},{i},{-i},99,1,0" for i in range(201)]
    (tmp_path / "a.csv").write_text("\n".join(lines))

    header = read(tmp_path, "emotiv", "a.csv")

    assert [c.name for c in header.channels] == ["Cz", "CP5"]
    assert header.sfreq_hz == 128
