"""Decoded series sound like people's, go together like people's, and are nobody's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import welch

from fascicle.errors import InputError
from fascicle.protect import fit_series_codec

SFREQ_HZ = 100.0


def make_series(n_people: int, n_times: int = 2003, n_channels: int = 5, seed: int = 0):
    """EEG of people whose rhythm of 10 Hz is more or less strong, in microvolts around a level."""
    rng = np.random.default_rng(seed)
    freqs_hz = np.fft.rfftfreq(n_times, 1 / SFREQ_HZ)
    mixing = np.random.default_rng(7).normal(size=(n_channels, n_channels)) + 1.5
    found = []
    for _ in range(n_people):
        gain = 1 / np.maximum(freqs_hz, 0.5) ** 0.7
        gain += rng.uniform(0.2, 2.0) * np.exp(-0.5 * np.square((freqs_hz - 10) / 1.5))
        white = np.fft.rfft(rng.normal(size=(n_channels, n_times)))
        found.append(20 * (mixing @ np.fft.irfft(white * gain, n_times)).T + np.arange(n_channels))
    return found


def spectra(people: list[np.ndarray]) -> np.ndarray:
    """Log power, (n_people, n_freqs, n_channels), by scipy."""
    found = [welch(person, SFREQ_HZ, nperseg=256, axis=0)[1][2:100] for person in people]
    return np.log(np.array(found))


def correlations(people: list[np.ndarray]) -> np.ndarray:
    above = np.triu_indices(people[0].shape[1], 1)
    return np.array([np.corrcoef(person.T)[above] for person in people])


def twins_of(real: list[np.ndarray], n: int, **settings):
    codec = fit_series_codec(real, SFREQ_HZ, **settings)
    rng = np.random.default_rng(1)
    return codec.decode(rng.normal(size=(n, codec.n_features)), rng)


def test_spectra_have_the_mean_and_the_spread_of_the_real_ones_in_their_unit() -> None:
    real = make_series(61)

    twins = twins_of(real, 67)

    ours, truth = spectra(twins), spectra(real)
    assert ours.mean(axis=0) == pytest.approx(truth.mean(axis=0), abs=0.5)
    at_10_hz = 24
    assert ours.std(axis=0)[at_10_hz].mean() == pytest.approx(
        truth.std(axis=0)[at_10_hz].mean(), rel=0.4
    )
    assert np.mean(twins, axis=(0, 1)) == pytest.approx(np.arange(5), abs=1.0)


def test_channels_go_together_as_the_real_ones_do() -> None:
    real = make_series(61)

    twins = twins_of(real, 67)

    assert correlations(twins).mean(axis=0) == pytest.approx(
        correlations(real).mean(axis=0), abs=0.05
    )


def test_channels_of_different_spectra_keep_their_correlation() -> None:
    real = make_series(31)
    for person in real:
        person[1:, 0] = person[1:, 0] - 0.95 * person[:-1, 0]

    twins = twins_of(real, 41)

    assert correlations(twins).mean(axis=0) == pytest.approx(
        correlations(real).mean(axis=0), abs=0.12
    )


def test_the_course_in_time_is_nobodys() -> None:
    real = make_series(9)

    twins = twins_of(real, 9)

    for twin in twins:
        for person in real:
            lags = np.correlate(twin[:, 0] - twin[:, 0].mean(), person[:, 0] - person[:, 0].mean())
            assert abs(lags[0]) < 0.25 * len(twin) * twin[:, 0].std() * person[:, 0].std()


def test_a_person_comes_back_with_their_own_rhythm() -> None:
    real = make_series(61)
    codec = fit_series_codec(real, SFREQ_HZ)

    back = codec.decode(codec.encode(real), np.random.default_rng(0))

    own, found = spectra(real)[:, 24, 0], spectra(back)[:, 24, 0]
    assert np.corrcoef(own, found)[0, 1] > 0.8


def test_lengths_may_differ_and_about_the_middle_one_is_taken() -> None:
    real = [person[: 901 + 100 * place] for place, person in enumerate(make_series(9))]

    twins = twins_of(real, 2)

    assert [twin.shape for twin in twins] == [(1300, 5)] * 2


def test_slow_series_of_more_regions_than_times_are_learnt() -> None:
    rng = np.random.default_rng(0)
    loads = rng.normal(size=(5, 91))
    real = [rng.normal(size=(71, 5)) @ loads + rng.normal(size=(71, 91)) + 900 for _ in range(13)]

    codec = fit_series_codec(real, 0.5)
    twins = codec.decode(rng.normal(size=(31, codec.n_features)), rng)

    agreement = np.corrcoef(correlations(twins).mean(axis=0), correlations(real).mean(axis=0))
    assert agreement[0, 1] > 0.95
    assert np.mean(twins) == pytest.approx(900, rel=0.01)


def test_channels_without_signal_stay_still() -> None:
    real = make_series(9)
    for place, person in enumerate(real):
        person[:, 2] = 7.0
        if place < 2:
            person[:, 4] = 0.0

    twins = twins_of(real, 5)

    assert all(twin[:, 2] == pytest.approx(7.0) for twin in twins)
    assert all(twin[:, 4].std() > 1 for twin in twins)


def test_however_far_out_a_series_is_finite() -> None:
    codec = fit_series_codec(make_series(9, n_times=307), SFREQ_HZ)

    twins = codec.decode(np.full((3, codec.n_features), 40.0), np.random.default_rng(0))

    assert np.isfinite(twins).all()


def test_the_same_seed_gives_the_same_series() -> None:
    real = make_series(9, n_times=307)

    one, other = (np.array(twins_of(real, 3)) for _ in range(2))

    assert (one == other).all()


@pytest.mark.parametrize(
    ("people", "sfreq_hz", "code"),
    [
        ([np.ones((99, 3))] * 3, 10.0, "FSC140"),
        ([np.ones((99, 3))] * 8 + [np.ones((99, 4))], 10.0, "FSC140"),
        ([np.ones((9, 3))] * 8, 10.0, "FSC140"),
        ([np.ones(99)] * 8, 10.0, "FSC140"),
        ([np.full((99, 3), np.nan)] * 8, 10.0, "FSC141"),
        ([np.ones((99, 3))] * 8, 0.0, "FSC142"),
    ],
)
def test_series_that_cannot_be_learnt_are_refused(people, sfreq_hz: float, code: str) -> None:
    with pytest.raises(InputError) as caught:
        fit_series_codec(people, sfreq_hz)

    assert caught.value.code == code


def test_silence_is_learnt_as_silence() -> None:
    codec = fit_series_codec([np.zeros((99, 3))] * 8, 10.0)

    twin = codec.decode(np.zeros((1, codec.n_features)), np.random.default_rng(0))[0]

    assert not twin.any()
