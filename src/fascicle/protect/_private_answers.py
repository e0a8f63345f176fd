"""What a private question promises before it is asked, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Mechanism, Noise
from fascicle.maths import RandomBits, grid_sigma

Rows = Mapping[str, Sequence[Mapping[str, str]]]
"""A table: the rows of each person, by label; a row is the text of each column by its name."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """How useful an answer will be, said without looking at the data.

    Attributes
    ----------
    words : str
        A sentence for the person who decides.
    figures : dict of str to float
        What it rests on, each with its unit in its name.
    excess : float
        The noise divided by what an answer can bear that is still of use: above 1 it is not. So
        many times more people would do, or the square of it times the loss of privacy.
    """

    words: str
    figures: Mapping[str, float]
    excess: float

    @property
    def is_useful(self) -> bool:
        """False if the answer would be little more than noise."""
        return self.excess <= 1


@dataclass(frozen=True, slots=True)
class PrivateAnswer:
    """What leaves: figures with their errors, and nothing that was not charged.

    Attributes
    ----------
    statistic : str
        What it is: ``"mean"``.
    values : dict
        JSON values: figures, errors, and the public settings that they rest on.
    words : str
        The result in a sentence or two.
    matrix : ndarray or None
        Of connectivity, shape (n_regions, n_regions), without unit.
    """

    statistic: str
    values: Mapping[str, Any]
    words: str
    matrix: NDArray[np.float64] | None = field(default=None, repr=False)


class PrivateQuestion(Protocol):
    """Something that may be asked of people's data within a loss of privacy.

    One person's data, blanked or not, are what two cases differ in that nobody may tell apart; how
    many people there are is public.
    """

    @property
    def statistic(self) -> str:
        """What is asked: ``"mean"``."""
        ...

    def mechanisms(self, rho: float) -> tuple[Mechanism, ...]:
        """Return all noise that an answer will need, known before the data are looked at."""
        ...

    def foretell(self, n_people: int, rho: float) -> Forecast:
        """Say how useful an answer will be, without looking at the data."""
        ...

    def answer(self, data: Any, rho: float, bits: RandomBits) -> PrivateAnswer:  # noqa: ANN401 - rows, or arrays
        """Look at the data, and add the noise."""
        ...


def make_noise(rho: float, *, steps: int = 1) -> Mechanism:
    r"""Return discrete Gaussian noise that costs :math:`\rho` in all its steps together.

    Raises
    ------
    InputError
        FSC170 if so much noise cannot be drawn: told here, before anybody is charged for it.
    """
    multiplier = (2 * rho / steps) ** -0.5
    grid_sigma(multiplier)
    return Mechanism(Noise.DISCRETE_GAUSSIAN, multiplier, steps)
