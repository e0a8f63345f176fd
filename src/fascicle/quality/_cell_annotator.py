"""Labels of calcium imaging: the cells of a movie, and what the traces of cells tell of spikes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import (
    Annotation,
    Drawing,
    Finding,
    Label,
    Measure,
    Picture,
    Severity,
    say_count,
)
from fascicle.errors import FascicleError

from ._cell_inference import CellStory, infer_cells
from ._metadata import make_finding
from ._ophys_cells import find_outline

SURE: Final = 0.5
"""Confidence from which an event is counted."""

_ELSEWHERE: Final = frozenset({"derivatives", "sourcedata", "code", "stimuli"})
_UNREADABLE: Final = (OSError, LookupError, RuntimeError, ValueError, TypeError, AttributeError)
_STRETCH: Final = (1.0, 99.7)
_MAX_SIDE: Final = 480
_MAX_POINTS: Final = 3000
_MAX_LINES: Final = 12
_MAX_COLUMNS: Final = 1000
_PROBLEMS: Final = {
    "nothing": (
        "It holds neither a movie nor traces of cells.",
        "Nothing needs to be done.",
    ),
    "rate": (
        "It does not tell its frame rate, without which decays and spikes have no time.",
        'Put {"FrameRate": 30.0} with your rate into a file ophys.json beside the source, and '
        "share again.",
    ),
    "short": (
        "It is too short or too small: cells need 80 frames of 16 by 16 pixels.",
        "Nothing needs to be done.",
    ),
    "volume": (
        "Its movie is of several planes; cells are looked for in single planes only.",
        "Write each plane as a movie of its own, or bring cells from Suite2p or CaImAn.",
    ),
}


class CellAnnotator:
    """Finds cells in movies of calcium, and infers spikes from the traces of cells."""

    name: str = "cells"
    title: str = "Cells in calcium movies, their traces, and spikes inferred from them."
    version: str = "1"
    kinds: Mapping[str, str] = {
        "active": "The trace of this cell, which was in the file, shows a spike.",
        "cell": "Pixels that flash together and apart from what is around them.",
    }
    card: str = "explanations/cells-in-movies.md"
    requires: str = "neurodata"

    def accepts(self, place: PurePosixPath) -> bool:
        """Tell by its path in the dataset whether a file is a recording that this can label."""
        is_own = place.parts[0] not in _ELSEWHERE and place.parent.name == "ophys"
        return is_own and place.name.endswith(".nwb")

    def annotate(self, dataset: Path, place: PurePosixPath) -> Annotation:
        """Label one recording; what is wrong with it becomes a finding, and nothing is raised."""
        try:
            story = infer_cells(dataset / place)
        except FascicleError as error:
            return self._nothing(_error(place, error.problem, error.remedy))
        except _UNREADABLE as error:
            reason = f"It could not be read ({type(error).__name__})."
            return self._nothing(_error(place, reason, "Convert it again."))
        if story.problem:
            reason, fix = _PROBLEMS[story.problem]
            return self._nothing(
                make_finding("cells.not-labelled", Severity.NOTE, str(place), reason, fix)
            )
        return Annotation(
            self.name,
            self.version,
            labels=tuple(_label(story)),
            measures=_measure(story),
            series=_follow(story),
            pictures=tuple(_draw(story)),
            findings=tuple(_find(story, place)),
            settings={"source": story.source, "sure": SURE, "neuropil_share": 0.7},
            found=story.found if story.spikes else None,
        )

    def _nothing(self, finding: Finding) -> Annotation:
        """Return an annotation that says only why there is none."""
        return Annotation(self.name, self.version, findings=(finding,))


def _error(place: PurePosixPath, reason: str, fix: str) -> Finding:
    return make_finding("cells.unreadable", Severity.ERROR, str(place), reason, fix)


def _label(story: CellStory) -> Iterator[Label]:
    """Yield a label for each cell that was found, or whose trace shows a spike."""
    if story.found is None:
        return
    for i, (confidence, spikes) in enumerate(
        zip(story.found.confidences, story.spikes, strict=True)
    ):
        sure = spikes.confidences >= SURE
        if not story.footprints and not sure.any():
            continue
        evidence = {
            "n_events": float(np.count_nonzero(sure)),
            "noise": spikes.noise,
            "decay_s": spikes.decay_s,
        }
        if story.footprints:
            cell = story.footprints[i]
            evidence |= {
                "row": float(np.average(cell.rows, weights=cell.weights)),
                "column": float(np.average(cell.columns, weights=cell.weights)),
                "n_pixels": float(len(cell.rows)),
                "reliability": cell.reliability,
                "skewness": cell.skewness,
            }
        kind = "cell" if story.footprints else "active"
        yield Label(kind, float(confidence), channels=(f"cell{i}",), evidence=evidence)


def _measure(story: CellStory) -> dict[str, Measure]:
    """Return the numbers of the whole recording."""
    measures = {
        "n_cells": Measure(
            float(len(story.spikes)), "", "Cells found in the movie, or traces in the file."
        )
    }
    if len(story.shifts_px):
        moved = float(np.percentile(np.hypot(*story.shifts_px.T), 95))
        measures["motion_px"] = Measure(
            moved, "pixel", "Distance from the middle place that 95 % of frames stay within."
        )
    if not story.spikes or story.found is None:
        return measures
    duration_s = next(iter(story.found.traces.values())).shape[0] / story.found.rate_hz
    rates = [np.count_nonzero(one.confidences >= SURE) / duration_s for one in story.spikes]
    decays = [one.decay_s for one in story.spikes if one.is_decay_told]
    n_active = sum(rate > 0 for rate in rates)
    measures |= {
        "n_active": Measure(
            float(n_active), "", "Cells with an event of a confidence of at least .5."
        ),
        "event_rate": Measure(
            float(np.median(rates)), "Hz", "Median over cells of events with a confidence of .5."
        ),
        "decay": Measure(
            float(np.median(decays)) if decays else float("nan"), "s",
            "Median time constant of the traces that tell one: under which the fewest spikes "
            "explain them best (doi:10.1371/journal.pcbi.1005423).",
        ),
    }  # fmt: skip
    return measures


def _follow(story: CellStory) -> dict[str, tuple[float, ...]]:
    """Return the movement of each frame, where it is told."""
    if not len(story.shifts_px):
        return {}
    down, right = story.shifts_px.round(3).T.tolist()
    return {"down_px": tuple(down), "right_px": tuple(right)}


def _find(story: CellStory, place: PurePosixPath) -> Iterator[Finding]:
    """Yield what a person should know."""
    if story.source == "movie" and story.found is None:
        yield make_finding(
            "cells.none", Severity.NOTE, str(place),
            "No cell flashes in this movie so that both its halves show it.",
            "Nothing needs to be done if it was silent; look at the movie else.",
        )  # fmt: skip
    if story.source == "movie" and not len(story.shifts_px):
        yield make_finding(
            "cells.motion-unknown", Severity.NOTE, str(place),
            "Its frames are too noisy to tell movement; cells were looked for as if nothing moved.",
            "Look at the movie; register it with another tool if it moves.",
        )  # fmt: skip
    n_untold = sum(not one.is_decay_told for one in story.spikes)
    if n_untold:
        yield make_finding(
            "cells.decay-unknown", Severity.NOTE, str(place),
            f"The {'traces' if n_untold > 1 else 'trace'} of {say_count(n_untold, 'cell')} of "
            f"{len(story.spikes)} {'show' if n_untold > 1 else 'shows'} no decay; 0.7 s was taken.",
            "Read their events with care.",
        )  # fmt: skip


def _draw(story: CellStory) -> Iterator[Picture]:
    """Draw the mean with outlines, traces, and events."""
    if story.found is None:
        return
    if "mean" in story.found.images:
        yield _draw_cells(story, story.found.images["mean"])
    shown = _liveliest(story)
    if not len(shown):
        return
    own = story.found.traces.get("dff", story.found.traces["fluorescence"])[:, shown]
    yield _draw_traces(own, shown, story.found.rate_hz)
    times = [story.spikes[i].times_s[story.spikes[i].confidences >= SURE] for i in shown]
    yield Picture(
        Drawing.RASTER,
        "Inferred events",
        "A tick for each event with a confidence of at least .5, of the same cells in the same "
        "order: one spike or several.",
        {
            "times": np.concatenate(times).astype(np.float64),
            "rows": np.repeat(np.arange(len(shown)), [len(part) for part in times]),
        },
        x_label="Time (s)",
        y_label="Cell",
    )


def _liveliest(story: CellStory) -> NDArray[np.intp]:
    """Return the cells with the clearest events, in the order of the file."""
    heights = np.array([one.heights.max(initial=0.0) for one in story.spikes])
    shown = np.sort(np.argsort(-heights, kind="stable")[:_MAX_LINES])
    return shown[heights[shown] > 0]


def _draw_cells(story: CellStory, mean: NDArray[Any]) -> Picture:
    """Draw the mean of the frames with the outlines of cells."""
    step = max(1, -(-max(mean.shape) // _MAX_SIDE))
    rows, columns = (n - n % step for n in mean.shape)
    small = mean[:rows, :columns].reshape(rows // step, step, columns // step, step)
    shrunk = small.mean(axis=(1, 3))
    low, high = np.percentile(shrunk, _STRETCH)
    scaled = np.clip((shrunk - low) / (high - low if high > low else 1.0), 0, 1)
    outlines = [
        find_outline(np.stack([cell.columns, cell.rows], axis=1)) for cell in story.footprints
    ]
    points = np.concatenate([np.zeros((0, 2), np.int64), *outlines])
    every = max(1, -(-len(points) // _MAX_POINTS))
    return Picture(
        Drawing.IMAGE,
        "Cells",
        "Mean of the frames after movement was taken out, its contrast stretched; outlines of the "
        "cells that were found.",
        {
            "pixels": (scaled * 255).round().astype(np.uint8),
            "points": points[::every] / step,
            "classes": np.zeros(len(points[::every]), np.int64),
        },
        legend=("cell",),
    )


def _draw_traces(traces: NDArray[Any], shown: NDArray[np.intp], rate_hz: float) -> Picture:
    """Draw traces, the highest value of each stretch of time."""
    n_stretch = -(-len(traces) // _MAX_COLUMNS)
    starts = np.arange(0, len(traces), n_stretch)
    lines = np.fmax.reduceat(traces, starts, axis=0).T
    spread = np.nanstd(lines, axis=1, keepdims=True)
    mean = np.nanmean(lines, axis=1, keepdims=True)
    scaled = np.nan_to_num((lines - mean) / np.where(spread > 0, spread, 1.0))
    return Picture(
        Drawing.LINES,
        "Traces",
        f"{say_count(len(shown), 'cell')} whose events are clearest; each in its own standard "
        "deviations.",
        {"x": starts / rate_hz, "y": scaled.astype(np.float32)},
        x_label="Time (s)",
        y_label="Cell",
        legend=tuple(f"cell{i}" for i in shown),
    )
