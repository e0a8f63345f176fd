"""The texts of BrainVision."""

from __future__ import annotations

import pytest

from fascicle.core import Event
from fascicle.errors import FormatError
from fascicle.formats._brainvision_text import (
    format_vmrk,
    iterate_people,
    parse_date,
    parse_sections,
    parse_vhdr,
    parse_vmrk,
    position_m,
)
from fascicle.testing import make_brainvision


@pytest.fixture
def text(tmp_path):
    return make_brainvision(tmp_path / "a.vhdr").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("NumberOfChannels=7", "NumberOfChannels=0", "FSC203"),
        ("NumberOfChannels=7", "", "FSC203"),
        ("SamplingInterval=", "SamplingInterval=-", "FSC203"),
        ("SamplingInterval=", "SamplingInterval=x", "FSC203"),
        (",0.1,", ",many,", "FSC203"),
        ("BinaryFormat=INT_16", "BinaryFormat=INT_128", "FSC206"),
        ("DataFormat=BINARY", "DataFormat=BINARY\nDataType=FREQUENCYDOMAIN", "FSC206"),
        ("Brain Vision", "Brain", "FSC203"),
    ],
)
def test_fields_that_make_no_sense_are_told(text, old, new, code):
    with pytest.raises(FormatError, match=code):
        parse_vhdr(text.replace(old, new).encode())


def test_headers_of_western_windows_are_read(text):
    vhdr = parse_vhdr(text.replace("Codepage=UTF-8", "").encode("cp1252"))

    assert {channel.unit for channel in vhdr.channels} == {"\u00b5V"}


def test_missing_channel_lines_get_names(text):
    lines = [line for line in text.splitlines() if not line.startswith(("Ch3=", "Ch5="))]

    names = [channel.name for channel in parse_vhdr("\n".join(lines).encode()).channels]

    assert names == ["Fp1", "Fp2", "Ch3", "C4", "Ch5", "O2", "HEOG"]


def test_nothing_behind_the_comment_is_taken_for_a_setting(text):
    more = text + "[Comment]\r\nNumberOfChannels=9\r\n[Coordinates]\r\nCh1=1,2,3\r\n"

    sections, _, comment = parse_sections(more)

    assert "coordinates" not in sections
    assert "NumberOfChannels=9" in comment


def test_commas_in_names_come_back(text):
    vhdr = parse_vhdr(text.replace("Ch1=Fp1", "Ch1=Fp1\\1left").encode())

    assert vhdr.channels[0].name == "Fp1,left"


def test_markers_come_back_as_they_went():
    events = [
        Event(0.5, 0.0, "Stimulus/S  1", 1), Event(0.75, 0.25, "plain, words"),
        Event(1.0, 0.0, "New Segment/"), Event(1.5, 0.0, "Odd/type"),
    ]  # fmt: skip

    again, dates, n_segments = parse_vmrk(format_vmrk(events, 1000.0, "a", None), 1000.0)

    assert again == events
    assert (dates, n_segments) == ([], 2)


def test_labels_cannot_break_out_of_their_line():
    markers = format_vmrk([Event(0.0, 0.0, "a\nMk9=Stimulus,S  9,1,1,0")], 1000.0, "a", None)

    assert [event.label for event in parse_vmrk(markers, 1000.0)[0]] == [
        "a Mk9=Stimulus,S  9,1,1,0"
    ]


def test_dates_of_twenty_digits_are_read():
    assert str(parse_date("20130529161227123456")) == "2013-05-29 16:12:27.123456+00:00"
    assert parse_date("00000000000000000000") is None


def test_the_vertex_is_up_and_theta_ninety_is_right():
    assert position_m((90.0, 0.0, 0.0)) == pytest.approx((0, 0, 0.09))
    assert position_m((90.0, 90.0, 0.0)) == pytest.approx((0.09, 0, 0))
    assert position_m((1.0, 90.0, 90.0)) == pytest.approx((0, 0.095, 0))


def test_lines_about_people_are_told_from_lines_about_settings():
    comment = "\n".join([
        "Subject name: Doe", "Patient ID: 77", "Technician: Roe", "Number of channels: 7",
        "Sampling Rate [Hz]: 500", "Date of birth: 1.2.1950", "Serial number: 8812",
        "Fp1:        5",
    ])  # fmt: skip

    assert list(iterate_people(comment, ["Data created from history path: doe/Raw Data"])) == [
        ("path", "doe/Raw Data"), ("name", "Doe"), ("id", "77"), ("operator", "Roe"),
        ("birthdate", "1.2.1950"), ("serial", "8812"),
    ]  # fmt: skip
