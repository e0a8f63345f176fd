"""Points that were digitised on somebody's head."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class HeadShape:
    """Points that were digitised on a head, beside sensors and coils.

    Its text form hides them: a face can be drawn from a few dozen.

    Attributes
    ----------
    nasion_m, left_m, right_m : tuple of float or None
        Where the nose meets the forehead, and the points before the ears; x, y, z in metres, in the
        frame of `points_m`. None where they are not stated.
    points_m : tuple of tuple of float
        The other points, x, y, z in metres.

    Examples
    --------
    >>> HeadShape((0.0, 0.1, 0.0), (-0.08, 0.0, 0.0), (0.08, 0.0, 0.0), ((0.0, 0.0, 0.12),))
    HeadShape(1 points)
    """

    nasion_m: Point | None
    left_m: Point | None
    right_m: Point | None
    points_m: tuple[Point, ...] = ()

    def __repr__(self) -> str:
        return f"HeadShape({len(self.points_m)} points)"
