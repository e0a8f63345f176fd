"""Noise whose law is exact: no floating-point number is drawn, compared or added."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

_N_BYTES = 8192
_MAX_SIGMA = 2**40


class RandomBits:
    """A source of whole numbers below a bound, all equally likely.

    Parameters
    ----------
    refill : callable
        ``refill(n)`` returns n random bytes. The system's own source of secrets unless another is
        given; ``numpy.random.default_rng(seed).bytes`` repeats itself, and belongs into tests.

    Examples
    --------
    >>> bits = RandomBits(np.random.default_rng(0).bytes)
    >>> [bits.below(10) for _ in range(5)]
    [5, 8, 0, 2, 8]
    """

    def __init__(self, refill: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._refill = refill
        self._bytes = b""
        self._at = 0

    def below(self, bound: int) -> int:
        """Return a whole number of at least zero and below a bound, which is above zero."""
        n_bits = (bound - 1).bit_length()
        n_bytes = (n_bits + 7) // 8
        while True:
            found = int.from_bytes(self._take(n_bytes), "little") >> (8 * n_bytes - n_bits)
            if found < bound:
                return found

    def _take(self, n_bytes: int) -> bytes:
        if self._at + n_bytes > len(self._bytes):
            self._bytes, self._at = self._refill(max(_N_BYTES, n_bytes)), 0
        self._at += n_bytes
        return self._bytes[self._at - n_bytes : self._at]


def require_sigma(sigma: float) -> int:
    """Return a standard deviation in steps of the grid, if such noise can be drawn.

    Raises
    ------
    InputError
        FSC170 if it is not a whole number from 1 to 2**40.
    """
    if not 1 <= sigma <= _MAX_SIGMA or sigma != int(sigma):
        raise InputError(
            "FSC170",
            "Expected noise of a whole number of steps from 1 to 2**40, got another.",
            "Ask for an epsilon between 0.01 and 100.",
        )
    return int(sigma)


def discrete_gaussian(size: int, sigma: int, bits: RandomBits) -> NDArray[np.int64]:
    r"""Draw from the Gaussian over the whole numbers.

    .. math:: P(x) = e^{-x^2 / 2\sigma^2} / \sum_{y \in \mathbb{Z}} e^{-y^2 / 2\sigma^2}

    Added to whole numbers of which one person changes a vector by at most :math:`\Delta` in L2, it
    has a concentrated privacy loss of :math:`\Delta^2 / 2\sigma^2`, as the Gaussian has over the
    reals [1]_. Its bits come from whole numbers alone, so that no low digit of a floating-point
    number betrays what the noise was added to [2]_.

    Parameters
    ----------
    size : int
        How many.
    sigma : int
        :math:`\sigma`, in steps of the grid; from 1 to :math:`2^{40}`.
    bits : RandomBits
        Where chance comes from.

    Returns
    -------
    ndarray of int64, shape (size,)
        In steps of the grid.

    Raises
    ------
    InputError
        FSC170 if sigma is not a whole number in its range.

    Notes
    -----
    How long a draw takes depends on its value: who can measure that from outside learns of it.

    References
    ----------
    .. [1] C. Canonne, G. Kamath & T. Steinke (2020), doi:10.48550/arXiv.2004.00010, algorithms 1-3
    .. [2] I. Mironov (2012), doi:10.1145/2382196.2382264

    Examples
    --------
    >>> bits = RandomBits(np.random.default_rng(0).bytes)
    >>> discrete_gaussian(5, 1000, bits).std() > 100
    np.True_
    """
    sigma = require_sigma(sigma)
    return np.fromiter((_draw_gaussian(sigma, bits) for _ in range(size)), np.int64, size)


def _draw_gaussian(sigma: int, bits: RandomBits) -> int:
    """Draw a Laplace number and keep it with the odds that make it Gaussian."""
    scale = sigma + 1
    square = sigma * sigma
    while True:
        drawn = _draw_laplace(scale, bits)
        # exp(-(|y| - sigma^2 / t)^2 / (2 sigma^2)), as a ratio of whole numbers
        distance = abs(drawn) * scale - square
        if _draw_exponential(distance * distance, 2 * square * scale * scale, bits):
            return drawn


def _draw_laplace(scale: int, bits: RandomBits) -> int:
    """Draw a whole number y with odds proportional to exp(-|y| / scale)."""
    while True:
        rest = bits.below(scale)
        if not _draw_small(rest, scale, bits):
            continue
        n_whole = 0
        while _draw_small(1, 1, bits):
            n_whole += 1
        size = rest + scale * n_whole
        is_negative = bits.below(2)
        if size or not is_negative:  # zero once, not as plus and as minus zero
            return -size if is_negative else size


def _draw_exponential(numerator: int, denominator: int, bits: RandomBits) -> bool:
    """Return True with probability exp(-numerator / denominator)."""
    whole, rest = divmod(numerator, denominator)
    return all(_draw_small(1, 1, bits) for _ in range(whole)) and _draw_small(
        rest, denominator, bits
    )


def _draw_small(numerator: int, denominator: int, bits: RandomBits) -> bool:
    """Return True with probability exp(-numerator / denominator), for a ratio of at most 1."""
    n_kept = 1
    while bits.below(denominator * n_kept) < numerator:
        n_kept += 1
    return n_kept % 2 == 1
