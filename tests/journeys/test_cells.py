"""A user's whole way with a table of cells: of an animal, and of people in one table."""

import json
import warnings

import pytest

from fascicle import share
from fascicle.core import Severity
from fascicle.testing import CellShape, Planted, make_h5ad, make_tenx_folder
from fascicle.workflows import ShareOptions

pytestmark = pytest.mark.journey

ANSWERS = {"consent": "GRU", "participants": "confirmed", "line_hz": 50.0, "name": "Cells"}


def read(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import anndata

        return anndata.read_h5ad(path)


def test_tables_of_mice_become_a_dataset_with_nothing_of_the_lab(tmp_path, home):
    raw = tmp_path / "raw"
    for mouse in ("mouse07", "mouse12"):
        (raw / mouse).mkdir(parents=True)
    make_h5ad(raw / "mouse07" / "cells.h5ad", seed=3)
    make_tenx_folder(raw / "mouse12" / "filtered_feature_bc_matrix", seed=4)
    table = "id,species,sex\nmouse07,mus musculus,F\nmouse12,mus musculus,M\n"
    (raw / "participants.csv").write_text(table)

    result = share(raw, tmp_path / "out", ShareOptions(publish=False, **ANSWERS))

    assert result.exit_code == 0, result.as_dict()
    assert [f.code for f in result.findings if f.severity is Severity.ERROR] == []
    paths = sorted((tmp_path / "out").glob("sub-*/omics/*.h5ad"))
    assert len(paths) == 2
    for path in paths:
        cells = read(path)
        assert cells.shape == (151, 67)
        assert set(cells.obs["organism_ontology_term_id"]) == {"NCBITaxon:10090"}
        about = json.loads(path.with_suffix(".json").read_text())
        assert about["NumberOfCells"] == 151


def call_gene(path, name):
    cells = read(path)
    cells.var_names = [name, *cells.var_names[1:]]
    cells.write_h5ad(path)


def test_a_gene_that_is_called_like_a_listed_person_refuses_the_dataset(tmp_path, home):
    raw = tmp_path / "raw"
    (raw / "P001").mkdir(parents=True)
    (raw / "participants.csv").write_text("id,name\nP001,Ilse Meier\n")
    make_h5ad(raw / "P001" / "cells.h5ad", seed=3)
    call_gene(raw / "P001" / "cells.h5ad", "Meier")

    result = share(raw, tmp_path / "out", ShareOptions(publish=False, **ANSWERS))

    assert result.refused
    assert not (tmp_path / "out").exists()
    assert "proof.identifier" in {f.code for f in result.findings}


def test_a_gene_that_is_called_by_a_first_name_is_to_be_looked_at(tmp_path, home):
    raw = tmp_path / "raw"
    (raw / "P001").mkdir(parents=True)
    make_h5ad(raw / "P001" / "cells.h5ad", seed=3)
    call_gene(raw / "P001" / "cells.h5ad", "Ursula")

    result = share(raw, tmp_path / "out", ShareOptions(publish=False, **ANSWERS))

    (told,) = [f for f in result.findings if f.code == "cells.named-genes"]
    assert told.severity is Severity.WARNING
    assert "Ursula" not in told.reason + told.fix


def test_donors_of_one_table_are_nowhere_in_the_dataset(tmp_path, home):
    raw = tmp_path / "raw"
    (raw / "P001").mkdir(parents=True)
    planted = Planted()
    make_h5ad(raw / "P001" / "cells.h5ad", planted=planted, shape=CellShape(n_donors=3))

    result = share(raw, tmp_path / "out", ShareOptions(publish=False, **ANSWERS))

    assert result.exit_code == 0, result.as_dict()
    assert "cells.several-donors" in {f.code for f in result.findings}
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    everything = b"".join(path.read_bytes() for path in files).lower()
    assert [word for word in planted.words() if word.lower().encode() in everything] == []
    (path,) = (tmp_path / "out").glob("sub-*/omics/*.h5ad")
    assert sorted(read(path).obs["donor_id"].unique()) == ["d1", "d2", "d3"]
