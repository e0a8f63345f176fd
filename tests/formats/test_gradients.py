"""Gradient tables."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats._gradients import Gradients, read_gradients, write_gradients


def make(folder, bvals: str, bvecs: str):
    (folder / "a.bval").write_text(bvals)
    (folder / "a.bvec").write_text(bvecs)
    return folder / "a.bval", folder / "a.bvec"


def test_what_is_written_reads_back_as_the_same_numbers(tmp_path) -> None:
    vectors = np.random.default_rng(3).normal(size=(3, 7))
    gradients = Gradients(np.array([0, 5, 700, 1e-3, 1 / 3, 2000, 3000.5]), vectors)

    names = write_gradients(gradients, tmp_path, "b")

    again = read_gradients(*(tmp_path / name for name in names))
    assert np.array_equal(again.bvals, gradients.bvals)
    assert np.array_equal(again.bvecs, gradients.bvecs)


def test_rows_and_columns_commas_and_blanks_are_read_alike(tmp_path) -> None:
    rows = read_gradients(*make(tmp_path, "0 1000", "0 1\n0 0\n0 0\n"))

    columns = read_gradients(*make(tmp_path, "0\n1000\n\n", "0,0,0\n1, 0, 0\n"))

    assert np.array_equal(rows.bvecs, columns.bvecs)
    assert rows.bvecs.shape == (3, 2)


def test_a_direction_that_is_no_number_counts_as_none_where_nothing_is_weighted(tmp_path) -> None:
    found = read_gradients(*make(tmp_path, "0 900", "nan 1\nnan 0\nnan 0"))

    assert found.bvecs[:, 0].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("bvals", "bvecs"),
    [
        ("0 900", "0 nan\n0 nan\n0 nan"), ("0 900", "0 1\n0 nan\n0 0"), ("0 x", "0 1\n0 0\n0 0"),
        ("0 900 900", "0 1\n0 0\n0 0"), ("", ""), ("0 inf", "0 1\n0 0\n0 0"),
        ("0 900", "0 1\n0\n0 0"), ("0 900", "Meier Anna\n0 0\n0 0"),
    ],
)  # fmt: skip
def test_anything_but_numbers_of_one_length_is_refused(tmp_path, bvals, bvecs) -> None:
    with pytest.raises(FormatError, match="FSC226") as caught:
        read_gradients(*make(tmp_path, bvals, bvecs))

    assert "Meier" not in str(caught.value)


def test_a_missing_file_is_said(tmp_path) -> None:
    with pytest.raises(FormatError, match="FSC201"):
        read_gradients(tmp_path / "no.bval", tmp_path / "no.bvec")
