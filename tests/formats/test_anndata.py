"""AnnData through the contract; layouts of older versions, and what of free parts leaves."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from fascicle.core import Source
from fascicle.errors import FormatError
from fascicle.formats import open_h5ad, read_header, recognise, write_recording
from fascicle.testing import (
    CellsContract,
    CellShape,
    Planted,
    make_h5ad,
    read_anndata,
    released_cells,
)


class TestAnnData(CellsContract):
    format_name = "anndata"

    def make_recording(self, root: Path) -> Path:
        return make_h5ad(root / "cells.h5ad", planted=Planted())

    def read_oracle(self, path: Path) -> NDArray[Any] | None:
        values: NDArray[Any] = read_anndata(path).X.toarray()
        return values


def convert(root: Path, out: Path, **changes: Any) -> Any:
    (source,) = recognise(root).sources
    header = released_cells(read_header(root, source))
    write_recording(root, source, header, out, "sub-01_omics")
    return read_anndata(out / "sub-01_omics.h5ad")


@pytest.mark.parametrize("layout", ["csr_matrix", "csc_matrix", "array"])
def test_a_matrix_keeps_its_layout_and_its_values(tmp_path: Path, layout: str) -> None:
    path = make_h5ad(tmp_path / "cells.h5ad", layout=layout)
    (tmp_path / "out").mkdir()

    table = convert(tmp_path, tmp_path / "out")

    oracle = read_anndata(path)
    as_dense = (lambda x: x) if layout == "array" else (lambda x: x.toarray())
    np.testing.assert_array_equal(as_dense(table.X), as_dense(oracle.X))
    assert type(table.X) is type(oracle.X)
    with h5py.File(tmp_path / "out" / "sub-01_omics.h5ad") as file:
        assert file["X"].attrs["encoding-type"] == layout


def test_types_numbers_places_and_accessions_stay_and_remarks_do_not(tmp_path: Path) -> None:
    make_h5ad(tmp_path / "cells.h5ad", planted=Planted())
    (tmp_path / "out").mkdir()

    table = convert(tmp_path, tmp_path / "out")

    shape = CellShape()
    assert table.obs["cell_type"].astype(str).tolist() == shape.types()
    assert list(table.obs) == [
        "cell_type", "donor_id", "n_counts", "sex", "cell_type_ontology_term_id",
        "sex_ontology_term_id",
    ]  # fmt: skip
    assert table.obs["donor_id"].cat.categories.tolist() == ["d1"]
    assert table.obsm["X_umap"].shape == (151, 2)
    assert table.var["gene_ids"].tolist() == shape.accessions()
    assert dict(table.uns) == {"title": "Cells of sub-01"}


def test_terms_stand_where_a_word_is_the_name_of_one(tmp_path: Path) -> None:
    make_h5ad(tmp_path / "cells.h5ad")
    (tmp_path / "out").mkdir()

    terms = convert(tmp_path, tmp_path / "out").obs["cell_type_ontology_term_id"]

    assert terms.tolist()[:4] == ["CL:0000127", "unknown", "CL:0000129", "unknown"]


def test_one_donor_is_the_subject_and_several_are_nobody(tmp_path: Path) -> None:
    for n_donors in (1, 3):
        folder = tmp_path / str(n_donors)
        folder.mkdir()
        make_h5ad(folder / "a.h5ad", planted=Planted(), shape=CellShape(n_donors=n_donors))

    one, three = (
        read_header(tmp_path / str(n), recognise(tmp_path / str(n)).sources[0]) for n in (1, 3)
    )

    assert one.subject.code == Planted().name
    assert three.subject.code == ""
    assert three.metadata["NumberOfDonors"] == 3
    assert any("3 donors" in sentence for sentence in three.evidence)
    assert {i.value for i in three.identifiers if i.where.endswith("donor")} == {
        Planted().name, f"{Planted().name}1", f"{Planted().name}2",
    }  # fmt: skip


def test_layers_and_the_matrix_before_genes_were_picked_go_along(tmp_path: Path) -> None:
    path = make_h5ad(tmp_path / "cells.h5ad")
    with h5py.File(path, "a") as file:
        file.copy(file["X"], file["layers"], name="counts")
        file.copy(file["X"], file["layers"], name="secret")
        raw = file.create_group("raw")
        raw.attrs["encoding-type"], raw.attrs["encoding-version"] = "raw", "0.1.0"
        file.copy(file["X"], raw, name="X")
        file.copy(file["var"], raw, name="var")
        file.copy(file["varm"], raw, name="varm")
    (tmp_path / "out").mkdir()

    table = convert(tmp_path, tmp_path / "out")

    assert list(table.layers) == ["counts"]
    np.testing.assert_array_equal(table.layers["counts"].toarray(), table.X.toarray())
    np.testing.assert_array_equal(table.raw.X.toarray(), table.X.toarray())
    assert table.raw.var_names.tolist() == CellShape().genes()


def test_the_tables_of_records_of_old_versions_are_read(tmp_path: Path) -> None:
    path = tmp_path / "old.h5ad"
    shape = CellShape(13, 7)
    with h5py.File(path, "w") as file:
        file["X"] = shape.counts(3)
        obs = np.zeros(13, dtype=[("index", "S24"), ("louvain", "i1"), ("n_counts", "<f4")])
        obs["index"] = shape.barcodes(3)
        obs["louvain"] = np.arange(13) % 2
        file["obs"] = obs
        var = np.zeros(7, dtype=[("index", "S24"), ("n_cells", "<i4")])
        var["index"] = shape.genes()
        file["var"] = var
        file["uns/louvain_categories"] = np.array(["Astrocytes", "OPC"], dtype="S12")
    (tmp_path / "out").mkdir()

    table = convert(tmp_path, tmp_path / "out")

    assert table.obs["cluster"].tolist()[:3] == ["Astrocytes", "OPC", "Astrocytes"]
    assert table.obs_names.tolist() == shape.barcodes(3)
    assert table.var["n_cells"].dtype == np.int32


def test_colours_and_scales_of_known_words_stay(tmp_path: Path) -> None:
    path = make_h5ad(tmp_path / "cells.h5ad")
    colours = ["#102030", "#405060", "#708090", "#a0b0c0"]
    with h5py.File(path, "a") as file:
        stored = np.array(colours, dtype=object)
        file["uns"].create_dataset("cell_type_colors", data=stored, dtype=h5py.string_dtype())
        file["uns/spatial/Meiers slide/scalefactors/tissue_hires_scalef"] = 0.25
    (tmp_path / "out").mkdir()

    table = convert(tmp_path, tmp_path / "out")

    assert list(table.uns["cell_type_colors"]) == colours
    scales = table.uns["spatial"]["library_1"]["scalefactors"]
    assert scales == {"tissue_hires_scalef": 0.25}


def test_every_kind_of_column_that_anndata_writes_is_read(tmp_path: Path) -> None:
    import pandas as pd

    shape = CellShape(7, 5)
    obs = pd.DataFrame(
        {
            "cell_type": pd.Categorical(["OPC", None, "neuron", "OPC", "OPC", "neuron", None]),
            "layer": ["L1", "L2", "L1", "L4", "L5", "L6", "L6"],
            "leiden": pd.array([0, 1, None, 1, 0, 2, 2], dtype="Int64"),
            "n_counts": pd.array([1, 2, None, 4, 5, 6, 7], dtype="Int64"),
            "predicted_doublet": [True, False] * 3 + [True],
            "is_primary_data": pd.array([True] * 7, dtype="boolean"),
        },
        index=shape.barcodes(3),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import anndata

        table = anndata.AnnData(obs=obs, var=pd.DataFrame(index=shape.genes()))
        table.layers["counts"] = shape.counts(3).astype(np.float64)
        table.write_h5ad(tmp_path / "a.h5ad")
    (tmp_path / "out").mkdir()

    found = convert(tmp_path, tmp_path / "out")

    assert found.obs["cell_type"].isna().tolist() == obs["cell_type"].isna().tolist()
    assert found.obs["cell_type"].dropna().tolist() == ["OPC", "neuron", "OPC", "OPC", "neuron"]
    assert found.obs["layer"].tolist() == obs["layer"].tolist()
    np.testing.assert_array_equal(found.obs["n_counts"], [1, 2, np.nan, 4, 5, 6, 7])
    assert found.obs["predicted_doublet"].tolist() == obs["predicted_doublet"].tolist()
    assert found.obs["is_primary_data"].tolist() == [True] * 7
    np.testing.assert_array_equal(found.X, shape.counts(3))


def test_a_file_without_any_matrix_is_refused(tmp_path: Path) -> None:
    path = make_h5ad(tmp_path / "a.h5ad")
    with h5py.File(path, "a") as file:
        del file["X"]

    with pytest.raises(FormatError, match="FSC266"):
        read_header(tmp_path, recognise(tmp_path).sources[0])


@pytest.mark.parametrize("part", ["indptr", "indices"])
def test_parts_of_a_matrix_that_contradict_one_another_are_refused(
    tmp_path: Path, part: str
) -> None:
    path = make_h5ad(tmp_path / "cells.h5ad")
    with h5py.File(path, "a") as file:
        file["X"][part][5] = 10_000
    source = Source("anndata", recognise(tmp_path).sources[0].files, path.stat().st_size)
    header = released_cells(read_header(tmp_path, source))

    with pytest.raises(FormatError, match="FSC265"):
        write_recording(tmp_path, source, header, tmp_path, "sub-01_omics")


@pytest.mark.data
def test_a_real_table_of_a_tissue_goes_through(signals: Path, tmp_path: Path) -> None:
    root = signals / "singlecell" / "osmfish_h5ad"

    table = convert(root, tmp_path)

    oracle = read_anndata(root / "smfish.h5ad")
    np.testing.assert_array_equal(table.X, oracle.X)
    assert table.X.dtype == oracle.X.dtype
    assert table.obs["cell_type"].tolist() == oracle.obs["str_labels"].tolist()
    np.testing.assert_array_equal(table.obs["x_coord"], oracle.obs["x_coord"])
    assert open_h5ad(tmp_path / "sub-01_omics.h5ad").column("batch") is not None


def test_texts_with_a_mask_beside_them_are_read_as_names_and_words(tmp_path: Path) -> None:
    path = make_h5ad(tmp_path / "a.h5ad")
    with h5py.File(path, "r+") as file:
        frame = file["obs"]
        name = frame.attrs["_index"]
        cells = frame[name][()]
        del frame[name]
        node = frame.create_group(name)
        node.attrs["encoding-type"] = "nullable-string-array"
        node["values"], node["mask"] = cells, np.zeros(len(cells), bool)

    table = open_h5ad(path)

    assert list(table.cells) == [cell.decode() for cell in cells]
