"""How a generator of synthetic people is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from fascicle.core import Mechanism

from ._private_answers import make_noise
from ._twin_codecs import not_settable

_N_STEPS = 1000
_DECAY = 0.1
_PEOPLE_PER_FEATURE = 15
"""With so many times fewer people for each feature, networks would learn them by heart."""
_LEAST_PEOPLE = 30
_MOST_SMOOTHED = 0.8
_MIN_TO_STOP = 20
_MOMENTS_SHARE = 0.7
"""Share of the loss that goes into means and covariance, where a network is trained besides."""
_N_PRIVATE_STEPS = 60
_PRIVATE_WIDTH = 8
"""Noise is added to each weight: the fewer there are, the less of it."""
_PRIVATE_SMOOTHING = 0.2
ModelName = Literal["gaussian", "gan", "vae"]


@dataclass(frozen=True, slots=True)
class TwinNoise:
    """The noise under which a generator is trained: differential privacy for each person.

    Everybody is in every step: with the few hundred people of a study, that leaves less noise for
    the same loss than steps on a sample of them.

    Attributes
    ----------
    moments : Mechanism
        Noise on how many people are in each class, their means and their covariance.
    updates : Mechanism or None
        Noise on every update of a network; None for a Gaussian.
    reach : float or None
        The longest that a vector may be; longer ones are shortened. Public; None takes
        1.5 times the root of the number of features.
    clip : float
        The longest that one person's gradient may be.
    """

    moments: Mechanism
    updates: Mechanism | None = None
    reach: float | None = None
    clip: float = 1.0

    def __post_init__(self) -> None:
        if not (0 < self.clip < 1e6 and 0 < (self.reach or 1.0) < 1e6):
            raise not_settable("Expected bounds above zero, got others.")

    @property
    def mechanisms(self) -> tuple[Mechanism, ...]:
        """All noise that will be added, known before people are looked at."""
        return (self.moments,) if self.updates is None else (self.moments, self.updates)


def plan_twin_noise(rho: float, model: ModelName = "gaussian") -> TwinNoise:
    r"""Share a loss of privacy among the steps of training.

    Parameters
    ----------
    rho : float
        Concentrated loss :math:`\rho` of all training, without what a codec costs.
    model : str
        ``"gaussian"``, ``"gan"`` or ``"vae"``.

    Returns
    -------
    TwinNoise
        Whose mechanisms cost `rho` together.

    Raises
    ------
    InputError
        FSC142 if the loss is not above zero.

    Examples
    --------
    >>> noise = plan_twin_noise(0.5, "gan")
    >>> round(sum(one.steps / one.multiplier**2 / 2 for one in noise.mechanisms), 9)
    0.5
    """
    if not 0 < rho < math.inf:
        raise not_settable("Expected a loss of privacy above zero, got another.")
    if model == "gaussian":
        return TwinNoise(make_noise(rho))
    return TwinNoise(
        make_noise(rho * _MOMENTS_SHARE),
        make_noise(rho * (1 - _MOMENTS_SHARE), steps=_N_PRIVATE_STEPS),
    )


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
        None takes more of it the fewer people there are for each feature.
    width : int or None
        Cells in each layer of a network.
    seed : int
        The same seed gives the same generator, unless it is trained under noise, whose chance is
        secret.
    noise : TwinNoise or None
        Trains under differential privacy; steps and batches are then the noise's own.
    """

    model: ModelName = "gan"
    n_steps: int | None = None
    batch: int | None = None
    latent: int | None = None
    smoothing: float | None = None
    width: int | None = None
    seed: int = 0
    noise: TwinNoise | None = None

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
        if self.noise is not None and (self.noise.updates is None) != (self.model == "gaussian"):
            return "noise that was planned for another model"
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
    if settings.noise is not None and settings.noise.updates is not None:
        return Schedule(
            n_steps=settings.noise.updates.steps,
            batch=n_people,
            latent=settings.latent or max(1, min(4, n_features // 2)),
            width=settings.width or _PRIVATE_WIDTH,
            smoothing=_PRIVATE_SMOOTHING if settings.smoothing is None else settings.smoothing,
            decay=0.0,
            may_stop=False,
        )
    is_open = settings.n_steps is None
    needed = max(_LEAST_PEOPLE, _PEOPLE_PER_FEATURE * n_features)
    smoothing = min(_MOST_SMOOTHED, needed / n_people)
    return Schedule(
        n_steps=settings.n_steps or _N_STEPS,
        batch=settings.batch or min(64, n_people),
        latent=settings.latent or max(1, min(8, n_features // 2)),
        width=settings.width or 32,
        smoothing=smoothing if settings.smoothing is None else settings.smoothing,
        decay=_DECAY if is_open else 0.0,
        may_stop=is_open and n_people >= _MIN_TO_STOP,
    )
