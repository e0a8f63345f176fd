"""Frames of Motion JPEG: tables of codes are no prose, and prose in their place is found."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from fascicle.protect._contents import Contents
from fascicle.protect._parse_jpeg import take_jpeg
from fascicle.protect._scan_file import _holds_prose

cv2 = pytest.importorskip("cv2")


def make_frame(seed: int = 3) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (37, 41, 3), np.uint8)
    return bytes(cv2.imencode(".jpg", pixels)[1].tobytes())


def take(data: bytes, stop: int | None = None) -> Contents:
    contents = Contents("video")
    take_jpeg(data, (0, len(data) if stop is None else stop), "samples", contents)
    return contents


def holds_prose(data: bytes, contents: Contents) -> bool:
    """Look at every alignment: where a frame stands in a file is chance."""
    return any(
        _holds_prose(memoryview(data)[start + shift : stop])
        for start, stop in contents.samples
        for shift in range(32)
    )


def add_segment(frame: bytes, kind: int, body: bytes) -> bytes:
    return frame[:2] + struct.pack(">BBH", 0xFF, kind, len(body) + 2) + body + frame[2:]


def test_the_usual_tables_of_codes_are_no_prose() -> None:
    frame = make_frame()
    whole = Contents("video", samples=[(0, len(frame))])

    contents = take(frame)

    assert holds_prose(frame, whole)
    assert not holds_prose(frame, contents)
    assert contents.fields == []
    assert sum(b - a for a, b in contents.samples) > 0.5 * len(frame)


def test_the_text_of_a_comment_and_of_an_application_is_a_field() -> None:
    frame = add_segment(make_frame(), 0xFE, b"filmed by Quirrenbach")
    frame = add_segment(frame, 0xE1, b"Exif\0\0Kelvarin Hospital")

    texts = " ".join(field.text for field in take(frame).fields)

    assert "Quirrenbach" in texts
    assert "Kelvarin Hospital" in texts


def test_a_comment_of_blanks_is_nothing() -> None:
    assert take(add_segment(make_frame(), 0xFE, b" " * 21)).fields == []


@pytest.mark.parametrize("place", ["table", "behind", "pixels"])
def test_prose_in_place_of_a_table_or_behind_the_image_is_still_seen(place: str) -> None:
    frame = make_frame()
    prose = b"the patient was seen by a doctor of the ward and then went to the scanner alone "
    if place == "behind":
        frame += prose
    elif place == "pixels":
        frame = frame[:-2] + prose + frame[-2:]
    else:
        frame = add_segment(frame, 0xC4, prose)

    assert holds_prose(frame, take(frame))


@pytest.mark.parametrize("cut", [0, 1, 3, 19, 200, -2])
def test_a_frame_that_cannot_be_followed_is_samples_as_a_whole(cut: int) -> None:
    frame = make_frame()[:cut]

    assert take(frame).samples == [(0, len(frame))]
