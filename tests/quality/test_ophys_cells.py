"""Cells of a written file: outlines and traces."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.quality import _ophys_cells
from fascicle.quality._ophys_cells import (
    MAX_LINES,
    MAX_POINTS,
    find_outline,
    measure_traces,
    shorten,
)


def test_the_outline_is_what_erosion_takes_away() -> None:
    """SciPy as the oracle, on odd shapes."""
    from scipy.ndimage import binary_erosion

    image = np.random.default_rng(5).random((23, 31)) < 0.7
    mask = np.argwhere(image)

    outline = find_outline(mask)

    expected = np.argwhere(image & ~binary_erosion(image))
    assert sorted(map(tuple, outline.tolist())) == sorted(map(tuple, expected.tolist()))
    assert find_outline(np.zeros((0, 2), np.int64)).shape == (0, 2)


@pytest.mark.parametrize("n_values", [31, 1000, 1 << 21])
def test_flat_missing_and_lively_cells_are_told_however_blocks_are_cut(
    monkeypatch: pytest.MonkeyPatch, n_values: int
) -> None:
    """A cell with one spike stands out most."""
    monkeypatch.setattr(_ophys_cells, "_BLOCK_VALUES", n_values)
    traces = np.random.default_rng(3).normal(size=(1009, 31))
    traces[:, 6] = 2.5
    traces[500:, 8] = np.nan
    traces[777, 4] = 50

    measured = measure_traces("RoiResponseSeries", traces)

    assert (measured.n_frames, measured.n_cells) == (1009, 31)
    assert (measured.n_missing, measured.n_flat) == (509, 1)
    assert len(measured.lively) == MAX_LINES
    assert 4 in measured.lively
    assert 6 not in measured.lively


def test_long_traces_become_short_lines_that_keep_every_spike() -> None:
    """The highest value of each stretch, in standard deviations."""
    traces = np.random.default_rng(3).normal(size=(100_003, 7))
    traces[7777, 4] = 50

    lines = shorten(traces, np.array([1, 4]))

    assert lines.shape == (2, -(-100_003 // 101))
    assert lines.shape[1] <= MAX_POINTS
    assert int(np.argmax(lines[1])) == 7777 // 101
    np.testing.assert_allclose(lines.mean(axis=1), 0, atol=1e-4)
    np.testing.assert_allclose(lines.std(axis=1), 1, rtol=1e-4)
