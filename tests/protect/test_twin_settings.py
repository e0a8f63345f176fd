"""Settings that cannot be followed are refused before anything is trained."""

from __future__ import annotations

from typing import Any

import pytest

from fascicle.errors import InputError
from fascicle.protect import TwinSettings


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
