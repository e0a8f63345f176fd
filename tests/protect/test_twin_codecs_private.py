"""Codecs under noise: near the truth with many people, and nobody counts for more than one."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from fascicle.core import Mechanism, Noise
from fascicle.errors import InputError
from fascicle.maths import RandomBits, clip_to_grid
from fascicle.protect import PublicColumn, fit_private_matrix_codec, fit_private_table_codec
from fascicle.protect import _twin_codecs_private as private

NOISE = Mechanism(Noise.DISCRETE_GAUSSIAN, 3.0)
PUBLIC = {
    "age": PublicColumn(10, 90),
    "score": PublicColumn(0.0, 1.0, decimals=2),
    "sex": PublicColumn(levels=("F", "M", "X")),
}


def seeded(seed: int = 0) -> RandomBits:
    return RandomBits(np.random.default_rng(seed).bytes)


def make_columns(n_people: int = 1009) -> dict[str, list]:
    rng = np.random.default_rng(0)
    return {
        "name": [f"n{place}" for place in range(n_people)],
        "age": rng.integers(20, 60, n_people).tolist(),
        "score": [None if rng.random() < 0.2 else float(x) for x in rng.beta(5, 2, n_people)],
        "sex": rng.choice(["F", "M"], n_people, p=[0.7, 0.3]).tolist(),
    }


def test_columns_keep_their_distributions_under_noise() -> None:
    columns = make_columns()
    codec = fit_private_table_codec(columns, PUBLIC, NOISE, seeded())
    rng = np.random.default_rng(1)

    rows = codec.decode(rng.normal(size=(2003, codec.n_features)), rng)

    ages = [row["age"] for row in rows]
    assert np.quantile(ages, [0.1, 0.5, 0.9]) == pytest.approx(
        np.quantile(columns["age"], [0.1, 0.5, 0.9]), abs=4
    )
    assert Counter(row["sex"] for row in rows)["F"] / 2003 == pytest.approx(0.7, abs=0.05)
    assert sum(row["score"] is None for row in rows) / 2003 == pytest.approx(0.2, abs=0.05)
    assert list(rows[0]) == ["age", "score", "sex"]
    assert codec.mechanisms == (NOISE,)


def test_people_beyond_the_public_range_count_as_the_outermost() -> None:
    codec = fit_private_table_codec({"age": [500] * 99}, {"age": PUBLIC["age"]}, NOISE, seeded())

    row = codec.decode(np.array([[9.0]]), np.random.default_rng(0))[0]

    assert row["age"] == 90


def test_by_brute_force_nobody_moves_the_counts_by_more_than_the_bound(monkeypatch) -> None:
    seen: list[tuple[np.ndarray, float]] = []
    real = private.add_privately

    def watch(rows, bound, multiplier, bits):
        seen.append((clip_to_grid(rows, bound).sum(axis=0), bound))
        return real(rows, bound, multiplier, bits)

    monkeypatch.setattr(private, "add_privately", watch)
    columns = make_columns(11)
    fit_private_table_codec(columns, PUBLIC, NOISE, seeded())

    rows = private.count_people(columns, PUBLIC)
    for person in range(11):
        blanked = rows.copy()
        blanked[person] = np.nan
        change = seen[0][0] - clip_to_grid(blanked, seen[0][1]).sum(axis=0)
        assert 0 < (change.astype(object) ** 2).sum() <= 2**40
    assert (rows.sum(axis=1) == 3).all()


def test_matrices_are_learnt_from_their_private_mean() -> None:
    rng = np.random.default_rng(0)
    loads = rng.normal(size=(13, 3))
    real = np.array([
        np.corrcoef(loads @ rng.normal(size=(3, 80)) + rng.normal(size=(13, 80)))
        for _ in range(301)
    ])

    codec = fit_private_matrix_codec(real, 0.5, bits=seeded())
    twins = np.array(codec.decode(0.1 * rng.normal(size=(41, codec.n_features)), rng))

    above = np.triu_indices(13, 1)
    agreement = np.corrcoef(
        twins[:, above[0], above[1]].mean(axis=0), real[:, above[0], above[1]].mean(axis=0)
    )
    assert agreement[0, 1] > 0.95
    assert codec.n_features == 36
    assert sum(1 / one.multiplier**2 / 2 for one in codec.mechanisms) == pytest.approx(0.5)
    assert 0.2 < codec.encode(real).std() < 3


@pytest.mark.parametrize(
    ("build", "code"),
    [
        (lambda: PublicColumn(), "FSC142"),
        (lambda: PublicColumn(1.0, 2.0, levels=("a",)), "FSC142"),
        (lambda: PublicColumn(low=1.0), "FSC142"),
        (lambda: fit_private_table_codec({"age": [1] * 9}, {}, NOISE), "FSC140"),
        (
            lambda: fit_private_table_codec({"age": [1] * 9}, {"sex": PUBLIC["sex"]}, NOISE),
            "FSC140",
        ),
        (lambda: fit_private_matrix_codec(np.ones((9, 3, 3)), 1.0, n_samples=1), "FSC142"),
    ],
)
def test_what_is_not_public_enough_is_refused(build, code: str) -> None:
    with pytest.raises(InputError) as caught:
        build()

    assert caught.value.code == code
