"""What all formats of tables of cells share: the header decides what is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fascicle.formats import open_h5ad, read_header, recognise, write_recording
from fascicle.testing import Planted, make_h5ad, released_cells


def test_how_many_parts_stay_behind_is_told_and_their_names_are_the_owners(tmp_path: Path) -> None:
    make_h5ad(tmp_path / "a.h5ad", planted=Planted())
    (source,) = recognise(tmp_path).sources
    header = read_header(tmp_path, source)

    written = write_recording(tmp_path, source, released_cells(header), tmp_path, "sub-01_omics")

    assert written.metadata == {"NumberOfColumnsLeftOut": 4}
    assert any("remarks" in sentence for sentence in header.evidence)


def test_words_are_written_as_they_were_released(tmp_path: Path) -> None:
    make_h5ad(tmp_path / "a.h5ad")
    (source,) = recognise(tmp_path).sources
    header = released_cells(read_header(tmp_path, source))
    words = {"cell_type": ["one", "two", "two", "three"]}

    write_recording(
        tmp_path, source, replace(header, metadata={"CellAnnotations": words}), tmp_path, "sub-01"
    )

    column = open_h5ad(tmp_path / "sub-01.h5ad").column("cell_type")
    assert column is not None
    assert column.words == ("one", "two", "three")
