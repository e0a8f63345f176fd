"""What the gate hands out cannot be changed by who holds it."""

from __future__ import annotations

import dataclasses

import pytest

from fascicle.core import Dataset
from fascicle.govern import CatalogueEntry, Grant, Hit


def test_a_hit_is_frozen() -> None:
    hit = Hit(Dataset("ds-1", "Made"), 1.0)

    with pytest.raises(dataclasses.FrozenInstanceError):
        hit.score = 2.0


@pytest.mark.parametrize("noun", [CatalogueEntry, Grant, Hit])
def test_no_noun_carries_digests_or_places_in_the_store(noun: type) -> None:
    names = {field.name for field in dataclasses.fields(noun)}

    assert names.isdisjoint({"digest", "address", "owner", "secret", "seal"})
