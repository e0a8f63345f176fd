"""Whether one recording of a person is found by another: fingerprints of signals, and matching."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

from ._shapes import require_block, require_spectrum

SPECTRUM_HZ = (1.0, 40.0)
"""Range that a spectrum's fingerprint covers, in hertz: above it mains and muscles begin."""


def connectome_fingerprint(series: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Correlations of each region with each other.

    .. math:: r_{ij} = \operatorname{corr}_t(x_i, x_j),\quad i < j

    Parameters
    ----------
    series : ndarray of float64, shape (n_regions, n_times)
        In any unit.

    Returns
    -------
    ndarray of float64, shape (n_regions * (n_regions - 1) / 2,)
        Between -1 and 1; 0 for a region that never changes, or has a value that is not finite.

    Raises
    ------
    InputError
        FSC120 if `series` is not two-dimensional.

    References
    ----------
    .. [1] E. S. Finn et al. (2015), doi:10.1038/nn.4135

    Examples
    --------
    >>> connectome_fingerprint(np.array([[1.0, 2, 3], [3, 2, 1], [5, 5, 5]])).round(6).tolist()
    [-1.0, 0.0, 0.0]
    """
    require_block(series, series.shape[0])
    usable = np.asarray(np.isfinite(series).all(axis=1))
    kept = np.where(usable[:, None], series, 0.0)
    centred = kept - kept.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    # A region that never changes leaves rounding behind, which is no signal.
    flat = lengths <= 1e-12 * np.linalg.norm(kept, axis=1, keepdims=True)
    scaled = np.divide(centred, lengths, out=np.zeros_like(centred), where=~flat & (lengths > 0))
    pairs: NDArray[np.float64] = (scaled @ scaled.T)[np.triu_indices(series.shape[0], 1)]
    return pairs


def spectrum_fingerprint(
    density: NDArray[np.float64], freqs_hz: NDArray[np.float64]
) -> NDArray[np.float64]:
    r"""Shape of each channel's spectrum, hertz by hertz.

    .. math:: s_{cf} = \log_{10} \bar P_c(f) - \tfrac1m \sum_{f'} \log_{10} \bar P_c(f')

    with :math:`\bar P` the mean density in each band of 1 Hz from 1 to 40 Hz. Unit and gain of a
    channel fall out; the alpha peak and the slope stay, which are a person's own [1]_.

    Parameters
    ----------
    density : ndarray of float64, shape (n_channels, n_freqs)
        Power spectral density, in any unit.
    freqs_hz : ndarray of float64, shape (n_freqs,)
        Frequencies, in hertz, ascending, every 1 Hz or finer.

    Returns
    -------
    ndarray of float64, shape (n_channels * 39,)
        Channel after channel; 0 for a channel without signal.

    Raises
    ------
    InputError
        FSC122 if the shapes do not match; FSC196 if the spectrum does not cover the range.

    References
    ----------
    .. [1] L. da Silva Castanheira et al. (2021), doi:10.1038/s41467-021-25895-8

    Examples
    --------
    >>> freqs = np.arange(0, 65, 0.5)
    >>> spectrum_fingerprint(np.ones((2, 130)), freqs).shape
    (78,)
    """
    require_spectrum(density, freqs_hz)
    edges = np.arange(SPECTRUM_HZ[0], SPECTRUM_HZ[1] + 1)
    band = np.digitize(freqs_hz, edges) - 1  # -1 below the range, 39 above it
    counts = np.bincount(band[(band >= 0) & (band < edges.size - 1)], minlength=edges.size - 1)
    if (counts == 0).any():
        raise InputError(
            "FSC196",
            f"Expected a spectrum from {SPECTRUM_HZ[0]:g} to {SPECTRUM_HZ[1]:g} Hz in steps of "
            f"1 Hz or finer, got {freqs_hz.size} frequencies that leave gaps.",
            "Use windows of a second or longer, at 80 samples a second or more.",
        )
    means = np.stack([density[:, band == at].mean(axis=1) for at in range(counts.size)], axis=1)
    alive = np.isfinite(means).all(axis=1, keepdims=True) & (means > 0).all(axis=1, keepdims=True)
    logs = np.log10(np.where(alive, means, 1.0))  # (n_channels, 39)
    shape: NDArray[np.float64] = (logs - logs.mean(axis=1, keepdims=True)).ravel()
    return shape


def match_people(known: NDArray[np.float64], seen: NDArray[np.float64]) -> NDArray[np.bool_]:
    r"""Attack: name each person of `seen` by the fingerprint of `known` that is most like it.

    .. math:: \hat\imath = \arg\max_j \operatorname{corr}(s_i - \bar k,\; k_j - \bar k)

    with :math:`\bar k` the mean of the known ones, which the attacker has [1]_.

    Parameters
    ----------
    known, seen : ndarray of float64, shape (n_people, n_features)
        Fingerprints of the same people in the same order, from two sessions or halves.

    Returns
    -------
    ndarray of bool, shape (n_people,)
        Who was named rightly; a tie names nobody.

    Raises
    ------
    InputError
        FSC197 if the shapes differ, or there is nobody.

    Notes
    -----
    Halves of one session share noise, cap and head position: their rate is an upper bound for
    sessions on different days.

    References
    ----------
    .. [1] E. S. Finn et al. (2015), doi:10.1038/nn.4135

    Examples
    --------
    >>> prints = np.random.default_rng(0).normal(size=(5, 20))
    >>> match_people(prints, prints + 0.01).tolist()
    [True, True, True, True, True]
    """
    if known.shape != seen.shape or known.ndim != 2 or known.shape[0] == 0:
        raise InputError(
            "FSC197",
            f"Expected fingerprints of the same people twice, got shapes {known.shape} and "
            f"{seen.shape}.",
            "Keep the people who have both recordings, in one order.",
        )
    centre = known.mean(axis=0)
    likeness = _standardise(seen - centre) @ _standardise(known - centre).T  # (seen, known)
    own = np.diagonal(likeness).copy()
    np.fill_diagonal(likeness, -np.inf)
    best_other = likeness.max(axis=1)
    named: NDArray[np.bool_] = own > best_other
    return named


def _standardise(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows of mean 0 and length 1; a row without variance becomes 0."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    unit: NDArray[np.float64] = np.divide(
        centred, lengths, out=np.zeros_like(centred), where=lengths > 0
    )
    return unit
