"""BrainVision: every line, and whole samples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fascicle.protect._contents import Context
from fascicle.protect._parse_brainvision import parse_header, parse_samples

VHDR = "NumberOfChannels=3\nBinaryFormat={}\n"


def beside(binary: str) -> Callable[[str], bytes | None]:
    return lambda ending: VHDR.format(binary).encode() if ending == ".vhdr" else None


def test_a_moment_of_a_segment_becomes_a_day() -> None:
    contents = parse_header(b"Mk1=New Segment,,1,1,0,20130512093011123456\n", Context("a.vmrk"))

    assert "2013-05-12" in [f.text for f in contents.fields]


def test_every_line_and_cell_is_read() -> None:
    text = b"[Common Infos]\nCh1=Fp1,,0.1,uV\n\n[Comment]\nseen by somebody\n"

    texts = [f.text for f in parse_header(text, Context("a.vhdr")).fields]

    assert texts == ["[Common Infos]", "Fp1", "0.1", "uV", "[Comment]", "seen by somebody"]


@pytest.mark.parametrize(("binary", "width"), [("INT_16", 2), ("IEEE_FLOAT_32", 4)])
def test_samples_are_whole_frames_of_the_declared_width(binary: str, width: int) -> None:
    context = Context("a.eeg", beside(binary))

    whole = parse_samples(bytes(3 * width * 101), context)
    more = parse_samples(bytes(3 * width * 101 + 1), context)

    assert whole.samples == more.samples == [(0, 3 * width * 101)]
    assert whole.problems == []
    assert [p.code for p in more.problems] == ["proof.slack"]


def test_letters_among_floats_are_odd_numbers() -> None:
    values = np.random.default_rng(1).normal(0, 50, 300).astype("<f4")
    data = bytearray(values.tobytes())
    context = Context("a.eeg", beside("IEEE_FLOAT_32"))
    clean = parse_samples(bytes(data), context)
    data[400:412] = b"Leonorexyzab"

    assert clean.problems == []
    assert [p.code for p in parse_samples(bytes(data), context).problems] == ["proof.odd_samples"]


def test_samples_without_a_header_are_not_proven() -> None:
    assert parse_samples(bytes(6), Context("a.eeg")).problems[0].code == "proof.broken"
