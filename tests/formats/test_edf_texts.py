"""Time-stamped annotation lists."""

from __future__ import annotations

import io

import numpy as np
import pytest

from fascicle.core import Event
from fascicle.formats._edf_header import parse_edf
from fascicle.formats._edf_texts import (
    Timeline,
    format_onset,
    format_tal,
    iterate_records,
    make_timeline,
    parse_tals,
    place_events,
    read_texts,
)
from fascicle.testing import Shape, make_edf

GAPPED = Timeline((0.5, 1.5, 7.5), (b"+0.5", b"+1.5", b"+7.5"), 1.0)


def parse(path):
    content = path.read_bytes()
    return io.BytesIO(content), parse_edf(io.BytesIO(content), len(content))


def test_lists_with_several_words_and_broken_ones_are_read():
    data = (
        b"+0\x14\x14first\x14\0+1.5\x150.25\x14a\x14b\x14\0nonsense\x14\0+2\x14\xc3\xa4\x14\0\0\0"
    )

    assert list(parse_tals(data)) == [
        (b"+0", 0.0, ["", "first"]), (b"+1.5", 0.25, ["a", "b"]), (b"+2", 0.0, ["\u00e4"]),
    ]  # fmt: skip


def test_words_that_are_no_utf8_are_read_as_latin():
    assert [words for _, _, words in parse_tals(b"+1\x14\xe4\x14\0")] == [["\u00e4"]]


@pytest.mark.parametrize(("clock_s", "stored_s"), [(0.5, 0), (1.25, 0.75), (2.0, 1.5), (7.5, 2.0),
                                                   (8.25, 2.75)])  # fmt: skip
def test_times_on_the_clock_and_in_the_samples_belong_together(clock_s, stored_s):
    assert GAPPED.to_stored(clock_s) == pytest.approx(stored_s)
    assert GAPPED.to_clock(stored_s) == pytest.approx(clock_s)


def test_a_time_in_a_gap_is_where_the_samples_go_on():
    assert GAPPED.to_stored(5.0) == 2.0
    assert GAPPED.has_gaps


def test_labels_cannot_break_out_of_their_list():
    tal = format_tal(1.0, 0.0, "a\x14b\x00c\nd")

    assert list(parse_tals(tal)) == [(b"+1", 0.0, ["a b c d"])]


def test_onsets_keep_microseconds():
    assert [format_onset(s) for s in (0, 1.5, 123456.123456, -0.25, -1e-9)] == [
        b"+0", b"+1.5", b"+123456.123456", b"-0.25", b"+0",
    ]  # fmt: skip


def test_broken_time_stamps_of_a_continuous_file_are_mended(tmp_path):
    _, header = parse(make_edf(tmp_path / "a.edf", shape=Shape(rates_hz=(50,), n_seconds=4)))
    stamps = [(0.25, b"+0.25"), None, (99.0, b"+99"), (3.25, b"+3.25")]

    timeline = make_timeline(stamps, header)

    assert timeline.onsets_s == (0.25, 1.25, 2.25, 3.25)
    assert timeline.stamps == (b"+0.25", b"+1.25", b"+2.25", b"+3.25")


def test_pages_hold_every_event_and_no_more_than_their_size(tmp_path):
    stream, header = parse(make_edf(tmp_path / "a.edf", shape=Shape(rates_hz=(50,), n_seconds=11)))
    timeline, _ = read_texts(stream, header)
    rng = np.random.default_rng(17)
    events = [Event(float(t), 0.0, f"e{i}") for i, t in enumerate(rng.uniform(0, 11, 47).round(3))]

    pages = place_events(events, timeline, header)

    assert {len(page) for page in pages} == {120}
    placed = [w for page in pages for _, _, words in parse_tals(page) for w in words if w]
    assert sorted(placed) == sorted(event.label for event in events)
    assert all(page.startswith(b"+%d\x14\x14\0" % i) for i, page in enumerate(pages))


def test_what_fits_nowhere_is_left_out(tmp_path):
    stream, header = parse(make_edf(tmp_path / "a.edf", shape=Shape(rates_hz=(50,), n_seconds=3)))
    timeline, _ = read_texts(stream, header)
    events = [Event(1.0, 0.0, "x" * 200), Event(2.0, 0.0, "fits")]

    pages = place_events(events, timeline, header)

    assert b"xxx" not in b"".join(pages)
    assert b"fits" in b"".join(pages)


def test_records_come_whole_whatever_the_block(tmp_path):
    path = make_edf(tmp_path / "a.edf", shape=Shape(rates_hz=(50,) * 3, n_seconds=7))
    stream, header = parse(path)

    runs = [(first, bytes(block)) for first, block in iterate_records(stream, header, 1300)]

    assert header.record_bytes == 420
    assert [first for first, _ in runs] == [0, 3, 6]
    assert b"".join(block for _, block in runs) == path.read_bytes()[header.header_bytes :]


def test_records_that_are_moved_keep_their_steps():
    moved = GAPPED.moved_to(0.25)

    assert moved == Timeline((0.25, 1.25, 7.25), (b"+0.25", b"+1.25", b"+7.25"), 1.0)
    assert GAPPED.moved_to(0.5) is GAPPED
