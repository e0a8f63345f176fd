"""What a synthetic table gives away of the people behind it: three attacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

from ._intervals import wilson_interval
from ._mixed_rows import RowMetric, require_rows

_N_PREDICATES = 1000
_N_COLUMNS = 4
_N_ENDS = 20
_CLOSE = 0.05


@dataclass(frozen=True, slots=True)
class LinkageAttack:
    """How often an attack on a twin succeeds, on people it was made from and on others.

    Attributes
    ----------
    name : str
        What the attacker does.
    n_hits, n_members : int
        People trained on for whom it succeeded, of how many.
    n_control_hits, n_controls : int
        The same for people who were held out: what can be told of anybody.
    baseline : float
        Share of people for whom a guess without the twin, or blind in it, succeeds.
    """

    name: str
    n_hits: int
    n_members: int
    n_control_hits: int
    n_controls: int
    baseline: float

    @property
    def rate(self) -> float:
        """Share of people trained on for whom it succeeded."""
        return self.n_hits / self.n_members

    @property
    def control(self) -> float:
        """Share of people held out for whom it succeeded."""
        return self.n_control_hits / self.n_controls

    @property
    def advantage(self) -> float:
        """How much more often it succeeds for people trained on."""
        return self.rate - self.control

    @property
    def risk(self) -> float:
        """Share of people who were safe from it before, and no longer are.

        The advantage divided by 1 - `control`; 0 where everything is told of everybody.
        """
        return self.advantage / (1 - self.control) if self.control < 1 else 0.0

    @property
    def p(self) -> float:
        """Chance of as many hits among people trained on if it were all one: Fisher's exact."""
        from scipy.stats import hypergeom

        n_people, n_hits = self.n_members + self.n_controls, self.n_hits + self.n_control_hits
        return float(hypergeom.sf(self.n_hits - 1, n_people, n_hits, self.n_members))

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        r"""Return an interval of the advantage.

        .. math:: [\,p_1 - p_2 - \sqrt{(p_1 - l_1)^2 + (u_2 - p_2)^2},\;
                  p_1 - p_2 + \sqrt{(u_1 - p_1)^2 + (p_2 - l_2)^2}\,]

        with Wilson's bounds :math:`l, u` of both rates [1]_.

        Parameters
        ----------
        confidence : float
            Between 0 and 1.

        Returns
        -------
        tuple of float
            Between -1 and 1.

        References
        ----------
        .. [1] R. G. Newcombe (1998), method 10,
           doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
        """
        low, high = wilson_interval(self.n_hits, self.n_members, confidence=confidence)
        control = wilson_interval(self.n_control_hits, self.n_controls, confidence=confidence)
        below = np.hypot(self.rate - low, control[1] - self.control)
        above = np.hypot(high - self.rate, self.control - control[0])
        return float(self.advantage - below), float(self.advantage + above)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "name": self.name,
            "n_hits": self.n_hits,
            "n_members": self.n_members,
            "n_control_hits": self.n_control_hits,
            "n_controls": self.n_controls,
            "rate": self.rate,
            "control": self.control,
            "baseline": self.baseline,
            "advantage": self.advantage,
            "interval": list(self.interval()),
            "risk": self.risk,
            "p": self.p,
        }


@dataclass(frozen=True, slots=True)
class TwinRows:
    """The rows that an attacker of a twin deals with.

    Attributes
    ----------
    people : ndarray of float64, shape (n_people, n_columns)
        Real people: those trained on first, then those held out.
    n_members : int
        How many were trained on.
    synthetic : ndarray of float64, shape (n_synthetic, n_columns)
        The twin.
    metric : RowMetric
        Distance of rows, fitted to all people.
    """

    people: NDArray[np.float64]
    n_members: int
    synthetic: NDArray[np.float64]
    metric: RowMetric

    @classmethod
    def join(
        cls,
        trained: NDArray[np.float64],
        held_out: NDArray[np.float64],
        synthetic: NDArray[np.float64],
        is_word: NDArray[np.bool_] | None = None,
    ) -> TwinRows:
        """Put rows together.

        Parameters
        ----------
        trained, held_out, synthetic : ndarray of float64, shape (n_rows, n_columns)
            NaN where a value is missing; words as numbers, from 0 on.
        is_word : ndarray of bool, shape (n_columns,), optional
            Columns of words. Default: rows are points.

        Returns
        -------
        TwinRows
            With a distance that treats all people alike.

        Raises
        ------
        InputError
            FSC143 if the columns differ; FSC144 if there are too few rows.
        """
        shapes = [rows.shape for rows in (trained, held_out, synthetic)]
        if any(len(shape) != 2 or shape[1] != shapes[0][-1] for shape in shapes):
            raise InputError(
                "FSC143",
                f"Expected rows of the same columns three times, got shapes {shapes}.",
                "Give the same columns of people trained on, people held out and the twin.",
            )
        if min(shape[0] for shape in shapes) < 2:
            raise InputError(
                "FSC144",
                "Expected two people or more who were trained on, two who were not and two rows "
                f"of the twin, got {', '.join(str(shape[0]) for shape in shapes)}.",
                "Hold out more people, or do without a twin.",
            )
        people = np.concatenate([trained, held_out])
        require_rows(synthetic, is_word)
        return cls(people, len(trained), synthetic, RowMetric.fit(people, is_word))

    def count(self, name: str, success: NDArray[np.bool_], baseline: float) -> LinkageAttack:
        """Return an attack by whom it succeeded for.

        Parameters
        ----------
        name : str
            What the attacker does.
        success : ndarray of bool, shape (n_people,)
            In the order of `people`.
        baseline : float
            What a guess reaches.

        Returns
        -------
        LinkageAttack
            Hits among people trained on and held out.
        """
        mine, other = success[: self.n_members], success[self.n_members :]
        return LinkageAttack(
            name, int(mine.sum()), mine.size, int(other.sum()), other.size, baseline
        )


def attack_singling_out(rows: TwinRows, rng: np.random.Generator) -> LinkageAttack:
    """Describe somebody by a few values of a synthetic row so that one real person fits.

    Around each synthetic row, on some of its columns, goes a box half as wide as the way to the
    next synthetic row; and each end of each column of numbers, and each word that one row has, is
    a description, too. Whoever fits one alone among all real people is singled out: after Giomi et
    al. [1]_, counted by people.

    Parameters
    ----------
    rows : TwinRows
        People and twin.
    rng : numpy.random.Generator
        Draws the rows and their columns.

    Returns
    -------
    LinkageAttack
        The baseline is the share of people whom boxes around blind rows single out, each of whose
        values is of another synthetic row.

    References
    ----------
    .. [1] M. Giomi et al. (2023), doi:10.56553/popets-2023-0055

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = rng.normal(size=(90, 5))
    >>> rows = TwinRows.join(people[:60], people[60:], people[:60] + 0.01)
    >>> found = attack_singling_out(rows, rng)
    >>> found.rate > 0.8, found.control < 0.2
    (True, True)
    """
    success = _single_out(rows, rows.synthetic, rng) | _fit_ends(rows, rng)
    # A blind attacker has each column by itself.
    blind = rng.permuted(rows.synthetic, axis=0)
    return rows.count("singling out", success, float(_single_out(rows, blind, rng).mean()))


def _single_out(
    rows: TwinRows, guesses: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Return who is alone in a box around a guess."""
    n_columns = rows.people.shape[1]
    n_used = min(_N_COLUMNS, n_columns)
    found = np.zeros(len(rows.people), dtype=np.bool_)
    for place in rng.permutation(len(guesses))[:_N_PREDICATES]:
        columns = rng.choice(n_columns, n_used, replace=False)
        metric, around = rows.metric.on(columns), guesses[:, columns]
        here = around[place : place + 1]
        ways = _widest(metric, here, around)
        ways[place] = np.inf
        inside = np.flatnonzero(_widest(metric, here, rows.people[:, columns]) < ways.min() / 2)
        if inside.size == 1:
            found[inside] = True
    return found


def _widest(
    metric: RowMetric, row: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far others are from a row in the column where they are furthest."""
    apart = [metric.apart(row, others, column)[0] for column in range(others.shape[1])]
    return np.asarray(np.max(apart, axis=0))


def _fit_ends(rows: TwinRows, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return who alone has a value at the ends of a synthetic column, or a word of one row."""
    words = rows.metric.is_word
    found = np.zeros(len(rows.people), dtype=np.bool_)
    # Of many columns some: in all of them together everybody is at some end.
    for at in rng.permutation(rows.people.shape[1])[:_N_ENDS]:
        column, twin = rows.people[:, at], rows.synthetic[:, at]
        known = twin[~np.isnan(twin)]
        if not known.size:
            continue
        if words is not None and words[at]:
            values, counts = np.unique(known, return_counts=True)
            fits = [column == value for value in values[counts == 1]]
        else:
            fits = [column >= known.max(), column <= known.min()]
        for fit in fits:
            if fit.sum() == 1:
                found |= fit
    return found


def attack_linkability(rows: TwinRows, rng: np.random.Generator) -> LinkageAttack:
    """Join two records of one person through the twin: half of the columns each.

    An attacker who has both halves apart finds the nearest synthetic row of each; if that is the
    same row, the halves are one person's [1]_.

    Parameters
    ----------
    rows : TwinRows
        People and twin, of two columns or more.
    rng : numpy.random.Generator
        Deals the columns to halves.

    Returns
    -------
    LinkageAttack
        The baseline is a blind guess: one of as many rows.

    References
    ----------
    .. [1] M. Giomi et al. (2023), doi:10.56553/popets-2023-0055

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = rng.normal(size=(90, 6))
    >>> rows = TwinRows.join(people[:60], people[60:], people[:60] + 0.01)
    >>> found = attack_linkability(rows, rng)
    >>> found.rate > 0.8, found.control < 0.2
    (True, True)
    """
    dealt = np.array_split(rng.permutation(rows.people.shape[1]), 2)
    nearest = [
        _nearest(rows.metric.on(half), rows.people[:, half], rows.synthetic[:, half])
        for half in dealt
    ]
    return rows.count("linkability", nearest[0] == nearest[1], 1 / len(rows.synthetic))


def _nearest(
    metric: RowMetric, people: NDArray[np.float64], synthetic: NDArray[np.float64]
) -> NDArray[np.intp]:
    return np.asarray(metric.between(people, synthetic).argmin(axis=1))


def attack_inference(rows: TwinRows, column: int, name: str) -> LinkageAttack:
    """Learn a value of a person of whom all others are known, from the nearest synthetic row.

    Parameters
    ----------
    rows : TwinRows
        People and twin, of two columns or more.
    column : int
        Which value is secret.
    name : str
        What it is called.

    Returns
    -------
    LinkageAttack
        A word, or a gap, is learnt if it is the same; a number within a twentieth of the column's
        range. People without a value count as well: that it is missing may be a secret. The
        baseline says of everybody what is commonest in the twin.

    References
    ----------
    .. [1] M. Giomi et al. (2023), doi:10.56553/popets-2023-0055

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = rng.normal(size=(90, 6))
    >>> rows = TwinRows.join(people[:60], people[60:], people[:60] + 0.01)
    >>> found = attack_inference(rows, 5, "income")
    >>> found.rate > 0.8, found.control < 0.3
    (True, True)
    """
    known = np.delete(np.arange(rows.people.shape[1]), column)
    nearest = _nearest(rows.metric.on(known), rows.people[:, known], rows.synthetic[:, known])
    own, learnt = rows.people[:, [column]], rows.synthetic[:, [column]]
    metric = rows.metric.on(np.array([column]))
    ways = metric.apart(own, learnt, 0)
    success = ways[np.arange(len(own)), nearest] <= _CLOSE
    # The value with the most synthetic rows around it is the best single guess.
    crowd = (metric.apart(learnt, learnt, 0) <= _CLOSE).sum(axis=1)
    baseline = float((ways[:, int(crowd.argmax())] <= _CLOSE).mean())
    return rows.count(f"inference of {name}", success, baseline)
