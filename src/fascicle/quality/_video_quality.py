"""The check of a video: does it decode, does it stand still, are people to be seen in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Drawing, Header, Picture, Severity
from fascicle.errors import JobError
from fascicle.govern import is_animal
from fascicle.jobs import run_isolated

from ._metadata import make_finding
from ._results import RecordingQuality

FACE = "video.face"
"""Code of the finding that a face of a person was found."""

N_FACE_FRAMES = 24
"""Frames in which faces are looked for, spread evenly over the video."""

N_STRETCH = 200
"""Frames that are decoded one after another in each of three stretches."""

MAX_FROZEN_SHARE = 0.05
_FACE_SIDE = 640
_MIN_FACE_SHARE = 1 / 12
_MIN_NEIGHBOURS = 6
_MIN_FRAMES = 2
"""One frame alone may be chance; of two or fewer frames one is enough."""

_MAX_SIDE = 480
_TIMEOUT_S = 600.0
_RATE_TOLERANCE = 0.01


def check_video(path: Path, header: Header) -> RecordingQuality:
    """Measure and judge a written video, in a process of its own.

    Three stretches of 200 frames are decoded: frames equal to the one before are counted, and the
    rate is compared with that of the header. In 24 frames spread evenly faces are looked for by
    the cascades of OpenCV (doi:10.1023/B:VISI.0000013087.49260.fb), which find faces that look into
    the camera; a person from behind, or in the other frames, is not found.

    Parameters
    ----------
    path : Path
        The file as it was written.
    header : Header
        What may be said about it; a species other than human means that faces are bystanders'.

    Returns
    -------
    RecordingQuality
        With one frame as a picture.
    """
    try:
        seen = run_isolated(_look, str(path), timeout_s=_TIMEOUT_S)
    except JobError as error:
        return RecordingQuality.unreadable(_unreadable(path, error.code))
    if not seen["n_decoded"]:
        return RecordingQuality.unreadable(_unreadable(path, "no frame"))
    frozen = seen["n_frozen"] / max(1, seen["n_steps"])
    has_face = seen["n_faces"] >= min(_MIN_FRAMES, seen["n_searched"])
    findings = []
    if frozen > MAX_FROZEN_SHARE:
        findings.append(
            make_finding(
                "video.frozen", Severity.WARNING, path.name,
                f"{frozen:.0%} of the frames that were looked at are equal to the one before.",
                "Look whether the camera dropped frames; compare with its time stamps.",
            )
        )  # fmt: skip
    if header.sfreq_hz and abs(seen["rate_hz"] / header.sfreq_hz - 1) > _RATE_TOLERANCE:
        findings.append(
            make_finding(
                "video.rate", Severity.WARNING, path.name,
                f"The mean rate is {seen['rate_hz']:.4g} Hz, the usual step between frames says "
                f"{header.sfreq_hz:.4g} Hz: frames are missing, or not evenly spaced.",
                "Use the times of the frames, not their numbers.",
            )
        )  # fmt: skip
    if has_face:
        findings.append(
            make_finding(
                FACE, Severity.WARNING, path.name,
                f"Faces were found in {seen['n_faces']} of {seen['n_searched']} frames that were "
                "looked at.",
                "Look at the video; crop or mask people, or have a data steward sign for it.",
            )
        )  # fmt: skip
    if header.metadata.get("AudioRemoved"):
        findings.append(
            make_finding(
                "video.sound", Severity.NOTE, path.name,
                "The video had sound, which stays behind: voices can be recognised.",
                "Nothing to do; keep the source if the sound is needed.",
            )
        )  # fmt: skip
    frame = Picture(
        Drawing.IMAGE,
        "A frame",
        "The frame in the middle of the video.",
        {"pixels": seen["frame"]},
        exposes="" if is_animal(header.subject.species) and not has_face else "face",
    )
    extra = {
        "frozen_share": float(frozen),
        "frame_rate_hz": float(seen["rate_hz"]),
        "faces_share": seen["n_faces"] / max(1, seen["n_searched"]),
        "brightness": float(seen["brightness"]),
        "n_frames": float(header.n_times),
    }
    return RecordingQuality.of_content(findings, [frame], extra)


def _unreadable(path: Path, why: str) -> Any:  # noqa: ANN401 - a Finding
    return make_finding(
        "video.unreadable", Severity.ERROR, path.name,
        f"The video could not be decoded ({why}).",
        "Look whether it plays; leave it out, or convert it to MP4 with H.264.",
    )  # fmt: skip


def _look(path: str) -> dict[str, Any]:
    """Decode parts of a video; runs in a process of its own."""
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"
    import cv2

    cv2.setNumThreads(1)
    video = cv2.VideoCapture(path)
    n_frames = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    seen: dict[str, Any] = {"n_decoded": 0, "n_frozen": 0, "n_steps": 0, "n_faces": 0,
                            "n_searched": 0, "brightness": 0.0, "frame": np.zeros((1, 1), np.uint8),
                            "rate_hz": float(video.get(cv2.CAP_PROP_FPS))}  # fmt: skip
    starts = sorted({0, max(0, n_frames // 2 - N_STRETCH // 2), max(0, n_frames - N_STRETCH)})
    for start, stop in zip(starts, [*starts[1:], n_frames], strict=True):
        _look_at_stretch(video, start, min(N_STRETCH, max(1, stop - start)), seen)
    _look_for_faces(video, n_frames, seen)
    video.release()
    return seen


def _look_at_stretch(video: Any, start: int, n_frames: int, seen: dict[str, Any]) -> None:  # noqa: ANN401
    """Count frames that are equal to the one before."""
    import cv2

    if start:
        video.set(cv2.CAP_PROP_POS_FRAMES, start)
    before: NDArray[np.uint8] | None = None
    for _ in range(n_frames):
        is_read, frame = video.read()
        if not is_read:
            return
        seen["n_decoded"] += 1
        if before is not None:
            seen["n_steps"] += 1
            seen["n_frozen"] += bool(np.array_equal(before, frame))
        before = frame


def _look_for_faces(video: Any, n_frames: int, seen: dict[str, Any]) -> None:  # noqa: ANN401
    """Count the frames with a face, and keep the one in the middle."""
    import cv2
    import cv2.data

    cascades = [
        cv2.CascadeClassifier(cv2.data.haarcascades + name)
        for name in ("haarcascade_frontalface_alt2.xml", "haarcascade_profileface.xml")
    ]
    at = np.unique(np.linspace(0, max(0, n_frames - 1), N_FACE_FRAMES).astype(int))
    shades = []
    for i, frame in _frames_at(video, at):
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        shades.append(float(grey.mean()))
        seen["n_searched"] += 1
        seen["n_faces"] += _has_face(grey, cascades)
        if i <= n_frames // 2:
            seen["frame"] = _shrink(grey, _MAX_SIDE)
    seen["brightness"] = float(np.mean(shades)) if shades else 0.0


def _frames_at(video: Any, at: NDArray[np.int64]) -> Iterator[tuple[int, Any]]:  # noqa: ANN401
    """Yield the frames with these numbers that can be read."""
    import cv2

    for i in at.tolist():
        video.set(cv2.CAP_PROP_POS_FRAMES, i)
        is_read, frame = video.read()
        if is_read:
            yield i, frame


def _has_face(grey: NDArray[np.uint8], cascades: list[Any]) -> bool:
    """Tell whether a cascade finds a face of a usual size."""
    import cv2

    small = cv2.equalizeHist(_shrink(grey, _FACE_SIDE))
    side = max(24, round(min(small.shape) * _MIN_FACE_SHARE))
    return any(
        len(cascade.detectMultiScale(small, 1.1, _MIN_NEIGHBOURS, minSize=(side, side)))
        for cascade in cascades
    )


def _shrink(grey: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return a picture whose longer side has at most so many pixels."""
    import cv2

    scale = side / max(grey.shape)
    if scale >= 1:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
