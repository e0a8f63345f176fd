"""The check of tables of cells: counts and genes of every cell, read slab by slab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Finding, Header, Severity, say_count
from fascicle.formats import CellTable, open_h5ad

from ._cell_measures import CellMeasures, counts_of, measure_cells
from ._cell_pictures import draw_cells
from ._metadata import make_finding, name_some
from ._results import RecordingQuality

MAX_MITOCHONDRIAL = 0.2
"""A cell with a larger share of mitochondrial transcripts is broken, in most tissues."""

_NUMBERED = re.compile(r"(?:cell type|cell class|cell subclass|cluster|tissue|region|layer|assay|"
                       r"disease|condition|development stage|organism)(?: \d)? \d+")  # fmt: skip
_ASKED = (
    "cell_type_ontology_term_id", "tissue_ontology_term_id", "assay_ontology_term_id",
    "disease_ontology_term_id", "sex_ontology_term_id", "organism_ontology_term_id",
    "development_stage_ontology_term_id", "donor_id", "suspension_type", "is_primary_data",
)  # fmt: skip
"""Columns that the CELLxGENE archive wants (schema 7.0.0)."""


def check_cells(path: Path, header: Header) -> RecordingQuality:
    """Measure and judge a written table of cells.

    Counts are taken from the layer ``counts`` or the raw matrix if the table has one of them, else
    from its own matrix. Mitochondrial genes are those whose name begins with ``mt-``.

    Parameters
    ----------
    path : Path
        A written ``.h5ad`` file.
    header : Header
        What may be said about it.

    Returns
    -------
    RecordingQuality
        With counts and genes for each cell, and an embedding by class.
    """
    table = open_h5ad(path)
    names, matrix = counts_of(table)
    measures = measure_cells(matrix, names)
    findings = [*_check_values(measures, path.name), *_check_names(table, path.name)]
    findings += _check_columns(table, path.name)
    n_cells, n_genes = table.x.shape
    extra = {
        "n_cells": float(n_cells),
        "n_genes": float(n_genes),
        "counts_per_cell_median": float(np.median(measures.totals)),
        "genes_per_cell_median": float(np.median(measures.genes)),
        "empty_cells_share": float(np.mean(measures.genes == 0)),
        "stored_share": measures.n_stored / max(1, matrix.shape[0] * matrix.shape[1]),
    }
    if measures.has_mitochondrial:
        extra["mitochondrial_median_share"] = float(np.median(_mitochondrial_share(measures)))
    return RecordingQuality.of_content(findings, draw_cells(table, matrix, measures), extra)


def _mitochondrial_share(measures: CellMeasures) -> NDArray[np.float64]:
    """Return the share of every cell that is not empty."""
    told = measures.totals > 0
    if not told.any():
        return np.zeros(1)
    share: NDArray[np.float64] = measures.mitochondrial[told] / measures.totals[told]
    return share


def _check_values(measures: CellMeasures, place: str) -> Iterator[Finding]:
    """Yield what is wrong with the numbers."""
    if measures.n_not_finite:
        yield make_finding(
            "cells.not-finite", Severity.ERROR, place,
            f"Expected numbers, got {say_count(measures.n_not_finite, 'value')} that are none.",
            "Look at the step that divided by zero, and export the table again.",
        )  # fmt: skip
    if measures.n_negative:
        yield make_finding(
            "cells.scaled", Severity.WARNING, place,
            "Values below zero: the matrix was scaled or corrected, and no counts are with it.",
            "Put the counts into a layer called counts; archives ask for them.",
        )  # fmt: skip
    elif not measures.is_whole:
        yield make_finding(
            "cells.normalised", Severity.WARNING, place,
            "Values that are not whole: the matrix was normalised, and no counts are with it.",
            "Put the counts into a layer called counts; archives ask for them.",
        )  # fmt: skip
    n_empty = int((measures.genes == 0).sum())
    if n_empty:
        yield make_finding(
            "cells.empty", Severity.WARNING, place,
            f"{say_count(n_empty, 'cell')} of {len(measures.genes)} have no gene at all.",
            "Leave empty droplets out, or share the filtered matrix.",
        )  # fmt: skip
    share = _mitochondrial_share(measures)
    n_broken = int((share > MAX_MITOCHONDRIAL).sum())
    if n_broken > len(share) // 10:
        yield make_finding(
            "cells.mitochondrial", Severity.WARNING, place,
            f"{say_count(n_broken, 'cell')} of {len(share)} have more than "
            f"{MAX_MITOCHONDRIAL:.0%} of their transcripts from mitochondria.",
            "Such cells are often broken: say how they were filtered, or filter them.",
        )  # fmt: skip


def _check_names(table: CellTable, place: str) -> Iterator[Finding]:
    """Yield what is wrong with the names of cells."""
    n_twice = len(table.cells) - len(set(table.cells))
    if n_twice:
        yield make_finding(
            "cells.duplicate-barcodes", Severity.WARNING, place,
            f"{say_count(n_twice, 'cell')} of {len(table.cells)} have the name of another one.",
            "Give the barcodes of every sample a number of its own (AAAC...-1, AAAC...-2).",
        )  # fmt: skip


def _check_columns(table: CellTable, place: str) -> Iterator[Finding]:
    """Yield what the columns tell, and what archives will ask for."""
    donors = table.column("donor_id")
    if donors is not None and len(donors.words) > 1:
        yield make_finding(
            "cells.several-donors", Severity.WARNING, place,
            f"The table holds cells of {len(donors.words)} donors and stands under one "
            "participant.",
            "Split it by donor if each gave a consent of their own; else see that all of them "
            "agreed to what is stated for this participant.",
        )  # fmt: skip
    numbered = [c.name for c in table.columns if any(map(_NUMBERED.fullmatch, c.words))]
    if numbered:
        yield make_finding(
            "cells.words", Severity.NOTE, place,
            f"Words that are of no list were replaced by numbers in {name_some(numbered)}.",
            "Allow those that are harmless with --allow-label.",
        )  # fmt: skip
    known = {column.name for column in table.columns}
    missing = [name for name in _ASKED if name not in known]
    if missing:
        yield make_finding(
            "cells.archive-columns", Severity.NOTE, place,
            f"The CELLxGENE archive asks for {name_some(missing)}, and the table does not say it.",
            "Add the columns to obs before you send the table there.",
        )  # fmt: skip
