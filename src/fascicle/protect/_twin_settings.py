"""How a generator of synthetic people is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ._twin_codecs import not_settable

ModelName = Literal["gaussian", "gan", "vae"]


@dataclass(frozen=True, slots=True)
class TwinSettings:
    """How a generator is trained; what is None is chosen by the number of people.

    Attributes
    ----------
    model : str
        ``"gaussian"`` (one for each class), ``"gan"`` (generative adversarial network) or
        ``"vae"`` (variational autoencoder).
    n_steps : int or None
        The most updates; None chooses, and stops when people left out are known worse than those
        trained on.
    batch : int or None
        People in an update.
    latent : int or None
        Numbers that a network makes a person from.
    smoothing : float
        Share of the variance of every example that is drawn afresh, from 0 to 1: networks never
        see a person as they are. 0 shows people themselves, and lets networks learn them by heart.
    seed : int
        The same seed gives the same generator.
    """

    model: ModelName = "gan"
    n_steps: int | None = None
    batch: int | None = None
    latent: int | None = None
    smoothing: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        problem = self._find_problem()
        if problem:
            raise not_settable(f"Expected settings that can be followed, got {problem}.")

    def _find_problem(self) -> str:
        """Say what is wrong with the settings; empty if nothing is."""
        if self.model not in {"gaussian", "gan", "vae"}:
            return "another model than gaussian, gan or vae"
        counts = (self.n_steps, self.batch, self.latent)
        if any(count is not None and (count < 1 or count % 1) for count in counts):
            return "a number of steps, people or latent numbers below one"
        if not (math.isfinite(self.smoothing) and 0 <= self.smoothing <= 1):
            return "a smoothing that is not between 0 and 1"
        if self.seed < 0:
            return "a seed below zero"
        return ""
