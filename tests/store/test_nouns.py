"""Filters know when they ask for nothing."""

from __future__ import annotations

import pytest

from fascicle.store import Filters


@pytest.mark.parametrize("field", [{"modality": "eeg"}, {"n_min": 0}, {"age_years": (1.0, 2.0)}])
def test_any_field_is_a_condition(field: dict[str, object]) -> None:
    assert Filters(**field) != Filters()
