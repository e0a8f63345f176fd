"""Tables of traces into NWB."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise
from fascicle.formats._trace_tables import read_table
from fascicle.testing import OphysContract, make_trace_tables


class TestTraceTable(OphysContract):
    """Calcium with the spikes of the same cells, packed."""

    format_name = "trace-table"
    carries_names = False

    def make_recording(self, root: Path) -> Path:
        """Make the tables."""
        return make_trace_tables(root / "truth")

    def read_oracle(self, path: Path) -> dict[str, NDArray[Any]]:
        """Read them with NumPy."""
        spikes = path.with_name(path.name.replace("calcium", "spikes"))
        return {
            f"processing/ophys/Fluorescence/{name}/data": np.loadtxt(
                table, delimiter=",", skiprows=1
            )
            for name, table in (("RoiResponseSeries", path), ("Spikes", spikes))
        }


def test_what_is_missing_is_not_a_number(tmp_path: Path) -> None:
    """Cells that were recorded for a shorter time."""
    path = tmp_path / "1.calcium.csv"
    path.write_text("0,1\n0.5,1.5\n,2.5\n")

    np.testing.assert_array_equal(read_table(path), [[0.5, 1.5], [np.nan, 2.5]])


@pytest.mark.parametrize("text", ["0,1\n1,2\n3\n", "0,1\n1,x\n", "0,1\n1,2,3\n"])
def test_rows_that_do_not_fit_are_refused(tmp_path: Path, text: str) -> None:
    """A damaged table."""
    path = tmp_path / "1.calcium.csv"
    path.write_text(text)

    with pytest.raises(FormatError, match="FSC251"):
        read_table(path)


def test_spikes_of_other_cells_are_refused(tmp_path: Path) -> None:
    """Six columns of calcium, five of spikes."""
    path = make_trace_tables(tmp_path, is_packed=False)
    path.with_name("3.train.spikes.csv").write_text("0,1\n1,2\n")
    (source,) = recognise(tmp_path).sources

    with pytest.raises(FormatError, match="FSC254"):
        read_header(tmp_path, source)


def test_other_tables_stay_tables(tmp_path: Path) -> None:
    """Participants, and names that only sound like it."""
    (tmp_path / "participants.csv").write_text("id,age\nP1,30\n")
    (tmp_path / "calcium.csv").write_text("mouse,calcium\nm1,2.5\n")
    (tmp_path / "x.calcium.csv.gz").write_bytes(gzip.compress(b"name\nAnna\nBerta\n"))

    assert recognise(tmp_path).sources == ()
