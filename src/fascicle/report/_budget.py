"""How finely to draw, so that a page of many recordings stays small."""

from __future__ import annotations

from dataclasses import dataclass

PICTURE_BYTES = 5_000_000
"""What all pictures of a page may take together, in bytes."""

TABLE_ROWS = 5_000
"""How many rows all channel tables of a page may have together."""

_BYTES_A_POINT = 8


@dataclass(frozen=True, slots=True)
class Detail:
    """How finely to draw, so that a page of many recordings stays small.

    Attributes
    ----------
    n_lines : int
        Most channels in one spectrum.
    n_points : int
        Most points of a line.
    n_rows : int
        Most channels in one timeline.
    n_bins : int
        Most bins of an envelope.
    """

    n_lines: int = 64
    n_points: int = 140
    n_rows: int = 8
    n_bins: int = 320


def choose_detail(n_recordings: int, n_channels: int) -> Detail:
    """Return the finest detail at which a page of this many recordings stays small.

    Parameters
    ----------
    n_recordings : int
        How many are drawn.
    n_channels : int
        Most channels in one of them.

    Examples
    --------
    >>> choose_detail(6, 32) == Detail()
    True
    >>> choose_detail(200, 306).n_lines < Detail().n_lines
    True
    """
    finest = Detail()
    share = PICTURE_BYTES / max(n_recordings, 1) / _BYTES_A_POINT  # points for one recording
    wanted = finest.n_points * min(n_channels, finest.n_lines) + 2 * finest.n_bins * finest.n_rows
    if wanted <= share:
        return finest
    # A line is thinned before channels are dropped: its shape survives that better.
    thinner = max(share / wanted, 0.05) ** 0.5
    return Detail(
        n_lines=max(round(finest.n_lines * thinner), 12),
        n_points=max(round(finest.n_points * thinner), 50),
        n_rows=max(round(finest.n_rows * thinner), 4),
        n_bins=max(round(finest.n_bins * thinner), 90),
    )
