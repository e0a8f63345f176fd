"""A private mean connectivity matrix."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Mechanism
from fascicle.errors import InputError
from fascicle.maths import (
    RANKS_BOUND,
    PrivateRanks,
    PrivateSum,
    RandomBits,
    add_privately,
    affordable_noise,
    expected_correlation,
    fold_matrices,
    project_correlation,
    rank_contributions,
    read_ranks,
    shrink_eigenvalues,
    unfold_matrix,
)

from ._private_answers import Forecast, PrivateAnswer, make_noise

_BOUND_SHARE = 0.05
"""Share of the loss that goes into choosing the bound."""
_BOUND_QUANTILE = 0.4
"""A bound below most people's length makes all weigh alike, and the noise smaller."""
_BOUND_SPAN = 60.0
"""The bound is sought from the longest that a matrix of correlations can be, down to so little."""
_PERSON_TO_MEAN = 1.45
"""Length of a bound so chosen by the length of the mean matrix: usual of some minutes at rest."""
_WANTED = 0.9


@dataclass(frozen=True, slots=True)
class ConnectivityQuestion:
    """The mean of one correlation matrix for each person.

    Attributes
    ----------
    n_regions : int
        Size of the matrices.
    bound : float or None
        The most that one person counts, as the Frobenius norm of the matrix (less the prior)
        without its diagonal; None chooses it privately, for a twentieth of the loss.
    prior : ndarray or None
        A public mean matrix, shape (n_regions, n_regions): only what differs from it is asked for.
    """

    n_regions: int
    bound: float | None = None
    prior: NDArray[np.float64] | None = field(default=None, repr=False)
    statistic = "connectivity"

    def __post_init__(self) -> None:
        shape = (self.n_regions, self.n_regions)
        is_prior = self.prior is None or (
            self.prior.shape == shape and bool(np.isfinite(self.prior).all())
        )
        is_bound = self.bound is None or (math.isfinite(self.bound) and self.bound > 1e-6)
        if self.n_regions < 2 or not (is_prior and is_bound):
            raise InputError(
                "FSC177",
                "Expected two regions or more, a bound above zero, and a prior of that size; got "
                f"{self.n_regions} regions{'' if is_bound else ' and another bound'}"
                f"{'' if is_prior else ' and another prior'}.",
                "Leave the bound out to have it chosen privately; give a prior with the same "
                "regions in the same order.",
            )

    def mechanisms(self, rho: float) -> tuple[Mechanism, ...]:
        """Return the noise on the bound, if it is chosen, and on the mean."""
        if self.bound is not None:
            return (make_noise(rho),)
        return make_noise(rho * _BOUND_SHARE), make_noise(rho * (1 - _BOUND_SHARE))

    def foretell(self, n_people: int, rho: float) -> Forecast:
        """Say how well the mean will agree with the truth, on matrices as they usually are."""
        n_edges = self.n_regions * (self.n_regions - 1) / 2
        noise = self.mechanisms(rho)[-1].multiplier * math.sqrt(n_edges) * _PERSON_TO_MEAN
        ratio = noise / max(n_people, 1)
        expected = expected_correlation(ratio, self.n_regions)
        verdict = "noise" if expected < 0.5 else "useful" if expected >= _WANTED else "blurred"
        what, whole = (
            ("The mean matrix of", "the truth")
            if self.prior is None
            else ("What is added to the prior by", "what is true beyond it")
        )
        return Forecast(
            f"{what} {n_people} people with {self.n_regions} regions is expected to correlate "
            f"{expected:.2f} with {whole}: it is {verdict}.",
            {"expected_correlation": expected, "noise_to_signal": ratio},
            ratio / affordable_noise(_WANTED, self.n_regions),
        )

    def answer(self, data: NDArray[np.float64], rho: float, bits: RandomBits) -> PrivateAnswer:
        """Clip, add up, add noise; then mend what can be mended without the data.

        Parameters
        ----------
        data : ndarray of float64, shape (n_people, n_regions, n_regions)
            Correlations; one matrix for each person.
        rho : float
            Loss of privacy.
        bits : RandomBits
            Where chance comes from.

        Returns
        -------
        PrivateAnswer
            With the matrix.
        """
        prior = np.zeros((self.n_regions,) * 2) if self.prior is None else self.prior
        vectors = fold_matrices(data - prior)
        lengths = self._judge_lengths(vectors, rho, bits)
        noise = self.mechanisms(rho)[-1].multiplier
        found = add_privately(vectors, lengths.bound, noise, bits)
        return self._mend(found, prior, lengths, len(data))

    def _mend(
        self, found: PrivateSum, prior: NDArray[np.float64], lengths: _Lengths, n_people: int
    ) -> PrivateAnswer:
        """Turn a noisy sum into a matrix of correlations; the data are not looked at any more."""
        weight = max(n_people, 1) * lengths.kept
        entry_sd = found.noise_sd / weight / math.sqrt(2.0)
        noisy = unfold_matrix(found.values / weight, self.n_regions)
        signal = shrink_eigenvalues(noisy, entry_sd)
        n_kept = int(np.linalg.matrix_rank(signal)) if signal.any() else 0
        matrix = project_correlation(prior + signal)
        sampling = self._sampling_sd(signal, lengths, n_people)
        return PrivateAnswer(
            self.statistic,
            {
                "n_regions": self.n_regions,
                "n_people": n_people,
                "bound": lengths.bound,
                "bound_is_public": self.bound is not None,
                "entry_noise_sd": entry_sd,
                "entry_sampling_sd": sampling,
                "n_patterns": n_kept,
                "has_prior": self.prior is not None,
            },
            self._say(n_kept, entry_sd, sampling),
            matrix,
        )

    def _say(self, n_kept: int, entry_sd: float, sampling: float | None) -> str:
        if not n_kept:
            says = "is the prior" if self.prior is not None else "says nothing"
            return f"Nothing stands out of the noise: the matrix {says}."
        chance = (
            "" if sampling is None else f" Who took part moves an entry by about {sampling:.2g}."
        )
        return (
            f"{n_kept} patterns stand out of the noise, whose standard deviation was "
            f"{entry_sd:.3g} in each entry before it was taken out.{chance}"
        )

    def _sampling_sd(
        self, signal: NDArray[np.float64], lengths: _Lengths, n_people: int
    ) -> float | None:
        """Return how far chance in who took part moves an entry, on average; None if not told."""
        if lengths.mean_square is None:
            return None
        off = signal - np.diag(np.diag(signal))
        left = max(lengths.mean_square - float((off**2).sum()), 0.0)
        return math.sqrt(left / (self.n_regions * (self.n_regions - 1)) / max(n_people, 1))

    def _judge_lengths(
        self, vectors: NDArray[np.float64], rho: float, bits: RandomBits
    ) -> _Lengths:
        """Return the bound, stated or privately chosen, and what the choice tells besides."""
        if self.bound is not None:
            return _Lengths(self.bound)
        longest = math.sqrt(self.n_regions * (self.n_regions - 1))
        high = math.log(longest * (1 if self.prior is None else 2))
        low = high - math.log(_BOUND_SPAN)
        norms = np.linalg.norm(vectors, axis=1)
        rows = rank_contributions(np.log(np.maximum(norms, 1e-12)), low, high)
        found = add_privately(rows, RANKS_BOUND, self.mechanisms(rho)[0].multiplier, bits)
        ranks = read_ranks(found.values, found.noise_sd, low, high)
        return _Lengths.read(ranks, math.exp(ranks.quantile(_BOUND_QUANTILE)))


@dataclass(frozen=True, slots=True)
class _Lengths:
    """The bound, the share of their length that people keep under it, and their mean square."""

    bound: float
    kept: float = 1.0
    mean_square: float | None = None

    @classmethod
    def read(cls, ranks: PrivateRanks, bound: float) -> _Lengths:
        """Read them off noisy ranks alone."""
        lengths = np.exp((ranks.edges[1:] + ranks.edges[:-1]) / 2)
        counts = np.diff(ranks.below)
        if counts.sum() <= 0:
            return cls(bound)
        shares = counts / counts.sum()
        kept = float((np.minimum(1.0, bound / lengths) * shares).sum())
        return cls(bound, kept, float((lengths**2 * shares).sum()))
