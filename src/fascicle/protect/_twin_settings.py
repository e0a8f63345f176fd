"""How a generator of synthetic people is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ._twin_codecs import not_settable

_N_STEPS = 1000
_DECAY = 0.1
_SMOOTHED_PEOPLE = 50
_MOST_SMOOTHED = 0.8
_MIN_TO_STOP = 20
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
    smoothing : float or None
        Share of the variance of every example that is drawn afresh, from 0 to 1: networks never
        see a person as they are. 0 shows people themselves, and lets networks learn them by heart;
        None takes more of it the fewer people there are.
    width : int or None
        Cells in each layer of a network.
    seed : int
        The same seed gives the same generator.
    """

    model: ModelName = "gan"
    n_steps: int | None = None
    batch: int | None = None
    latent: int | None = None
    smoothing: float | None = None
    width: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        problem = self._find_problem()
        if problem:
            raise not_settable(f"Expected settings that can be followed, got {problem}.")

    def _find_problem(self) -> str:
        """Say what is wrong with the settings; empty if nothing is."""
        if self.model not in {"gaussian", "gan", "vae"}:
            return "another model than gaussian, gan or vae"
        counts = (self.n_steps, self.batch, self.latent, self.width)
        if any(count is not None and (count < 1 or count % 1) for count in counts):
            return "a number of steps, people, latent numbers or cells below one"
        if not 0 <= (self.smoothing or 0) <= 1:
            return "a smoothing that is not between 0 and 1"
        if self.seed < 0:
            return "a seed below zero"
        return ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Settings with nothing left open.

    Attributes
    ----------
    n_steps : int
        The most updates.
    batch, latent, width : int
        People in an update, latent numbers, cells in a layer.
    smoothing : float
        Share of the variance of every example that is drawn afresh.
    decay : float
        How strongly weights are drawn to zero.
    may_stop : bool
        Whether some people are kept aside, and training stops when they are known worse.
    """

    n_steps: int
    batch: int
    latent: int
    width: int
    smoothing: float
    decay: float
    may_stop: bool


def plan_schedule(settings: TwinSettings, n_people: int, n_features: int) -> Schedule:
    """Fill in what was left open, by the number of people and features."""
    is_open = settings.n_steps is None
    smoothing = min(_MOST_SMOOTHED, _SMOOTHED_PEOPLE / n_people)
    return Schedule(
        n_steps=settings.n_steps or _N_STEPS,
        batch=settings.batch or min(64, n_people),
        latent=settings.latent or max(1, min(8, n_features // 2)),
        width=settings.width or 32,
        smoothing=smoothing if settings.smoothing is None else settings.smoothing,
        decay=_DECAY if is_open else 0.0,
        may_stop=is_open and n_people >= _MIN_TO_STOP,
    )
