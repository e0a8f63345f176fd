"""Volumes keep what people differ in, in blocks over the same field of view."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.protect import fit_volume_codec

SHAPE = (45, 33, 21)


def make_volumes(n_people: int, seed: int = 0) -> list[np.ndarray]:
    """Balls whose size differs from person to person, on a black ground, with noise inside."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*(np.linspace(-1, 1, n) for n in SHAPE), indexing="ij"))
    distance = np.sqrt(np.square(grid).sum(axis=0))
    return [
        np.maximum(
            100 / (1 + np.exp(30 * (distance - rng.uniform(0.5, 0.8))))
            + rng.normal(size=SHAPE) * (distance < 0.5),
            0.0,
        )
        for _ in range(n_people)
    ]


def test_blocks_are_means_over_the_whole_field_of_view() -> None:
    volumes = [np.full(SHAPE, float(place)) for place in range(5)]
    volumes[0] = np.linspace(0, 9, 45 * 33 * 21).reshape(SHAPE)
    codec = fit_volume_codec(volumes, n_components=4)

    back = codec.decode(codec.encode(volumes), np.random.default_rng(0))

    assert back[0].shape == (32, 32, 21)
    assert back[3] == pytest.approx(3.0, abs=1e-3)
    # Along the last axis nothing was averaged; the first block of 45 in 32 is one voxel.
    assert back[0][0, 0] == pytest.approx(volumes[0][0, 0], abs=1e-3)
    assert back[0][-1, 5] == pytest.approx(volumes[0][43:, 5].mean(axis=0), abs=1e-3)


def test_decoded_volumes_have_the_mean_and_the_spread_of_the_real_ones() -> None:
    real = make_volumes(41)
    codec = fit_volume_codec(real)
    rng = np.random.default_rng(1)

    twins = np.array(codec.decode(rng.normal(size=(203, codec.n_features)), rng))

    sizes = np.array([volume.mean() for volume in real])
    assert twins.mean() == pytest.approx(sizes.mean(), rel=0.1)
    assert twins.mean(axis=(1, 2, 3)).std() == pytest.approx(sizes.std(), rel=0.25)
    assert twins.min() >= 0


def test_a_person_comes_back_nearly_as_large() -> None:
    real = make_volumes(41)
    codec = fit_volume_codec(real)

    back = codec.decode(codec.encode(real), np.random.default_rng(0))

    sizes = [volume.mean() for volume in real]
    assert np.corrcoef(sizes, [volume.mean() for volume in back])[0, 1] > 0.98


def test_space_that_is_not_a_number_counts_as_zero() -> None:
    real = make_volumes(9)
    real[0][0, 0, 0] = np.nan

    codec = fit_volume_codec(real)

    assert np.isfinite(codec.encode(real)).all()


def test_volumes_that_go_below_zero_may_do_so() -> None:
    real = [volume - 50 for volume in make_volumes(9)]
    codec = fit_volume_codec(real)

    twin = codec.decode(np.zeros((1, codec.n_features)), np.random.default_rng(0))[0]

    assert twin.min() < -40


@pytest.mark.parametrize(
    "people",
    [[np.ones((3, 4, 5))] * 3, [np.ones((3, 4))] * 9, [np.ones((3, 4, 0))] * 9, [np.ones(())] * 9],
)
def test_volumes_that_cannot_be_learnt_are_refused(people: list[np.ndarray]) -> None:
    with pytest.raises(InputError, match="FSC140"):
        fit_volume_codec(people)


def test_a_volume_of_another_shape_is_refused() -> None:
    real = make_volumes(9)
    codec = fit_volume_codec(real)

    with pytest.raises(InputError, match="FSC140"):
        codec.encode([real[0][1:]])
    with pytest.raises(InputError, match="FSC140"):
        fit_volume_codec([*real, real[0][1:]])
