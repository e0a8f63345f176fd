"""Time series as vectors: how strong each channel is at each frequency, and what goes together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Mechanism
from fascicle.maths import WelchSpectrum

from ._twin_codecs import no_fit, not_settable, not_usable, require_enough, require_vectors
from ._twin_codecs_basis import Basis, fit_basis
from ._twin_codecs_matrix import CorrelationBasis, as_correlation, fit_correlation_basis

_N_BANDS = 40
_MIN_WINDOW = 16
_MAX_WINDOW = 1024
_WINDOWS = 4
"""A window is at most so many times shorter than the series."""
_STILL = 1e-10
"""A channel has no signal if its power is so small a share of the strongest's."""


@dataclass(frozen=True, slots=True)
class SeriesCodec:
    """Time series as coordinates of log spectra and of the logarithm of their correlations.

    Each person's own course in time is thrown away. A decoded series is Gaussian noise of the
    decoded spectra and correlations, of the usual length, around the usual level of each channel.

    Attributes
    ----------
    n_times, n_channels : int
        Size of a decoded series.
    sfreq_hz : float
        Sampling rate, in hertz.
    window : int
        Samples in a window of the spectra.
    levels : ndarray of float64, shape (n_channels,)
        Mean of each channel over people, in its own unit.
    is_still : ndarray of bool, shape (n_channels,)
        Channels that have no signal in most people; theirs stay at their level.
    spectra : Basis
        Mean and directions of log power.
    correlations : CorrelationBasis
        Mean and directions of correlations.
    mechanisms : tuple of Mechanism
        What fitting it cost in privacy.
    """

    n_times: int
    n_channels: int
    sfreq_hz: float
    window: int
    levels: NDArray[np.float64] = field(repr=False)
    is_still: NDArray[np.bool_] = field(repr=False)
    spectra: Basis = field(repr=False)
    correlations: CorrelationBasis = field(repr=False)
    mechanisms: tuple[Mechanism, ...] = ()

    @property
    def n_features(self) -> int:
        """Length of a vector."""
        return len(self.spectra.axes) + self.correlations.n_features

    def encode(self, people: Sequence[Any]) -> NDArray[np.float64]:
        """Return one vector for each series, shape (n_people, n_features).

        Raises
        ------
        InputError
            FSC140 if channels differ or a series is too short; FSC141 for what is not finite.
        """
        traits = [
            _describe(person, self.sfreq_hz, self.window, self.n_channels) for person in people
        ]
        powers = np.array([trait.log_power.ravel() for trait in traits])
        powers = np.where(np.isfinite(powers), powers, self.spectra.mean)
        matrices = np.array([trait.correlations for trait in traits])
        return np.hstack([self.spectra.encode(powers), self.correlations.encode(matrices)])

    def decode(
        self, vectors: NDArray[np.float64], rng: np.random.Generator
    ) -> list[NDArray[np.float64]]:
        """Return a series for each vector.

        Parameters
        ----------
        vectors : ndarray of float64, shape (n_people, n_features)
            Coordinates of unit scale.
        rng : numpy.random.Generator
            Draws the course in time.

        Returns
        -------
        list of ndarray, each of shape (n_times, n_channels)
            In the unit of the real ones.
        """
        rows = require_vectors(vectors, self.n_features)
        n_spectra = len(self.spectra.axes)
        powers = self.spectra.decode(rows[:, :n_spectra])
        matrices = self.correlations.decode(rows[:, n_spectra:])
        pairs = zip(powers, matrices, strict=True)
        return [self._draw(power, matrix, rng) for power, matrix in pairs]

    def _draw(
        self, powers: NDArray[np.float64], matrix: NDArray[np.float64], rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Colour white noise by the spectra, and mix it by the correlations."""
        amplitudes = self._amplitudes(powers.reshape(self.n_channels, -1))
        mixed = _undo_colour(matrix, amplitudes)
        root = np.linalg.cholesky(mixed)
        shape = (self.n_channels, amplitudes.shape[1])
        white = (rng.normal(size=shape) + 1j * rng.normal(size=shape)) / math.sqrt(2)
        series = np.fft.irfft(amplitudes * (root @ white), self.n_times, axis=1)
        return np.asarray(series.T + self.levels)

    def _amplitudes(self, log_power: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the expected size of each Fourier coefficient, (n_channels, n_freqs)."""
        freqs_hz = np.fft.rfftfreq(self.n_times, 1 / self.sfreq_hz)
        centres_hz = _band_centres(self.window, self.sfreq_hz)
        at = np.log(np.maximum(freqs_hz, centres_hz[0] / 1e3))
        # What nobody has would leave the range of floats.
        logs = np.clip(log_power, -200.0, 200.0)
        density = np.exp([np.interp(at, np.log(centres_hz), one) for one in logs])
        density[:, 0] = 0.0
        density[self.is_still] = 0.0
        return np.asarray(np.sqrt(density * self.sfreq_hz * self.n_times / 2))


def fit_series_codec(
    series: Sequence[Any], sfreq_hz: float, *, n_components: int | None = None
) -> SeriesCodec:
    r"""Learn how people's spectra and correlations differ.

    Parameters
    ----------
    series : sequence of ndarray of float64 (n_times, n_channels)
        One for each person, of any length; read one at a time.
    sfreq_hz : float
        Sampling rate, in hertz.
    n_components : int or None
        How many directions of spectra, and how many of correlations; None keeps those that hold in
        people left out. A number is taken as it is, and many tell people apart.

    Returns
    -------
    SeriesCodec
        The way to vectors and back.

    Raises
    ------
    InputError
        FSC140 for fewer than four people, other channels or fewer than 16 samples; FSC141 for
        what is not finite; FSC142 for a sampling rate that is not above zero, or as many
        components as there cannot be.

    Notes
    -----
    Spectra are averaged in 40 bands that are evenly spaced in the logarithm of frequency. What is
    not linear and Gaussian (spikes, bursts, phase) is lost, and so is what was evoked.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> codec = fit_series_codec([rng.normal(size=(307, 3)) for _ in range(9)], 100.0)
    >>> codec.decode(np.zeros((2, codec.n_features)), rng)[1].shape
    (307, 3)
    """
    if not (math.isfinite(sfreq_hz) and sfreq_hz > 0):
        raise not_settable("Expected a sampling rate above zero, got another.")
    require_enough(len(series))
    traits: list[_Traits] = []
    window = n_channels = 0
    for person in series:
        if not traits:
            n_times, n_channels = _shape_of(person)
            window = min(_MAX_WINDOW, max(_MIN_WINDOW, n_times // _WINDOWS))
        traits.append(_describe(person, sfreq_hz, window, n_channels))
    powers, is_still = _fill_powers(np.array([trait.log_power for trait in traits]))
    matrices = np.array([trait.correlations for trait in traits])
    return SeriesCodec(
        _choose_length([trait.n_times for trait in traits]),
        n_channels,
        sfreq_hz,
        window,
        np.mean([trait.level for trait in traits], axis=0),
        is_still,
        fit_basis(powers.reshape(len(powers), -1), n_components),
        fit_correlation_basis(matrices, n_components),
    )


def _choose_length(lengths: Sequence[int]) -> int:
    """Return the length of all, or two digits of the median: a length may be one person's own."""
    middle = int(np.median(lengths))
    step = 10 ** max(0, len(str(middle)) - 2)
    return middle if len(set(lengths)) == 1 else middle // step * step


@dataclass(frozen=True, slots=True)
class _Traits:
    """What is learnt of one series: (n_channels, n_bands), NaN without signal; and the rest."""

    log_power: NDArray[np.float64]
    correlations: NDArray[np.float64]
    level: NDArray[np.float64]
    n_times: int


def _shape_of(person: Any) -> tuple[int, int]:  # noqa: ANN401 - what a caller takes for an array
    shape = np.shape(person)
    if len(shape) != 2 or 0 in shape:
        raise no_fit(f"Expected series of shape (n_times, n_channels), got shape {shape}.")
    return int(shape[0]), int(shape[1])


def _describe(person: Any, sfreq_hz: float, window: int, n_channels: int) -> _Traits:  # noqa: ANN401
    """Return the traits of one series."""
    n_times, found = _shape_of(person)
    if found != n_channels or n_times < window:
        raise no_fit(
            f"Expected {n_channels} channels and {window} samples or more, got {found} channels "
            f"and {n_times} samples."
        )
    samples = np.ascontiguousarray(np.asarray(person, dtype=np.float64).T)
    if not np.isfinite(samples).all():
        raise not_usable("Expected series of finite numbers, got some missing or infinite.")
    welch = WelchSpectrum(n_channels, sfreq_hz, window)
    for start in range(0, n_times - window + 1, max(1, window // 2)):
        welch.add(samples[:, start : start + window])
    density = welch.density()
    power = np.stack(
        [density[:, first:last].mean(axis=1) for first, last in _bands(window)], axis=1
    )
    total = power.sum(axis=1)
    alive = total > _STILL * max(float(total.max()), np.finfo(float).tiny)
    least = _STILL * np.maximum(total, np.finfo(float).tiny)[:, None]
    log_power = np.where(alive[:, None], np.log(np.maximum(power, least)), np.nan)
    level = samples.mean(axis=1)
    return _Traits(log_power, _correlate(samples - level[:, None], alive), level, n_times)


def _correlate(centred: NDArray[np.float64], alive: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return correlations; a channel without signal goes with none."""
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    scaled = np.where(alive[:, None], centred, 0.0) / np.where(lengths > 0, lengths, 1.0)
    found = np.clip(scaled @ scaled.T, -1.0, 1.0)
    np.fill_diagonal(found, 1.0)
    return np.asarray(found)


def _fill_powers(
    powers: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Put the mean of others where a person's channel has no signal; say which seldom have any."""
    is_there = np.asarray(np.isfinite(powers).all(axis=2))  # (n_people, n_channels)
    counts = np.maximum(is_there.sum(axis=0), 1)[:, None]
    means = np.where(is_there[..., None], powers, 0.0).sum(axis=0) / counts
    return np.where(is_there[..., None], powers, means), np.asarray(is_there.mean(axis=0) < 0.5)


def _bands(window: int) -> list[tuple[int, int]]:
    """Return first and last bin of each band; the bin of what never changes is in none."""
    n_bins = window // 2 + 1
    edges = np.unique(np.round(np.geomspace(1, n_bins, _N_BANDS + 1)).astype(int))
    return [(int(first), int(last)) for first, last in pairwise(edges)]


def _band_centres(window: int, sfreq_hz: float) -> NDArray[np.float64]:
    """Return the middle of each band, in hertz, as its bins have it."""
    means = [np.exp(np.log(np.arange(first, last)).mean()) for first, last in _bands(window)]
    return np.array(means) * sfreq_hz / window


def _undo_colour(
    correlations: NDArray[np.float64], amplitudes: NDArray[np.float64]
) -> NDArray[np.float64]:
    r"""Return the mixing that leads to given correlations after each channel was coloured.

    Channels of different spectra share less than their noise did:
    :math:`r_{ij} = m_{ij} \sum_f a_i a_j / \sqrt{\sum_f a_i^2 \sum_f a_j^2}`.
    """
    lengths = np.linalg.norm(amplitudes, axis=1, keepdims=True)
    scaled = amplitudes / np.where(lengths > 0, lengths, 1.0)
    overlap = np.maximum(scaled @ scaled.T, 0.1)
    wanted = np.clip(correlations / overlap, -1.0, 1.0)
    values, vectors = np.linalg.eigh((wanted + wanted.T) / 2)
    return as_correlation((vectors * np.maximum(values, 1e-6)) @ vectors.T)
