"""The check of micrographs: read once in bands, judged by what goes wrong at microscopes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Drawing, Header, Picture, Severity, say_count
from fascicle.formats import Image, open_micrograph

from ._metadata import make_finding
from ._micr_text import find_text
from ._results import RecordingQuality

BAND_ROWS: Final = 512
"""Rows that are read at a time."""
TILE: Final = 256
"""Rows and columns of the squares that are judged one by one."""
MAX_SATURATED: Final = 0.01
"""Share of pixels at the highest value from which on an image is called saturated."""
MAX_EMPTY: Final = 0.5
"""Share of squares without any change from which on an image is called empty."""
MAX_FALL_OFF: Final = 0.35
"""Loss of light from the middle to the corners that is told."""
MIN_FOCUS: Final = 0.02
"""Share of the variance that is left in the finest details, below which nothing is sharp.

White noise has 1, a picture that was blurred over five pixels about 0.01.
"""
MAX_STEP: Final = 0.5
"""Difference of a slice's mean to its neighbours', as a share of theirs, that is told."""

_PICTURE: Final = 480
_N_BINS: Final = 256


@dataclass(slots=True)
class _Measures:
    """What is gathered over all planes."""

    low: float = np.inf
    high: float = -np.inf
    n_pixels: int = 0
    n_not_finite: int = 0
    n_squares: int = 0
    n_flat: int = 0
    fine: float = 0.0
    coarse: float = 0.0
    means: dict[tuple[int, int], list[float]] = field(default_factory=dict)
    flat_planes: dict[tuple[int, int], list[bool]] = field(default_factory=dict)
    repeated: int = 0
    overview: NDArray[np.float64] | None = None


def check_micrograph(path: Path, header: Header) -> RecordingQuality:
    """Measure and judge a written micrograph.

    Every plane is read twice, in bands: first for its extremes and what the squares of 256 pixels
    hold, then for the histogram. Memory does not depend on the size of the image.

    Parameters
    ----------
    path : Path
        An ``.ome.tif`` file or ``.ome.zarr`` folder.
    header : Header
        What may be said about it.

    Returns
    -------
    RecordingQuality
        Findings on focus, saturation, empty squares, light, slices and size of pixels; an overview
        of the middle slice and a histogram.

    Notes
    -----
    Focus is the variance of differences between neighbours over twice the variance of the pixels,
    in the squares that hold something: it is 1 for noise and sinks with blur. It compares images of
    one kind; a smooth specimen is not blurred.
    """
    image = open_micrograph(path)
    measures = _measure(image)
    histogram, n_saturated = _count_values(image, measures)
    extra = _summarise(image, measures, n_saturated)
    findings = [
        make_finding(code, severity, path.name, reason, fix)
        for code, severity, reason, fix in _judge(image, header, measures, extra)
    ]
    return RecordingQuality.of_content(findings, _draw(image, measures, histogram), extra)


def _measure(image: Image) -> _Measures:
    """Go through all planes once."""
    found = _Measures()
    before: dict[tuple[int, int], int] = {}
    middle = image.shape[2] // 2
    for plane in image.planes():
        t, c, z = plane
        total, n_finite, digest, varies = 0.0, 0, 0, False
        rows = _Overview(image) if (t, z) == (0, middle) and found.overview is None else None
        for start, band in image.bands(plane, BAND_ROWS):
            finite = _finite(band)
            found.n_pixels += band.size
            found.n_not_finite += band.size - finite.size
            if finite.size:
                low, high = float(finite.min()), float(finite.max())
                found.low, found.high = min(found.low, low), max(found.high, high)
                total += float(finite.sum(dtype=np.float64))
                n_finite += finite.size
            digest = zlib.crc32(band.tobytes(), digest)
            varies = _measure_squares(band, found) or varies
            if rows is not None:
                rows.take(start, band)
        if rows is not None:
            found.overview = rows.mean()
        found.means.setdefault((t, c), []).append(total / n_finite if n_finite else 0.0)
        found.flat_planes.setdefault((t, c), []).append(not varies)
        found.repeated += z > 0 and varies and before.get((t, c)) == digest
        before[t, c] = digest
    return found


def _finite(band: NDArray[Any]) -> NDArray[Any]:
    """Return the values that are numbers."""
    return band[np.isfinite(band)] if band.dtype.kind == "f" else band.ravel()


# Values that are no numbers were counted; their squares are passed over.
@np.errstate(invalid="ignore", over="ignore")
def _measure_squares(band: NDArray[Any], found: _Measures) -> bool:
    """Add up fine and coarse change in the squares of a band; tell whether anything changes."""
    grey = band.mean(axis=2, dtype=np.float64) if band.shape[2] > 1 else band[..., 0]
    varies = False
    for top in range(0, grey.shape[0], TILE):
        for left in range(0, grey.shape[1], TILE):
            square = grey[top : top + TILE, left : left + TILE].astype(np.float64)
            spread = float(square.var())
            found.n_squares += 1
            if not spread > 0:
                found.n_flat += not np.isnan(spread)
                continue
            varies = True
            steps = [np.diff(square, axis=axis) for axis in (0, 1)]
            sizes = [float((step**2).mean()) for step in steps if step.size]
            if sizes and np.isfinite(spread):
                found.fine += sum(sizes) / len(sizes) / 2
                found.coarse += spread
    return varies


class _Overview:
    """A reduced picture of one plane, filled from bands."""

    def __init__(self, image: Image) -> None:
        height, width = image.shape[3:]
        step = max(1, -(-max(height, width) // _PICTURE))
        self._step = step
        self._sum = np.zeros((-(-height // step), -(-width // step), image.n_samples))
        self._n = np.zeros(self._sum.shape[:2])

    def take(self, start: int, band: NDArray[Any]) -> None:
        """Add rows from `start` on to the blocks that they lie in."""
        step = self._step
        columns = np.arange(0, band.shape[1], step)
        wide = np.add.reduceat(np.nan_to_num(band.astype(np.float64)), columns, axis=1)
        sizes = np.diff(np.append(columns, band.shape[1]))
        rows = (start + np.arange(band.shape[0])) // step
        np.add.at(self._sum, rows, wide)
        np.add.at(self._n, rows, sizes)

    def mean(self) -> NDArray[np.float64]:
        """Return the mean of every block."""
        mean: NDArray[np.float64] = self._sum / np.maximum(self._n, 1)[..., np.newaxis]
        return mean


def _count_values(image: Image, found: _Measures) -> tuple[NDArray[np.int64], int]:
    """Return how many pixels fall into each bin, and how many are at the highest value."""
    counts = np.zeros(_N_BINS, np.int64)
    n_highest = 0
    if not found.high > found.low:
        return counts, 0
    for plane in image.planes():
        for _, band in image.bands(plane, BAND_ROWS):
            finite = _finite(band)
            n_highest += int(np.count_nonzero(finite == band.dtype.type(found.high)))
            counts += np.histogram(finite, _N_BINS, (found.low, found.high))[0]
    return counts, n_highest


def _summarise(image: Image, found: _Measures, n_highest: int) -> dict[str, float]:
    """Return the measures by name."""
    n_times, n_channels, n_slices, height, width = image.shape
    return {
        "n_times": float(n_times),
        "n_channels": float(n_channels * image.n_samples),
        "n_slices": float(n_slices),
        "n_rows": float(height),
        "n_columns": float(width),
        "focus_share": found.fine / found.coarse if found.coarse else 0.0,
        "saturated_share": n_highest / max(1, found.n_pixels),
        "empty_share": found.n_flat / max(1, found.n_squares),
        "not_finite_share": found.n_not_finite / max(1, found.n_pixels),
        "fall_off_share": _fall_off(found.overview),
        "n_empty_slices": float(sum(map(sum, found.flat_planes.values()))),
        "n_repeated_slices": float(found.repeated),
        "n_different_slices": float(sum(len(_find_steps(m)) for m in found.means.values())),
    }


def _fall_off(overview: NDArray[np.float64] | None) -> float:
    """Return how much darker the corners are than the middle; 0 where they are not."""
    if overview is None or min(overview.shape[:2]) < 10:
        return 0.0
    grey = overview.mean(axis=2)
    height, width = grey.shape
    rows, columns = height // 5, width // 5
    middle = float(np.median(grey[2 * rows : 3 * rows, 2 * columns : 3 * columns]))
    corners = [float(np.median(grey[a][:, b]))
               for a in (slice(rows), slice(-rows, None))
               for b in (slice(columns), slice(-columns, None))]  # fmt: skip
    # Specimens fill the middle alone; light that falls off leaves the corners alike.
    if middle <= 0 or max(corners) - min(corners) > 0.1 * middle:
        return 0.0
    return max(0.0, 1 - sum(corners) / 4 / middle)


def _find_steps(means: list[float]) -> list[int]:
    """Return slices whose mean is unlike both neighbours, which are alike."""
    found = []
    for z in range(1, len(means) - 1):
        before, own, after = means[z - 1 : z + 2]
        usual = (before + after) / 2
        scale = max(abs(usual), 1e-12)
        if abs(before - after) < 0.2 * scale and abs(own - usual) > MAX_STEP * scale:
            found.append(z)
    return found


_Parts = tuple[str, Severity, str, str]


def _judge(
    image: Image, header: Header, found: _Measures, extra: dict[str, float]
) -> Iterator[_Parts]:
    """Yield code, severity, reason and fix of what is wrong."""
    if not header.metadata.get("PixelSize"):
        yield (
            "image.no-pixel-size", Severity.ERROR,
            "Nothing states the size of a pixel, which BIDS asks for: the dataset is not valid "
            "without it.",
            'Put a file micrograph.json beside the raw images: {"PixelSize": [0.5, 0.5], '
            '"PixelSizeUnits": "um"}.',
        )  # fmt: skip
    if not found.high > found.low:
        yield (
            "image.empty", Severity.ERROR, "All pixels have one value: nothing was recorded.",
            "Look at the source; leave the image out if it is empty.",
        )  # fmt: skip
        return
    if text := find_text(image):
        yield (
            "image.burnt-in-text", Severity.WARNING,
            f"What looks like {say_count(text.n_lines, 'line')} of text, of up to {text.n_glyphs} "
            "signs, stands in the image.",
            "Look at it: a name or a date in it is part of the pixels. Crop it away in the source, "
            "or leave the image out.",
        )  # fmt: skip
    yield from _judge_pixels(image, extra)
    yield from _judge_slices(image, extra)


def _judge_pixels(image: Image, extra: dict[str, float]) -> Iterator[_Parts]:
    """Yield what is wrong with the pixels of an image that is not empty."""
    if extra["not_finite_share"]:
        yield (
            "image.not-finite", Severity.WARNING,
            f"{extra['not_finite_share']:.1%} of the pixels are no numbers.",
            "Mask them before you measure.",
        )  # fmt: skip
    # In colour, the light behind a bright-field specimen is white.
    if extra["saturated_share"] > MAX_SATURATED and image.n_samples == 1:
        yield (
            "image.saturated", Severity.WARNING,
            f"{extra['saturated_share']:.1%} of the pixels are at the highest value: what was "
            "brighter is lost.",
            "Do not compare intensities in these places; take the image with less light or gain.",
        )  # fmt: skip
    if extra["empty_share"] > MAX_EMPTY:
        yield (
            "image.empty-tiles", Severity.WARNING,
            f"{extra['empty_share']:.0%} of the squares of {TILE} pixels hold one value: tiles are "
            "missing, or were cut out.",
            "Look at the overview; stitch the image again if tiles are missing.",
        )  # fmt: skip
    if extra["focus_share"] < MIN_FOCUS:
        yield (
            "image.focus", Severity.NOTE,
            f"The image has little fine detail (focus {extra['focus_share']:.3f}; noise has 1): it "
            "is out of focus, smoothed, or smooth by nature.",
            "Look at it at full size.",
        )  # fmt: skip
    if extra["fall_off_share"] > MAX_FALL_OFF:
        yield (
            "image.fall-off", Severity.WARNING,
            f"The corners are {extra['fall_off_share']:.0%} darker than the middle.",
            "Correct the illumination (flat field) before you compare intensities.",
        )  # fmt: skip


def _judge_slices(image: Image, extra: dict[str, float]) -> Iterator[_Parts]:
    """Yield what is wrong with the planes."""
    n_empty, n_same = int(extra["n_empty_slices"]), int(extra["n_repeated_slices"])
    if n_empty:
        yield (
            "image.missing-planes", Severity.WARNING,
            f"{say_count(n_empty, 'plane')} of {image.shape[0] * image.shape[1] * image.shape[2]} "
            "hold one value: they are missing.",
            "Copy the recording again if they should be there.",
        )  # fmt: skip
    if n_same:
        yield (
            "image.repeated-slices", Severity.WARNING,
            f"{say_count(n_same, 'slice')} are the same as the one before.",
            "Count the slices: one may have been written twice in the place of another.",
        )  # fmt: skip
    if n_steps := int(extra["n_different_slices"]):
        yield (
            "image.different-slices", Severity.NOTE,
            f"{say_count(n_steps, 'slice')} are much brighter or darker than both neighbours.",
            "Look at them: a slice may be damaged, or from another place.",
        )  # fmt: skip


def _draw(image: Image, found: _Measures, counts: NDArray[np.int64]) -> list[Picture]:
    """Return the overview and the histogram."""
    pictures = []
    if found.overview is not None and found.high > found.low:
        pictures.append(
            Picture(
                Drawing.IMAGE,
                "Overview",
                f"{'The middle slice, reduced' if image.shape[2] > 1 else 'The image, reduced'}; "
                "contrast stretched from the 1st to the 99th percentile of what is shown.",
                {"pixels": _stretch(found.overview, is_negative=image.facts.is_white_zero)},
            )
        )
    if counts.any():
        edges = np.linspace(found.low, found.high, _N_BINS + 1)
        pictures.append(
            Picture(
                Drawing.LINES,
                "Histogram",
                "How many pixels have which value, all planes together.",
                {"x": (edges[:-1] + edges[1:]) / 2, "y": np.log10(counts[np.newaxis] + 1.0)},
                x_label="value",
                y_label="pixels (log10 of count + 1)",
                legend=("pixels",),
            )
        )
    return pictures


def _stretch(overview: NDArray[np.float64], *, is_negative: bool) -> NDArray[np.uint8]:
    """Return a picture in eight bits, from dark to bright."""
    shown = overview[..., :3]
    low, high = (float(value) for value in np.percentile(shown, [1, 99]))
    scaled = np.clip((shown - low) / max(high - low, 1e-12), 0, 1)
    pixels = np.rint(255 * (1 - scaled if is_negative else scaled)).astype(np.uint8)
    return pixels if pixels.shape[2] == 3 else pixels[..., 0]
