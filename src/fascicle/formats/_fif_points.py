"""Digitised points of FIF files: which there are, and which go over."""

from __future__ import annotations

import math
import struct
from typing import Any, Final

import numpy as np

from fascicle.core import HeadShape

from ._fif_tags import T_DIG_POINT, Node, Tag

DIG_POINT: Final = 213
_CARDINAL, _COIL, _ELECTRODE, _EXTRA = 1, 2, 3, 4
_LEFT, _NASION, _RIGHT = 1, 2, 3
_POINT: Final = struct.Struct(">iifff")

_Point = tuple[float, float, float]


def find_head_shape(info: Node) -> HeadShape | None:
    """Return fiducials and the points on face and scalp; None if there are no points.

    Parameters
    ----------
    info : Node
        The block of measurement information.
    """
    tags = [tag for _, tag in info.walk() if _is_point(tag)]
    return _make_shape([_read(tag) for tag in tags])


def take_head_shape(info: Any) -> HeadShape | None:  # noqa: ANN401 - an mne.Info
    """Return the same of a recording that MNE-Python opened, rounded as FIF files round."""
    return _make_shape([
        (int(point["kind"]), int(point["ident"]), _as_stored(point["r"]))
        for point in info["dig"] or ()
    ])


def may_write_point(tag: Tag, shape: HeadShape | None) -> bool:
    """Tell whether a point goes over: fiducials, coils and electrodes, and what may leave.

    Parameters
    ----------
    tag : Tag
        Of kind `DIG_POINT`.
    shape : HeadShape or None
        What may leave of face and scalp.
    """
    if not _is_point(tag):
        return False
    kind, _, place = _read(tag)
    if kind in {_CARDINAL, _COIL, _ELECTRODE}:
        return True
    return kind == _EXTRA and shape is not None and place in shape.points_m


def _is_point(tag: Tag) -> bool:
    return tag.kind == DIG_POINT and tag.type == T_DIG_POINT and len(tag.data) == _POINT.size


def _read(tag: Tag) -> tuple[int, int, _Point]:
    kind, ident, x, y, z = _POINT.unpack(tag.data)
    return kind, ident, (x, y, z)


def _as_stored(place: Any) -> _Point:  # noqa: ANN401 - any three numbers
    x, y, z = (float(one) for one in np.asarray(place, dtype=np.float32))
    return x, y, z


def _make_shape(points: list[tuple[int, int, _Point]]) -> HeadShape | None:
    """Return the points of face and scalp with the fiducials, the first of each."""
    extra = tuple(place for kind, _, place in points if kind == _EXTRA and _is_finite(place))
    if not extra:
        return None
    corners = {
        ident: place
        for kind, ident, place in reversed(points)
        if kind == _CARDINAL and _is_finite(place)
    }
    return HeadShape(corners.get(_NASION), corners.get(_LEFT), corners.get(_RIGHT), extra)


def _is_finite(place: _Point) -> bool:
    return all(map(math.isfinite, place))
