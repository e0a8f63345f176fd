"""Behaviour: what all its formats have in common, from an opened recording to its NWB file.

A recording is opened as a header and *parts*: a pose, the gaze of eyes, a trace, a table of trials.
Every part has channels in the header (a keypoint, a signal, a column), and takes the names of what
it writes from there alone: what the header does not release does not leave.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Channel, Header, Modality
from fascicle.errors import FormatError

from ._files import written_paths
from ._nwb_write import NwbDraft, write_nwb
from ._vendor import DecodedFormat, foreign_reader, require_same_shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fascicle.core import Source, Written

NO_RATE = "The frame rate is not known: times are numbers of frames."
"""Stands in the description of what has no seconds; the check looks for it."""

ORIGIN = "(0, 0) is the top left corner of the picture."
_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True)
class Clock:
    """When the samples of a part were taken.

    Attributes
    ----------
    rate_hz : float
        Frames in a second; 0 if it is not known.
    times_s : ndarray of float64 or None
        Time of each sample in seconds (numbers of frames without a rate); None for a regular
        clock that begins at 0.
    """

    rate_hz: float = 0.0
    times_s: NDArray[np.float64] | None = None

    def as_nwb(self) -> dict[str, Any]:
        """Return how PyNWB is told of it."""
        if self.times_s is not None:
            return {"timestamps": np.asarray(self.times_s, np.float64)}
        if self.rate_hz > 0:
            return {"rate": float(self.rate_hz), "starting_time": 0.0}
        return {"rate": 1.0, "starting_time": 0.0}  # numbers of frames, as the description says

    def describe(self, sentence: str) -> str:
        """Return a description that says where times are no seconds."""
        return sentence if self.rate_hz > 0 else f"{sentence} {NO_RATE}"


class Part(ABC):
    """One thing that a recording of behaviour holds."""

    @property
    @abstractmethod
    def channels(self) -> tuple[Channel, ...]:
        """What it has names for, as read."""

    @abstractmethod
    def add(self, draft: NwbDraft, names: Sequence[str]) -> None:
        """Add it to a file, under the names that were released for its channels."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A recording that was opened.

    Attributes
    ----------
    header : Header
        What it says, but for the channels.
    parts : tuple of Part
        What it holds.
    """

    header: Header
    parts: tuple[Part, ...]

    def told(self) -> Header:
        """Return the header with the channels of all parts."""
        channels = tuple(channel for part in self.parts for channel in part.channels)
        return replace(self.header, modality=Modality.BEH, channels=channels)


class BehaviourFormat(DecodedFormat):
    """Base of the formats of behaviour: a subclass recognises its files and opens them."""

    modalities: tuple[Modality, ...] = (Modality.BEH,)
    requires = "neurodata"

    @abstractmethod
    def open_behaviour(self, root: Path, files: tuple[PurePosixPath, ...]) -> Behaviour:
        """Open a recording; what goes wrong may be raised in any words."""

    def read_header(self, root: Path, source: Source) -> Header:
        """Read what the file says."""
        with foreign_reader(self.title, self.requires):
            return require_content(self.open_behaviour(root, source.files)).told()

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Write NWB with nothing but what `header` says."""
        from fascicle.core import Written

        with foreign_reader(self.title, self.requires):
            opened = require_content(self.open_behaviour(root, source.files))
            require_same_shape(opened.told(), header)
            write_behaviour(opened, header, folder / f"{stem}.nwb")
        return Written("nwb", written_paths(f"{stem}.nwb"), copied=False)


def require_content(opened: Behaviour) -> Behaviour:
    """Return a recording; raise FormatError FSC255 for one that holds nothing."""
    if opened.parts and opened.header.n_times > 0:
        return opened
    raise FormatError(
        "FSC255",
        "Expected frames, samples or trials, got a file without any.",
        "The file is cut off or was never recorded to: copy it again, or leave it out.",
    )


def write_behaviour(opened: Behaviour, header: Header, path: Path) -> None:
    """Write an opened recording with nothing but what `header` says."""

    def build(draft: NwbDraft) -> None:
        first = 0
        for part in opened.parts:
            stop = first + len(part.channels)
            part.add(draft, name_objects(c.name for c in header.channels[first:stop]))
            first = stop
        draft.add_events()

    write_nwb(path, header, build)


def name_objects(names: Iterable[str]) -> list[str]:
    """Return names that NWB allows for objects, each once: no slash, colon, dot or blank.

    Examples
    --------
    >>> name_objects(["left ear", "F3/C3", "left_ear"])
    ['left_ear', 'F3-C3', 'left_ear_2']
    """
    taken: list[str] = []
    for name in names:
        plain = re.sub(r"[\s.]+", "_", re.sub(r"[/:]", "-", name.strip())) or "unnamed"
        own, n = plain, 2
        while own in taken:
            own, n = f"{plain}_{n}", n + 1
        taken.append(own)
    return taken


def behaviour_module(draft: NwbDraft) -> Any:  # noqa: ANN401 - a pynwb ProcessingModule
    """Return the place of behaviour in the file; it is made when first asked for."""
    if "behavior" in draft.file.processing:
        return draft.file.processing["behavior"]
    return draft.file.create_processing_module("behavior", "Behaviour, and what was derived of it.")


def stream_array(draft: NwbDraft, array: NDArray[Any]) -> Any:  # noqa: ANN401 - hdmf's H5DataIO
    """Return what stands in for an array that is in memory: it is stored packed, in chunks."""
    step = max(1, _BLOCK // max(1, int(np.prod(array.shape[1:]))))
    return draft.stream(
        array.shape,
        array.dtype,
        lambda: [array[i : i + step] for i in range(0, len(array), step)],
    )


@dataclass(frozen=True, slots=True)
class Pose(Part):
    """Places of the parts of a body over time.

    Attributes
    ----------
    names : tuple of str
        Keypoints, as the file calls them.
    places_px : ndarray of float32, shape (n_frames, n_keypoints, 2)
        x and y in pixels; NaN where a keypoint was not found.
    confidence : ndarray of float32, shape (n_frames, n_keypoints), or None
        Between 0 and 1; None for what a person labelled.
    clock : Clock
        When the frames were taken.
    edges : tuple of (int, int)
        Keypoints that belong together.
    number : int
        Which animal of the picture, from 1; 0 if there is one alone.
    software : str
        What found them; a word of ours.
    """

    names: tuple[str, ...]
    places_px: NDArray[np.float32]
    confidence: NDArray[np.float32] | None
    clock: Clock
    edges: tuple[tuple[int, int], ...] = ()
    number: int = 0
    software: str = ""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """One for each keypoint; those of a second animal carry its number."""
        tail = f" {self.number}" if self.number > 1 else ""
        rate_hz = self.clock.rate_hz
        return tuple(Channel(f"{name}{tail}", "MISC", "px", rate_hz) for name in self.names)

    def add(self, draft: NwbDraft, names: Sequence[str]) -> None:
        """Add the pose with its skeleton."""
        from ndx_pose import PoseEstimation, PoseEstimationSeries, Skeleton

        tail = str(self.number) if self.number else ""
        is_tracked = self.confidence is not None
        how = "Found by software." if is_tracked else "Labelled by a person."
        series: list[Any] = []
        for i, name in enumerate(names):
            told: dict[str, Any] = {}
            if self.confidence is not None:
                told = {
                    "confidence": np.ascontiguousarray(self.confidence[:, i], np.float32),
                    "confidence_definition": f"Likelihood as {self.software} states it.",
                }
            clock = self.clock.as_nwb()
            if i and "timestamps" in clock:
                clock = {"timestamps": series[0]}
            data = np.ascontiguousarray(self.places_px[:, i], np.float32)
            series.append(
                PoseEstimationSeries(
                    name=name,
                    description=self.clock.describe(f"Place of a keypoint. {how}"),
                    data=stream_array(draft, data),
                    unit="pixels",
                    reference_frame=ORIGIN,
                    **clock,
                    **told,
                )
            )
        edges = {"edges": np.array(self.edges, np.uint8)} if self.edges else {}
        skeleton = Skeleton(name=f"Skeleton{tail}", nodes=list(names), **edges)
        _skeletons(draft).add_skeletons(skeleton)
        behaviour_module(draft).add(
            PoseEstimation(
                name=f"PoseEstimation{tail}",
                pose_estimation_series=series,
                description=f"Places of keypoints in the picture. {how}",
                scorer="software" if is_tracked else "person",
                source_software=self.software,
                skeleton=skeleton,
            )
        )


def _skeletons(draft: NwbDraft) -> Any:  # noqa: ANN401 - ndx_pose
    """Return the place of skeletons in the file."""
    from ndx_pose import Skeletons

    module = behaviour_module(draft)
    if "Skeletons" not in module.data_interfaces:
        module.add(Skeletons(skeletons=[]))
    return module["Skeletons"]


@dataclass(frozen=True, slots=True)
class Trace(Part):
    """A signal over time: the angle of a wheel, an analog input.

    Attributes
    ----------
    name, unit, sentence : str
        Its name; its unit, as BIDS and as NWB write it; what it is: words of ours.
    values : ndarray, shape (n_times,)
        Samples.
    clock : Clock
        When they were taken.
    """

    name: str
    unit: tuple[str, str]
    sentence: str
    values: NDArray[Any]
    clock: Clock

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The signal."""
        return (Channel(self.name, "MISC", self.unit[0], self.clock.rate_hz),)

    def add(self, draft: NwbDraft, names: Sequence[str]) -> None:
        """Add it as a series of places (of a wheel) or of numbers."""
        from pynwb import TimeSeries
        from pynwb.behavior import Position, SpatialSeries

        about = {
            "name": names[0],
            "description": self.sentence,
            "data": stream_array(draft, np.asarray(self.values)),
            "unit": self.unit[1],
            **self.clock.as_nwb(),
        }
        if self.unit[1] != "radians":
            behaviour_module(draft).add(TimeSeries(**about))
            return
        frame = "0 is where the recording began; turning left is positive."
        series = SpatialSeries(reference_frame=frame, **about)
        behaviour_module(draft).add(Position(name="WheelPosition", spatial_series=series))
