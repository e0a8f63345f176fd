"""Digitised points of FIF files: which are of the head's shape, and which go over."""

import struct

import numpy as np
import pytest

from fascicle.core import HeadShape
from fascicle.formats._fif_points import (
    DIG_POINT,
    find_head_shape,
    may_write_point,
    take_head_shape,
)
from fascicle.formats._fif_tags import T_DIG_POINT, Node, Tag

CARDINAL, COIL, ELECTRODE, EXTRA = 1, 2, 3, 4


def point(kind, ident, *place):
    return Tag(DIG_POINT, T_DIG_POINT, struct.pack(">iifff", kind, ident, *place))


CORNERS = (point(CARDINAL, 2, 0, 0.1, 0), point(CARDINAL, 1, -0.08, 0, 0),
           point(CARDINAL, 3, 0.08, 0, 0))  # fmt: skip


def test_points_and_fiducials_are_found_in_any_block():
    inner = Node(107, [*CORNERS, point(COIL, 1, 1, 2, 3), point(EXTRA, 1, 0.25, 0.5, 0.125)])

    shape = find_head_shape(Node(101, [], [inner]))

    assert shape.points_m == ((0.25, 0.5, 0.125),)
    np.testing.assert_allclose(shape.nasion_m, (0, 0.1, 0))
    np.testing.assert_allclose((shape.left_m[0], shape.right_m[0]), (-0.08, 0.08))


def test_what_is_no_point_is_passed_over():
    broken = Tag(DIG_POINT, T_DIG_POINT, b"short")
    endless = point(EXTRA, 2, float("nan"), 0, 0)

    assert find_head_shape(Node(101, [broken, endless, *CORNERS])) is None
    assert not may_write_point(broken, None)


def test_fiducials_that_are_missing_are_none():
    shape = find_head_shape(Node(101, [CORNERS[0], point(EXTRA, 1, 0.25, 0.5, 0.125)]))

    assert shape.nasion_m is not None
    assert (shape.left_m, shape.right_m) == (None, None)


@pytest.mark.parametrize(
    ("kind", "is_free"),
    [(CARDINAL, True), (COIL, True), (ELECTRODE, True), (EXTRA, False), (9, False)],
)
def test_points_of_the_surface_go_over_only_if_they_are_listed(kind, is_free):
    tag = point(kind, 5, 0.25, 0.5, 0.125)
    listed = HeadShape(None, None, None, ((0.25, 0.5, 0.125),))
    other = HeadShape(None, None, None, ((0.25, 0.5, 0.25),))

    assert may_write_point(tag, None) == is_free
    assert may_write_point(tag, other) == is_free
    assert may_write_point(tag, listed) == (kind != 9)


def test_the_points_of_mne_are_rounded_as_files_round():
    dig = [{"kind": EXTRA, "ident": 1, "r": np.array([0.1, 0.2, 0.3])}]

    shape = take_head_shape({"dig": dig})

    assert may_write_point(point(EXTRA, 1, 0.1, 0.2, 0.3), shape)
    assert take_head_shape({"dig": None}) is None
