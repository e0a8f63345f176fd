"""Components that hold are kept; those that only fit the people at hand are not."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.protect._twin_codecs_basis import fit_basis


def make_rows(n_people: int, n_values: int, n_strong: int, seed: int = 0) -> np.ndarray:
    """People who differ strongly in some directions, and by chance in all."""
    rng = np.random.default_rng(seed)
    strong = rng.normal(size=(n_people, n_strong)) @ rng.normal(size=(n_strong, n_values)) * 2
    return strong + rng.normal(size=(n_people, n_values)) + 5


def test_as_many_components_are_kept_as_people_really_differ_in() -> None:
    basis = fit_basis(make_rows(101, 307, 3))

    assert len(basis.axes) == 3


def test_where_people_differ_by_chance_alone_no_component_is_kept() -> None:
    basis = fit_basis(make_rows(61, 1009, 0))

    assert len(basis.axes) == 0
    assert basis.decode(basis.encode(make_rows(3, 1009, 0))) == pytest.approx(
        np.tile(basis.mean, (3, 1))
    )


@pytest.mark.parametrize("shape", [(101, 13), (23, 307)])
def test_components_are_those_of_a_singular_value_decomposition(shape: tuple[int, int]) -> None:
    rows = make_rows(*shape, n_strong=2)
    _, sizes, axes = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)

    basis = fit_basis(rows, 4)

    assert np.abs(np.sum(basis.axes * axes[:4], axis=1)) == pytest.approx(1.0)
    assert basis.scales == pytest.approx(sizes[:4] / np.sqrt(len(rows)))


def test_vectors_have_unit_scale_and_lead_back_to_the_rows() -> None:
    rows = make_rows(23, 7, 7)
    basis = fit_basis(rows, 7)

    vectors = basis.encode(rows)

    assert vectors.std(axis=0) == pytest.approx(1.0)
    assert basis.decode(vectors) == pytest.approx(rows)


def test_a_component_does_not_depend_on_the_order_of_the_people() -> None:
    rows = make_rows(31, 101, 2)

    one, other = fit_basis(rows, 2), fit_basis(rows[::-1], 2)

    assert one.axes == pytest.approx(other.axes, abs=1e-9)


def test_values_that_never_change_cost_nothing() -> None:
    basis = fit_basis(np.full((9, 5), 3.0))

    assert basis.decode(basis.encode(np.full((2, 5), 3.0))) == pytest.approx(3.0)


@pytest.mark.parametrize("n_components", [0, 9])
def test_more_components_than_there_can_be_are_refused(n_components: int) -> None:
    with pytest.raises(InputError, match="FSC142"):
        fit_basis(make_rows(9, 31, 1), n_components)


def test_directions_in_which_nobody_differs_add_nothing() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(9, 2)) @ rng.normal(size=(2, 1009))

    basis = fit_basis(rows, 5)

    assert basis.decode(basis.encode(rows)) == pytest.approx(rows)
    assert np.abs(basis.axes @ basis.axes.T - np.diag([1, 1, 0, 0, 0])).max() < 1e-9
