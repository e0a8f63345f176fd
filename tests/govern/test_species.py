"""When it is not certain that somebody is an animal, it is a person."""

from __future__ import annotations

import pytest

from fascicle.govern import is_animal


@pytest.mark.parametrize(
    "species",
    ["Mus musculus", "mus musculus domesticus", "RATTUS NORVEGICUS", "macaca_mulatta", "mouse",
     "Caenorhabditis elegans", "Macaca fascicularis"],
)  # fmt: skip
def test_animals_of_the_laboratory_are_known(species: str) -> None:
    assert is_animal(species)


@pytest.mark.parametrize(
    "species",
    ["Homo sapiens", "homo sapiens sapiens", "human", "", "n/a", "unknown", "mus", "pan",
     "musculus mus", "Erika Mustermann", "mus musculus or homo sapiens",
     "canis lupus and a person"],
)  # fmt: skip
def test_everybody_else_counts_as_human(species: str) -> None:
    assert not is_animal(species)
