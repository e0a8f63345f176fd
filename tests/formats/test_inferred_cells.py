"""Inferred cells as NWB: what is written is what was found, and opens in PyNWB."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fascicle.core import Header, Modality, Subject
from fascicle.errors import FormatError
from fascicle.formats import CellEvents, InferredCells, write_cells
from fascicle.formats._nwb_write import write_nwb

pynwb = pytest.importorskip("pynwb")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A recording of a mouse, with nothing in it."""
    path = tmp_path / "sub-01_ophys.nwb"
    subject = Subject(code="01", species="Mus musculus", sex="F", age_years=0.25)
    said = {"Indicator": "GCaMP6f", "BrainRegion": "VISp", "ExcitationWavelength": 920.0}
    header = Header(Modality.OPHYS, sfreq_hz=15.0, subject=subject, metadata=said)
    write_nwb(path, header, lambda draft: draft.add_events())
    return path


def found(*, has_masks: bool = True) -> InferredCells:
    """Three cells over 211 frames, with four events."""
    rng = np.random.default_rng(5)
    masks = tuple(
        (rng.permutation(31)[:n], rng.permutation(23)[:n], rng.random(n)) for n in (7, 9, 11)
    )
    names = ("fluorescence", "neuropil", "dff", "deconvolved")
    events = CellEvents(
        np.array([0.5, 2.0, 2.0, 9.5]),
        np.array([0.3, 0.1, 0.7, 0.2]),
        np.array([0.9, 0.2, 0.99, 0.5]),
        np.array([2, 0, 1, 2]),
    )
    return InferredCells(
        15.0,
        masks if has_masks else (),
        np.array([0.9, 0.6, 0.99]),
        {name: rng.normal(size=(211, 3)) for name in names},
        events,
        {"mean": rng.random((23, 31))} if has_masks else {},
    )


@pytest.mark.parametrize("has_masks", [True, False])
def test_what_is_written_opens_in_pynwb_and_is_what_was_found(
    source: Path, tmp_path: Path, has_masks: bool
) -> None:
    cells, target = found(has_masks=has_masks), tmp_path / "sub-01_desc-cells_ophys.nwb"

    write_cells(source, target, cells)

    with pynwb.NWBHDF5IO(target, "r") as io:
        file = io.read()
        assert file.subject.subject_id == "01"
        assert file.subject.species == "Mus musculus"
        module = file.processing["ophys"]
        table = module["ImageSegmentation"]["PlaneSegmentation"]
        np.testing.assert_allclose(table["probability"][:], cells.confidences)
        series = module["DfOverF"]["RoiResponseSeriesDfOverF"]
        assert series.rate == 15.0
        np.testing.assert_allclose(series.data[:], cells.traces["dff"], rtol=1e-6)
        kept = module["Fluorescence"]
        assert {"Deconvolved", "Neuropil", "RoiResponseSeries"} == set(kept.roi_response_series)
        if has_masks:
            pixels = table["pixel_mask"][1]
            assert [pixel[0] for pixel in pixels] == cells.masks[1][0].tolist()
        events = file.events["InferredSpikes"]
        np.testing.assert_allclose(events["timestamp"][:], cells.events.times_s)
        np.testing.assert_allclose(events["confidence"][:], cells.events.confidences)
        assert events["cell"][:].tolist() == [2, 0, 1, 2]


def test_the_inspector_finds_no_error(source: Path, tmp_path: Path) -> None:
    inspector = pytest.importorskip("nwbinspector")
    target = tmp_path / "sub-01_desc-cells_ophys.nwb"
    write_cells(source, target, found())

    messages = list(
        inspector.inspect_nwbfile(nwbfile_path=target, config=inspector.load_config("dandi"))
    )

    wrong = {"ERROR", "PYNWB_VALIDATION", "CRITICAL"}
    said = [m.check_function_name for m in messages if m.importance.name in wrong]
    assert said == []


def test_the_same_cells_give_the_same_bytes(source: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    paths = [tmp_path / folder / "sub-01_desc-cells_ophys.nwb" for folder in "ab"]

    for path in paths:
        write_cells(source, path, found())

    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_cells_without_events_have_no_table_of_them(source: Path, tmp_path: Path) -> None:
    none = np.zeros(0)
    cells = replace(found(), events=CellEvents(none, none, none, np.zeros(0, np.intp)))

    write_cells(source, tmp_path / "sub-01_ophys_cells.nwb", cells)

    with pynwb.NWBHDF5IO(tmp_path / "sub-01_ophys_cells.nwb", "r") as io:
        assert not io.read().events


@pytest.mark.parametrize(
    "change",
    [
        {"confidences": np.array([0.9, 0.6])},
        {"confidences": np.zeros(0), "masks": (), "traces": {}},
        {"masks": found().masks[:2]},
        {"events": replace(found().events, cells=np.array([2, 0, 1, 3]))},
        {"events": replace(found().events, sizes=np.zeros(3))},
        {"traces": {"dff": np.zeros((211, 3)), "neuropil": np.zeros((210, 3))}},
    ],
)
def test_what_does_not_fit_together_is_refused(
    source: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    with pytest.raises(FormatError, match="FSC279"):
        write_cells(source, tmp_path / "x.nwb", replace(found(), **change))

    assert not (tmp_path / "x.nwb").exists()
