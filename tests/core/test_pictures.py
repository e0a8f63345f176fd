"""Pictures travel as JSON and come back the same."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fascicle.core import Drawing, Picture, pack_array, unpack_array


def test_a_picture_comes_back_from_json_as_it_was() -> None:
    rng = np.random.default_rng(3)
    arrays = {
        "pixels": rng.integers(0, 256, (7, 5, 3)).astype(np.uint8),
        "points": rng.normal(size=(4, 2)),
        "classes": np.array([0, 1, 1, 2], dtype=np.int32),
    }
    picture = Picture(
        Drawing.IMAGE, "Mean", "What is seen.", arrays, legend=("a", "b", "c"), exposes="face"
    )

    again = Picture.from_dict(json.loads(json.dumps(picture.as_dict())))

    assert (again.drawing, again.title, again.caption) == (Drawing.IMAGE, "Mean", "What is seen.")
    assert (again.legend, again.exposes) == (("a", "b", "c"), "face")
    for name, array in arrays.items():
        np.testing.assert_array_equal(again.arrays[name], array)
        assert again.arrays[name].dtype == array.dtype


@pytest.mark.parametrize("dtype", [">f4", ">i2", "<f8", "bool", "uint8"])
def test_an_array_keeps_its_values_whatever_its_byte_order(dtype: str) -> None:
    array = np.array([[0, 1, 5], [7, 2, 0]], dtype=dtype)

    again = unpack_array(pack_array(array))

    np.testing.assert_array_equal(again, array)
    assert again.dtype.isnative


def test_equal_arrays_of_other_byte_order_are_packed_into_the_same_bytes() -> None:
    array = np.arange(6, dtype="<f4")

    assert pack_array(array) == pack_array(array.astype(">f4"))
