"""What every codec asks of people's data."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.protect._twin_codecs import require_enough, require_vectors, stack_people


def test_arrays_of_one_shape_are_stacked_people_first() -> None:
    people = [np.full((3, 5), place) for place in range(7)]

    stacked = stack_people(people, 2)

    assert stacked.shape == (7, 3, 5)
    assert stacked[4, 0, 0] == 4


@pytest.mark.parametrize(
    ("people", "code"),
    [
        ([np.zeros((3, 5)), np.zeros((5, 3))], "FSC140"),
        ([np.zeros(3)] * 4, "FSC140"),
        ([np.zeros((0, 3))] * 4, "FSC140"),
        ([], "FSC140"),
        ([np.zeros((2, 2)), np.full((2, 2), np.nan)], "FSC141"),
        ([np.zeros((2, 2)), np.full((2, 2), np.inf)], "FSC141"),
    ],
)
def test_what_cannot_be_stacked_is_refused(people: list[np.ndarray], code: str) -> None:
    with pytest.raises(InputError) as caught:
        stack_people(people, 2)

    assert caught.value.code == code


def test_three_people_are_too_few_and_four_are_enough() -> None:
    require_enough(4)

    with pytest.raises(InputError, match="FSC140"):
        require_enough(3)


@pytest.mark.parametrize("vectors", [np.zeros((3, 4)), np.zeros(5), np.full((3, 5), np.nan)])
def test_vectors_of_another_length_or_without_a_number_are_refused(vectors: np.ndarray) -> None:
    with pytest.raises(InputError, match="FSC14"):
        require_vectors(vectors, 5)
