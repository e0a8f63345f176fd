"""Sorted units: split by unit in the order of time, and refused where they cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats._units import SortedUnits, describe_units, split_spikes


def test_spikes_are_split_by_unit_in_the_order_of_time() -> None:
    samples = np.array([500, 100, 300, 200, 400], dtype=np.uint64)
    clusters = np.array([7, 2, 7, 2, 2])

    numbers, times = split_spikes(samples, clusters, 100.0)

    assert numbers == (2, 7)
    assert [t.tolist() for t in times] == [[1.0, 2.0, 4.0], [3.0, 5.0]]


@pytest.mark.parametrize(
    ("samples", "clusters", "rate"),
    [
        ([], [], 100.0),
        ([1, 2], [1], 100.0),
        ([[1, 2]], [[1, 2]], 100.0),
        ([-1, 2], [1, 1], 100.0),
        ([1.0, np.nan], [1, 1], 100.0),
        ([1, 2], [1.5, 1], 100.0),
        ([1, 2], [1, 1], 0.0),
        ([1, 2], [1, 1], float("inf")),
    ],
)
def test_spikes_that_cannot_be_placed_are_refused(
    samples: list[Any], clusters: list[Any], rate: float
) -> None:
    with pytest.raises(FormatError, match="FSC275"):
        split_spikes(np.array(samples), np.array(clusters), rate)


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.float64])
def test_a_few_spikes_before_the_first_sample_stay_behind(dtype: type) -> None:
    early = np.array([-3, -41]).astype(dtype if dtype is not np.uint64 else np.int64)
    samples = np.concatenate([early, np.arange(400)]).astype(dtype)
    clusters = np.concatenate([[2, 9], np.resize([2, 5], 400)])

    numbers, times = split_spikes(samples, clusters, 100.0)

    assert numbers == (2, 5)
    assert times[0].tolist() == (np.arange(0, 400, 2) / 100).tolist()
    assert times[1].tolist() == (np.arange(1, 400, 2) / 100).tolist()


def test_the_header_says_how_many_spikes_stay_behind() -> None:
    units = SortedUnits(30000.0, (3,), (np.zeros(5),), ("good",), n_early=2)

    assert describe_units(units).evidence[1:] == ("stays behind: 2 spikes before the first sample",)


def test_the_header_counts_units_and_spikes() -> None:
    units = SortedUnits(30000.0, (3, 9), (np.zeros(5), np.zeros(2)), ("good", "mua"))

    assert describe_units(units).metadata == {
        "NumberOfUnits": 2, "NumberOfSpikes": 7, "SamplingFrequency": 30000.0,
    }  # fmt: skip
