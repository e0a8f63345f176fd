"""What a private computation did to its result, as far as its cost depends on it."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from fascicle.errors import InputError


class Noise(StrEnum):
    """The law of the noise that was added."""

    GAUSSIAN = "gaussian"
    DISCRETE_GAUSSIAN = "discrete-gaussian"
    LAPLACE = "laplace"


@dataclass(frozen=True, slots=True)
class Mechanism:
    """Noise that was added to what depends on people.

    One person is taken out by blanking what they contributed; how many people there are is public.

    Attributes
    ----------
    noise : Noise
        Its law.
    multiplier : float
        Its scale divided by the sensitivity (the most that one person changes the result by, in L2
        for Gaussian noise, in L1 for Laplace), without unit: the larger, the more private.
    steps : int
        How often it was applied: 1 for a statistic, the number of updates for a model.
    sampling_rate : float
        Share of the people in each step, drawn by a coin for each (Poisson); 1 is everybody. Below
        1 this is DP-SGD, and its noise must be Gaussian.

    Raises
    ------
    InputError
        FSC160 if a number is not usable: zero, negative, subnormal, infinite, not a number.

    Examples
    --------
    >>> Mechanism(Noise.GAUSSIAN, 1.1, steps=1000, sampling_rate=0.01).as_dict()["steps"]
    1000
    """

    noise: Noise
    multiplier: float
    steps: int = 1
    sampling_rate: float = 1.0

    def __post_init__(self) -> None:
        problem = self._find_problem()
        if problem:
            raise InputError(
                "FSC160",
                f"Expected noise of a finite scale above zero, got {problem}.",
                "State the noise that was really added: its scale divided by the sensitivity.",
            )

    def _find_problem(self) -> str:
        """Say what is wrong with the numbers; empty if they can be accounted for."""
        # The smallest normal number: below it a float has lost digits, and its square is zero.
        if not math.isfinite(self.multiplier) or self.multiplier < sys.float_info.min:
            return "a multiplier that is not"
        if not self.steps >= 1 or self.steps % 1:
            return "steps that are no whole number above zero"
        if not sys.float_info.min <= self.sampling_rate <= 1:
            return "a sampling rate that is not above 0 and at most 1"
        if self.sampling_rate < 1 and self.noise is not Noise.GAUSSIAN:
            return f"a sample of the people under {self.noise.value} noise"
        return ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self) | {"noise": self.noise.value}

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> Mechanism:
        """Return the mechanism that `as_dict` wrote.

        Examples
        --------
        >>> laplace = Mechanism(Noise.LAPLACE, 2.0)
        >>> Mechanism.parse(laplace.as_dict()) == laplace
        True
        """
        return cls(**(dict(record) | {"noise": Noise(record["noise"])}))
