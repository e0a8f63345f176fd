"""SLEAP: keypoints of animals, as its analysis file (.h5) or its project (.slp) holds them.

The analysis file has one array of tracks; the project has tables of frames, instances and points,
and JSON beside them. Layouts follow https://sleap.ai/api/ and sleap-io.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import FileHead, Header, Identifier, Modality
from fascicle.errors import FormatError

from ._beh import Behaviour, BehaviourFormat, Clock, Pose
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HDF5 = b"\x89HDF\r\n\x1a\n"
_ANALYSIS = frozenset({"node_names", "tracks", "track_occupancy"})
_PROJECT = frozenset({"frames", "instances", "points", "pred_points", "metadata"})
_MAX_CELLS = 1 << 28
_MAX_ANIMALS = 64
_SUGGESTED = frozenset({"", "track", "none"})


class Sleap(BehaviourFormat):
    """SLEAP (.slp project, analysis .h5)."""

    name = "sleap"
    title = "SLEAP (.slp, analysis .h5)"

    def recognises(self, head: FileHead) -> bool:
        """Look for HDF5; which one it is, only the names in it tell."""
        return not head.is_folder and head.head.startswith(_HDF5)

    def confirms(self, head: FileHead, root: Path) -> bool:
        """Look for the names of an analysis or of a project."""
        import h5py

        with h5py.File(root / head.path, "r") as file:
            return any(names <= set(file) for names in (_ANALYSIS, _PROJECT))

    def open_behaviour(self, root: Path, files: tuple[PurePosixPath, ...]) -> Behaviour:
        """Read the pose of every animal."""
        import h5py

        with h5py.File(root / files[0], "r") as file:
            if "tracks" in file and "node_names" in file:
                return _open_analysis(file, root / files[0])
            if "frames" in file and "metadata" in file:
                return _open_project(file, root / files[0])
        raise FormatError(
            "FSC255",
            "Expected tracks and nodes, or frames and metadata, as SLEAP writes them; got neither.",
            "Export the analysis again: sleap-convert --format analysis.",
        )


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _open_analysis(file: Any, path: Path) -> Behaviour:  # noqa: ANN401 - h5py
    """Read an analysis: tracks of shape (n_animals, 2, n_nodes, n_frames)."""
    names = tuple(_text(name) for name in file["node_names"][:])
    tracks = file["tracks"]
    n_animals, n_axes, n_nodes, n_frames = tracks.shape
    if n_axes != 2 or n_nodes != len(names) or n_animals > _MAX_ANIMALS or tracks.size > _MAX_CELLS:
        raise FormatError(
            "FSC255",
            f"Expected tracks of two coordinates and {len(names)} nodes, got {n_axes} and "
            f"{n_nodes}.",
            "The file is damaged: export the analysis again.",
        )
    scores = file.get("point_scores")
    edges = file["edge_inds"][:].tolist() if "edge_inds" in file else []
    clock = Clock(_find_rate(path, _text(file["video_path"][()]) if "video_path" in file else ""))
    parts = [
        Pose(
            names,
            np.ascontiguousarray(tracks[i].transpose(2, 1, 0), np.float32),
            None if scores is None else np.ascontiguousarray(scores[i].T, np.float32),
            clock,
            _valid_edges(edges, n_nodes),
            i + 1 if n_animals > 1 else 0,
            "SLEAP",
        )
        for i in range(n_animals)
    ]
    fields = [(kind, name, _text(file[name][()])) for kind, name in
              (("path", "video_path"), ("path", "labels_path")) if name in file]  # fmt: skip
    fields += [("id", "track", name) for name in _names_of(file)]
    return Behaviour(_make_header(clock, n_frames, len(names), fields), tuple(parts))


def _names_of(file: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield the names of animals that somebody gave; those that SLEAP counts are nobody's."""
    for name in file["track_names"][:] if "track_names" in file else ():
        text = _text(name)
        if text.rstrip("0123456789").strip("_ -").casefold() not in _SUGGESTED:
            yield text


def _valid_edges(pairs: Sequence[Sequence[int]], n_nodes: int) -> tuple[tuple[int, int], ...]:
    return tuple((int(a), int(b)) for a, b in pairs if 0 <= a < n_nodes and 0 <= b < n_nodes)


def _open_project(file: Any, path: Path) -> Behaviour:  # noqa: ANN401
    """Read a project: instances of frames point to rows of points, found or labelled."""
    about = json.loads(_text(file["metadata"].attrs["json"]))
    skeleton = about["skeletons"][0]
    nodes = [str(node["name"]) for node in about["nodes"]]
    order = [_node_id(node) for node in skeleton["nodes"]]
    names = tuple(nodes[i] for i in order)
    frames, instances = file["frames"][:], file["instances"][:]
    n_videos = len(np.unique(frames["video"]))
    if n_videos > 1:
        raise FormatError(
            "FSC255", f"Expected keypoints of one video in a project, got those of {n_videos}.",
            "Export an analysis for each video: sleap-convert --format analysis.",
        )  # fmt: skip
    frames = frames[np.argsort(frames["frame_idx"], kind="stable")]  # they stand as they were made
    if not len(frames):
        raise FormatError(
            "FSC255", "Expected frames with keypoints, got a project without any.",
            "Nothing was labelled or tracked yet: leave the project out.",
        )  # fmt: skip
    points = {True: file["pred_points"][:], False: file["points"][:]}
    offset = (
        0.0
        if float(about.get("format_id", file["metadata"].attrs.get("format_id", 1.0))) >= 1.1
        else -0.5
    )
    is_tracked = bool((instances["instance_type"] == 1).any())
    videos = [json.loads(_text(v)) for v in file["videos_json"][:]] if "videos_json" in file else []
    rate_hz = _find_rate(path, _video_name(videos))
    numbers = frames["frame_idx"].astype(np.float64)
    clock = Clock(rate_hz, numbers / rate_hz if rate_hz else numbers)
    places, scores = _fill(frames, instances, points, len(names))
    links = skeleton.get("links", [])
    edges = [(order.index(link["source"]), order.index(link["target"])) for link in links
             if {link["source"], link["target"]} <= set(order)]  # fmt: skip
    n_animals = len(places)
    parts = tuple(
        Pose(names, places[i] + np.float32(offset), scores[i] if is_tracked else None, clock,
             _valid_edges(edges, len(names)), i + 1 if n_animals > 1 else 0, "SLEAP")
        for i in range(n_animals)
    )  # fmt: skip
    fields = [("path", "video", _video_name([video])) for video in videos]
    provenance = about.get("provenance") or {}
    fields += [("path", "provenance", v) for v in provenance.values()
               if isinstance(v, str) and ("/" in v or "\\" in v)]  # fmt: skip
    return Behaviour(_make_header(clock, len(frames), len(names), fields), parts)


def _node_id(node: Any) -> int:  # noqa: ANN401 - JSON
    """Return the number of a node of a skeleton, as old or new projects write it."""
    return int(node["id"] if isinstance(node, Mapping) else node)


def _video_name(videos: Sequence[Mapping[str, Any]]) -> str:
    """Return the path of the first video."""
    for video in videos:
        backend = video.get("backend") or {}
        if name := backend.get("filename") or video.get("filename"):
            return str(name)
    return ""


def _fill(
    frames: NDArray[Any],
    instances: NDArray[Any],
    points: Mapping[bool, NDArray[Any]],
    n_nodes: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return places and scores by animal, frame and node; the tracks of a project are its animals.

    An instance without a track takes the first free place of its frame.
    """
    at, rows = _rows_of_frames(frames, len(instances))
    is_kept = _is_shown(instances, at, rows)
    at, rows = at[is_kept], rows[is_kept]
    tracks = instances["track"][rows].astype(np.int64)
    # Frame by frame: how many stand before it in its own frame.
    place = np.arange(len(at)) - np.searchsorted(at, at)
    n_tracks = int(tracks.max(initial=-1)) + 1
    n_animals = max(n_tracks or int(place.max(initial=0)) + 1, 1)
    if n_animals > _MAX_ANIMALS or n_animals * len(frames) * n_nodes > _MAX_CELLS:
        raise FormatError(
            "FSC255", f"Expected at most {_MAX_ANIMALS} animals in a picture, got more.",
            "Join the pieces of tracks in SLEAP, and save the project again.",
        )  # fmt: skip
    animals = np.where(tracks >= 0, tracks, place)
    places = np.full((n_animals, len(frames), n_nodes, 2), np.nan, np.float32)
    scores = np.full((n_animals, len(frames), n_nodes), np.nan, np.float32)
    is_found = instances["instance_type"][rows] == 1
    # What a person set is written last: of a track that has both in one frame, it stays.
    for kind in (True, False):
        own = (is_found == kind) & (animals < n_animals)
        found = _take_points(instances[rows[own]], points[kind], n_nodes)
        if found is not None:
            places[animals[own], at[own]], scores[animals[own], at[own]] = found
    return places, scores


def _take_points(
    instances: NDArray[Any], table: NDArray[Any], n_nodes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64] | float] | None:
    """Return places and scores of some instances, NaN for what is not seen; None without points."""
    if not len(table):
        return None
    first, stop = (
        instances[name].astype(np.int64)[:, np.newaxis]
        for name in ("point_id_start", "point_id_end")
    )
    index = first + np.arange(n_nodes)  # (n_instances, n_nodes)
    is_there = (index < stop) & (index >= 0) & (index < len(table))
    found = table[np.where(is_there, index, 0)]
    is_seen = is_there & found["visible"].astype(bool)
    axes = [np.where(is_seen, found[name], np.nan) for name in ("x", "y")]
    is_scored = "score" in (table.dtype.names or ())  # a person gives none
    return np.stack(axes, axis=-1), np.where(is_there, found["score"], np.nan) if (
        is_scored
    ) else np.nan


def _rows_of_frames(
    frames: NDArray[Any], n_instances: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each instance of each frame the place of the frame, and its row."""
    first, stop = (
        np.clip(frames[name].astype(np.int64), 0, n_instances)
        for name in ("instance_id_start", "instance_id_end")
    )
    crowd = np.maximum(stop - first, 0)
    at = np.repeat(np.arange(len(frames)), crowd)
    behind = np.arange(int(crowd.sum())) - np.repeat(np.cumsum(crowd) - crowd, crowd)
    return at, np.repeat(first, crowd) + behind


def _is_shown(
    instances: NDArray[Any], at: NDArray[np.int64], rows: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell which instances count: not the predictions that a person has corrected.

    A corrected one names the prediction that it came from. Where nothing is tracked and no frame
    holds two animals of one kind, what a person set stands for the prediction beside it.
    """
    own = instances[rows]
    is_found = own["instance_type"] == 1
    is_used = np.zeros(len(instances), np.bool_)
    if "from_predicted" in (own.dtype.names or ()):
        sources = own["from_predicted"][~is_found].astype(np.int64)
        is_used[sources[(sources >= 0) & (sources < len(instances))]] = True
    is_shown = ~(is_found & is_used[rows])
    counts = [np.bincount(at[kind], minlength=1) for kind in (is_found, ~is_found)]
    if (own["track"] < 0).all() and all(int(count.max(initial=0)) <= 1 for count in counts):
        is_labelled = np.isin(at, at[~is_found])
        is_shown &= ~(is_found & is_labelled)
    return np.asarray(is_shown, np.bool_)


def _find_rate(path: Path, video: str) -> float:
    """Return the frame rate of the video, if it lies beside the file."""
    from ._video import find_frame_rate

    name = PureWindowsPath(video).name
    if name and (path.parent / name).is_file():
        with suppress(FormatError, OSError):
            return find_frame_rate(path.parent / name)
    return 0.0


def _make_header(
    clock: Clock, n_frames: int, n_nodes: int, fields: Sequence[tuple[str, str, object]]
) -> Header:
    found: tuple[Identifier, ...] = tuple(find_identifiers("SLEAP file", fields))
    rate = {"FrameRate": clock.rate_hz} if clock.rate_hz else {}
    return Header(
        modality=Modality.BEH,
        sfreq_hz=clock.rate_hz,
        n_times=n_frames,
        identifiers=tuple(dict.fromkeys(found)),
        evidence=("The groups of the file are those of SLEAP.",),
        metadata={"NumberOfKeypoints": n_nodes, "NumberOfFrames": n_frames, **rate},
    )
