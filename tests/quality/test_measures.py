import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from scipy import signal, stats
from tests.quality.makers import SFREQ_HZ, cut, make_eeg, make_header

from fascicle.quality._measures import choose_block_s, measure_blocks


def test_measures_do_not_depend_on_where_blocks_are_cut():
    samples = make_eeg(7, 10_007)
    samples[1] = np.clip(samples[1], -30.0, 30.0)
    samples[2, 4000:4900] = 3.0
    header = make_header(samples)

    one, other = (measure_blocks(cut(samples, n), header) for n in (10_007, 2500))

    for name in ("clipped", "not_finite", "low", "high", "held", "n_times"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_allclose(one.amplitude, other.amplitude, rtol=0.2)


def test_the_spectrum_and_amplitude_are_those_of_the_whole_recording():
    samples = make_eeg(5, 60_000, step=0.001)

    measures = measure_blocks(cut(samples, 3000), make_header(samples))

    _, expected = signal.welch(samples, SFREQ_HZ, "hann", 500, noverlap=0)
    assert measures.n_windows == 120
    np.testing.assert_allclose(measures.density, expected, rtol=1e-6, atol=1e-9)
    spread = stats.median_abs_deviation(samples, axis=1, scale="normal")
    np.testing.assert_allclose(measures.amplitude, spread, rtol=0.05)


def test_only_channels_of_brain_and_body_are_measured():
    samples = make_eeg(6, 2003)
    header = make_header(samples, kinds=["TRIG", "EEG", "MISC", "EOG", "EEG", "SYSCLOCK"])

    measures = measure_blocks(cut(samples), header)

    assert measures.rows.tolist() == [1, 3, 4]
    assert measures.density.shape[0] == 3
    assert measures.low.shape[0] == 6


def test_a_slower_channel_that_repeats_its_samples_is_neither_held_nor_clipped():
    samples = make_eeg(6, 10_000)
    samples[5] = np.repeat(samples[5, ::10], 10)
    header = make_header(samples)
    slow = replace(header.channels[5], sfreq_hz=25.0)
    header = replace(header, channels=(*header.channels[:5], slow))

    measures = measure_blocks(cut(samples), header)

    assert measures.held == 0
    assert measures.clipped[5] <= 20
    assert measures.flat[5] == 0


@pytest.mark.parametrize("n_times", [1, 7, 8, 499, 500, 501])
def test_very_short_recordings_are_measured_without_complaint(n_times):
    samples = make_eeg(5, 600)[:, :n_times]

    measures = measure_blocks(cut(samples), make_header(samples))

    assert measures.n_times == n_times
    assert measures.density.shape[1] == (0 if n_times < 8 else min(n_times, 500) // 2 + 1)


def test_memory_does_not_grow_with_the_length():
    block = make_eeg(9, 2500)

    def peak(n_blocks):
        header = replace(make_header(block), n_times=n_blocks * block.shape[1])
        tracemalloc.start()
        measure_blocks((block for _ in range(n_blocks)), header)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(2)
    assert peak(120) < 1.5 * peak(30)


def test_blocks_are_short_for_many_channels_and_long_enough_for_a_window():
    few, many = np.zeros((1, 10)), np.zeros((400, 10))

    assert choose_block_s(make_header(few)) == 30.0
    assert choose_block_s(make_header(many, sfreq_hz=5000.0)) == 4.0
