"""Draw a picture of a recording, whatever it is drawn as."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from fascicle.core import Drawing, Picture, say_count

from ._budget import Detail
from ._images import draw_image, image_legend, is_broad
from ._plots import (
    draw_lines,
    draw_overlay,
    draw_raster,
    draw_scatter,
    overlay_legend,
    scatter_legend,
)

Legend = tuple[tuple[str, str, int], ...]
"""Colour class, name and count (0 if it has none) of each entry."""

_DRAW: Mapping[Drawing, Callable[[Picture, Detail], str]] = MappingProxyType({
    Drawing.IMAGE: draw_image,
    Drawing.LINES: draw_lines,
    Drawing.OVERLAY: draw_overlay,
    Drawing.RASTER: draw_raster,
    Drawing.SCATTER: draw_scatter,
})
_LEGEND: Mapping[Drawing, Callable[[Picture], Legend]] = MappingProxyType({
    Drawing.IMAGE: image_legend,
    Drawing.OVERLAY: overlay_legend,
    Drawing.SCATTER: scatter_legend,
})
_MICRO = re.compile(r"\bu(?=[AFHLMSVms]\b)")
_WIDE = frozenset({Drawing.LINES, Drawing.RASTER})
EXPOSED = MappingProxyType({
    "head": "a head, whose face can be drawn from it",
    "face": "people, who can be recognised",
    "voice": "voices, by which people can be recognised",
    "text": "words that are burnt into the picture",
})
"""What can be recognised, by `Header.exposes`, to stand after ``"it shows"``."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture as the page shows it.

    Attributes
    ----------
    svg, title, caption : str
        The drawing, its heading and its sentence.
    legend : tuple of (str, str, int)
        Colour class, name and count of each entry.
    is_wide : bool
        True if it takes the whole width.
    """

    svg: str
    title: str
    caption: str
    legend: Legend
    is_wide: bool


def draw_pictures(
    pictures: Sequence[Picture], detail: Detail, *, owner: bool
) -> tuple[tuple[Drawn, ...], tuple[str, ...]]:
    """Draw what may be shown, and say in words what is not.

    Parameters
    ----------
    pictures : sequence of Picture
        In the order in which they are shown.
    detail : Detail
        How finely, and how many.
    owner : bool
        False leaves out pictures in which a person can be recognised.

    Returns
    -------
    tuple of (tuple of Drawn, tuple of str)
        The drawings, and a sentence for what is left out.
    """
    shown = [item for item in pictures if owner or not item.exposes]
    drawn: list[Drawn] = []
    for k, item in enumerate(shown):
        if len(drawn) == detail.n_pictures:
            notes = [_say_more(len(shown) - k)]
            break
        drawn += [made] if (made := draw_picture(item, detail)) else []
    else:
        notes = []
    if not owner:
        notes.insert(0, _say_hidden([p.exposes for p in pictures if p.exposes]))
    return tuple(drawn), tuple(note for note in notes if note)


def draw_picture(shown: Picture, detail: Detail) -> Drawn | None:
    """Draw a picture; None if its arrays do not make one.

    Parameters
    ----------
    shown : Picture
        What to draw.
    detail : Detail
        How finely.
    """
    # Units come in the spelling of BIDS, which has no Greek letters.
    x_label, y_label = (_MICRO.sub("\N{MICRO SIGN}", w) for w in (shown.x_label, shown.y_label))
    svg = _DRAW[shown.drawing](replace(shown, x_label=x_label, y_label=y_label), detail)
    if not svg:
        return None
    legend = _LEGEND[shown.drawing](shown) if shown.drawing in _LEGEND else ()
    wide = shown.drawing in _WIDE or (shown.drawing is Drawing.IMAGE and is_broad(shown))
    return Drawn(svg, shown.title, shown.caption, legend, wide)


def _say_hidden(exposes: Sequence[str]) -> str:
    if not exposes:
        return ""
    kinds = dict.fromkeys(EXPOSED.get(word, "somebody who can be recognised") for word in exposes)
    verb, them = ("shows", "it is") if len(exposes) == 1 else ("show", "they are")
    return (
        f"{say_count(len(exposes), 'picture')} {verb} {'; '.join(kinds)}: "
        f"{them} in the owner's own report alone."
    )


def _say_more(n: int) -> str:
    """Say that not all were drawn."""
    are = "is" if n == 1 else "are"
    return (
        f"{say_count(n, 'more picture')} of it {are} left out here, as the report tells of many "
        "recordings."
    )
