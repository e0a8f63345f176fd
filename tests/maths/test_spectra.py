import numpy as np
import pytest
from scipy import signal

from fascicle.errors import InputError
from fascicle.maths import WelchSpectrum, high_frequency_ratio, line_noise_ratio

SFREQ_HZ = 251.0


def spectrum_of(samples, n_per_window=502):
    welch = WelchSpectrum(samples.shape[0], SFREQ_HZ, n_per_window)
    for start in range(0, samples.shape[1] - n_per_window + 1, n_per_window):
        welch.add(samples[:, start : start + n_per_window])
    return welch


@pytest.mark.parametrize("n_per_window", [500, 501])
def test_the_density_is_scipys_welch_without_overlap(n_per_window):
    samples = np.random.default_rng(1).normal(size=(7, 5 * n_per_window)).cumsum(axis=1)

    welch = spectrum_of(samples, n_per_window)

    freqs_hz, density = signal.welch(
        samples, SFREQ_HZ, "hann", n_per_window, noverlap=0, detrend="constant"
    )
    np.testing.assert_allclose(welch.freqs_hz, freqs_hz)
    np.testing.assert_allclose(welch.density(), density, rtol=1e-9, atol=1e-12)


def test_the_power_of_white_noise_sums_to_its_variance():
    samples = np.random.default_rng(2).normal(scale=3.0, size=(3, 200 * 502))

    welch = spectrum_of(samples)

    power = welch.density().sum(axis=1) * welch.freqs_hz[1]
    np.testing.assert_allclose(power, 9.0, rtol=0.03)


def test_a_window_with_nan_is_left_out_for_its_channel_only():
    samples = np.random.default_rng(3).normal(size=(2, 4 * 502))
    spoilt = samples.copy()
    spoilt[0, 700] = np.nan

    welch = spectrum_of(spoilt)

    clean = spectrum_of(np.delete(samples, np.s_[502:1004], axis=1)).density()
    np.testing.assert_allclose(welch.density()[0], clean[0])
    np.testing.assert_allclose(welch.density()[1], spectrum_of(samples).density()[1])
    assert welch.n_windows.tolist() == [3, 4]


def test_a_channel_without_any_window_has_no_density():
    welch = WelchSpectrum(2, 100.0, 50)

    welch.add(np.vstack([np.full(50, np.nan), np.arange(50.0)]))

    assert np.isnan(welch.density()[0]).all()
    assert np.isfinite(welch.density()[1]).all()


@pytest.mark.parametrize("amplitude", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("line_hz", [50.0, 60.0])
def test_the_line_ratio_is_the_planted_share_of_power(amplitude, line_hz):
    rng = np.random.default_rng(4)
    times_s = np.arange(120 * 502) / SFREQ_HZ
    noise = rng.normal(size=(5, times_s.size))
    samples = noise + amplitude * np.sin(2 * np.pi * line_hz * times_s)

    welch = spectrum_of(samples)
    ratio = line_noise_ratio(welch.density(), welch.freqs_hz, line_hz=line_hz)

    line_power = amplitude**2 / 2
    noise_power = (line_hz + 5.0 - 1.0) / (SFREQ_HZ / 2)
    np.testing.assert_allclose(ratio, line_power / (line_power + noise_power), atol=0.02)


def test_the_line_ratio_has_no_unit_and_is_nil_for_silence_and_unknown_beyond_the_spectrum():
    density = np.random.default_rng(5).chisquare(20, size=(4, 126))
    density[:, 50] = 400.0
    freqs_hz = np.arange(126.0)

    ratio = line_noise_ratio(density, freqs_hz)

    np.testing.assert_allclose(line_noise_ratio(density * 1e-26, freqs_hz), ratio)
    assert line_noise_ratio(density * 0, freqs_hz).tolist() == [0, 0, 0, 0]
    assert np.isnan(line_noise_ratio(density[:, :45], freqs_hz[:45])).all()


def test_the_high_frequency_ratio_of_white_noise_is_the_closed_form():
    samples = np.random.default_rng(6).normal(size=(3, 120 * 502))

    welch = spectrum_of(samples)
    ratio = high_frequency_ratio(welch.density(), welch.freqs_hz)

    np.testing.assert_allclose(ratio, np.sqrt(50 / 49), rtol=0.02)


def test_mains_and_harmonics_do_not_count_as_high_frequency_noise():
    density = np.ones((1, 126))
    density[0, [50, 100]] = 1e6
    freqs_hz = np.arange(126.0)

    ratio = high_frequency_ratio(density, freqs_hz, line_hz=50.0)

    assert ratio[0] == pytest.approx(np.sqrt(45 / 47))
    assert np.isnan(high_frequency_ratio(density[:, :40], freqs_hz[:40])[0])


def test_shapes_that_do_not_match_are_refused():
    with pytest.raises(InputError, match="FSC120"):
        WelchSpectrum(3, 100.0, 50).add(np.zeros((2, 50)))
    with pytest.raises(InputError, match="FSC120"):
        WelchSpectrum(3, 100.0, 50).add(np.zeros((3, 49)))
    with pytest.raises(InputError, match="FSC121"):
        WelchSpectrum(3, 0.0, 50)
    with pytest.raises(InputError, match="FSC122"):
        line_noise_ratio(np.ones((2, 7)), np.arange(8.0))
