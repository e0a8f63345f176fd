from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from fascicle.core import Header, Modality, Subject
from fascicle.prepare._facts import fit_fact, gather_facts, is_nobody, is_placeholder


def header(**subject: object) -> Header:
    return Header(Modality.EEG, 250.0, 1009, (), measured_at=datetime(2019, 3, 12, 9, tzinfo=UTC),
                  subject=Subject(**subject))  # type: ignore[arg-type]  # fmt: skip


def test_names_are_equal_whatever_their_order_and_accents() -> None:
    found = gather_facts([header(name="Müller, Anna"), header(name="ANNA MULLER"),
                          header(name="Anna Meier")])  # fmt: skip

    assert found.name.tolist() == [0, 0, 1]


def test_a_default_that_all_headers_share_identifies_nobody() -> None:
    found = gather_facts([header(code="1234", birth=date(1980, 1, 1))] * 3)

    assert found.code.tolist() == found.birth.tolist() == [-1, -1, -1]


def test_words_for_nobody_are_unknown() -> None:
    found = gather_facts([header(code=c) for c in ("X", "test", "A1", "B2")])

    assert found.code.tolist() == [-1, -1, 0, 1]


def test_a_fit_counts_groups_that_agree_and_values_that_stay_inside() -> None:
    groups = np.array([0, 0, 1, 1, 2, 2, -1])
    fact = np.array([5, 5, 6, 7, 7, -1, 5])

    fit = fit_fact(groups, fact)

    assert (fit.n_groups, fit.consistency) == (2, 0.5)
    assert fit.distinctness == 2 / 3


def test_nothing_known_contradicts_nothing() -> None:
    fit = fit_fact(np.array([0, 0]), np.array([-1, -1]))

    assert (fit.n_groups, fit.consistency, fit.distinctness) == (0, 1.0, 1.0)


def test_a_day_that_stands_in_for_an_unknown_one_is_unknown() -> None:
    placeholder = Header(Modality.EEG, 250.0, 9, (), measured_at=datetime(1985, 1, 1, tzinfo=UTC))

    found = gather_facts([header(), placeholder])

    assert found.days == ("2019-03-12", "")


@pytest.mark.parametrize("text", ["", "X", "Anonymous", "test", "n/a", "000"])
def test_words_of_machines_stand_for_nobody(text: str) -> None:
    assert is_nobody(text)


def test_a_code_stands_for_somebody() -> None:
    assert not is_nobody("P01")
    assert not is_nobody("4711")


def test_births_that_programs_write_are_no_births() -> None:
    assert is_placeholder(date(1985, 1, 1))
    assert is_placeholder(date(1900, 1, 1))
    assert not is_placeholder(date(1987, 1, 1))
