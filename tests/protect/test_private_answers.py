"""What a question costs is known before it is asked."""

from __future__ import annotations

import pytest

from fascicle.core import Noise
from fascicle.errors import InputError
from fascicle.maths import grid_sigma
from fascicle.protect import Forecast
from fascicle.protect._private_answers import make_noise


@pytest.mark.parametrize("steps", [1, 4, 10])
def test_noise_in_several_steps_costs_what_was_granted(steps: int) -> None:
    noise = make_noise(0.05, steps=steps)

    assert noise.noise is Noise.DISCRETE_GAUSSIAN
    assert noise.steps / (2 * noise.multiplier**2) == pytest.approx(0.05)


def test_an_answer_is_useful_up_to_the_noise_that_it_can_bear() -> None:
    assert Forecast("", {}, 1.0).is_useful
    assert not Forecast("", {}, 1.01).is_useful


def test_more_noise_than_can_be_drawn_is_refused_before_it_is_paid_for() -> None:
    assert grid_sigma(make_noise(1e-12).multiplier) < 2**40
    with pytest.raises(InputError, match="FSC170"):
        make_noise(1e-13)
