"""Closed lists of scanners' words become patterns that hold nothing else."""

from __future__ import annotations

import re

import pytest

from fascicle.protect import _imaging_words as words


def test_a_list_is_a_pattern_of_its_words_alone() -> None:
    pattern = re.compile(words.one_of("EP SE", r"T\d"))

    assert [bool(pattern.fullmatch(w)) for w in ("EP", "SE", "T2", "T", "EPSE", "")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        (words.SCANNING_SEQUENCE, "EP_SE"), (words.SEQUENCE_VARIANT, r"SK\SP\MP"),
        (words.SCAN_OPTIONS, "PFP_FS"), (words.IMAGE_TYPE, "DIS2D"), (words.SOFTWARE, "VE11C"),
        (words.CONVERTER, "0.1.0"), (words.COILS, "T:HEA;HEP"),
        (words.SEQUENCE_NAMES, "*tfl3d1_16ns"), (words.PATIENT_POSITION, "FFS"),
        (words.PARTIAL_FOURIER, "SLICE_SELECT"),
    ],
)  # fmt: skip
def test_what_scanners_write_is_of_the_lists(pattern: str, value: str) -> None:
    assert re.fullmatch(pattern, value)
    assert not re.fullmatch(pattern, f"{value}MEIER")
