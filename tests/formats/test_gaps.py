"""Jumps in the numbers of samples are found wherever they stand."""

from __future__ import annotations

import numpy as np

from fascicle.formats._gaps import _BLOCK, find_starts


def test_jumps_are_found_at_the_seams_of_blocks_too() -> None:
    jumps = [7, _BLOCK, _BLOCK + 1, 2 * _BLOCK + 3]
    numbers = np.arange(2 * _BLOCK + 11)
    for jump in jumps:
        numbers[jump:] += 13

    starts = find_starts(numbers, len(numbers))

    assert starts == [0, *jumps]


def test_numbers_that_go_back_begin_a_stretch_and_unsigned_ones_do_not_wrap() -> None:
    numbers = np.array([9, 10, 3, 4, 5], np.uint64)

    assert find_starts(numbers, 5) == [0, 2]


def test_only_stored_samples_count() -> None:
    assert find_starts(np.array([0, 1, 2, 90]), 3) == [0]
    assert find_starts(np.array([4]), 1) == [0]
    assert find_starts(np.zeros(0, int), 0) == [0]
