"""Names of genes beside names of people."""

from __future__ import annotations

import pytest

from fascicle.protect import count_personal_genes


def test_symbols_and_accessions_are_nobodys_names() -> None:
    symbols = ["Gad1", "Slc17a7", "mt-Nd1", "HLA-DRB1", "1700001C19Rik", "MAX", "Mia", "Lars",
               "MARCO", "ENSG00000139618.15", "Mar1", "KIT", "Adam17"]  # fmt: skip

    assert count_personal_genes(symbols) == 0


@pytest.mark.parametrize("name", ["Anna", "ANNA", "hashtag-Beat", "Zoé", "Ursula_2"])
def test_first_names_are_counted_however_they_are_written(name: str) -> None:
    assert count_personal_genes(["Gad1", name, name]) == 2
