"""Generators of synthetic people: vectors of real ones in, vectors of others out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Mechanism
from fascicle.maths import RandomBits

from ._twin_codecs import not_settable, require_enough, require_vectors
from ._twin_models_gan import GanTrainer
from ._twin_models_gaussian import find_classes_of, fit_gaussian
from ._twin_models_networks import Lesson, repeatable
from ._twin_models_private import PrivateUpdates, fit_private_gaussian, shorten
from ._twin_models_updates import PlainUpdates
from ._twin_models_vae import VaeTrainer
from ._twin_settings import Schedule, TwinSettings, plan_schedule

_ASIDE = 5
"""One in so many people is kept aside to see when training must stop."""
_LEAST_ASIDE = 4
_LOOK_EVERY = 100
_TOLERANCE = 1.64
"""Standard errors by which people kept aside may be known worse."""
_STILL = 1e-9


class Generator(Protocol):
    """What was learnt from people, and makes others."""

    @property
    def mechanisms(self) -> tuple[Mechanism, ...]:
        """What training cost in privacy; empty where it was not private."""
        ...

    def sample(
        self, n: int, labels: NDArray[np.generic] | None, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Return n new vectors, of the classes told, or drawn as often as they were seen."""
        ...

    def losses(
        self, vectors: NDArray[np.float64], labels: NDArray[np.generic] | None = None
    ) -> NDArray[np.float64]:
        """Return the generator's own loss of each row: lower where it knows the person better."""
        ...


def fit_generator(
    vectors: NDArray[np.float64],
    labels: NDArray[np.generic] | None = None,
    settings: TwinSettings | None = None,
    *,
    bits: RandomBits | None = None,
) -> Generator:
    """Train a generator of people like those given.

    Parameters
    ----------
    vectors : ndarray of float64, shape (n_people, n_features)
        What a codec made of the people, of unit scale.
    labels : ndarray or None, shape (n_people,)
        Class of each person, such as a diagnosis: people of a class can then be asked for.
    settings : TwinSettings or None
        None takes the defaults.
    bits : RandomBits or None
        Where the chance of noise comes from, if the settings have any; None is the system's own
        source of secrets.

    Returns
    -------
    Generator
        The same for the same people and settings, on one machine, unless there is noise.

    Raises
    ------
    InputError
        FSC140 for fewer than four people, vectors without a number, or labels that do not fit;
        FSC141 for numbers that are not finite.
    DependencyError
        FSC805 if a network is asked for and torch is not installed.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = rng.normal(size=(53, 7))
    >>> generator = fit_generator(people, None, TwinSettings("gaussian"))
    >>> generator.sample(11, None, rng).shape, generator.losses(people).shape
    ((11, 7), (53,))
    """
    chosen = settings or TwinSettings()
    rows = require_vectors(vectors, np.shape(vectors)[-1])
    require_enough(len(rows))
    told = None if labels is None else np.asarray(labels)
    find_classes_of(told, len(rows))
    if chosen.noise is not None:
        return _fit_private(rows, told, chosen, bits or RandomBits())
    if chosen.model == "gaussian" or not rows.shape[1]:
        return fit_gaussian(rows, told)
    return _fit_network(rows, told, chosen)


@dataclass(frozen=True, slots=True)
class ScaledGenerator:
    """A generator of rows of unit scale, seen in the scale of the vectors."""

    middle: NDArray[np.float64]
    scale: NDArray[np.float64]
    inner: Generator

    @property
    def mechanisms(self) -> tuple[Mechanism, ...]:
        """What training cost in privacy."""
        return self.inner.mechanisms

    def sample(
        self, n: int, labels: NDArray[np.generic] | None, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Return n new vectors, of the classes told or drawn."""
        return self.middle + self.scale * self.inner.sample(n, labels, rng)

    def losses(
        self, vectors: NDArray[np.float64], labels: NDArray[np.generic] | None = None
    ) -> NDArray[np.float64]:
        """Return the inner generator's loss of each row."""
        rows = require_vectors(vectors, len(self.middle))
        return self.inner.losses((rows - self.middle) / self.scale, labels)


def _fit_private(
    rows: NDArray[np.float64],
    labels: NDArray[np.generic] | None,
    settings: TwinSettings,
    bits: RandomBits,
) -> Generator:
    """Train under noise; the scale of the vectors is the codec's, and public."""
    noise = settings.noise
    if noise is None or not rows.shape[1]:
        raise not_settable("Expected noise and features, got none.")
    reach = noise.reach or 1.5 * float(np.sqrt(rows.shape[1]))
    known = find_classes_of(labels, len(rows))
    classes = known.index(labels, len(rows))
    base = fit_private_gaussian(rows, classes, known.names, noise.moments, reach, bits)
    if noise.updates is None:
        return base
    schedule = plan_schedule(settings, len(rows), rows.shape[1])
    lesson = Lesson(shorten(rows, reach), classes, base, schedule.smoothing)
    updates = PrivateUpdates(lesson, noise.updates, noise.clip, bits)
    make = GanTrainer if settings.model == "gan" else VaeTrainer
    with repeatable():
        trainer = make(base, updates, schedule, settings.seed)
        for _ in range(schedule.n_steps):
            trainer.step()
    return replace(trainer.finish(), mechanisms=noise.mechanisms)


def _fit_network(
    rows: NDArray[np.float64], labels: NDArray[np.generic] | None, settings: TwinSettings
) -> Generator:
    """Train a network on rows of unit scale."""
    schedule = plan_schedule(settings, len(rows), rows.shape[1])
    aside = _set_aside(rows, labels, settings.seed if schedule.may_stop else None)
    middle, scale = rows[~aside].mean(axis=0), rows[~aside].std(axis=0)
    scale = np.where(scale > _STILL, scale, 1.0)
    unit = (rows - middle) / scale
    base = fit_gaussian(unit[~aside], None if labels is None else labels[~aside])
    classes = base.classes.index(labels, len(rows))
    lesson = Lesson(unit[~aside], classes[~aside], base, schedule.smoothing)
    updates = PlainUpdates(lesson, schedule.batch)
    make = GanTrainer if settings.model == "gan" else VaeTrainer
    with repeatable():
        trainer = make(base, updates, schedule, settings.seed)
        found = _train(trainer, schedule, (unit, labels, aside))
    return ScaledGenerator(middle, scale, found)


def _set_aside(
    rows: NDArray[np.float64], labels: NDArray[np.generic] | None, seed: int | None
) -> NDArray[np.bool_]:
    """Choose people who are not trained on, of each class its share; nobody without a seed."""
    aside = np.zeros(len(rows), dtype=bool)
    if seed is not None:
        own = find_classes_of(labels, len(rows)).index(labels, len(rows))
        rng = np.random.default_rng(seed)
        for place in range(own.max() + 1):
            members = rng.permutation(np.flatnonzero(own == place))
            aside[members[: len(members) // _ASIDE]] = True
    return aside


def _train(
    trainer: GanTrainer | VaeTrainer,
    schedule: Schedule,
    people: tuple[NDArray[np.float64], NDArray[np.generic] | None, NDArray[np.bool_]],
) -> Generator:
    """Train to the end, or until people kept aside are known worse than those trained on."""
    rows, labels, aside = people
    may_stop = schedule.may_stop and aside.sum() >= _LEAST_ASIDE
    found: Generator | None = None
    for step in range(1, schedule.n_steps + 1):
        trainer.step()
        if may_stop and step % _LOOK_EVERY == 0:
            latest = trainer.finish()
            losses = latest.losses(rows, labels)
            if found is not None and _is_worse(losses[aside], losses[~aside]):
                return found
            found = latest
    return trainer.finish()


def _is_worse(others: NDArray[np.float64], own: NDArray[np.float64]) -> bool:
    """Tell whether others' losses lie above the own ones by more than chance would have it."""
    error = np.sqrt(others.var() / len(others) + own.var() / len(own))
    return bool(others.mean() - own.mean() > _TOLERANCE * error)
