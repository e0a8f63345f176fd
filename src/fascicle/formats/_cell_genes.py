"""Names of genes: kept as they are where they have the form of one, numbered where not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ._cell_columns import RawColumn, fold
from ._cell_table import Genes

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GENE = re.compile(
    r"(?:[A-Za-z]|\d{1,7}[A-Z]|\d{1,2}S_)[A-Za-z0-9]{0,24}"
    r"(?:[-._:/()][A-Za-z0-9()]{1,16}){0,4}[*+]?"
)
"""A symbol or an accession: ``Slc17a7``, ``HLA-DRB1``, ``ENSG00000139618.15``, ``1700001C19Rik``.
A day that a spreadsheet made of a gene (``1-Mar``) has not this form."""

_KINDS = frozenset({
    "gene expression", "antibody capture", "crispr guide capture", "multiplexing capture",
    "custom", "peaks", "gene", "protein_coding", "lncrna", "ercc", "synthetic",
})  # fmt: skip
_NAMED_BY_LABS = frozenset({"multiplexing capture", "custom", "antibody capture"})
"""Kinds of features whose names a lab chooses: a hashtag may be called after a patient."""

_ANTIBODY = re.compile(r"(?:CD\d{1,3}[A-Za-z]{0,3}|HLA|Ig[ADEGM]|Ly6[CG]|TCR)[-_A-Za-z0-9]{0,16}")
_GENOME = re.compile(
    r"(?:GRC[hmrgz]\d{1,2}|hg\d{2}|mm\d{1,2}|rn\d|mRatBN7|Mmul_?\d{1,2}|dm\d|WBcel\d{3})"
    r"(?:[-_.A-Za-z0-9]{0,24})"
)
_TEXTS = {
    "gene_ids": "geneids geneid ensembl ensemblid ensemblids featureid accession",
    "gene_symbols": "genesymbols genesymbol symbol featurename genename genenames genes gene "
    "geneshortname",
    "feature_types": "featuretypes featuretype featurebiotype",
    "genome": "genome featurereference",
}
_NUMBERS = {
    "n_cells": "ncells ncellsbycounts",
    "total_counts": "totalcounts ncounts",
    "mean_counts": "meancounts",
    "means": "means mean",
    "dispersions": "dispersions",
    "dispersions_norm": "dispersionsnorm",
    "variances": "variances",
    "highly_variable": "highlyvariable",
    "highly_variable_rank": "highlyvariablerank",
    "pct_dropout_by_counts": "pctdropoutbycounts",
    "mt": "mt mito",
    "feature_is_filtered": "featureisfiltered",
    "feature_length": "featurelength genelength",
}
_BY = {a: n for table in (_TEXTS, _NUMBERS) for n, words in table.items() for a in words.split()}


def is_gene_column(name: str) -> bool:
    """Tell whether a column of genes has a known meaning.

    Examples
    --------
    >>> is_gene_column("gene_ids"), is_gene_column("curated by")
    (True, False)
    """
    return fold(name) in _BY


def clean_genes(names: Sequence[str], raw: Iterable[RawColumn]) -> Genes:
    """Return genes whose names have the form of one; others are numbered.

    Parameters
    ----------
    names : sequence of str
        As they stand in the file; a name that stands twice gets a number.
    raw : iterable of RawColumn
        Further columns: those of known meaning are kept.
    """
    columns: dict[str, NDArray[Any]] = {}
    for entry in raw:
        meant = _BY.get(fold(entry.name))
        if meant is None or meant in columns:
            continue
        if meant in _NUMBERS and entry.words is None and entry.values.dtype.kind in "iufb":
            columns[meant] = entry.values
        elif meant in _TEXTS and entry.words is not None:
            columns[meant] = _clean_texts(meant, entry)
    kinds = columns.get("feature_types")
    lab_named = (
        np.zeros(len(names), bool)
        if kinds is None or len(kinds) != len(names)
        else np.isin([str(kind).casefold() for kind in kinds], list(_NAMED_BY_LABS))
    )
    for column in ("gene_ids", "gene_symbols"):
        if column in columns and len(columns[column]) == len(names):
            columns[column] = _as_texts(_name_genes(columns[column].tolist(), lab_named))
    return Genes(_make_unique(_name_genes(names, lab_named)), columns)


def _name_genes(names: Sequence[str], lab_named: NDArray[np.bool_]) -> list[str]:
    """Return names of genes; what has not the form of one is numbered."""
    return [
        name
        if (_ANTIBODY if lab_named[i] else _GENE).fullmatch(name) and len(name) <= 48
        else f"feature{i + 1:05d}"
        for i, name in enumerate(names)
    ]


def _clean_texts(meant: str, entry: RawColumn) -> NDArray[Any]:
    """Return the texts of a column, those of kinds and genomes only if they are known."""
    words = list(entry.words or ())
    if meant == "feature_types":
        words = [word if word.casefold() in _KINDS else "other" for word in words]
    elif meant == "genome":
        words = [word if _GENOME.fullmatch(word) else "other" for word in words]
    table = _as_texts([*words, ""])  # the last one is where -1 leads
    places: NDArray[Any] = entry.values
    if places.size and (places.min() < -1 or places.max() >= len(words)):
        places = np.full(len(places), -1)
    chosen: NDArray[Any] = table[places]
    return chosen


def _as_texts(texts: Sequence[str]) -> NDArray[Any]:
    array = np.empty(len(texts), object)
    array[:] = texts
    return array


def _make_unique(names: list[str]) -> list[str]:
    """Return names each once: a second ``Gad1`` is ``Gad1-1``, as AnnData calls it."""
    taken = set(names)
    if len(taken) == len(names):
        return names
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        if name not in seen:
            seen[name] = 0
            unique.append(name)
            continue
        while (own := f"{name}-{seen[name] + 1}") in taken:
            seen[name] += 1
        seen[name] += 1
        taken.add(own)
        unique.append(own)
    return unique
