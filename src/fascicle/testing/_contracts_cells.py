"""What every plug-in must do that reads tables of cells."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Family, Header, Subject
from fascicle.formats import open_h5ad

from ._contracts_base import RecordingContract

_OF_THE_PERSON = frozenset({"sex", "sex_ontology_term_id"})


class CellsContract(RecordingContract):
    """What every format of tables of cells must do; a plug-in's test is a subclass of it.

    The table is written as ``.h5ad``; AnnData reads back the very values of the source.

    Examples
    --------
    >>> from fascicle.testing import Planted, make_h5ad
    >>> class TestAnnData(CellsContract):
    ...     format_name = "anndata"
    ...
    ...     def make_recording(self, root):
    ...         return make_h5ad(root / "a.h5ad", planted=Planted())
    """

    stem = "sub-01_omics"
    flip_reach = None

    def read_oracle(self, path: Path) -> NDArray[Any] | None:
        """Return the values, cells by genes, as another library reads them; None: no oracle."""
        return None

    # What a subclass inherits -----------------------------------------------------------------

    def release(self, header: Header) -> Header:
        """Return a header as a strict policy would release it: words of a list alone."""
        return released_cells(header)

    def make_misfit(self, header: Header) -> Header:
        """Return the header of a table with more cells."""
        return replace(header, shape=(header.shape[0] + 1, header.shape[1]))

    def require_complete(self, header: Header) -> None:
        """Size and kind are read."""
        assert header.modality.family is Family.CELLS
        assert len(header.shape) == 2
        assert min(header.shape) > 0
        assert header.evidence

    def test_what_was_written_reads_back_equal(self, tmp_path: Path) -> None:
        """AnnData reads the values of the source, bit by bit and of its type."""
        primary, header, path = self._convert(tmp_path)

        table = read_anndata(path)
        assert table.shape == header.shape
        assert len(set(table.obs_names)) == header.shape[0]
        oracle = self.read_oracle(primary)
        if oracle is not None:
            values = table.X.toarray() if hasattr(table.X, "toarray") else np.asarray(table.X)
            assert values.dtype == oracle.dtype
            np.testing.assert_array_equal(values, oracle)
        again = open_h5ad(path)
        assert list(again.cells) == list(table.obs_names)
        assert list(again.genes.names) == list(table.var_names)

    def test_words_that_were_not_released_are_not_written(self, tmp_path: Path) -> None:
        """A column of words of which nothing was released is not there."""
        _, _, path = self._convert(tmp_path, lambda header: replace(header, metadata={}))

        spoken = {column.name for column in open_h5ad(path).columns if column.is_spoken}
        assert spoken <= _OF_THE_PERSON


def released_cells(header: Header) -> Header:
    """Return a header as a strict policy would release it: no person, words of a list alone."""
    from fascicle.protect import release_metadata

    return replace(
        header,
        subject=Subject(code="01", sex="F"),
        identifiers=(),
        evidence=(),
        metadata=release_metadata(header.metadata)[0],
    )


def read_anndata(path: Path) -> Any:  # noqa: ANN401 - an anndata.AnnData
    """Return a written table as the library AnnData reads it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of versions of other libraries
        import anndata

        return anndata.read_h5ad(path)
