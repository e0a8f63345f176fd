"""The survival test of a film: whether a network that recognises faces still finds the masked ones.

The attacker has the original frames and knows where in them eyes and mouth were: more than anybody
who gets the masked film alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import proportion_interval

from ._face_survival import ENOUGH_PEOPLE
from ._face_weights import face_network, find_weights, require_dlib
from ._video_detectors import CERTAIN, Frame, Sighting
from ._video_faces import Boxes, FacePlan, FaceTrack, overlap

SAME_PERSON: Final = 0.6
"""Below this distance the network takes two pictures for one person, as it was trained."""

_BETTER: Final = 0.05
"""By so much a masked face must be nearer than grey is, which has some distance to everybody."""

MAX_PORTRAITS: Final = 3
_CHIP: Final = 150
_PADDING: Final = 0.25
_FLAT: Final = 2.0
"""Grey values that a picture of one colour differs by at most, after it was coded as JPEG."""
_MOSTLY: Final = 0.5
_FIRES: Final = 0.3


@dataclass(frozen=True, slots=True)
class Portrait:
    """A face in an original frame.

    Attributes
    ----------
    frame, track : int
        In which frame, and which track of the plan it belongs to.
    box : tuple of float
        Left, top, right, bottom.
    """

    frame: int
    track: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Likeness:
    """What the network makes of one masked face.

    Attributes
    ----------
    track : int
        Which face.
    is_hit : bool
        True if the masked face is taken for the person: by their 128 numbers it is nearer to an
        original frame than `SAME_PERSON`, and than a picture of grey alone.
    is_known : bool
        True if the network knows the person again in another original frame.
    """

    track: int
    is_hit: bool
    is_known: bool

    def as_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        return {"is_hit": self.is_hit, "is_known": self.is_known}


@dataclass(frozen=True, slots=True)
class MaskRate:
    """How often people were recognised in masked films.

    Attributes
    ----------
    n_people : int
        People with a masked face.
    n_hits, n_known : int
        Of whom a masked face was recognised; who were recognised before masking.
    low, high : float
        Exact 95 % interval of the rate of hits.
    """

    n_people: int
    n_hits: int
    n_known: int
    low: float
    high: float

    @property
    def is_established(self) -> bool:
        """True if enough people were tried for the rate to mean something."""
        return self.n_people >= ENOUGH_PEOPLE


def choose_portraits(plan: FacePlan, sightings: Iterable[Sighting]) -> tuple[Portrait, ...]:
    """Choose the frames in which each certain face shows best.

    Parameters
    ----------
    plan : FacePlan
        With its tracks.
    sightings : iterable of Sighting
        What the detectors found.

    Returns
    -------
    tuple of Portrait
        Up to three of each face, from different thirds of its time.
    """
    found: dict[int, list[Sighting]] = {}
    for one in sightings:
        if one.by in CERTAIN:
            found.setdefault(one.frame, []).append(one)
    portraits = []
    for number, track in enumerate(plan.tracks):
        if not track.is_certain:
            continue
        for frames in np.array_split(track.frames, MAX_PORTRAITS):
            own = _find_own(track, frames, found)
            if own:
                best = max(own, key=lambda one: (one.score, -one.frame))
                portraits.append(Portrait(best.frame, number, best.box))
    return tuple(portraits)


def _find_own(
    track: FaceTrack, frames: NDArray[np.int64], found: Mapping[int, Sequence[Sighting]]
) -> list[Sighting]:
    """Return the sure sightings of one face in some of its frames."""
    boxes = dict(zip(track.frames.tolist(), track.boxes, strict=True))
    return [
        one
        for frame in frames.tolist()
        for one in found.get(frame, ())
        if overlap(boxes[frame], np.array(one.box)) > 0
    ]


class Recogniser:
    """The attacker: takes down faces of the original, and looks for them in what is masked.

    Raises
    ------
    DependencyError
        FSC804 if dlib or the weights of its networks are missing.

    Notes
    -----
    The network is dlib's residual one with 128 numbers for a face (D. E. King 2017), its threshold
    of 0.6 the one that it was trained with.
    """

    def __init__(self) -> None:
        self._own: dict[int, list[tuple[Portrait, Any, NDArray[np.float64]]]] = {}
        self._masked: dict[int, list[NDArray[np.float64]]] = {}

    def see_original(self, frame: Frame, portraits: Iterable[Portrait]) -> None:
        """Take down the faces of an original frame."""
        dlib = require_dlib()
        seen = np.ascontiguousarray(frame[..., ::-1])
        for portrait in portraits:
            left, top, right, bottom = (round(edge) for edge in portrait.box)
            points = _landmarks()(seen, dlib.rectangle(left, top, right - 1, bottom - 1))
            chip = dlib.get_face_chip(seen, points, _CHIP, _PADDING)
            self._own.setdefault(portrait.track, []).append((portrait, points, _describe(chip)))

    def see_masked(self, frame: Frame, number: int) -> None:
        """Look where the faces of this frame were."""
        dlib = require_dlib()
        seen = np.ascontiguousarray(frame[..., ::-1])
        for track, rows in self._own.items():
            for portrait, points, _ in rows:
                if portrait.frame != number:
                    continue
                chip = dlib.get_face_chip(seen, points, _CHIP, _PADDING)
                if np.asarray(chip, np.float64).std(axis=(0, 1)).max() > _FLAT:
                    self._masked.setdefault(track, []).append(_describe(chip))

    def compare(self) -> tuple[Likeness, ...]:
        """Return for each face how like the masked one is to the original."""
        grey = _describe(np.full((_CHIP, _CHIP, 3), 127, np.uint8))
        likenesses = []
        for track, rows in sorted(self._own.items()):
            own = [looks for _, _, looks in rows]
            is_hit = any(
                _apart(one, other) < min(SAME_PERSON, _apart(one, grey) - _BETTER)
                for one in own
                for other in self._masked.get(track, ())
            )
            is_known = any(
                _apart(one, other) < SAME_PERSON for i, one in enumerate(own) for other in own[:i]
            )
            likenesses.append(Likeness(track, is_hit, is_known))
        return tuple(likenesses)


def find_survivors(
    sightings: Iterable[Sighting], plan: FacePlan
) -> tuple[list[Sighting], list[Sighting]]:
    """Sort what detectors find in a masked film.

    Parameters
    ----------
    sightings : iterable of Sighting
        Of the film as it was written.
    plan : FacePlan
        What was masked.

    Returns
    -------
    beside : list of Sighting
        Less than half under a mask: faces that were missed, or nothing.
    fired : list of Sighting
        At the very place of a face that was masked in this frame.
    """
    beside, fired = [], []
    faces: dict[int, list[Boxes]] = {}
    for track in plan.tracks:
        for frame, box in zip(track.frames.tolist(), track.boxes, strict=True):
            faces.setdefault(frame, []).append(box)
    for one in sightings:
        box = np.array(one.box)
        if any(overlap(box, face) >= _FIRES for face in faces.get(one.frame, ())):
            fired.append(one)
        elif _covered(box, plan.boxes_at(one.frame)) < _MOSTLY:
            beside.append(one)
    return beside, fired


def sum_masked(people: Mapping[str, Iterable[Mapping[str, Any]]]) -> MaskRate | None:
    """Return how often people were recognised after masking.

    Parameters
    ----------
    people : mapping of str to iterable of mapping
        `Likeness.as_dict` of all faces in films of each participant: they count as one person.

    Returns
    -------
    MaskRate or None
        None if nobody's face was tried.

    Examples
    --------
    >>> rate = sum_masked({"a": [{"is_hit": False, "is_known": True}], "b": []})
    >>> rate.n_people, rate.n_hits, rate.is_established
    (1, 0, False)
    """
    tried = [tuple(faces) for faces in people.values()]
    tried = [faces for faces in tried if faces]
    if not tried:
        return None
    n_hits, n_known = (
        sum(any(face[word] for face in faces) for faces in tried) for word in ("is_hit", "is_known")
    )
    return MaskRate(len(tried), n_hits, n_known, *proportion_interval(n_hits, len(tried)))


def _covered(box: Boxes, covers: NDArray[np.int64]) -> float:
    """Return the largest share of a box that lies under one mask."""
    if not len(covers):
        return 0.0
    sides = np.minimum(box[2:], covers[:, 2:]) - np.maximum(box[:2], covers[:, :2])
    common = np.maximum(sides, 0).prod(axis=1)
    return float(common.max() / max(float((box[2:] - box[:2]).prod()), 1e-9))


def _describe(chip: Any) -> NDArray[np.float64]:  # noqa: ANN401 - as dlib cuts it
    return np.array(face_network().compute_face_descriptor(chip))


def _apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(one - other))


@cache
def _landmarks() -> Any:  # noqa: ANN401 - dlib has no types
    """Load what finds eyes and nose in a box; once in a process."""
    return require_dlib().shape_predictor(find_weights("shape_predictor_5_face_landmarks"))
