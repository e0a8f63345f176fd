"""The annotator of calcium imaging."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np
import pytest
import tifffile

from fascicle.core import Drawing, Severity
from fascicle.formats import read_header, recognise, write_recording
from fascicle.quality import ANNOTATORS
from fascicle.quality._cell_annotator import CellAnnotator
from fascicle.testing import (
    MovieDraft,
    make_trace_tables,
    released_ophys,
    simulate_calcium_movie,
)

pytest.importorskip("pynwb")

PLACE = PurePosixPath("sub-01/ophys/sub-01_ophys.nwb")


def make_dataset(tmp_path: Path, frames: np.ndarray | None) -> Path:
    """Write a dataset of one recording: a movie, or traces."""
    raw, dataset = tmp_path / "raw", tmp_path / "dataset"
    (dataset / PLACE).parent.mkdir(parents=True)
    if frames is None:
        make_trace_tables(raw)
    else:
        raw.mkdir()
        tifffile.imwrite(raw / "a.tif", frames, photometric="minisblack", metadata=None)
    (raw / "ophys.json").write_text('{"FrameRate": 15.0}')
    (source,) = recognise(raw).sources
    header = released_ophys(read_header(raw, source))
    write_recording(raw, source, header, (dataset / PLACE).parent, "sub-01_ophys")
    return dataset


def test_it_is_one_of_the_annotators() -> None:
    assert any(isinstance(annotator, CellAnnotator) for annotator in ANNOTATORS)


@pytest.mark.parametrize(
    ("place", "is_one"),
    [
        ("sub-01/ses-1/ophys/sub-01_ses-1_ophys.nwb", True),
        ("sub-01/ecephys/sub-01_ecephys.nwb", False),
        ("derivatives/x/sub-01/ophys/sub-01_ophys.nwb", False),
        ("sub-01/ophys/sub-01_ophys.json", False),
    ],
)
def test_it_accepts_calcium_imaging_alone(place: str, is_one: bool) -> None:
    assert CellAnnotator().accepts(PurePosixPath(place)) is is_one


def test_a_movie_gets_a_label_for_each_cell_with_pictures_and_measures(tmp_path: Path) -> None:
    truth = simulate_calcium_movie(5, MovieDraft((601, 71, 83), 6, motion_px=1.5))
    dataset = make_dataset(tmp_path, truth.movie)
    before = (dataset / PLACE).read_bytes()

    said = CellAnnotator().annotate(dataset, PLACE)

    assert 5 <= len(said.labels) <= 7
    assert {label.kind for label in said.labels} == {"cell"}
    assert all(label.is_whole and label.confidence > 0.2 for label in said.labels)
    assert len({label.key for label in said.labels}) == len(said.labels)
    assert said.measures["n_cells"].value == len(said.labels)
    distance = np.hypot(*(truth.shifts_px - np.median(truth.shifts_px, axis=0)).T)
    assert said.measures["motion_px"].value == pytest.approx(np.percentile(distance, 95), abs=0.5)
    assert len(said.series["down_px"]) == len(said.series["right_px"]) == 601
    drawings = [picture.drawing for picture in said.pictures]
    assert drawings == [Drawing.IMAGE, Drawing.LINES, Drawing.RASTER]
    points = said.pictures[0].arrays["points"]
    assert points[:, 0].max() < 83
    assert points[:, 1].max() < 71
    assert (dataset / PLACE).read_bytes() == before


def test_traces_get_a_label_for_each_cell_that_shows_a_spike(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path, None)

    said = CellAnnotator().annotate(dataset, PLACE)

    assert 0 < len(said.labels) <= 5
    assert {label.kind for label in said.labels} == {"active"}
    assert all(label.evidence["n_events"] > 0 for label in said.labels)
    assert "motion_px" not in said.measures
    assert said.series == {}


def test_noise_gets_no_label_and_a_note(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).poisson(20, (201, 53, 61)).astype(np.uint16)

    said = CellAnnotator().annotate(make_dataset(tmp_path, noise), PLACE)

    assert said.labels == ()
    assert {finding.code for finding in said.findings} == {"cells.none", "cells.motion-unknown"}
    assert said.measures["n_cells"].value == 0


def test_what_cannot_be_read_or_is_too_short_is_a_finding(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path, np.full((30, 41, 43), 7, np.uint16))

    (short,) = CellAnnotator().annotate(dataset, PLACE).findings
    (dataset / PLACE).write_bytes(b"no HDF5")
    (broken,) = CellAnnotator().annotate(dataset, PLACE).findings

    assert (short.code, short.severity) == ("cells.not-labelled", Severity.NOTE)
    assert (broken.code, broken.severity) == ("cells.unreadable", Severity.ERROR)


def test_the_same_recording_gets_the_same_labels(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path, None)

    one, two = (CellAnnotator().annotate(dataset, PLACE) for _ in range(2))

    assert one.labels == two.labels
    assert one.measures == two.measures
