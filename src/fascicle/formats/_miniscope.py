"""UCLA Miniscope (version 4): a folder with ``metaData.json``, numbered videos and their times."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import FileHead, Header, Identifier, Modality
from fascicle.errors import FormatError

from ._ophys import BLOCK_BYTES, Movie, OpenedOphys, OphysFormat
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DEVICE = re.compile(rb'"deviceType"\s*:\s*"[^"]*Miniscope', re.IGNORECASE)
_VIDEO = re.compile(r"(?:msCam)?(\d+)\.avi", re.IGNORECASE)
_TIMES, _HEAD, _ABOUT = "timeStamps.csv", "headOrientation.csv", "metaData.json"
_KINDS = {"animalName": "id", "researcherName": "operator", "experimentName": "text",
          "baseDirectory": "path", "directory": "path", "notes": "text"}  # fmt: skip
_MAX_ABOUT_BYTES = 1 << 20
_MAX_JITTER = 0.01


class Miniscope(OphysFormat):
    """UCLA Miniscope."""

    name = "miniscope"
    title = "UCLA Miniscope (metaData.json with numbered .avi)"
    isolated = True
    manufacturer = "UCLA Miniscope"

    def recognises(self, head: FileHead) -> bool:
        """Look for the type of the device."""
        return head.head.lstrip().startswith(b"{") and _DEVICE.search(head.head) is not None

    def confirms(self, head: FileHead, root: Path) -> bool:
        """Look for a video beside it."""
        return bool(_find_videos(root, head.path))

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return videos in the order of their numbers, times, and what the session says."""
        folder = head.path.parent
        beside = [folder / _TIMES, folder / _HEAD, folder.parent / _ABOUT]
        found = [path for path in beside if path != head.path and (root / path).is_file()]
        return (*_find_videos(root, head.path), *found)

    def open_ophys(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedOphys:
        """Open the videos; frames are decoded when they are asked for."""
        about = _read_about(root / files[0])
        session = next((root / p for p in files[1:] if p.name == _ABOUT), None)
        said = {**(_read_about(session) if session else {}), **about}
        videos = [root / path for path in files if _VIDEO.fullmatch(path.name)]
        sizes = [_read_size(path) for path in videos]
        if not sizes or len({size[1:] for size in sizes}) != 1:
            raise FormatError(
                "FSC251",
                "Expected videos of one size beside metaData.json, got others or none.",
                "Copy the whole folder of the Miniscope again.",
            )
        times = _read_times(root / files[0].parent / _TIMES)
        shape = (sum(size[0] for size in sizes), *sizes[0][1:])
        is_timed = times is not None and len(times) == shape[0]
        rate = _rate(about, times if is_timed else None)
        header = Header(
            modality=Modality.OPHYS,
            sfreq_hz=rate,
            measured_at=_started(said.get("recordingStartTime")),
            identifiers=tuple(dict.fromkeys(_identifiers(said))),
            manufacturer=self.manufacturer,
            is_as_stated=times is None or is_timed,
            evidence=("Its description names a Miniscope.",),
            metadata={"ImagingType": "one-photon", "Manufacturer": self.manufacturer},
        )
        kept = times if is_timed and not _is_regular(times) else None
        return OpenedOphys(header, (Movie(shape, "|u1", _reader(videos, shape), times_s=kept),))


def _find_videos(root: Path, about: PurePosixPath) -> tuple[PurePosixPath, ...]:
    """Return the videos beside a description, in the order of their numbers."""
    numbered = [
        (int(found[1]), about.parent / path.name)
        for path in (root / about.parent).iterdir()
        if (found := _VIDEO.fullmatch(path.name))
    ]
    return tuple(path for _, path in sorted(numbered))


def _read_about(path: Path) -> dict[str, Any]:
    """Return what a description says; nothing if it is no JSON object."""
    if path.stat().st_size > _MAX_ABOUT_BYTES:
        return {}
    said = json.loads(path.read_text("utf-8"))
    return said if isinstance(said, dict) else {}


def _read_size(path: Path) -> tuple[int, int, int]:
    """Return frames, height and width that a video states."""
    import cv2

    capture = cv2.VideoCapture(str(path))
    try:
        names = (cv2.CAP_PROP_FRAME_COUNT, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FRAME_WIDTH)
        n_frames, height, width = (int(capture.get(name)) for name in names)
    finally:
        capture.release()
    if min(n_frames, height, width) <= 0:
        raise FormatError(
            "FSC251",
            "Expected a video with frames, got one that cannot be opened.",
            "The file is cut off or damaged: copy it again from the Miniscope's computer.",
        )
    return n_frames, height, width


def _reader(videos: Sequence[Path], shape: tuple[int, ...]) -> Any:  # noqa: ANN401 - a generator
    """Return a function that decodes all frames, one video after the other."""
    n_block = max(1, BLOCK_BYTES // (shape[1] * shape[2]))

    def blocks() -> Iterator[NDArray[np.uint8]]:
        import cv2

        waiting: list[NDArray[np.uint8]] = []
        for path in videos:
            capture = cv2.VideoCapture(str(path))
            try:
                while (frame := capture.read()[1]) is not None:
                    waiting.append(frame[..., 0] if frame.ndim == 3 else frame)
                    if len(waiting) == n_block:
                        yield np.stack(waiting)
                        waiting = []
            finally:
                capture.release()
        if waiting:
            yield np.stack(waiting)

    return blocks


def _read_times(path: Path) -> NDArray[np.float64] | None:
    """Return the times of frames in seconds from the first; None where there are none."""
    if not path.is_file():
        return None
    try:
        table = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2, usecols=(0, 1))
    except (ValueError, OSError, UnicodeDecodeError):
        return None
    if len(table) < 2 or not np.all(np.diff(table[:, 1]) > 0):
        return None
    seconds: NDArray[np.float64] = (table[:, 1] - table[0, 1]) / 1000
    return seconds


def _is_regular(times: NDArray[np.float64] | None) -> bool:
    """Tell whether frames come at one rate."""
    if times is None:
        return True
    steps = np.diff(times)
    return bool(np.all(np.abs(steps - np.median(steps)) <= _MAX_JITTER * np.median(steps)))


def _rate(about: Mapping[str, Any], times: NDArray[np.float64] | None) -> float:
    """Return frames in a second: as they were timed, else as the device was set."""
    if times is not None:
        return float(1 / np.median(np.diff(times)))
    found = re.match(r"\s*(\d+(?:\.\d+)?)", str(about.get("frameRate", "")))
    return float(found[1]) if found else 0.0


def _started(said: object) -> datetime | None:
    """Return the start of the session."""
    if not isinstance(said, dict):
        return None
    names = ("year", "month", "day", "hour", "minute", "second")
    with suppress(KeyError, ValueError, TypeError, OverflowError):
        year, month, day, hour, minute, second = (int(said[name]) for name in names)
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return None


def _identifiers(said: Mapping[str, Any]) -> list[Identifier]:
    """Return what points to the animal, the person and the computer."""
    fields = [(kind, name, said.get(name)) for name, kind in _KINDS.items()]
    return find_identifiers("Miniscope description", fields)
