"""Generators make people who are like those trained on, and none of them."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.protect import TwinSettings, fit_generator


@pytest.mark.parametrize(
    ("vectors", "labels"),
    [
        (np.zeros((3, 5)), None),
        (np.zeros(9), None),
        (np.full((9, 5), np.nan), None),
        (np.zeros((9, 5)), np.zeros(8)),
    ],
)
def test_people_that_cannot_be_learnt_are_refused(vectors, labels) -> None:
    with pytest.raises(InputError, match="FSC14"):
        fit_generator(vectors, labels, TwinSettings("gaussian"))
