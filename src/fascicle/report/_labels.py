"""What methods said of recordings, as one page: labels, measures, and what made them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fascicle.core import Annotation, Measure, say_count
from fascicle.jobs import write_private

from ._budget import choose_detail
from ._page import render_page
from ._pictures import Drawn, draw_pictures

_MOST_SHOWN = 60
_SECTIONS = {"recordings": (1, "Recordings"), "limits": (2, "What this is not")}


@dataclass(frozen=True, slots=True)
class LabelStory:
    """What is told of the labels of a dataset.

    Attributes
    ----------
    name : str
        Title of the dataset.
    said : sequence of (str, Annotation)
        Recordings by their paths in the dataset, in the order in which they are shown.
    titles : mapping of str to str
        What each method finds, by its name.
    kinds : mapping of str to str
        What each kind of label means.
    cards : mapping of str to str
        Address of the page on how each method decides and where it fails, by its name.
    made_with : mapping of str to str
        Versions, by name.
    """

    name: str
    said: Sequence[tuple[str, Annotation]]
    titles: Mapping[str, str]
    kinds: Mapping[str, str] = field(default_factory=dict)
    cards: Mapping[str, str] = field(default_factory=dict)
    made_with: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Said:
    """One recording on the page, in words."""

    place: str
    method: str
    version: str
    counts: str
    measures: tuple[tuple[str, str, str], ...]
    findings: tuple[tuple[str, str, str], ...]
    pictures: tuple[Drawn, ...]
    picture_notes: tuple[str, ...]


def write_label_report(path: Path, story: LabelStory) -> Path:
    """Write a page on the labels of a dataset, with pictures of what made them.

    Parameters
    ----------
    path : Path
        Where to; an earlier page there is replaced in one step.
    story : LabelStory
        What to tell.

    Returns
    -------
    Path
        `path`.

    Notes
    -----
    As `write_report`: the page loads nothing and runs no script, and the same story gives the same
    bytes. Only its owner can read it: heads can be seen on it.
    """
    write_private(path, render_labels(story).encode("utf-8"))
    return path


def render_labels(story: LabelStory) -> str:
    """Return the page that `write_label_report` writes."""
    return render_page("labels.html.j2", view_labels(story))


def view_labels(story: LabelStory) -> dict[str, Any]:
    """Return what the template needs."""
    said = list(_say(story.said[:_MOST_SHOWN]))
    counts = Counter(label.kind for _, one in story.said for label in one.labels)
    n_sure = sum(label.confidence >= 0.9 for _, one in story.said for label in one.labels)
    return {
        "story": story,
        "said": said,
        "n_more": len(story.said) - len(said),
        "sections": _SECTIONS,
        "verdict_words": {},
        "counts": [(kind, n, story.kinds.get(kind, "")) for kind, n in counts.most_common()],
        "methods": [
            (name, story.titles[name], story.cards.get(name, ""))
            for name in dict.fromkeys(one.method for _, one in story.said)
        ],
        "figures": (
            (len({place for place, _ in story.said}), "recordings labelled"),
            (counts.total(), "labels"),
            (n_sure, "with a confidence of 90 % or more"),
        ),
        "say": {"count": say_count},
    }


def _say(said: Sequence[tuple[str, Annotation]]) -> Iterator[_Said]:
    """Yield each recording in words and drawings."""
    n_pictures = sum(len(one.pictures) for _, one in said)
    detail = choose_detail(len(said), 1, n_pictures)
    for place, one in said:
        counts = Counter(label.kind for label in one.labels)
        drawn, notes = draw_pictures(one.pictures, detail, owner=True)
        yield _Said(
            place,
            one.method,
            one.version,
            ", ".join(f"{n} {kind}" for kind, n in counts.most_common()) or "nothing",
            tuple(
                (
                    name.replace("_", " "),
                    _say_value(measure),
                    measure.meaning,
                )
                for name, measure in sorted(one.measures.items())
            ),
            tuple((str(f.severity), f.reason, f.fix) for f in one.findings),
            drawn,
            notes,
        )


def _say_value(measure: Measure) -> str:
    """Return a number with its unit; words where it could not be taken."""
    if not math.isfinite(measure.value):
        return "not measured"
    return f"{measure.value:.4g} {measure.unit}".strip()
