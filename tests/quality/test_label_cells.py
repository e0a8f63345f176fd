"""Cells beside labels: a file of their own, and none that is left of another run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fascicle.quality import LABELS, find_valid_labels, write_annotation, write_label_cells
from fascicle.quality._cell_annotator import CellAnnotator
from fascicle.testing import MovieDraft, simulate_calcium_movie

from .test_cell_annotator import PLACE, make_dataset

pynwb = pytest.importorskip("pynwb")


def test_cells_stay_with_their_labels_when_more_is_shared(tmp_path: Path) -> None:
    truth = simulate_calcium_movie(5, MovieDraft((601, 71, 83), 6, motion_px=1.5))
    dataset = make_dataset(tmp_path, truth.movie)
    said = CellAnnotator().annotate(dataset, PLACE)
    write_label_cells(dataset, PLACE, said)
    write_annotation(dataset, PLACE, said, kinds=CellAnnotator.kinds, decisions={})

    kept = find_valid_labels(dataset, dataset)

    written = {path for path in (dataset / LABELS).rglob("*") if path.is_file()}
    assert kept == {path.relative_to(dataset).as_posix() for path in written}
    assert any(path.endswith(".nwb") for path in kept)


def test_cells_open_in_pynwb_and_go_when_none_are_found(tmp_path: Path) -> None:
    truth = simulate_calcium_movie(5, MovieDraft((601, 71, 83), 6, motion_px=1.5))
    dataset = make_dataset(tmp_path, truth.movie)
    said = CellAnnotator().annotate(dataset, PLACE)
    target = dataset / LABELS / PLACE.parent / "sub-01_desc-cells_ophys.nwb"

    write_label_cells(dataset, PLACE, said)

    with pynwb.NWBHDF5IO(str(target), "r") as stream:
        ophys = stream.read().processing["ophys"]
        plane = ophys["ImageSegmentation"].plane_segmentations["PlaneSegmentation"]
        assert len(plane) == len(said.labels)
    write_label_cells(dataset, PLACE, replace(said, found=None))
    assert not target.exists()
