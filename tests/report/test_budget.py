from itertools import pairwise

import pytest

from fascicle.report._budget import PICTURE_BYTES, Detail, choose_detail


@pytest.mark.parametrize(("n_recordings", "n_channels"), [(1, 300), (40, 64), (200, 306)])
def test_the_estimated_points_fit_the_budget(n_recordings, n_channels):
    detail = choose_detail(n_recordings, n_channels)

    lines = detail.n_points * min(n_channels, detail.n_lines)
    bins = 2 * detail.n_bins * detail.n_rows
    assert n_recordings * (lines + bins) * 8 <= 1.1 * PICTURE_BYTES


def test_more_recordings_never_get_more_detail():
    sizes = [choose_detail(n, 128) for n in (1, 10, 100, 1000, 10_000)]

    assert sizes[0] == Detail()
    for finer, coarser in pairwise(sizes):
        assert coarser.n_lines <= finer.n_lines
        assert coarser.n_bins <= finer.n_bins


def test_many_pictures_become_smaller_first_and_then_fewer():
    few, some, many = (choose_detail(n, 8, 4 * n) for n in (2, 60, 2000))

    assert few == Detail()
    assert some.n_samples < few.n_samples
    assert some.n_pictures >= 4
    assert many.n_pictures == 1
    assert 60 * 4 * some.n_samples * 0.8 <= 1.1 * PICTURE_BYTES
