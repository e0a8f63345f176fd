"""Draw the sensors of a recording, seen from above.

A pure function from arrays to text. Colours are classes of the page's style sheet, so that the
picture follows the light and the dark scheme and prints well.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from ._layout import Layout, bounds
from ._svg import element, number, picture, text

_MANY = 80
"""From here on, sensors without a problem are drawn as one path, without names."""

_LONGEST_TAG = 4
"""How many letters fit into a sensor."""

_MARKED = frozenset({"warn", "fail"})


def draw_sensors(layout: Layout, verdicts: Mapping[str, str], reasons: Mapping[str, str]) -> str:
    """Draw the sensors seen from above, the nose up; those with a problem are marked.

    Parameters
    ----------
    layout : Layout
        Where they lie.
    verdicts : mapping of str to str
        ``"pass"``, ``"warn"`` or ``"fail"`` by channel name.
    reasons : mapping of str to str
        Why a channel is marked, by channel name.

    Returns
    -------
    str
        An ``svg`` element; empty if no sensor has a place.
    """
    if not layout.points:
        return ""
    size = 250.0
    middle = size / 2
    scale = (middle - 20) / bounds(list(layout.points.values()))
    n = len(layout.points)
    roomy = n <= 40 and all(len(name) <= _LONGEST_TAG for name in layout.points)
    radius = 8.0 if roomy else 5.6 if n <= _MANY else 3.6 if n <= 160 else 2.6
    dots = []
    if n > _MANY:
        plain = [
            p for name, p in layout.points.items() if verdicts.get(name, "pass") not in _MARKED
        ]
        at = [f"M{number(middle + x * scale)} {number(middle - y * scale + 4)}h0" for x, y in plain]
        dots.append(element("path", d="".join(at), class_="dots", stroke_width=2 * radius))
    # Marked ones last, so that no neighbour covers them.
    for name in sorted(layout.points, key=lambda key: verdicts.get(key, "pass") in _MARKED):
        if n > _MANY and verdicts.get(name, "pass") not in _MARKED:
            continue
        px, py = layout.points[name]
        place = (middle + px * scale, middle - py * scale + 4)
        dots.append(
            _draw_sensor(name, place, radius, verdicts.get(name, "pass"), reasons.get(name, ""))
        )
    n_bad = sum(verdicts.get(name, "pass") in _MARKED for name in layout.points)
    label = f"{n} sensors seen from above, nose up; {n_bad} of them are marked."
    head = _draw_head(middle, middle + 4, scale) if layout.has_head else ""
    return picture(head + "".join(dots), size, size, label=label, class_="sensors")


def _draw_head(cx: float, cy: float, radius: float) -> str:
    nose = (
        f"M{number(cx - 0.13 * radius)} {number(cy - 0.985 * radius)}"
        f"Q{number(cx)} {number(cy - 1.24 * radius)} "
        f"{number(cx + 0.13 * radius)} {number(cy - 0.985 * radius)}"
    )
    ears = "".join(
        f"M{number(cx + s * 0.985 * radius)} {number(cy - 0.16 * radius)}"
        f"q{number(s * 0.1 * radius)} {number(-0.04 * radius)} {number(s * 0.09 * radius)} "
        f"{number(0.16 * radius)} {number(-s * 0.01 * radius)} {number(0.2 * radius)} "
        f"{number(-s * 0.095 * radius)} {number(0.14 * radius)}"
        for s in (-1, 1)
    )
    circle = element("circle", cx=cx, cy=cy, r=radius, class_="skull")
    return element("path", d=nose + ears, class_="skull") + circle


def _draw_sensor(
    name: str, place: tuple[float, float], radius: float, verdict: str, reason: str
) -> str:
    x, y = place
    words = f"{name}: {reason}" if reason else name
    dot = element("circle", cx=x, cy=y, r=radius, class_=f"dot {verdict}")
    if radius > 7:
        dot += text(name, x, y + 2.3, class_=f"tag {verdict}")
    if verdict == "fail":
        r = 0.68 * radius
        cross = f"M{number(x - r)} {number(y - r)}L{number(x + r)} {number(y + r)}"
        cross += f"M{number(x - r)} {number(y + r)}L{number(x + r)} {number(y - r)}"
        dot += element("path", d=cross, class_="cross") if radius <= 7 else ""
    if verdict in _MARKED and radius <= 7:
        dot += text(name, x, y - radius - 2, class_=f"tag far {verdict}")
    return element("g", element("title", escape(words)) + dot)
