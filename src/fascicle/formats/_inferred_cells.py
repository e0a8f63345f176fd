"""Cells and their activity as we inferred them, written as an NWB file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Header, Modality
from fascicle.errors import FormatError

from ._nwb_open import open_nwb
from ._nwb_write import NwbDraft, write_nwb
from ._ophys import Cells, OpenedOphys, build_ophys

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EVENTS = "InferredSpikes"
_SAID = (
    "FrameRate", "Indicator", "IndicatorName", "ExcitationWavelength", "EmissionWavelength",
    "BrainRegion", "BrainLocation", "ImagingType", "PixelSizeMicrometres",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CellEvents:
    """Events of all cells, in order of their times.

    Attributes
    ----------
    times_s, sizes, confidences : ndarray of float64, shape (n_events,)
        When each began, by how much the trace rose, and how likely it is a spike.
    cells : ndarray of int, shape (n_events,)
        Row of the cell in its table.
    """

    times_s: NDArray[np.float64]
    sizes: NDArray[np.float64]
    confidences: NDArray[np.float64]
    cells: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class InferredCells:
    """What was found in one plane of a recording.

    Attributes
    ----------
    rate_hz : float
        Frames in a second.
    masks : tuple of (ndarray, ndarray, ndarray)
        Of each cell: columns, rows and weights of its pixels; empty where only traces were given.
    confidences : ndarray of float64, shape (n_cells,)
        How likely each is a cell (or, without masks, an active one).
    traces : mapping of str to ndarray, shape (n_frames, n_cells)
        ``"fluorescence"``, ``"neuropil"``, ``"dff"``, ``"deconvolved"``.
    events : CellEvents
        Spikes that were inferred.
    images : mapping of str to ndarray, shape (height, width)
        ``"mean"``.
    """

    rate_hz: float
    masks: tuple[tuple[NDArray[Any], NDArray[Any], NDArray[Any]], ...]
    confidences: NDArray[np.float64]
    traces: Mapping[str, NDArray[Any]]
    events: CellEvents
    images: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def write_cells(source: Path, target: Path, found: InferredCells) -> None:
    """Write inferred cells as an NWB file beside the recording that they were found in.

    The file has the subject, session and optics of the source, a ``PlaneSegmentation`` with the
    cells and their probability, ``Fluorescence``, ``DfOverF``, and a table ``InferredSpikes`` of
    events with the cell, size and confidence of each. The movie itself is not copied.

    Parameters
    ----------
    source : Path
        The ``.nwb`` file of the recording; it is only read.
    target : Path
        ``folder/stem.nwb``; a file that is there is replaced. The folder exists.
    found : InferredCells
        At least one cell.

    Raises
    ------
    FormatError
        FSC279 if there is no cell, or masks, traces and events do not fit together; FSC264 if the
        source is no NWB.

    Notes
    -----
    The same cells give the same bytes.
    """
    _require_fit(found)
    said = open_nwb(source).header
    first = next(iter(found.traces.values()))
    header = Header(
        modality=Modality.OPHYS,
        sfreq_hz=found.rate_hz,
        n_times=first.shape[0],
        shape=first.shape,
        measured_at=said.measured_at,
        subject=said.subject,
        metadata={name: said.metadata[name] for name in _SAID if name in said.metadata},
    )
    cells = Cells(
        found.masks,
        {name: np.asarray(values, np.float32) for name, values in found.traces.items()},
        {"probability": np.asarray(found.confidences, np.float64)},
        {name: np.asarray(image, np.float32) for name, image in found.images.items()},
    )

    def build(draft: NwbDraft) -> None:
        build_ophys(draft, OpenedOphys(header, (), (cells,)))
        _add_events(draft, found.events)

    write_nwb(target, replace(header), build)


def _add_events(draft: NwbDraft, events: CellEvents) -> None:
    """Add the table of events, if there are any."""
    from pynwb.event import EventsTable

    if not len(events.times_s):
        return
    table = EventsTable(
        name=_EVENTS,
        description="Rises of single traces, as deconvolution tells them: one or several spikes.",
        source_description="Non-negative deconvolution of each cell's trace.",
    )
    table.add_column("cell", "Row of the cell in the table of cells.")
    table.add_column("size", "By how much the trace rose.")
    table.add_column("confidence", "Probability that a spike was there, from 0 to 1.")
    rows = zip(events.times_s, events.cells, events.sizes, events.confidences, strict=True)
    for time_s, cell, size, confidence in rows:
        table.add_event(
            timestamp=float(time_s), cell=int(cell), size=float(size), confidence=float(confidence)
        )
    draft.file.add_events_table(table)


def _require_fit(found: InferredCells) -> None:
    """Refuse what does not fit together."""
    n_cells = len(found.confidences)
    shapes = {values.shape for values in found.traces.values()}
    events = found.events
    lengths = {len(part) for part in (events.times_s, events.sizes, events.confidences)}
    fits = (
        n_cells > 0
        and len(shapes) == 1
        and all(len(shape) == 2 and shape[1] == n_cells for shape in shapes)
        and len(found.masks) in {0, n_cells}
        and lengths == {len(events.cells)}
        and not np.any((events.cells < 0) | (events.cells >= n_cells))
    )
    if not fits:
        raise FormatError(
            "FSC279",
            f"Expected masks, traces and events of the same {n_cells} cells, got others or none.",
            "Give what was found in one recording, with at least one cell.",
        )
