"""What all formats of tables of cells have in common: each is read and written as AnnData."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from fascicle.core import Header, Modality, Written
from fascicle.errors import FormatError

from ._cell_table import CellTable, describe_table, require_table
from ._cells_write import write_h5ad
from ._files import written_paths
from ._vendor import DecodedFormat, foreign_reader

if TYPE_CHECKING:
    from fascicle.core import Source


class CellsFormat(DecodedFormat):
    """Base of the formats of tables of cells: a subclass recognises its files and opens them."""

    modalities: tuple[Modality, ...] = (Modality.OMICS,)

    @abstractmethod
    def open_cells(self, root: Path, files: tuple[PurePosixPath, ...]) -> CellTable:
        """Open a table; matrices are read when they are asked for."""

    def read_header(self, root: Path, source: Source) -> Header:
        """Read what the table says, without its matrix."""
        with foreign_reader(self.title):
            table = self.open_cells(root, source.files)
            require_table(table)
            return describe_table(table)

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Write the table as AnnData with nothing but what `header` says."""
        with foreign_reader(self.title):
            table = self.open_cells(root, source.files)
            require_table(table)
            if header.shape != table.x.shape:
                raise FormatError(
                    "FSC269",
                    "Expected a header for a table of this size, got one for another.",
                    "Give the header that was read from this table.",
                )
            write_h5ad(folder / f"{stem}.h5ad", table, header)
        left = {"NumberOfColumnsLeftOut": len(table.left_out)}
        return Written("h5ad", written_paths(f"{stem}.h5ad"), copied=False, metadata=left)
