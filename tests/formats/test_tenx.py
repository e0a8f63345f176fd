"""10x Genomics through the contract: both versions of the .h5, and the matrix with its names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from fascicle.core import Severity
from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, write_recording
from fascicle.testing import (
    CellsContract,
    CellShape,
    Planted,
    make_tenx,
    make_tenx_folder,
    read_anndata,
    released_cells,
)


class TestTenX(CellsContract):
    format_name = "tenx"

    def make_recording(self, root: Path) -> Path:
        return make_tenx(root / "filtered_feature_bc_matrix.h5", planted=Planted())

    def read_oracle(self, path: Path) -> NDArray[Any] | None:
        from scipy.sparse import csc_matrix

        with h5py.File(path) as file:
            parts = tuple(file["matrix"][name][()] for name in ("data", "indices", "indptr"))
            shape = tuple(file["matrix/shape"][()])
        values: NDArray[Any] = csc_matrix(parts, shape=shape).T.toarray()
        return values


class TestTenXFolder(CellsContract):
    format_name = "tenx-mtx"
    carries_names = False  # but for the names of cells, which are data

    def make_recording(self, root: Path) -> Path:
        return make_tenx_folder(root / "outs", planted=Planted())

    def read_oracle(self, path: Path) -> NDArray[Any] | None:
        from scipy.io import mmread

        values: NDArray[Any] = mmread(path).T.toarray().astype(np.int32)
        return values


class TestTenXFolderOfVersionTwo(CellsContract):
    format_name = "tenx-mtx"
    carries_names = False  # but for the names of cells, which are data

    def make_recording(self, root: Path) -> Path:
        return make_tenx_folder(root / "mm10", planted=Planted(), is_packed=False)


def convert(root: Path, out: Path) -> Any:
    (source,) = recognise(root).sources
    header = released_cells(read_header(root, source))
    write_recording(root, source, header, out, "sub-01_omics")
    return read_anndata(out / "sub-01_omics.h5ad")


@pytest.mark.parametrize("version", [2, 3])
def test_both_versions_hold_the_same_table(tmp_path: Path, version: int) -> None:
    make_tenx(tmp_path / "matrix.h5", version=version)
    (tmp_path / "out").mkdir()

    table = convert(tmp_path, tmp_path / "out")

    shape = CellShape()
    np.testing.assert_array_equal(table.X.toarray(), shape.counts(7))
    assert table.var_names.tolist() == shape.genes()
    assert table.var["gene_ids"].tolist() == shape.accessions()
    assert table.obs_names.tolist() == shape.barcodes(7)


def test_the_chemistry_is_the_assay_with_its_term(tmp_path: Path) -> None:
    make_tenx(tmp_path / "matrix.h5")
    (tmp_path / "out").mkdir()

    obs = convert(tmp_path, tmp_path / "out").obs

    assert set(obs["assay"]) == {"Single Cell 3' v3"}
    assert set(obs["assay_ontology_term_id"]) == {"EFO:0009922"}


def test_barcodes_lose_what_stands_before_them(tmp_path: Path) -> None:
    make_tenx_folder(tmp_path / "a", planted=Planted())
    (tmp_path / "out").mkdir()

    names = convert(tmp_path, tmp_path / "out").obs_names.tolist()

    assert names[0] == CellShape().barcodes(7)[0]
    assert len(set(names)) == 151


def test_a_matrix_without_its_names_is_left_out_and_said(tmp_path: Path) -> None:
    make_tenx_folder(tmp_path).with_name("barcodes.tsv.gz").unlink()

    found = recognise(tmp_path)

    assert found.sources == ()
    (finding,) = (f for f in found.findings if f.code == "file.not-raw")
    assert finding.severity is Severity.NOTE
    assert "barcodes.tsv" in finding.reason


def test_files_with_a_sample_before_their_names_belong_together(tmp_path: Path) -> None:
    for sample in ("GSM1", "GSM2"):
        make_tenx_folder(tmp_path / "temporary", seed=int(sample[-1]))
        for path in sorted((tmp_path / "temporary").iterdir()):
            path.rename(tmp_path / f"{sample}_{path.name}")
    (tmp_path / "temporary").rmdir()

    sources = recognise(tmp_path).sources

    assert [[p.name for p in s.files] for s in sources] == [
        [f"{s}_matrix.mtx.gz", f"{s}_barcodes.tsv.gz", f"{s}_features.tsv.gz"]
        for s in ("GSM1", "GSM2")
    ]


def test_names_of_another_table_are_refused(tmp_path: Path) -> None:
    make_tenx_folder(tmp_path, is_packed=False)
    barcodes = tmp_path / "barcodes.tsv"
    barcodes.write_text(barcodes.read_text() + "ACGTACGTACGTACGT-1\n")
    (source,) = recognise(tmp_path).sources

    with pytest.raises(FormatError, match="FSC265"):
        read_header(tmp_path, source)


def test_a_hashtag_that_a_lab_named_is_numbered(tmp_path: Path) -> None:
    make_tenx_folder(tmp_path, is_packed=False)
    genes = tmp_path / "genes.tsv"
    lines = [f"{line}\tGene Expression" for line in genes.read_text().splitlines()]
    lines[2] = "hash1\tFrauMeier\tMultiplexing Capture"
    (tmp_path / "features.tsv").write_text("\n".join(lines) + "\n")
    genes.unlink()
    (tmp_path / "out").mkdir()

    table = convert(tmp_path, tmp_path / "out")

    assert table.var_names[2] == "feature00003"
    assert table.var["feature_types"].tolist()[2] == "Multiplexing Capture"


def test_a_file_with_a_matrix_for_each_genome_is_refused_and_not_read_in_part(
    tmp_path: Path,
) -> None:
    path = make_tenx(tmp_path / "a.h5", version=2)
    with h5py.File(path, "r+") as file:
        (name,) = list(file)
        file.copy(file[name], "zebra")
    (source,) = recognise(tmp_path).sources

    with pytest.raises(FormatError, match="got 2 such groups"):
        read_header(tmp_path, source)
