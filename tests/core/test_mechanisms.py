"""A mechanism is only taken down with numbers that can be accounted for."""

from __future__ import annotations

import math

import pytest

from fascicle.core import Mechanism, Noise
from fascicle.errors import InputError


@pytest.mark.parametrize(
    "multiplier", [0.0, -1.0, math.nan, math.inf, -math.inf, 5e-324, 1e-310, -0.0]
)
@pytest.mark.parametrize("noise", Noise)
def test_noise_without_a_usable_scale_is_refused(noise: Noise, multiplier: float) -> None:
    with pytest.raises(InputError, match="FSC160"):
        Mechanism(noise, multiplier)


@pytest.mark.parametrize("steps", [0, -3, 1.5, math.nan, math.inf])
def test_steps_are_whole_and_above_zero(steps: float) -> None:
    with pytest.raises(InputError, match="FSC160"):
        Mechanism(Noise.GAUSSIAN, 1.0, steps=steps)  # type: ignore[arg-type]


@pytest.mark.parametrize("rate", [0.0, -0.1, 1.0001, math.nan, 5e-324])
def test_a_sampling_rate_is_a_share(rate: float) -> None:
    with pytest.raises(InputError, match="FSC160"):
        Mechanism(Noise.GAUSSIAN, 1.0, sampling_rate=rate)


def test_only_gaussian_noise_is_accounted_for_on_samples_of_the_people() -> None:
    with pytest.raises(InputError, match="laplace"):
        Mechanism(Noise.LAPLACE, 1.0, sampling_rate=0.5)

    assert Mechanism(Noise.GAUSSIAN, 1.0, sampling_rate=0.5).sampling_rate == 0.5


def test_what_is_written_down_is_read_back() -> None:
    training = Mechanism(Noise.GAUSSIAN, 1.25, steps=731, sampling_rate=0.0625)

    assert Mechanism.parse(training.as_dict()) == training
