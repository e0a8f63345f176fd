"""Words in bytes without a structure."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.protect._contents import Contents
from fascicle.protect._strings import add_printable, spell


def texts(raw: bytes) -> set[str]:
    contents = Contents("unknown")
    add_printable(contents, raw, "tail")
    return {field.text for field in contents.fields}


def test_runs_of_six_characters_are_words_in_8_and_16_bits() -> None:
    assert texts(b"\x00\x01Meier A\x02\x03") == {"Meier A"}
    assert texts(b"\x01\x02" + "Meier A".encode("utf-16-le") + b"\x01") >= {"Meier A"}


def test_shorter_runs_are_none() -> None:
    assert texts(b"Meier\x00Anna\x00") == set()


@pytest.mark.parametrize("dtype", ["u1", "<u2", ">i4", "<i8", "<f4", "<f8"])
def test_codes_of_letters_are_a_text_in_any_type(dtype: str) -> None:
    codes = np.array([[ord(letter) for letter in "Lüttich"], [0] * 7], dtype)

    assert spell(codes) == "Lüttich" + "\0" * 7


@pytest.mark.parametrize(
    "numbers",
    [[65, 66, 67], [65, 66, 67, 7], [65, 66, 67, 0x250], [65, 66, 67, 68.5],
     [65, 66, 67, np.nan], [65] * 70_000, [65j] * 9, [True] * 9],
)  # fmt: skip
def test_other_numbers_are_none(numbers: list[float]) -> None:
    assert spell(np.array(numbers)) == ""


def test_what_is_known_as_a_text_is_not_noted_twice_and_what_is_longer_is():
    contents = Contents("hdf5")

    add_printable(contents, b"\x01cell-001\x00\x02Meier cell-001\x00", "heap", {"cell-001"})

    assert [field.text for field in contents.fields] == ["Meier cell-001"]
