"""The few things that every picture needs: numbers, paths, ticks, text."""

from __future__ import annotations

import math
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MINUS = "\N{MINUS SIGN}"


def number(value: float) -> str:
    """Write a coordinate with at most one decimal and no superfluous sign or zero.

    Examples
    --------
    >>> number(3.0), number(-0.04), number(0.26)
    ('3', '0', '.3')
    """
    text = f"{value:.1f}".removesuffix(".0")
    if text in {"-0", ""}:
        return "0"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def path_data(x: Array, y: Array, *, closed: bool = False) -> str:
    """Write points as an SVG path; a NaN lifts the pen.

    Parameters
    ----------
    x, y : ndarray of float64, shape (n_points,)
        In picture units. Steps are written relative to the rounded point before, so that
        rounding never adds up.
    closed : bool
        Whether to join the end to the start.

    Examples
    --------
    >>> path_data(np.array([0.0, 1.5, 3.0]), np.array([2.0, 2.0, 0.5]))
    'M0 2l1.5 0 1.5-1.5'
    """
    words: list[str] = []
    pen: tuple[float, float] | None = None
    rounded = np.round(np.column_stack([x, y]), 1).tolist()
    for px, py in rounded:
        if math.isnan(px) or math.isnan(py):
            pen = None
            continue
        if pen is None:
            words.append(f"M{_pair(px, py)}l")
        else:
            words.append(_pair(px - pen[0], py - pen[1]))
        pen = (px, py)
    return _join(words) + ("z" if closed and words else "")


def _pair(x: float, y: float) -> str:
    second = number(y)
    return number(x) + ("" if second.startswith("-") else " ") + second


def _join(words: list[str]) -> str:
    """Join steps with a space only where a sign does not part them already."""
    text = ""
    for word in words:
        needs_space = text and not text.endswith("l") and not word.startswith(("-", "M"))
        text += (" " if needs_space else "") + word
    return text.replace("lM", "M").removesuffix("l")


def ticks(low: float, high: float, n_wanted: int = 5) -> list[float]:
    """Return round numbers between `low` and `high`, about `n_wanted` of them.

    Examples
    --------
    >>> ticks(0.0, 100.0)
    [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
    """
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return [low]
    rough = span / max(n_wanted, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((m * power for m in (1, 2, 2.5, 5, 10)), key=lambda s: abs(s - rough))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(k * step, 10) for k in range(first, last + 1)]


def time_ticks(seconds: float, n_wanted: int = 8) -> tuple[list[float], str]:
    """Return moments for a time axis in seconds, and the unit to write them in.

    Examples
    --------
    >>> time_ticks(600.0, 5)
    ([0.0, 120.0, 240.0, 360.0, 480.0, 600.0], 'min')
    """
    unit, size = ("s", 1.0)
    if seconds > 3 * 3600:
        unit, size = ("h", 3600.0)
    elif seconds > 180:
        unit, size = ("min", 60.0)
    return [size * t for t in ticks(0.0, seconds / size, n_wanted)], unit


def plain(value: float) -> str:
    """Write a tick's number: no trailing zeros, a true minus."""
    return f"{value:g}".replace("-", MINUS)


def element(name: str, content: str = "", **attributes: Any) -> str:  # noqa: ANN401
    """Write one element; `content` must be safe already, attributes are escaped.

    A trailing underscore is dropped from names, and others become dashes.

    Examples
    --------
    >>> element("text", "Fz", x=3.04, text_anchor="middle")
    '<text x="3" text-anchor="middle">Fz</text>'
    """
    words = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{words}>{content}</{name}>" if content else f"<{name}{words}/>"


def text(content: str, x: float, y: float, **attributes: Any) -> str:  # noqa: ANN401
    """Write a line of text, escaped."""
    return element("text", escape(content), x=x, y=y, **attributes)


def picture(
    body: str, width: float, height: float, *, label: str, class_: str = "", scroll: bool = False
) -> str:
    """Wrap a drawing as one image with words for those who do not see it.

    Parameters
    ----------
    body : str
        Elements.
    width, height : float
        Size of the drawing, in its own units.
    label : str
        What it shows, in one sentence.
    class_ : str
        Class for the style sheet.
    scroll : bool
        Whether it keeps its size on a narrow screen and is scrolled.
    """
    drawing = element(
        "svg",
        element("title", escape(label)) + body,
        viewBox=f"0 0 {number(width)} {number(height)}",
        class_=f"pic {class_}".strip(),
        role="img",
        aria_label=label,
        style=f"max-width:{number(width * 1.25)}px" if not scroll else None,
    )
    return f'<div class="scroll" tabindex="0">{drawing}</div>' if scroll else drawing


def _value(value: object) -> str:
    return number(value) if isinstance(value, float) else escape(str(value))
