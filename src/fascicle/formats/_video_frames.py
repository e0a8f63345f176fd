"""Pictures of a video one by one, and a video made of pictures: each coded for itself.

What is written holds JPEGs, so that nothing of one picture can stand in another, at the very times
of the source: AVI where the pictures follow one another evenly, QuickTime where they do not.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ._isobmff import Movie, Track, damaged
from ._isobmff_entry import clean_entry
from ._isobmff_write import write_movie
from ._riff import Clip, write_clip
from ._video import open_video, require_opencv

Frame = NDArray[np.uint8]

_JPEG_QUALITY: Final = 95
_MAX_AVI_BYTES: Final = 3 << 30
_UPRIGHT: Final = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
_MAX_SIDE: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """When the frames of a video are shown.

    Attributes
    ----------
    ticks_hz : int
        Ticks in a second.
    starts : ndarray of int64, shape (n_frames,)
        When each is shown, in ticks from the first one.
    last : int
        How long the last one is shown, in ticks.
    """

    ticks_hz: int
    starts: NDArray[np.int64]
    last: int

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.starts)

    @property
    def steps(self) -> NDArray[np.int64]:
        """How long each frame is shown, in ticks, shape (n_frames,)."""
        return np.append(np.diff(self.starts), self.last).astype(np.int64)

    @property
    def rate_hz(self) -> float:
        """Frames in a second, by the usual step; 0 where none is known."""
        step = float(np.median(self.steps)) if len(self) else 0.0
        return self.ticks_hz / step if step > 0 else 0.0

    @property
    def is_even(self) -> bool:
        """True if all frames but the last are shown for the same time."""
        steps = self.steps[:-1]
        return len(steps) == 0 or bool((steps == steps[0]).all() and steps[0] > 0)


def read_times(path: Path) -> FrameTimes:
    """Read when the frames of a video are shown.

    Parameters
    ----------
    path : Path
        MP4, QuickTime or AVI.

    Returns
    -------
    FrameTimes
        In the order in which they are shown, which is not always that in which they are stored.

    Raises
    ------
    FormatError
        FSC255, FSC257 or FSC258, as for every video that cannot be read.
    """
    opened = open_video(path)
    if isinstance(opened, Clip):
        starts = opened.scale * np.arange(len(opened.sizes), dtype=np.int64)
        return FrameTimes(opened.rate, starts, opened.scale)
    track = opened.video
    steps = np.repeat(track.times[:, 1].astype(np.int64), track.times[:, 0])
    decoded = np.cumsum(steps) - steps
    if len(track.shifts):
        decoded = decoded + np.repeat(track.shifts[:, 1], track.shifts[:, 0])
    shown = np.sort(decoded)
    return FrameTimes(track.timescale, shown - shown[0], int(steps[-1]))


def read_frames(path: Path) -> Iterator[Frame]:
    """Decode a video frame by frame, upright, as it is shown.

    Parameters
    ----------
    path : Path
        Any video that the library decodes.

    Yields
    ------
    ndarray of uint8, shape (height, width, 3)
        Blue, green, red. A video that cannot be decoded to its end just ends: whoever needs all of
        it compares with the number that its container states.

    Raises
    ------
    DependencyError
        FSC801 without the library that decodes.
    """
    cv2 = _load_opencv()
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        while True:
            is_read, frame = video.read()
            if not is_read:
                return
            yield frame
    finally:
        video.release()


def write_frames(frames: Iterable[Frame], folder: Path, stem: str, times: FrameTimes) -> Path:
    """Write frames as a video that says nothing but their numbers and times.

    Parameters
    ----------
    frames : iterable of ndarray of uint8, shape (height, width, 3)
        Blue, green, red; one is in memory at a time.
    folder : Path
        Where to write.
    stem : str
        Name without its ending.
    times : FrameTimes
        When each is shown.

    Returns
    -------
    Path
        ``.avi`` where the frames follow one another evenly and take less than 3 GiB, else ``.mov``.

    Raises
    ------
    FormatError
        FSC258 if there are fewer or more frames than times, or frames of several sizes; no file is
        left then.
    """
    part = folder / f".part-{stem}.jpegs"
    try:
        sizes, shape = _write_jpegs(frames, part)
        if len(sizes) != len(times) or not sizes:
            raise damaged("as many frames that decode as its container states")
        counts = np.array(sizes, np.int64)
        offsets = np.cumsum(counts) - counts
        is_avi = times.is_even and int(counts.sum()) < _MAX_AVI_BYTES
        target = folder / f"{stem}{'.avi' if is_avi else '.mov'}"
        if is_avi:
            write_clip(_make_clip(shape, offsets, counts, times), part, target)
        else:
            write_movie(_make_movie(shape, offsets, counts, times), part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _load_opencv() -> Any:  # noqa: ANN401 - a module without types
    """Import the library, quiet and in one thread: the same video gives the same bytes."""
    require_opencv()
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    import cv2

    cv2.setNumThreads(1)
    return cv2


def _write_jpegs(frames: Iterable[Frame], path: Path) -> tuple[list[int], tuple[int, int]]:
    """Write JPEGs one after another; return their sizes in bytes, and height and width."""
    cv2 = _load_opencv()
    how = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    sizes: list[int] = []
    shape = (0, 0)
    with path.open("wb") as out:
        for frame in frames:
            here = (int(frame.shape[0]), int(frame.shape[1]))
            if (shape != (0, 0) and here != shape) or max(here) > _MAX_SIDE:
                raise damaged("frames of one size, not above 16,384 pixels")
            shape = here
            coded = cv2.imencode(".jpg", frame, how)[1].tobytes()
            out.write(coded)
            sizes.append(len(coded))
    return sizes, shape


def _make_clip(
    shape: tuple[int, int], offsets: NDArray[np.int64], sizes: NDArray[np.int64], times: FrameTimes
) -> Clip:
    """Describe an AVI of JPEGs."""
    height, width = shape
    step = int(times.steps[0])
    common = int(np.gcd(step, times.ticks_hz))
    bitmap = struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG",
                         3 * width * height, 0, 0, 0, 0)  # fmt: skip
    return Clip(
        "MJPG", "JPEG", width, height, step // common, times.ticks_hz // common, bitmap,
        offsets, sizes, np.ones(len(sizes), np.bool_),
    )  # fmt: skip


def _make_movie(
    shape: tuple[int, int], offsets: NDArray[np.int64], sizes: NDArray[np.int64], times: FrameTimes
) -> Movie:
    """Describe a QuickTime film of JPEGs."""
    height, width = shape
    fixed = bytes(6) + struct.pack(">H", 1) + bytes(16)
    fixed += struct.pack(">HHIIIH", width, height, 72 << 16, 72 << 16, 0, 1)
    content = b"jpeg" + fixed + bytes(32) + struct.pack(">Hh", 24, -1)
    entry = clean_entry(struct.pack(">I", len(content) + 4) + content)
    steps = times.steps
    edges = np.flatnonzero(np.diff(steps, prepend=-1))
    runs = np.stack([np.diff(np.append(edges, len(steps))), steps[edges]], axis=1)
    track = Track(
        entry.codec, width, height, times.ticks_hz, int(steps.sum()), sizes, offsets,
        runs.astype(np.uint32), np.zeros((0, 2), np.int64), np.zeros(0, np.uint32), entry,
        _UPRIGHT, (),
    )  # fmt: skip
    return Movie(track, times.ticks_hz)
