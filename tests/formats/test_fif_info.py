"""What FIF files say."""

from __future__ import annotations

from datetime import UTC, date, datetime

import mne
import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats._fif_info import (
    contiguous_runs,
    continuation,
    identifiers_of,
    julian_day,
    measurement_start,
    parse_part,
    subject_of,
)
from fascicle.formats._fif_tags import Stored
from fascicle.testing import Planted, Shape, make_fif

SHAPE = Shape(rates_hz=(250,) * 5)


def parse(path):
    with path.open("rb") as stream:
        return parse_part(stream, path.stat().st_size)


def test_numbers_are_those_of_mne(tmp_path):
    path = make_fif(tmp_path / "a_raw.fif", shape=SHAPE)
    raw = mne.io.read_raw_fif(path, verbose="ERROR")

    part = parse(path)

    assert part.names == tuple(raw.ch_names)
    assert part.sfreq_hz == raw.info["sfreq"]
    assert part.first_sample == raw.first_samp
    assert part.n_times == raw.n_times
    np.testing.assert_allclose(
        part.channels["cal"] * part.channels["range"],
        [c["cal"] * c["range"] for c in raw.info["chs"]],
    )
    assert measurement_start(part) == raw.info["meas_date"]
    assert continuation(part.scan) is None


def test_long_names_are_read_in_full(tmp_path):
    raw = mne.io.read_raw_fif(make_fif(tmp_path / "a_raw.fif", shape=SHAPE), verbose="ERROR")
    mne.rename_channels(raw.info, {"Fp1": "an electrode with a long name"}, verbose="ERROR")
    raw.save(tmp_path / "b_raw.fif", verbose="ERROR")

    part = parse(tmp_path / "b_raw.fif")

    assert part.names[0] == "an electrode with a long name"
    assert len(part.short_names()[0]) <= 15


def test_people_are_read_as_mne_reads_them(tmp_path):
    part = parse(make_fif(tmp_path / "a_raw.fif", planted=Planted(), shape=SHAPE))

    subject = subject_of(part.info)

    assert subject.birth == date(1951, 5, 2)
    assert subject.name == f"Ottokar {Planted().name}"
    kinds = {identifier.kind for identifier in identifiers_of(part)}
    assert kinds >= {"name", "id", "birthdate", "date", "operator", "institution", "serial", "text"}


def test_without_a_date_that_of_the_measurement_counts_as_for_mne(tmp_path):
    raw = mne.io.read_raw_fif(make_fif(tmp_path / "a_raw.fif", shape=SHAPE), verbose="ERROR")
    raw.set_meas_date(None)
    raw.save(tmp_path / "b_raw.fif", verbose="ERROR")

    assert measurement_start(parse(tmp_path / "b_raw.fif")) is None
    assert measurement_start(parse(tmp_path / "a_raw.fif")) == datetime(
        2012, 2, 3, 4, 5, 6, tzinfo=UTC
    )


def test_days_are_counted_as_mne_counts_them():
    for day in (date(1951, 5, 2), date(2000, 1, 1), date(1899, 12, 31)):
        assert julian_day(day) == mne.utils.numerics._date_to_julian(day)


def test_runs_end_where_tags_do_not_stand_in_a_row():
    tags = [
        Stored(300, 4, 0, 84, 0), Stored(300, 4, 100, 84, 0), Stored(300, 4, 300, 84, 900),
        Stored(300, 4, 400, 84, 0), Stored(300, 4, 500, 84, 0),
    ]  # fmt: skip

    assert [len(run) for run in contiguous_runs(tags)] == [2, 1, 2]
    assert list(contiguous_runs([])) == []


def test_wrong_numbers_of_channels_are_told(tmp_path):
    path = make_fif(tmp_path / "a_raw.fif", shape=SHAPE)
    content = path.read_bytes()
    where = content.index(np.array([200, 3, 4, 0], ">i4").tobytes())
    changed = bytearray(content)
    changed[where + 16 : where + 20] = (9).to_bytes(4, "big")
    path.write_bytes(changed)

    with pytest.raises(FormatError, match="FSC203"):
        parse(path)
