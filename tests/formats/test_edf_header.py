"""The header of EDF and BDF."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from fascicle.core import Channel, Header, Modality, Subject
from fascicle.errors import FormatError
from fascicle.formats._edf_header import (
    format_edf,
    format_patient,
    format_prefilter,
    parse_edf,
    parse_prefilter,
    parse_start,
)
from fascicle.testing import Planted, Shape, make_edf

SHAPE = Shape(rates_hz=(50, 25), n_seconds=3)


@pytest.fixture
def content(tmp_path):
    return bytearray(make_edf(tmp_path / "a.edf", planted=Planted(), shape=SHAPE).read_bytes())


def parse(content):
    return parse_edf(io.BytesIO(content), len(content))


def put(content, start, text, width):
    content[start : start + width] = text.encode().ljust(width)
    return content


@pytest.mark.parametrize(
    ("start", "text", "width"),
    [
        (252, "", 4), (252, "0", 4), (252, "-1", 4), (252, "ab", 4), (184, "256", 8),
        (244, "-1", 8), (244, "nan", 8), (244, "1_0", 8), (244, "inf", 8),
        (256 + 3 * 216, "0", 8), (256 + 3 * 216, "1.5", 8), (256 + 3 * 104, "x", 8),
    ],
)  # fmt: skip
def test_fields_that_make_no_sense_are_told(content, start, text, width):
    with pytest.raises(FormatError, match=r"FSC20[23]"):
        parse(put(content, start, text, width))


def test_a_decimal_comma_is_read_and_written_as_a_point(content):
    put(content, 256 + 3 * 104, "-3276,8", 8)

    assert parse(content).signals[0].physical_min == "-3276.8"


def test_a_record_of_no_length_lasts_a_second(content):
    assert parse(put(content, 244, "0", 8)).record_s == 1.0


@pytest.mark.parametrize(
    ("recording", "startdate", "expected"),
    [
        ("Startdate 02-MAR-1951 X X X", "02.03.51", datetime(1951, 3, 2, 14, 31, 7, tzinfo=UTC)),
        ("Startdate X X X X", "02.03.84", datetime(2084, 3, 2, 14, 31, 7, tzinfo=UTC)),
        ("free words", "02.03.85", datetime(1985, 3, 2, 14, 31, 7, tzinfo=UTC)),
        ("Startdate 31-FEB-2001 X X X", "31.02.01", None),
        ("", "  .  .  ", None),
    ],
)
def test_the_start_is_read_from_the_year_in_full(content, recording, startdate, expected):
    put(content, 88, recording, 80)
    put(content, 168, startdate, 8)

    assert parse_start(parse(content)) == expected


def test_a_time_that_cannot_be_is_midnight(content):
    put(content, 176, "29.61.99", 8)

    assert parse_start(parse(content)) == datetime(2019, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("subject", "field"),
    [
        (Subject(), "X X X X"),
        (Subject(code="sub 01", name="Jane Doe", sex="F"), "sub_01 F X X"),
        (Subject(birth=date(1951, 5, 2), sex="O"), "X X 02-MAY-1951 X"),
    ],
)
def test_the_patient_field_never_has_a_name(subject, field):
    assert format_patient(subject) == field


@pytest.mark.parametrize(
    ("start", "field", "short"),
    [
        (datetime(1999, 2, 3, tzinfo=UTC), b"Startdate 03-FEB-1999 X X X", b"03.02.99"),
        (datetime(1925, 2, 3, tzinfo=UTC), b"Startdate 03-FEB-1925 X X X", b"03.02.yy"),
        (None, b"Startdate X X X X", b"01.01.85"),
    ],
)
def test_the_start_is_written_from_the_header_alone(content, start, field, short):
    written = format_edf(parse(content), header_for(content, measured_at=start))

    assert written[88:168].rstrip() == field
    assert written[168:176] == short


def header_for(content, **changes):
    channels = tuple(
        Channel(s.label, "EEG", "uV", 50.0, 0.1, 75.0) for s in parse(content).channels
    )
    return replace(Header(Modality.EEG, 50.0, 150, channels), **changes)


def test_what_was_written_reads_back(content):
    source = parse(content)
    written = format_edf(source, header_for(content))

    again = parse_edf(io.BytesIO(written + bytes(content[256 * 4 :])), len(content))

    assert [s.calibration() for s in again.channels] == [s.calibration() for s in source.channels]
    assert [s.label for s in again.signals] == [s.label for s in source.signals]
    assert again.n_records == 3
    assert again.channels[0].prefilter == "HP:0.1Hz LP:75Hz"
    assert again.channels[0].transducer == ""


@pytest.mark.parametrize(
    ("text", "edges"),
    [("HP:0.1Hz LP:75Hz N:50Hz", (0.1, 75.0)), ("HP: DC; LP: 417 Hz", (0.0, 417.0)),
     ("HP:0Hz LP:0Hz N:0Hz", (0.0, None)), ("HP:0,5Hz", (0.5, None)), ("none", (None, None)),
     ("HP:160mHz LP:1.5kHz", (0.16, 1500.0)), ("HP:1.6e-05Hz", (1.6e-05, None)),
     ("HP: 0.5 s LP:0.01ms", (0.318309886, 15915.494309190)), ("HP:0s", (None, None))],
)  # fmt: skip
def test_filter_edges_are_read(text, edges):
    assert parse_prefilter(text) == pytest.approx(edges)


@pytest.mark.parametrize("edges", [(0.016, 250.0), (1.6e-05, 1500.0), (0.0, 0.5)])
def test_filter_edges_come_back_as_they_went(edges):
    assert parse_prefilter(format_prefilter(*edges)) == edges


def test_header_bytes_are_as_many_as_they_say(content):
    written = format_edf(parse(content), header_for(content))

    assert int(written[184:192]) == len(written)
