"""What every function here asks of its arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError


def require_block(block: NDArray[np.float64], n_channels: int) -> None:
    """Refuse a block that is not ``(n_channels, n_block)``."""
    if block.ndim != 2 or block.shape[0] != n_channels:
        raise InputError(
            "FSC120",
            f"Expected a block of shape ({n_channels}, n_block), got shape {block.shape}.",
            "Give one row for each channel, time last.",
        )


def require_positive(name: str, value: float) -> None:
    """Refuse a size or rate that is not above zero."""
    if not value > 0:
        raise InputError(
            "FSC121", f"Expected {name} above zero, got {value}.", f"Give a positive {name}."
        )


def require_spectrum(density: NDArray[np.float64], freqs_hz: NDArray[np.float64]) -> None:
    """Refuse a spectrum whose last axis does not match its frequencies."""
    if freqs_hz.ndim != 1 or density.ndim != 2 or density.shape[1] != freqs_hz.size:
        raise InputError(
            "FSC122",
            f"Expected a spectrum of shape (n_channels, {freqs_hz.size}), got {density.shape}.",
            "Give the frequencies that the spectrum was computed on.",
        )
