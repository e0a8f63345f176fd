"""Words in bytes without a structure."""

from __future__ import annotations

from fascicle.protect._contents import Contents
from fascicle.protect._strings import add_printable


def texts(raw: bytes) -> set[str]:
    contents = Contents("unknown")
    add_printable(contents, raw, "tail")
    return {field.text for field in contents.fields}


def test_runs_of_six_characters_are_words_in_8_and_16_bits() -> None:
    assert texts(b"\x00\x01Meier A\x02\x03") == {"Meier A"}
    assert texts(b"\x01\x02" + "Meier A".encode("utf-16-le") + b"\x01") >= {"Meier A"}


def test_shorter_runs_are_none() -> None:
    assert texts(b"Meier\x00Anna\x00") == set()
