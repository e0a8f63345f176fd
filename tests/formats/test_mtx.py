"""Matrix Market in blocks, as SciPy reads it."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from scipy.io import mmread, mmwrite
from scipy.sparse import coo_matrix, csr_matrix, random_array

from fascicle.errors import FormatError
from fascicle.formats._mtx import is_matrix_market, open_matrix


def read(path: Path, n_cells: int, n_genes: int) -> csr_matrix:
    matrix = open_matrix(path, n_cells, n_genes)
    counts, indices, values = (np.concatenate(parts) for parts in zip(*matrix.runs(), strict=True))
    indptr = np.concatenate([[0], np.cumsum(counts)])
    return csr_matrix((values, indices, indptr), shape=matrix.shape)


def make(path: Path, *, field: str = "real", order: str = "C") -> None:
    matrix = coo_matrix(random_array((31, 57), density=0.3, rng=np.random.default_rng(5)))
    if field == "integer":
        matrix.data = np.ceil(matrix.data * 40).astype(int)
    rows, columns = matrix.coords
    by = np.lexsort((rows, columns) if order == "C" else (columns, rows))
    matrix = coo_matrix((matrix.data[by], (rows[by], columns[by])), shape=matrix.shape)
    mmwrite(path, matrix, field=field, precision=17)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("field", ["real", "integer"])
def test_values_are_those_that_scipy_reads(tmp_path: Path, field: str, order: str) -> None:
    path = tmp_path / "matrix.mtx"
    make(path, field=field, order=order)

    found = read(path, 57, 31)

    np.testing.assert_array_equal(found.toarray(), mmread(path).toarray().T)
    assert found.dtype == (np.float64 if field == "real" else np.int32)


def test_blocks_of_any_size_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "matrix.mtx"
    make(path)
    whole = read(path, 57, 31).toarray()

    monkeypatch.setattr("fascicle.formats._mtx._BLOCK", 300)
    monkeypatch.setattr("fascicle.formats._mtx.SLAB_VALUES", 23)

    np.testing.assert_array_equal(read(path, 57, 31).toarray(), whole)


def test_a_matrix_of_cells_by_genes_is_turned_round(tmp_path: Path) -> None:
    path = tmp_path / "matrix.mtx"
    make(path)

    found = read(path, 31, 57)

    np.testing.assert_array_equal(found.toarray(), mmread(path).toarray())


def test_a_large_matrix_in_no_order_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "matrix.mtx"
    make(path, order="F")
    monkeypatch.setattr("fascicle.formats._mtx._MAX_UNSORTED", 5)

    with pytest.raises(FormatError, match="FSC268"):
        read(path, 57, 31)


@pytest.mark.parametrize(
    "text",
    [
        b"%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n4\n",
        b"%%MatrixMarket matrix coordinate complex general\n2 2 1\n1 1 1 0\n",
        b"%%MatrixMarket matrix coordinate real general\ntwo 2 1\n1 1 1\n",
        b"%%MatrixMarket matrix coordinate real general\n2 2 1\n1 one 1\n",
        b"%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1\n",
        b"%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n",
        b"%%MatrixMarket matrix coordinate real general\n2 2 1\n1 3 1\n",
        b"%%MatrixMarket matrix coordinate real general\n2 2 1\n1 0 1\n",
        b"",
    ],
)
def test_lines_that_are_no_matrix_are_refused(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "matrix.mtx"
    path.write_bytes(text)

    with pytest.raises(FormatError, match=r"FSC26[58]"):
        read(path, 2, 2)


def test_it_is_known_by_its_first_words_packed_or_not() -> None:
    head = b"%%MatrixMarket matrix coordinate integer general\n"

    assert is_matrix_market(head)
    assert is_matrix_market(gzip.compress(head))
    assert not is_matrix_market(gzip.compress(b"barcode\n"))
    assert not is_matrix_market(b"\x1f\x8b\x08\x00 and then nothing of gzip")
    assert not is_matrix_market(b"%%MatrixMarket matrix array real general\n")
