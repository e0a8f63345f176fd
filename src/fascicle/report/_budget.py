"""How finely to draw, so that a page of many recordings stays small."""

from __future__ import annotations

from dataclasses import dataclass, replace

PICTURE_BYTES = 5_000_000
"""What spectra and timelines of a page may take together, in bytes; and as much again what
people of the field look at: images, rasters, traces."""

TABLE_ROWS = 5_000
"""How many rows all channel tables of a page may have together."""

_BYTES_A_POINT = 8
_BYTES_A_SAMPLE = 0.8  # of a gray image: packed to six tenths, and a third more in base64
_FEWEST_SAMPLES = 80 * 80
_FEWEST_MARKS = 400
_MOST_PICTURES = 500


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
    n_samples : int
        Most samples of an image: pixels times colours.
    n_marks : int
        Most points, ticks or dots of another picture.
    n_pictures : int
        Most of these pictures in one recording.
    """

    n_lines: int = 64
    n_points: int = 140
    n_rows: int = 8
    n_bins: int = 320
    n_samples: int = 480 * 480
    n_marks: int = 12_000
    n_pictures: int = 12


def choose_detail(n_recordings: int, n_channels: int, n_pictures: int = 0) -> Detail:
    """Return the finest detail at which a page of this many recordings stays small.

    Parameters
    ----------
    n_recordings : int
        How many are drawn.
    n_channels : int
        Most channels in one of them.
    n_pictures : int
        Images, rasters and the like of all recordings together.

    Examples
    --------
    >>> choose_detail(6, 32) == Detail()
    True
    >>> choose_detail(200, 306).n_lines < Detail().n_lines
    True
    >>> choose_detail(60, 8, 400).n_samples < Detail().n_samples
    True
    """
    detail = _share_samples(Detail(), n_recordings, n_pictures)
    share = PICTURE_BYTES / max(n_recordings, 1) / _BYTES_A_POINT  # points for one recording
    wanted = detail.n_points * min(n_channels, detail.n_lines) + 2 * detail.n_bins * detail.n_rows
    if wanted <= share:
        return detail
    # A line is thinned before channels are dropped: its shape survives that better.
    thinner = max(share / wanted, 0.05) ** 0.5
    return replace(
        detail,
        n_lines=max(round(detail.n_lines * thinner), 12),
        n_points=max(round(detail.n_points * thinner), 50),
        n_rows=max(round(detail.n_rows * thinner), 4),
        n_bins=max(round(detail.n_bins * thinner), 90),
    )


def _share_samples(detail: Detail, n_recordings: int, n_pictures: int) -> Detail:
    """Make pictures smaller first, then fewer."""
    n_each = max(min(detail.n_pictures, _MOST_PICTURES // max(n_recordings, 1)), 1)
    share = PICTURE_BYTES / max(min(n_pictures, n_each * n_recordings), 1)  # bytes for each
    return replace(
        detail,
        n_pictures=n_each,
        n_samples=min(detail.n_samples, max(int(share / _BYTES_A_SAMPLE), _FEWEST_SAMPLES)),
        n_marks=min(detail.n_marks, max(int(share / _BYTES_A_POINT), _FEWEST_MARKS)),
    )
