"""The check of behaviour: keypoints, gaze, trials, wheels in NWB; video has one of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Finding, Header, Picture, Severity, say_count

from ._beh_pictures import draw_gaze, draw_lines, draw_places, draw_raster, draw_trajectories
from ._metadata import make_finding, name_some
from ._results import RecordingQuality

MIN_LIKELIHOOD = 0.6
"""DeepLabCut's own cutoff: what is less likely it does not draw (doi:10.1038/s41593-018-0209-y)."""

MAX_MISSING_SHARE = 0.2
MAX_UNLIKELY_SHARE = 0.2
MAX_JUMP_SHARE = 0.01
JUMP_FACTOR = 20.0
"""A step this many times the usual one, and of at least `JUMP_PX`, is no movement."""

JUMP_PX = 30.0
MAX_LOST_SHARE = 0.3
"""Eye trackers lose a pupil in blinks, which take some five hundredths of the time."""

_BLOCK = 1 << 19
_NO_RATE = "The frame rate is not known"
_MAX_LINES = 12
_MAX_LINE = 1000
_MAX_SHOWN = 20_000
"""Frames of a keypoint that are kept for its pictures."""


@dataclass(slots=True)
class _Found:
    """What was found so far."""

    place: str
    findings: list[Finding] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    extra: dict[str, float] = field(default_factory=dict)

    def warn(self, code: str, reason: str, fix: str, severity: Severity = Severity.WARNING) -> None:
        """Note something that is wrong."""
        self.findings.append(make_finding(code, severity, self.place, reason, fix))


def check_behaviour(path: Path, header: Header) -> RecordingQuality:
    """Measure and judge a written recording of behaviour.

    Keypoints: the share of frames in which one is missing, or less likely than 0.6; steps of more
    than 20 times the usual one; places outside of the picture. Gaze: the share of samples without a
    pupil. Trials: moments out of order. Video: see `check_video`.

    Parameters
    ----------
    path : Path
        A written ``.nwb`` file or video.
    header : Header
        What may be said about it.

    Returns
    -------
    RecordingQuality
        With pictures of keypoints, gaze, trials or a frame.
    """
    if path.suffix.casefold() != ".nwb":
        from ._video_quality import check_video

        return check_video(path, header)
    import h5py

    found = _Found(path.name)
    with h5py.File(path, "r") as file:
        module = file.get("processing/behavior", {})
        for name in sorted(module):
            check = _CHECKS.get(_type_of(module[name]))
            if check is not None:
                check(module[name], header, found)
        if "intervals/trials" in file:
            _check_trials(file["intervals/trials"], found)
    return RecordingQuality.of_content(found.findings, found.pictures, found.extra)


def _type_of(node: Any) -> str:  # noqa: ANN401 - h5py
    value = node.attrs.get("neurodata_type", "")
    return value.decode() if isinstance(value, bytes) else str(value)


def _series(node: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Yield the series in a group, by name."""
    for name in sorted(node):
        if hasattr(node[name], "keys") and "data" in node[name]:
            yield name, node[name]


def _seconds(node: Any, n: int) -> tuple[NDArray[np.float64], bool]:  # noqa: ANN401
    """Return when the samples of a series were taken, and whether that is in seconds."""
    text = node.attrs.get("description", "")
    is_known = _NO_RATE not in (text.decode() if isinstance(text, bytes) else str(text))
    if "timestamps" in node:
        return node["timestamps"][:].astype(np.float64), is_known
    start = node["starting_time"]
    rate_hz = float(start.attrs["rate"])
    return float(start[()]) + np.arange(n) / rate_hz, is_known


def _check_pose(node: Any, header: Header, found: _Found) -> None:  # noqa: ANN401
    """Judge the keypoints of one animal."""
    shown: dict[str, NDArray[np.float64]] = {}
    rows: list[dict[str, float]] = []
    times: dict[str, NDArray[np.float64]] = {}
    is_known, n_frames = True, 0
    for name, series in _series(node):
        places = series["data"][:].astype(np.float64)
        rows.append(_measure_keypoint(places, series.get("confidence"), header))
        n_frames, step = max(n_frames, len(places)), -(-len(places) // _MAX_SHOWN)
        shown[name] = places[::step, :2].copy()  # a view would keep all of them
        times_s, is_known = _seconds(series, len(places))
        times[name] = times_s[::step]
    if not rows:
        return
    measures = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    for key, values in measures.items():
        if np.isfinite(values).any():
            found.extra[key] = max(found.extra.get(key, 0.0), float(np.nanmean(values)))
    found.extra["n_keypoints"] = found.extra.get("n_keypoints", 0.0) + len(rows)
    found.extra["n_frames"] = float(n_frames)
    is_tracked = bool(np.isfinite(measures["unlikely_share"]).any())
    if not is_tracked:
        measures["missing_share"] = np.zeros(0)  # what was hidden could not be labelled
    _judge_pose(list(shown), measures, found)
    if not is_known:
        _warn_of_frames(found)
    x_label = "Time (s)" if is_known else "Frame"
    found.pictures += _draw_pose(shown, times, _size_of(header), x_label if is_tracked else "")


def _draw_pose(
    shown: Mapping[str, NDArray[np.float64]],
    times: Mapping[str, NDArray[np.float64]],
    size: tuple[float, float] | None,
    x_label: str,
) -> Iterator[Picture]:
    """Draw the keypoints that have as many frames as the longest; over time if it has a label."""
    longest = max(shown, key=lambda name: len(shown[name]))
    n_frames = len(shown[longest])
    names = [name for name, places in shown.items() if len(places) == n_frames]
    places = [shown[name] for name in names]
    yield draw_places(names, places, size)
    yield draw_trajectories(names, places, size)
    if n_frames > 2 and x_label:
        yield draw_lines(
            "Keypoints over time",
            "x of each keypoint.",
            times[longest],
            [own[:, 0] for own in places[:_MAX_LINES]],
            names[:_MAX_LINES],
            x_label,
        )


def _measure_keypoint(
    places: NDArray[np.float64],
    confidence: Any,  # noqa: ANN401 - h5py
    header: Header,
) -> dict[str, float]:
    """Return shares of frames by name; NaN for what only a tracker's keypoints have."""
    is_lost = ~np.isfinite(places).all(axis=1)
    unlikely = jumps = np.nan
    if confidence is not None:
        likely = confidence[:][~is_lost]
        unlikely = float(np.mean(likely < MIN_LIKELIHOOD)) if likely.size else 0.0
        jumps = _jump_share(places)
    return {
        "missing_share": float(is_lost.mean()),
        "unlikely_share": unlikely,
        "jump_share": jumps,
        "outside_share": _outside_share(places[~is_lost], header),
    }


def _warn_of_frames(found: _Found) -> None:
    """Say once that times are numbers of frames."""
    if not any(f.code == "pose.no-frame-rate" for f in found.findings):
        found.warn(
            "pose.no-frame-rate",
            "The frame rate is not known: times of keypoints are numbers of frames.",
            "Put the video beside the table under the name it had, or state its rate.",
            Severity.NOTE,
        )


def _judge_pose(
    names: Sequence[str], measures: Mapping[str, NDArray[np.float64]], found: _Found
) -> None:
    """Note the keypoints whose measures are out of bounds."""
    for key, limit, code, what, fix in (
        ("missing_share", MAX_MISSING_SHARE, "pose.missing", "missing in more than a fifth of the "
         "frames", "Look whether they are hidden; label more frames, or leave them out."),
        ("unlikely_share", MAX_UNLIKELY_SHARE, "pose.unlikely", f"less likely than {MIN_LIKELIHOOD}"
         " in more than a fifth of the frames", "Label more frames of this kind and train again."),
        ("jump_share", MAX_JUMP_SHARE, "pose.jumps", "jumping from one frame to the next in more "
         "than a hundredth of them", "Filter the tracks, or correct swapped keypoints."),
        ("outside_share", MAX_JUMP_SHARE, "pose.outside", "outside of the picture in more than a "
         "hundredth of the frames", "Look whether the video was cropped after it was tracked."),
    ):  # fmt: skip
        over = [n for n, v in zip(names, measures[key], strict=False) if v > limit]
        if over:
            found.warn(code, f"{say_count(len(over), 'keypoint')} {what}: {name_some(over)}.", fix)


def _jump_share(places: NDArray[np.float64]) -> float:
    """Return the share of steps that are no movement."""
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    steps = steps[np.isfinite(steps)]
    if len(steps) < 2:
        return 0.0
    return float(np.mean(steps > max(JUMP_PX, JUMP_FACTOR * float(np.median(steps)))))


def _size_of(header: Header) -> tuple[float, float] | None:
    """Return width and height of the picture, if they are known."""
    size = (header.metadata.get("ImageWidth"), header.metadata.get("ImageHeight"))
    return (float(size[0]), float(size[1])) if size[0] and size[1] else None


def _outside_share(places: NDArray[np.float64], header: Header) -> float:
    """Return the share of places that are outside of the picture; 0 for places in space."""
    if not len(places) or places.shape[1] != 2:
        return 0.0
    far = np.array(_size_of(header) or (np.inf, np.inf))
    return float(np.mean(((places < 0) | (places > far)).any(axis=1)))


def _check_gaze(node: Any, header: Header, found: _Found) -> None:  # noqa: ANN401
    """Judge where the eyes look, and draw it as a map."""
    maps: NDArray[np.float64] | None = None
    for name, series in _series(node):
        data = series["data"]
        n_lost, edges = 0, _edges(data)
        for block in _blocks(data):
            n_lost += int((~np.isfinite(block).all(axis=1)).sum())
            if edges is not None:
                kept = block[np.isfinite(block).all(axis=1)]
                counts = np.histogram2d(kept[:, 1], kept[:, 0], bins=edges[::-1])[0]
                maps = counts if maps is None else maps + counts
        share = n_lost / max(1, data.shape[0])
        found.extra[f"{name}_lost_share"] = share
        if share > MAX_LOST_SHARE:
            found.warn(
                "gaze.lost",
                f"The eye was lost for {share:.0%} of the time.",
                "Look whether the tracker was calibrated; leave out what is not usable.",
            )
    if maps is not None:
        found.pictures.append(draw_gaze(maps))


def _edges(data: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:  # noqa: ANN401
    """Return the edges of a map that holds nearly all of the gaze, from a part of the samples."""
    step = max(1, data.shape[0] // 20000)
    some = data[::step].astype(np.float64)
    some = some[np.isfinite(some).all(axis=1)]
    if len(some) < 2:
        return None
    low, high = np.percentile(some, [0.5, 99.5], axis=0)
    high = np.maximum(high, low + 1.0)
    return np.linspace(low[0], high[0], 97), np.linspace(low[1], high[1], 55)


def _blocks(data: Any) -> Iterator[NDArray[np.float64]]:  # noqa: ANN401
    for start in range(0, data.shape[0], _BLOCK):
        yield data[start : start + _BLOCK].astype(np.float64)


def _check_pupil(node: Any, header: Header, found: _Found) -> None:  # noqa: ANN401
    """Judge how much of the pupils was lost."""
    rows, names, times_s = [], [], np.zeros(0)
    for name, series in _series(node):
        data = series["data"]
        n_lost = sum(int((~np.isfinite(block) | (block <= 0)).sum()) for block in _blocks(data))
        found.extra[f"{name}_lost_share"] = n_lost / max(1, data.shape[0])
        step = max(1, data.shape[0] // _MAX_LINE)
        rows.append(data[::step].astype(np.float64))
        times_s = _seconds(series, data.shape[0])[0][::step]
        names.append(name)
    if rows:
        found.pictures.append(draw_lines("Pupils", "Size of the pupils.", times_s, rows, names,
                                         "Time (s)"))  # fmt: skip


def _check_place(node: Any, header: Header, found: _Found) -> None:  # noqa: ANN401
    """Judge and draw the angle of a wheel."""
    for name, series in _series(node):
        values = series["data"]
        times_s, _ = _seconds(series, values.shape[0])
        n_back = int((np.diff(times_s) < 0).sum())
        found.extra["wheel_times_out_of_order"] = float(n_back)
        if n_back:
            found.warn(
                "wheel.order",
                f"{say_count(n_back, 'moment')} of the wheel's encoder came before the one before.",
                "Look whether its clock was reset within the session.",
            )
        if values.shape[0] > 1 and values.ndim == 1:
            step = max(1, values.shape[0] // _MAX_LINE)
            found.pictures.append(
                draw_lines(
                    "Wheel",
                    "Angle of the wheel.",
                    times_s[::step],
                    [values[::step].astype(np.float64)],
                    [name],
                    "Time (s)",
                )
            )


def _check_trials(table: Any, found: _Found) -> None:  # noqa: ANN401
    """Judge the order of trials, and draw their moments."""
    starts, stops = table["start_time"][:], table["stop_time"][:]
    known = starts[np.isfinite(starts)]
    n_back = int((np.diff(known) < 0).sum())
    n_reversed = int((stops < starts).sum())
    found.extra |= {
        "n_trials": float(len(starts)),
        "trials_out_of_order": float(n_back),
        "trials_reversed": float(n_reversed),
        "trials_without_times": float(len(starts) - len(known)),
    }
    if n_back:
        found.warn(
            "trials.order",
            f"{say_count(n_back, 'trial')} of {len(starts)} begin before the one before.",
            "Look whether two sessions were joined, or a clock was reset.",
        )
    if n_reversed:
        found.warn(
            "trials.reversed",
            f"{say_count(n_reversed, 'trial')} of {len(starts)} end before they begin.",
            "Look which columns hold moments, and in which unit.",
        )
    if len(known) < len(starts):
        found.warn(
            "trials.no-times",
            f"{say_count(len(starts) - len(known), 'trial')} of {len(starts)} have no times.",
            "Leave them out of analyses that need times.",
            Severity.NOTE,
        )
    moments = {
        name: table[name][:] - starts
        for name in table
        if name not in {"start_time", "stop_time", "id"} and _is_moment(table[name], starts, stops)
    }
    if moments:
        found.pictures.append(draw_raster(moments))


def _is_moment(column: Any, starts: NDArray[Any], stops: NDArray[Any]) -> bool:  # noqa: ANN401
    """Tell whether the numbers of a column lie within their trials."""
    if column.dtype.kind != "f" or column.shape != starts.shape:
        return False
    values = column[:]
    text = column.attrs.get("description", "")
    inside = (values >= starts) & (values <= stops)
    return (
        "seconds" in str(text)
        and bool(np.isfinite(values).any())
        and bool(inside[np.isfinite(values)].mean() > 0.5)
    )


_CHECKS: Final[dict[str, Callable[[Any, Header, _Found], None]]] = {
    "PoseEstimation": _check_pose,
    "EyeTracking": _check_gaze,
    "PupilTracking": _check_pupil,
    "Position": _check_place,
}
"""The check of each type that the file may hold."""
