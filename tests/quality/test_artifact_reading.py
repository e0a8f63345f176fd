"""Chapters of a recording."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.maths import BIN_S
from fascicle.quality._artifact_reading import CHAPTER_S, ChapterMaker, mend_gaps


def cut(samples, sizes):
    start = 0
    while start < samples.shape[1]:
        for size in sizes:
            yield samples[:, start : start + size]
            start += size


def read(samples, sfreq_hz, sizes=(1000,)):
    chapters = []
    maker = ChapterMaker(len(samples), sfreq_hz, chapters.append)
    passed = np.hstack([np.zeros((len(samples), 0)), *maker.watch(cut(samples, sizes))])
    np.testing.assert_array_equal(passed, samples)
    return chapters


@pytest.mark.parametrize("minutes", [0.2, 3.0, 3.4, 7.77])
def test_every_bin_counts_in_one_chapter(minutes: float) -> None:
    rate = 50.0
    samples = np.arange(round(minutes * 60 * rate))[None].astype(float)

    chapters = read(samples, rate)

    counted = [
        round(chapter.start_s / BIN_S) + place
        for chapter in chapters
        for place in range(chapter.first_bin, chapter.last_bin)
    ]
    assert counted == list(range(int(minutes * 60 / BIN_S + 1e-6)))


def test_a_chapter_holds_the_samples_of_its_time_and_a_margin() -> None:
    rate = 50.0
    samples = np.vstack([np.arange(30_011.0), -np.arange(30_011.0)])

    chapters = read(samples, rate, (333, 1, 2000))

    assert len(chapters) > 2
    for chapter in chapters:
        first = round(chapter.start_s * rate)
        stop = first + chapter.samples.shape[1]
        np.testing.assert_array_equal(chapter.samples, samples[:, first:stop])
        assert chapter.last_bin * BIN_S <= chapter.samples.shape[1] / rate + 1e-9
    assert chapters[1].first_bin == round(2 / BIN_S)
    assert chapters[0].last_bin * BIN_S == CHAPTER_S


def test_chapters_do_not_depend_on_the_blocks() -> None:
    samples = np.random.default_rng(0).standard_normal((3, 40_007))

    first, second = (read(samples, 1000.0, sizes) for sizes in ((5000,), (701, 13, 9000)))

    assert first[0].sfreq_hz == 250.0
    for one, other in zip(first, second, strict=True):
        np.testing.assert_allclose(one.samples, other.samples, atol=1e-12)
        assert (one.start_s, one.first_bin, one.last_bin) == (
            other.start_s, other.first_bin, other.last_bin,
        )  # fmt: skip


def test_what_is_not_a_number_stays_so_and_spoils_nothing_far_from_it() -> None:
    samples = np.random.default_rng(0).standard_normal((3, 9001))
    samples[1, 4000:4010] = np.nan
    samples[2, 100] = np.inf

    (chapter,) = read(samples, 1000.0)

    missing = np.flatnonzero(~np.isfinite(chapter.samples[1])) / chapter.sfreq_hz
    assert np.isfinite(chapter.samples[0]).all()
    assert missing.size
    assert 3.9 < missing.min() <= missing.max() < 4.11


def test_a_chapter_is_of_a_size_that_memory_holds() -> None:
    maker = ChapterMaker(100_000, 200.0, lambda _: None)

    assert maker._n_core * BIN_S == pytest.approx(30.0)


def test_no_samples_make_no_chapter() -> None:
    assert read(np.zeros((3, 0)), 100.0) == []


def test_gaps_are_mended_by_straight_lines() -> None:
    samples = np.array([[np.nan, 1.0, np.nan, np.nan, 4.0], [1.0, 2.0, 3.0, 4.0, 5.0]])

    mended, usable = mend_gaps(samples)

    np.testing.assert_allclose(mended[0], [1, 1, 2, 3, 4])
    assert usable.tolist() == [False, True]
    assert np.isnan(samples[0, 0])
