"""Names of genes: what has the form of one stays."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.formats._cell_columns import RawColumn
from fascicle.formats._cell_genes import clean_genes


@pytest.mark.parametrize(
    "name",
    ["Gad1", "HLA-DRB1", "ENSG00000139618.15", "1700001C19Rik", "mt-Nd1", "RP11-34P13.7", "TRBV6-5",
     "5S_rRNA", "tdTomato", "SEPT2", "AC012345.1"],
)  # fmt: skip
def test_a_gene_keeps_its_name(name: str) -> None:
    assert clean_genes([name], []).names == [name]


@pytest.mark.parametrize(
    "name", ["1-Mar", "Frau Meier", "", "a@b.ch", "2019-11-23", "x" * 60, "/home/vok/x", "Gad1\n"]
)
def test_what_is_no_gene_is_numbered(name: str) -> None:
    assert clean_genes(["Gad1", name], []).names == ["Gad1", "feature00002"]


def test_a_name_that_stands_twice_gets_a_number() -> None:
    assert clean_genes(["Gad1", "Sst", "Gad1", "Gad1-1", "Gad1"], []).names == [
        "Gad1", "Sst", "Gad1-2", "Gad1-1", "Gad1-3",
    ]  # fmt: skip


def test_columns_of_known_meaning_are_cleaned_and_others_stay_behind() -> None:
    raw = [
        RawColumn("genome", np.array([0, 1]), ("GRCh38", "Meiers genome")),
        RawColumn("highly_variable", np.array([True, False])),
        RawColumn("curator", np.array([0, 0]), ("Vok",)),
        RawColumn("gene_ids", np.array([0, 7]), ("ENSG00000139618",)),
    ]

    genes = clean_genes(["Gad1", "Gad2"], raw)

    assert set(genes.columns) == {"genome", "highly_variable", "gene_ids"}
    assert genes.columns["genome"].tolist() == ["GRCh38", "other"]
