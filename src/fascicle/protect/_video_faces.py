"""Where a film is masked: faces seen in single frames become tracks, tracks become boxes.

A face is seen now and missed then. What lies between two sightings is interpolated; what cannot be
explained (a face that is lost in the middle of the picture) is told as a doubt, and the film waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ._video_detectors import CERTAIN, Sighting

Boxes = NDArray[np.float64]
"""Left, top, right and bottom, shape (n, 4)."""
MaskRule = Literal["auto", "region", "follow"]

_ABOVE: Final = 0.55
_BELOW: Final = 0.4
_BESIDE: Final = 0.45
"""How far hair, chin and ears reach beyond a found face, in its heights and widths."""
_SAME: Final = 0.2
"""Two boxes of one frame with this much in common, by their union, show one face."""
_REACH_S: Final = 2.0
"""A face that is seen again within this time, near enough, was there in between."""
_PAD_S: Final = 0.5
_STEP: Final = 0.8
_STEP_PER_S: Final = 3.0
_MAX_STEP: Final = 1.8
"""How far a face moves between two sightings, in its widths: at once, in a second, at most."""
_MAX_RATIO: Final = 2.0
_GROWN: Final = 1.25
_MARGIN: Final = 0.25
_LITTLE: Final = 3.0
"""A region of more than so many heads in width or height is none of somebody who sits."""
_MAX_AREA: Final = 0.4
_MIN_SEEN: Final = 0.2
_MIN_AGREED: Final = 3
_SAME_GREY: Final = 12.0
_SAME_TIME: Final = 0.9
_SAME_AREA: Final = 0.5


@dataclass(frozen=True, slots=True)
class FilmShape:
    """What is known of a film before faces are looked for.

    Attributes
    ----------
    n_frames, height, width : int
        Frames, and pixels of one.
    rate_hz : float
        Frames in a second.
    is_still : bool
        True if the camera does not move.
    """

    n_frames: int
    height: int
    width: int
    rate_hz: float
    is_still: bool = False

    def frames_in(self, seconds: float) -> int:
        """Return a time as a number of frames, at least one."""
        return max(1, round(seconds * self.rate_hz))


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """One face over time.

    Attributes
    ----------
    frames : ndarray of int64, shape (n_seen,)
        Where it was seen.
    boxes : ndarray of float64, shape (n_seen, 4)
        From brow to chin, all detectors together.
    is_certain : bool
        False if a cascade alone has seen it: it is masked, and nothing is concluded from it.
    """

    frames: NDArray[np.int64]
    boxes: Boxes
    is_certain: bool

    @property
    def n_spanned(self) -> int:
        """Frames from the first sighting to the last."""
        return int(self.frames[-1] - self.frames[0]) + 1


@dataclass(frozen=True, slots=True)
class FacePlan:
    """What is to be masked.

    Attributes
    ----------
    rule : str
        ``"region"``: the same boxes in every frame. ``"follow"``: boxes that follow faces.
    tracks : tuple of FaceTrack
        Faces.
    covers : ndarray of int64, shape (n, 5)
        Frame, left, top, right and bottom of each box, by frame.
    doubts : tuple of str
        Why the film may show a face after all; none if it may be masked.
    """

    rule: Literal["region", "follow"]
    tracks: tuple[FaceTrack, ...] = ()
    covers: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 5), np.int64))
    doubts: tuple[str, ...] = ()

    def boxes_at(self, frame: int) -> NDArray[np.int64]:
        """Return the boxes of a frame, shape (n, 4)."""
        first, last = np.searchsorted(self.covers[:, 0], [frame, frame + 1])
        return self.covers[first:last, 1:]

    @property
    def n_masked(self) -> int:
        """Frames with a box."""
        return len(np.unique(self.covers[:, 0]))


def plan_faces(
    sightings: Iterable[Sighting], film: FilmShape, *, rule: MaskRule = "auto"
) -> FacePlan:
    """Decide what of a film is masked.

    Parameters
    ----------
    sightings : iterable of Sighting
        What the detectors took for faces, in any order.
    film : FilmShape
        The film.
    rule : str
        ``"region"`` masks all places at which a face was, with a margin, in every frame;
        ``"follow"`` masks boxes that follow faces. ``"auto"`` takes the region if the camera stands
        still and people move little: then a face that no detector sees is masked as well.

    Returns
    -------
    FacePlan
        With `FacePlan.doubts` if a face was lost, or none was found for certain.

    Examples
    --------
    >>> seen = [Sighting(i, (40.0, 30.0, 70.0, 60.0), "hog", 1.0) for i in range(0, 50, 3)]
    >>> plan = plan_faces(seen, FilmShape(50, 120, 160, 25.0, is_still=True))
    >>> plan.rule, plan.n_masked, plan.doubts
    ('region', 50, ())
    """
    tracks = link_sightings(sightings, film)
    certain = [track for track in tracks if track.is_certain]
    doubtful = [track for track in tracks if not track.is_certain]
    regions = _find_regions(certain, film)
    if rule == "auto":
        is_region = film.is_still and _is_little(regions, certain, film)
        chosen: Literal["region", "follow"] = "region" if is_region else "follow"
    else:
        chosen = rule
    covers = [_follow(track, film) for track in (tracks if chosen == "follow" else doubtful)]
    if chosen == "region":
        covers += [_repeat(region, film) for region in regions]
    doubts = _find_doubts(certain, film, chosen, is_own_choice=rule == "region")
    stacked = np.concatenate([np.zeros((0, 5)), *covers])
    return FacePlan(chosen, tracks, _round(stacked, film), doubts)


def is_still(stills: NDArray[np.uint8]) -> bool:
    """Tell whether a camera stands still.

    Parameters
    ----------
    stills : ndarray of uint8, shape (n_stills, height, width)
        Small grey frames, spread over the film.

    Returns
    -------
    bool
        True if at least half of the picture is what it usually is, to within 12 grey values, in
        nine of ten frames.

    Examples
    --------
    >>> wall = np.random.default_rng(2).integers(0, 255, (60, 80), dtype=np.uint8)
    >>> is_still(np.stack([wall] * 9)), is_still(np.stack([np.roll(wall, i) for i in range(9)]))
    (True, False)
    """
    usual = np.median(stills, axis=0)
    same = np.abs(stills - usual) <= _SAME_GREY
    return bool((same.mean(axis=0) >= _SAME_TIME).mean() >= _SAME_AREA)


def link_sightings(sightings: Iterable[Sighting], film: FilmShape) -> tuple[FaceTrack, ...]:
    """Join sightings of one face over time.

    Parameters
    ----------
    sightings : iterable of Sighting
        Of all detectors.
    film : FilmShape
        The film.

    Returns
    -------
    tuple of FaceTrack
        By their first frame.
    """
    done: list[_Open] = []
    active: list[_Open] = []
    ordered = sorted(sightings, key=lambda one: (one.frame, one.box, one.by))
    for frame, group in groupby(ordered, key=lambda one: one.frame):
        gone = [one for one in active if frame - one.frames[-1] > film.frames_in(_REACH_S)]
        active = [one for one in active if one not in gone]
        done += gone
        active += _continue(active, frame, _merge(list(group)), film)
    return tuple(one.close() for one in sorted(done + active, key=lambda one: one.frames[0]))


@dataclass(slots=True, eq=False)
class _Open:
    """A track that may go on."""

    frames: list[int]
    boxes: list[Boxes]
    seen_by: list[frozenset[str]]

    def close(self) -> FaceTrack:
        kinds = frozenset().union(*self.seen_by)
        n_agreed = len(self.frames) >= _MIN_AGREED and {"frontal", "profile"} <= kinds
        return FaceTrack(
            np.array(self.frames, np.int64), np.stack(self.boxes),
            bool(kinds & CERTAIN) or n_agreed,
        )  # fmt: skip


def _merge(sightings: Sequence[Sighting]) -> list[tuple[Boxes, frozenset[str]]]:
    """Return the faces of one frame: what several detectors see at one place is one face."""
    merged: list[tuple[Boxes, frozenset[str]]] = []
    for one in sightings:
        box, kinds = np.array(one.box), frozenset({one.by})
        near = [pair for pair in merged if overlap(pair[0], box) > _SAME]
        merged = [pair for pair in merged if not any(pair is other for other in near)]
        for other, its_kinds in near:
            box = np.concatenate([np.minimum(box, other)[:2], np.maximum(box, other)[2:]])
            kinds |= its_kinds
        merged.append((box, kinds))
    return merged


def _continue(
    active: list[_Open],
    frame: int,
    faces: list[tuple[Boxes, frozenset[str]]],
    film: FilmShape,
) -> list[_Open]:
    """Add the faces of a frame to the tracks that are nearest; return those that begin with it."""
    pairs = sorted(
        (_distance(track, frame, box, film), i, k)
        for i, track in enumerate(active)
        for k, (box, _) in enumerate(faces)
    )
    taken_tracks: set[int] = set()
    taken_faces: set[int] = set()
    for distance, i, k in pairs:
        if distance < 1 and i not in taken_tracks and k not in taken_faces:
            taken_tracks.add(i)
            taken_faces.add(k)
            active[i].frames.append(frame)
            active[i].boxes.append(faces[k][0])
            active[i].seen_by.append(faces[k][1])
    return [
        _Open([frame], [box], [kinds])
        for k, (box, kinds) in enumerate(faces)
        if k not in taken_faces
    ]


def _distance(track: _Open, frame: int, box: Boxes, film: FilmShape) -> float:
    """Return how far a face is from the end of a track; from 1 on it is another one."""
    before = track.boxes[-1]
    sizes = np.array([before[2] - before[0], box[2] - box[0]])
    if sizes.max() > _MAX_RATIO * sizes.min():
        return np.inf
    gap_s = (frame - track.frames[-1]) / film.rate_hz
    allowed = min(_STEP + _STEP_PER_S * gap_s, _MAX_STEP) * float(sizes.max())
    apart = (before[:2] + before[2:] - box[:2] - box[2:]) / 2
    return float(np.hypot(*apart)) / allowed


def overlap(one: Boxes, other: Boxes) -> float:
    """Return what two boxes have in common, as a share of what they cover together.

    Parameters
    ----------
    one, other : ndarray of float64, shape (4,)
        Left, top, right, bottom.

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> round(overlap(np.array([0.0, 0, 2, 2]), np.array([1.0, 0, 3, 2])), 3)
    0.333
    """
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    common = float(np.prod(np.maximum(sides, 0)))
    areas = [float(np.prod(box[2:] - box[:2])) for box in (one, other)]
    return common / max(sum(areas) - common, 1e-9)


def grow(boxes: Boxes, factor: float = 1.0) -> Boxes:
    """Return boxes of heads around boxes of faces: with hair, chin and ears.

    Parameters
    ----------
    boxes : ndarray of float64, shape (n, 4)
        From brow to chin.
    factor : float
        How much larger still, where a place is not known for certain.

    Returns
    -------
    ndarray of float64, shape (n, 4)
        They may reach beyond the picture.

    Examples
    --------
    >>> grow(np.array([[100.0, 100, 140, 140]])).tolist()
    [[82.0, 78.0, 158.0, 156.0]]
    """
    width, height = (boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    extra = (factor - 1) / 2
    beside = width * (_BESIDE + extra * (1 + 2 * _BESIDE))
    above, below = (height * (part + extra * (1 + _ABOVE + _BELOW)) for part in (_ABOVE, _BELOW))
    return np.stack(
        [boxes[:, 0] - beside, boxes[:, 1] - above, boxes[:, 2] + beside, boxes[:, 3] + below],
        axis=1,
    )


def _follow(track: FaceTrack, film: FilmShape) -> Boxes:
    """Return a box for every frame of a track and for half a second around it, shape (n, 5)."""
    pad = film.frames_in(_PAD_S)
    first = max(0, int(track.frames[0]) - pad)
    last = min(film.n_frames - 1, int(track.frames[-1]) + pad)
    frames = np.arange(first, last + 1)
    faces = np.stack([np.interp(frames, track.frames, edge) for edge in track.boxes.T], axis=1)
    is_seen = np.isin(frames, track.frames)
    boxes = np.where(is_seen[:, None], grow(faces), grow(faces, _GROWN))
    return np.column_stack([frames, boxes])


def _find_regions(tracks: Sequence[FaceTrack], film: FilmShape) -> list[Boxes]:
    """Return the places at which faces were, with a margin: none overlaps another."""
    regions: list[Boxes] = []
    for track in tracks:
        heads = grow(track.boxes)
        margin = _MARGIN * np.median(heads[:, 2:] - heads[:, :2], axis=0)
        region = np.concatenate([heads.min(0)[:2] - margin, heads.max(0)[2:] + margin])
        while near := [other for other in regions if overlap(other, region) > 0]:
            regions = [other for other in regions if not any(other is one for one in near)]
            region = np.concatenate([
                np.min([region, *near], axis=0)[:2],
                np.max([region, *near], axis=0)[2:],
            ])
        regions.append(region)
    limits = np.array([film.width, film.height] * 2, np.float64)
    return [np.clip(region, 0, limits) for region in regions]


def _is_little(regions: Sequence[Boxes], tracks: Sequence[FaceTrack], film: FilmShape) -> bool:
    """Tell whether people keep to their places."""
    if not regions:
        return False
    heads = np.concatenate([grow(track.boxes) for track in tracks])
    usual = np.median(heads[:, 2:] - heads[:, :2], axis=0)
    sides = np.stack([region[2:] - region[:2] for region in regions])
    share = float(sides.prod(axis=1).sum()) / (film.width * film.height)
    return bool((sides <= _LITTLE * usual).all()) and share <= _MAX_AREA


def _repeat(region: Boxes, film: FilmShape) -> Boxes:
    """Return a region for every frame, shape (n, 5)."""
    return np.column_stack([np.arange(film.n_frames), np.tile(region, (film.n_frames, 1))])


def _find_doubts(
    tracks: Sequence[FaceTrack], film: FilmShape, rule: str, *, is_own_choice: bool
) -> tuple[str, ...]:
    """Say why a face may show in spite of the boxes."""
    if not tracks:
        return ("no face that was found for certain",)
    if rule == "region":
        seen = sum(track.n_spanned for track in tracks) / film.n_frames
        if seen >= _MIN_SEEN or is_own_choice:
            return ()
        return (f"faces in {seen:.0%} of the frames only",)
    n_begins = sum(not _is_explained(track, 0, film) for track in tracks)
    n_ends = sum(not _is_explained(track, -1, film) for track in tracks)
    if n_begins + n_ends == 0:
        return ()
    return (f"faces that appear ({n_begins}) or are lost ({n_ends}) in the middle of the picture",)


def _is_explained(track: FaceTrack, end: int, film: FilmShape) -> bool:
    """Tell whether a track begins or ends with the film, or at an edge of the picture."""
    frame = int(track.frames[end])
    from_end = frame if end == 0 else film.n_frames - 1 - frame
    head = grow(track.boxes[[end]])[0]
    is_at_edge = head[:2].min() <= 0 or head[2] >= film.width or head[3] >= film.height
    return is_at_edge or from_end <= film.frames_in(_PAD_S)


def _round(covers: Boxes, film: FilmShape) -> NDArray[np.int64]:
    """Return boxes in whole pixels inside the picture, by frame; empty ones are left out."""
    whole = np.empty(covers.shape, np.int64)
    whole[:, 0] = covers[:, 0]
    for column, limit in ((1, film.width), (2, film.height)):
        whole[:, column] = np.clip(np.floor(covers[:, column]), 0, limit)
        whole[:, column + 2] = np.clip(np.ceil(covers[:, column + 2]), 0, limit)
    whole = whole[(whole[:, 3] > whole[:, 1]) & (whole[:, 4] > whole[:, 2])]
    return whole[np.lexsort(whole.T[::-1])]
