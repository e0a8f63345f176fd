"""Settings that cannot be followed are refused before anything is trained."""

from __future__ import annotations

from typing import Any

import pytest

from fascicle.errors import InputError
from fascicle.protect import TwinSettings, plan_twin_noise
from fascicle.protect._twin_settings import plan_schedule


@pytest.mark.parametrize(
    "change",
    [
        {"model": "diffusion"},
        {"n_steps": 0},
        {"batch": -1},
        {"latent": 2.5},
        {"smoothing": 1.5},
        {"smoothing": float("nan")},
        {"seed": -1},
    ],
)
def test_what_cannot_be_followed_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="FSC142"):
        TwinSettings(**change)


def test_defaults_can_be_followed() -> None:
    assert TwinSettings().model == "gan"


def test_the_fewer_people_for_each_feature_the_more_they_are_smoothed() -> None:
    sizes = [(2003, 5), (403, 5), (75, 5), (75, 23)]

    found = [plan_schedule(TwinSettings(), *size).smoothing for size in sizes]

    assert found == sorted(found)
    assert found[0] < 0.05
    assert found[-1] == 0.8


def test_what_is_stated_is_followed_and_never_stops_early() -> None:
    settings = TwinSettings("vae", n_steps=7, batch=5, latent=3, width=11, smoothing=0.0)

    schedule = plan_schedule(settings, 101, 9)

    assert (schedule.n_steps, schedule.batch, schedule.latent, schedule.width) == (7, 5, 3, 11)
    assert (schedule.smoothing, schedule.may_stop) == (0.0, False)
    assert plan_schedule(TwinSettings(), 101, 9).may_stop


@pytest.mark.parametrize("rho", [0.0, -1.0, float("nan")])
def test_a_loss_that_no_noise_can_have_is_refused(rho: float) -> None:
    with pytest.raises(InputError, match="FSC142"):
        plan_twin_noise(rho)
