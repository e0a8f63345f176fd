"""Faces in one picture: two detectors look at every frame, two more now and then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import DependencyError

from ._face_weights import find_weights, require_dlib

Frame = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels of the frame."""

CERTAIN: Final = frozenset({"hog", "network"})
"""Detectors that hardly ever take anything else for a face."""

_CASCADES: Final = {
    "frontal": "haarcascade_frontalface_alt2.xml",
    "profile": "haarcascade_profileface.xml",
}
_STEP: Final = 1.2
_MIN_SIDE: Final = 24
_MIN_NEIGHBOURS: Final = 4
_NETWORK_SIDE: Final = 640
_NETWORK_S: Final = 2.0
_DOUBT_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one detector takes for a face.

    Attributes
    ----------
    frame : int
        Number of the frame, from 0.
    box : tuple of float
        Left, top, right and bottom, in pixels of the frame; from brow to chin, without hair.
    by : str
        ``"frontal"`` or ``"profile"`` (cascades), ``"hog"``, ``"network"``.
    score : float
        As the detector gives it; larger is surer. 0 for cascades.
    """

    frame: int
    box: Box
    by: str
    score: float = 0.0


class FaceFinder:
    """Looks for faces in the frames of one video, in their order.

    A cascade of simple features for faces from the front [1]_ [2]_ and histograms of oriented
    gradients [3]_ see every frame, a cascade for faces from the side every second one, both
    directions by turns: in a picture whose grey values are spread evenly, so that dark ones are
    searched as well. A convolutional network with max-margin training [4]_ sees a frame every two
    seconds, and one in which a cascade alone has found something, at most one a second: it takes as
    long as all others in a dozen frames.

    Faces are found from a width of about 32 pixels on, and from a fortieth of the longer side in
    pictures of more than 1280 pixels. A face turned by more than about 70 degrees is not.

    Parameters
    ----------
    rate_hz : float
        Frames in a second.

    Raises
    ------
    DependencyError
        FSC801 without OpenCV, FSC804 without dlib or its weights.

    References
    ----------
    .. [1] P. Viola & M. Jones (2004), doi:10.1023/B:VISI.0000013087.49260.fb
    .. [2] R. Lienhart & J. Maydt (2002), doi:10.1109/ICIP.2002.1038171
    .. [3] N. Dalal & B. Triggs (2005), doi:10.1109/CVPR.2005.177
    .. [4] D. E. King (2015), arXiv:1502.00046
    """

    def __init__(self, rate_hz: float) -> None:
        cv2 = _load_opencv()
        dlib = require_dlib()
        self._cascades = {
            name: cv2.CascadeClassifier(cv2.data.haarcascades + file)
            for name, file in _CASCADES.items()
        }
        self._hog = dlib.get_frontal_face_detector()
        self._network = dlib.cnn_face_detection_model_v1(find_weights("mmod_human_face_detector"))
        self._rate_hz = rate_hz if rate_hz > 0 else 25.0
        self._looked_at = -np.inf
        """The last frame that the network saw."""

    def find(self, frame: Frame, number: int) -> list[Sighting]:
        """Return what looks like a face.

        Parameters
        ----------
        frame : ndarray of uint8, shape (height, width, 3)
            Blue, green, red.
        number : int
            Its number; no smaller one comes later.

        Returns
        -------
        list of Sighting
            One face may be seen by several detectors.
        """
        cv2 = _load_opencv()
        grey = cv2.equalizeHist(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
        found = self._ask_cascades(grey, number) + self._ask_hog(grey, number)
        is_unsure = bool(found) and not any(one.by == "hog" for one in found)
        waited_s = (number - self._looked_at) / self._rate_hz
        if waited_s >= (_DOUBT_S if is_unsure else _NETWORK_S):
            found += self._ask_network(frame, number)
            self._looked_at = number
        return found

    def _ask_cascades(self, grey: Frame, number: int) -> list[Sighting]:
        scale = _scale(grey, (480, 960), 0.75, 2.0)
        small = _resize(grey, scale)
        n_across = small.shape[1]
        found = []
        names = ("frontal", "profile") if number % 2 == 0 else ("frontal",)
        for name in names:
            # The cascade knows one side of the face only: by turns it sees the mirror image.
            is_mirrored = name == "profile" and number % 4 == 2
            seen = np.ascontiguousarray(small[:, ::-1]) if is_mirrored else small
            boxes = self._cascades[name].detectMultiScale(
                seen, _STEP, _MIN_NEIGHBOURS, minSize=(_MIN_SIDE, _MIN_SIDE)
            )
            for left, top, width, height in boxes:
                start = n_across - left - width if is_mirrored else left
                found.append(Sighting(number, _unscale(
                    (start, top, start + width, top + height), scale), name))  # fmt: skip
        return found

    def _ask_hog(self, grey: Frame, number: int) -> list[Sighting]:
        scale = _scale(grey, (960, 1440), 1.5, 3.0)
        rects, scores, _ = self._hog.run(_resize(grey, scale), 0, 0.0)
        return [
            Sighting(number, _unscale(_edges(rect), scale), "hog", float(score))
            for rect, score in zip(rects, scores, strict=True)
        ]

    def _ask_network(self, frame: Frame, number: int) -> list[Sighting]:
        scale = min(1.0, _NETWORK_SIDE / max(frame.shape[:2]))
        seen = np.ascontiguousarray(_resize(frame, scale)[..., ::-1])
        return [
            Sighting(number, _unscale(_edges(one.rect), scale), "network", float(one.confidence))
            for one in self._network(seen, 0)
        ]


def _load_opencv() -> Any:  # noqa: ANN401 - a module without types
    try:
        import cv2
        import cv2.data  # noqa: F401 - where the cascades lie
    except ImportError as error:
        raise DependencyError(
            "FSC801",
            "Expected the optional library that looks into pictures, and it is not installed.",
            "Install it: pip install 'fascicle[video]'.",
        ) from error
    return cv2


def _scale(grey: Frame, sides: tuple[int, int], usual: float, most: float) -> float:
    """Return by how much a picture is enlarged, so that its longer side lies in a range."""
    longer = float(max(grey.shape[:2]))
    return min(most, min(max(usual * longer, sides[0]), sides[1]) / longer)


def _resize(picture: Frame, scale: float) -> Frame:
    if scale == 1.0:
        return picture
    cv2 = _load_opencv()
    height, width = picture.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)


def _edges(rect: Any) -> Box:  # noqa: ANN401 - a rectangle of dlib
    return rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1


def _unscale(box: Box, scale: float) -> Box:
    left, top, right, bottom = (float(edge) / scale for edge in box)
    return left, top, right, bottom
