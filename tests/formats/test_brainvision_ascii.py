"""BrainVision samples in text."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats._brainvision_ascii import count_points, iterate_ascii
from fascicle.formats._brainvision_text import parse_vhdr
from fascicle.testing import Shape, make_brainvision

SHAPE = Shape(rates_hz=(10,) * 3, n_seconds=2)


@pytest.fixture
def vhdr(tmp_path):
    path = make_brainvision(tmp_path / "a.vhdr", shape=SHAPE, kind="ASCII")
    return replace(parse_vhdr(path.read_bytes()), n_points=20)


def read(vhdr, data, n_block=7):
    return np.concatenate(list(iterate_ascii(io.BytesIO(data), vhdr, n_block)), axis=1)


def test_rows_of_samples_are_read(vhdr, tmp_path):
    data = (tmp_path / "a.eeg").read_bytes()

    np.testing.assert_array_equal(read(vhdr, data), np.stack(SHAPE.samples(7)))
    assert count_points(tmp_path / "a.eeg", vhdr) == 20


def test_decimal_commas_and_other_separators_are_read(vhdr):
    rows = "x\n1,5;2,5;3,5\n4,0\t5,0\t6,0\n"

    assert read(replace(vhdr, decimal_symbol=","), rows.encode()).tolist() == [
        [1.5, 4.0], [2.5, 5.0], [3.5, 6.0],
    ]  # fmt: skip
    assert read(vhdr, b"x\n1.5,2.5,3.5\n").tolist() == [[1.5], [2.5], [3.5]]


def test_rows_of_channels_are_read(vhdr, tmp_path):
    (tmp_path / "b.eeg").write_bytes(b"x\nFp1 1 2\nFp2 3 4\nC3 5 6\n")
    by_channel = replace(vhdr, is_vectorised=True, skip_columns=1, n_points=2)

    samples = read(by_channel, (tmp_path / "b.eeg").read_bytes())

    assert samples.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert count_points(tmp_path / "b.eeg", by_channel) == 2


@pytest.mark.parametrize("data", [b"x\n1 2\n", b"x\n1 2 3 4\n", b"x\n1 2 three\n"])
def test_rows_that_do_not_fit_are_told(vhdr, data):
    with pytest.raises(FormatError, match="FSC203"):
        read(vhdr, data)
