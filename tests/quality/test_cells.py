"""The check of tables of cells finds what was put into them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from fascicle.core import Header, Modality
from fascicle.formats import read_header, recognise, write_recording
from fascicle.quality import check_recording
from fascicle.quality._cells import check_cells
from fascicle.testing import CellShape, Planted, make_h5ad, released_cells

HEADER = Header(Modality.OMICS)


def codes(path: Path) -> set[str]:
    return {finding.code for finding in check_cells(path, HEADER).findings}


def change(tmp_path: Path, part: str, value: Any) -> Path:
    path = make_h5ad(tmp_path / "sub-01_omics.h5ad")
    with h5py.File(path, "a") as file:
        file[part][...] = value
    return path


def test_a_good_table_has_its_measures_and_only_a_note(tmp_path: Path) -> None:
    path = make_h5ad(tmp_path / "sub-01_omics.h5ad")

    quality = check_recording(path, HEADER, line_hz=None)

    counts = CellShape().counts(7)
    assert quality.verdict == "pass"
    assert codes(path) == {"cells.archive-columns"}
    assert quality.extra == pytest.approx({
        "n_cells": 151,
        "n_genes": 67,
        "counts_per_cell_median": np.median(counts.sum(axis=1)),
        "genes_per_cell_median": np.median((counts > 0).sum(axis=1)),
        "empty_cells_share": 0,
        "stored_share": (counts > 0).mean(),
        "mitochondrial_median_share": np.median(counts[:, 2:4].sum(axis=1) / counts.sum(axis=1)),
    })


def test_values_that_are_no_numbers_fail(tmp_path: Path) -> None:
    quality = check_cells(change(tmp_path, "X/data", np.nan), HEADER)

    assert quality.verdict == "fail"
    assert {"cells.not-finite", "cells.empty"} <= {f.code for f in quality.findings}


@pytest.mark.parametrize(("value", "code"), [(0.5, "cells.normalised"), (-1, "cells.scaled")])
def test_a_matrix_without_counts_is_said(tmp_path: Path, value: float, code: str) -> None:
    assert code in codes(change(tmp_path, "X/data", value))


def test_cells_without_a_gene_are_counted(tmp_path: Path) -> None:
    assert "cells.empty" in codes(change(tmp_path, "X/data", 0))


def test_barcodes_that_stand_twice_are_said(tmp_path: Path) -> None:
    path = make_h5ad(tmp_path / "sub-01_omics.h5ad")
    with h5py.File(path, "a") as file:
        file["obs/_index"][3] = file["obs/_index"][2]

    assert "cells.duplicate-barcodes" in codes(path)


def test_cells_of_which_much_is_mitochondrial_are_said(tmp_path: Path) -> None:
    path = make_h5ad(tmp_path / "sub-01_omics.h5ad")
    with h5py.File(path, "a") as file:
        file["var/_index"][:30] = [f"mt-Nd{i}" for i in range(30)]

    assert "cells.mitochondrial" in codes(path)


def test_several_donors_and_numbered_words_are_said_of_what_was_written(tmp_path: Path) -> None:
    root = tmp_path / "raw"
    root.mkdir()
    make_h5ad(root / "a.h5ad", planted=Planted(), shape=CellShape(n_donors=3))
    (source,) = recognise(root).sources
    header = released_cells(read_header(root, source))
    words = header.metadata["CellAnnotations"]
    words["cell_type"][0] = "cell type 1"

    write_recording(root, source, header, tmp_path, "sub-01_omics")

    assert {"cells.several-donors", "cells.words"} <= codes(tmp_path / "sub-01_omics.h5ad")


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "sub-01_omics.h5ad"
    path.write_bytes(b"nothing")

    quality = check_recording(path, HEADER, line_hz=None)

    assert quality.verdict == "fail"
    assert [f.code for f in quality.findings] == ["recording.unreadable"]
