"""The survival test: whether a head that lost its face is still found by its own scan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import proportion_interval

from ._face_attacks import ATTACKERS, FaceTraits, compare_looks, compare_shapes, describe_faces
from ._face_surface import SURFACE_MM, find_surface
from ._head_align import Affine, Alignment
from ._head_space import make_plain

ENOUGH_PEOPLE: Final = 100
"""With fewer independent heads a rate of recognition is not established."""


@dataclass(frozen=True, slots=True)
class FaceTrial:
    """What one attacker made of one scan that lost its face.

    Attributes
    ----------
    attacker : str
        One of `ATTACKERS`.
    rank : int
        Place of the own head among the candidates, by likeness: 1 is a hit.
    n_candidates : int
        Heads among which it was searched for, the own one among them.
    """

    attacker: str
    rank: int
    n_candidates: int

    @property
    def is_hit(self) -> bool:
        """True if the attacker named the right head."""
        return self.rank == 1

    def as_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        return {"attacker": self.attacker, "rank": self.rank, "n_candidates": self.n_candidates}


@dataclass(frozen=True, slots=True)
class FaceRate:
    """How often one attacker named people, over all of them.

    Attributes
    ----------
    attacker : str
        One of `ATTACKERS`.
    n_hits, n_people : int
        People of whom a scan was named, and people who were tried.
    n_candidates : int
        The fewest heads among which somebody was searched for.
    low, high : float
        Exact 95 % interval of the rate.
    """

    attacker: str
    n_hits: int
    n_people: int
    n_candidates: int
    low: float
    high: float

    @property
    def chance(self) -> float:
        """What guessing reaches."""
        return 1 / self.n_candidates

    @property
    def is_established(self) -> bool:
        """True if enough independent heads were tried for the rate to mean something."""
        return self.n_people >= ENOUGH_PEOPLE


@cache
def face_gallery() -> FaceTraits:
    """Return the heads among which a lab's own ones are searched for: simulated, none of a person.

    Returns
    -------
    FaceTraits
        Of 120 heads. ``scripts/make_face_gallery.py`` makes them again.

    Examples
    --------
    >>> len(face_gallery())
    120
    """
    file = resources.files("fascicle.protect").joinpath("data/faces.npz")
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
        return FaceTraits(
            stored["shape"].astype(np.float32) * float(stored["step_mm"]) + float(stored["low_mm"]),
            stored["looks"].astype(np.float32),
        )


def scan_face(
    values: NDArray[Any], affine: Affine, alignment: Alignment, *, is_ct: bool = False
) -> NDArray[np.float32]:
    """Return the surface of a scanned head, as the attackers see it.

    Parameters
    ----------
    values : ndarray, shape (n_i, n_j, n_k)
        One volume of real numbers.
    affine : ndarray of float64, shape (4, 4)
        Voxels to millimetres to the right, front and top.
    alignment : Alignment
        Where the average head lies in it.
    is_ct : bool
        True for Hounsfield units.

    Returns
    -------
    ndarray of float32, shape (3, n_up, n_across)
        As `find_surface` returns it.
    """
    return find_surface(make_plain(values, affine, voxel_mm=SURFACE_MM, is_ct=is_ct), alignment)


def attack_face(
    original: NDArray[np.float32], defaced: NDArray[np.float32], gallery: FaceTraits | None = None
) -> tuple[FaceTrial, ...]:
    """Let both attackers search for the head that a defaced scan is of.

    They are given more than an attacker of a published scan would have: the original scan itself,
    in the same pose, instead of a photograph.

    Parameters
    ----------
    original, defaced : ndarray of float32, shape (3, n_up, n_across)
        The surface before and after, as `scan_face` returns it.
    gallery : FaceTraits, optional
        Other heads. Default: `face_gallery`.

    Returns
    -------
    tuple of FaceTrial
        One for each attacker. Of heads that are equally alike the own one is counted first.

    Raises
    ------
    DependencyError
        FSC804 if dlib or the weights of its network are missing.
    """
    own, probe = describe_faces(original[None]), describe_faces(defaced[None])
    known = own.join(face_gallery() if gallery is None else gallery)
    return rank_own(probe, known, np.zeros(1, np.intp))


def rank_own(
    probes: FaceTraits, known: FaceTraits, owners: NDArray[np.intp]
) -> tuple[FaceTrial, ...]:
    """Return for each probe and attacker at which place its own head comes.

    Parameters
    ----------
    probes : FaceTraits
        Heads that lost their faces.
    known : FaceTraits
        Heads with faces.
    owners : ndarray of int, shape (n_probes,)
        Which of the known heads each probe is of.

    Returns
    -------
    tuple of FaceTrial
        All probes of the first attacker, then those of the second.
    """
    trials = []
    for attacker, unlike in zip(
        ATTACKERS,
        (compare_shapes(probes.shape, known.shape), compare_looks(probes.looks, known.looks)),
        strict=True,
    ):
        own = np.take_along_axis(unlike, owners[:, None], axis=1)
        ranks = 1 + (unlike < own).sum(1)
        trials += [FaceTrial(attacker, int(rank), len(known)) for rank in ranks]
    return tuple(trials)


def sum_trials(trials: Mapping[str, Iterable[FaceTrial]]) -> tuple[FaceRate, ...]:
    """Return how often people were named.

    Parameters
    ----------
    trials : mapping of str to iterable of FaceTrial
        By person: several scans of one person are not independent, and count once.

    Returns
    -------
    tuple of FaceRate
        For each attacker that tried anybody.

    Examples
    --------
    >>> rates = sum_trials({"a": [FaceTrial("shape", 1, 121)], "b": [FaceTrial("shape", 60, 121)]})
    >>> rates[0].n_hits, rates[0].n_people, rates[0].is_established
    (1, 2, False)
    """
    rates = []
    for attacker in ATTACKERS:
        mine = {
            person: own
            for person, all_of in trials.items()
            if (own := [trial for trial in all_of if trial.attacker == attacker])
        }
        if mine:
            n_hits = sum(any(trial.is_hit for trial in own) for own in mine.values())
            fewest = min(trial.n_candidates for own in mine.values() for trial in own)
            low, high = proportion_interval(n_hits, len(mine))
            rates.append(FaceRate(attacker, n_hits, len(mine), fewest, low, high))
    return tuple(rates)
