"""Persyst."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from fascicle.core import Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, registry
from fascicle.testing import FormatContract, Planted, Shape, make_persyst

SOURCE = Source("persyst", (PurePosixPath("a.lay"),), 0)


class TestPersyst(FormatContract):
    format_name = "persyst"
    tolerance = 1e-4

    def make_recording(self, root: Path) -> Path:
        return make_persyst(root / "a.lay", planted=Planted())

    def read_oracle(self, path: Path) -> np.ndarray:
        return np.stack(Shape().samples(7)) / 2


def test_mne_reads_the_same(tmp_path):
    import mne

    path = make_persyst(tmp_path / "a.lay", planted=Planted())

    opened = registry()["persyst"].open(tmp_path, SOURCE.files)

    raw = mne.io.read_raw_persyst(path, verbose="ERROR")
    np.testing.assert_allclose(opened.read(0, 2761), raw.get_data() * 1e6)
    assert [c.name.upper() for c in opened.header.channels] == raw.ch_names
    assert opened.header.measured_at == raw.info["meas_date"]


def test_person_and_comments_are_read(tmp_path):
    make_persyst(tmp_path / "a.lay", planted=Planted())

    header = read_header(tmp_path, SOURCE)

    assert header.subject.birth == date(1951, 5, 2)
    assert (header.subject.sex, header.subject.hand) == ("F", "R")
    assert header.measured_at == datetime(2019, 11, 23, 14, 31, 7, tzinfo=UTC)
    assert [(e.onset_s, e.duration_s, e.label) for e in header.events] == [(1.5, 0.5, "tone")]
    said = {identifier.value for identifier in header.identifiers}
    assert {Planted().name, Planted().code, Planted().operator, Planted().text} <= said


def test_fields_on_the_patient_may_be_missing(tmp_path):
    path = make_persyst(tmp_path / "a.lay", planted=Planted())
    lines = path.read_text().splitlines()
    start, stop = lines.index("[Patient]"), lines.index("[ChannelMap]")
    path.write_text("\n".join(lines[: start + 1] + lines[stop:]))

    header = read_header(tmp_path, SOURCE)

    assert header.measured_at is None
    assert header.identifiers == ()


def test_a_jump_of_the_clock_is_a_gap(tmp_path):
    path = make_persyst(tmp_path / "a.lay")
    times = "0=100.0\n1004=104.0\n2008=118.0\n"
    path.write_text(path.read_text().replace("0=0.0\n", times))

    header = read_header(tmp_path, SOURCE)

    assert not header.is_continuous
    skips = [e.onset_s * 251 for e in header.events if e.label == "BAD_ACQ_SKIP"]
    assert skips == [pytest.approx(2008)]


def test_the_samples_stay_with_the_header_even_when_both_were_renamed(tmp_path):
    make_persyst(tmp_path / "a.lay")
    (tmp_path / "a.lay").rename(tmp_path / "b.lay")
    (tmp_path / "a.dat").rename(tmp_path / "b.dat")

    (source,) = recognise(tmp_path).sources

    assert source.files == (PurePosixPath("b.lay"), PurePosixPath("b.dat"))
    assert read_header(tmp_path, source).n_times == 2761


def test_a_header_without_its_samples_is_refused(tmp_path):
    make_persyst(tmp_path / "a.lay")
    (tmp_path / "a.dat").unlink()

    with pytest.raises(FormatError, match="FSC205"):
        read_header(tmp_path, SOURCE)


def test_a_header_that_names_a_path_reads_nothing_outside(tmp_path):
    path = make_persyst(tmp_path / "raw.lay")
    path.write_text(path.read_text().replace("File=raw.dat", "File=../../etc/passwd"))

    with pytest.raises(FormatError):
        read_header(tmp_path / "x", SOURCE)
    source = Source("persyst", (PurePosixPath("raw.lay"),), 0)
    assert read_header(tmp_path, source).n_times == 2761
