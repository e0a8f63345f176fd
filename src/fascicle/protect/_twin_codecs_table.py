"""Tables of people as vectors: normal scores of numbers, thresholds of categories, what is missing.

Nothing that is one person's own is kept. A number's distribution is held as means of several
people each; a category that few people have is taken for missing; beyond the outermost means no
number is made.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Mechanism

from ._risk_columns import is_missing
from ._twin_codecs import no_fit, not_settable, not_usable, require_enough, require_vectors

ColumnKind = Literal["number", "whole", "category"]
"""Numbers with decimals, whole numbers, and words (or few different numbers)."""

LEAST_ALIKE = 3
"""A category that fewer people have is not learnt, nor is what fewer people lack."""
_PER_NODE = 5
"""A distribution is known as means of so many people each."""
_MAX_NODES = 25
_MAX_ORDERED = 8
"""Up to so many different numbers are categories in their order."""
_SELDOM = 0.005
_ANSWERS = {"none", "unknown"}
_INSIDE = 0.9
"""How far from its mean to its thresholds a category's score may lie."""


@dataclass(frozen=True, slots=True)
class _Numbers:
    """A distribution of numbers: ascending values, and the normal score of each."""

    values: NDArray[np.float64]
    scores: NDArray[np.float64]
    decimals: int

    def encode(self, cells: Sequence[Any]) -> NDArray[np.float64]:
        # A value that several nodes have gets the mean of their scores.
        values, place = np.unique(self.values, return_inverse=True)
        scores = np.bincount(place, self.scores) / np.bincount(place)
        return np.asarray(np.interp([float(cell) for cell in cells], values, scores))

    def decode(self, scores: NDArray[np.float64]) -> list[Any]:
        found = np.interp(scores, self.scores, self.values)
        if self.decimals:
            return [round(float(value), self.decimals) for value in found]
        return [round(float(value)) for value in found]


@dataclass(frozen=True, slots=True)
class _Levels:
    """Categories in an order, the thresholds between them, and a score in each."""

    levels: tuple[Any, ...]
    cuts: NDArray[np.float64]
    scores: NDArray[np.float64]

    def encode(self, cells: Sequence[Any]) -> NDArray[np.float64]:
        pairs = zip(self.levels, self.scores, strict=True)
        known = {_token(level): score for level, score in pairs}
        return np.array([known.get(_token(cell), 0.0) for cell in cells], dtype=np.float64)

    def decode(self, scores: NDArray[np.float64]) -> list[Any]:
        return [self.levels[place] for place in np.searchsorted(self.cuts, scores)]


@dataclass(frozen=True, slots=True)
class _Column:
    """One column: how it is coded, and where values are missing.

    Without a code, every cell is missing; without a threshold, none is.
    """

    name: str
    code: _Numbers | _Levels | None
    missing_above: float | None

    @property
    def is_coded(self) -> bool:
        """False where all cells are missing, or all are the same."""
        return self.code is not None and len(self.code.scores) > 1

    @property
    def n_features(self) -> int:
        return self.is_coded + (self.missing_above is not None)

    def encode(self, cells: Sequence[Any]) -> list[NDArray[np.float64]]:
        """Return the column's features, each of shape (n_people,)."""
        empty = np.array([cell is None for cell in cells], dtype=bool)
        found = []
        if self.code is not None and self.is_coded:
            scores = _spread_scores(len(cells))
            present = [cell for cell, is_empty in zip(cells, empty, strict=True) if not is_empty]
            scores[~empty] = self.code.encode(present)
            found.append(scores)
        if self.missing_above is not None:
            above, below = _tail_scores(self.missing_above)
            found.append(np.where(empty, above, below))
        return found

    def decode(self, features: NDArray[np.float64]) -> list[Any]:
        """Return the column's cells from its features, shape (n_people, n_features)."""
        if self.code is None:
            return [None] * len(features)
        cells = self.code.decode(features[:, 0] if self.is_coded else np.zeros(len(features)))
        if self.missing_above is not None:
            cells = [
                None if score > self.missing_above else cell
                for cell, score in zip(cells, features[:, -1], strict=True)
            ]
        return cells


@dataclass(frozen=True, slots=True)
class TableCodec:
    """Rows of a table as vectors of normal scores, and back.

    A person is a mapping from column to cell: text, a number, or None.

    Attributes
    ----------
    columns : tuple of str
        Names, in the table's order.
    kinds : dict of str to str
        What each column was taken for.
    mechanisms : tuple of Mechanism
        What fitting it cost in privacy.
    codes : tuple
        How each column is coded.
    """

    columns: tuple[str, ...]
    kinds: Mapping[str, ColumnKind]
    mechanisms: tuple[Mechanism, ...] = ()
    codes: tuple[_Column, ...] = field(default=(), repr=False)

    @property
    def n_features(self) -> int:
        """Length of a vector; 0 if no column can be learnt."""
        return sum(code.n_features for code in self.codes)

    def encode(self, people: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
        """Return one vector for each row, shape (n_people, n_features).

        Raises
        ------
        InputError
            FSC140 if a row lacks a column; FSC141 if a number's cell is none.
        """
        features = []
        for code in self.codes:
            if any(code.name not in person for person in people):
                raise no_fit("Expected the columns that were learnt in each row, got others.")
            cells = [person[code.name] for person in people]
            features += code.encode(clean_cells(cells, self.kinds[code.name]))
        return np.array(features).reshape(len(features), len(people)).T

    def decode(
        self, vectors: NDArray[np.float64], rng: np.random.Generator
    ) -> list[dict[str, Any]]:
        """Return one row for each vector; missing cells are None.

        Parameters
        ----------
        vectors : ndarray of float64, shape (n_people, n_features)
            Normal scores.
        rng : numpy.random.Generator
            Not used: a table has no noise of its own.

        Returns
        -------
        list of dict
            Cells by column, in the table's order: numbers with its decimals, categories as they
            stood in the table.
        """
        features = require_vectors(vectors, self.n_features)
        cells = {}
        at = 0
        for code in self.codes:
            cells[code.name] = code.decode(features[:, at : at + code.n_features])
            at += code.n_features
        return [
            {name: cells[name][place] for name in self.columns} for place in range(len(features))
        ]


def infer_kinds(columns: Mapping[str, Sequence[Any]]) -> dict[str, ColumnKind]:
    """Say of each column what its cells are.

    Parameters
    ----------
    columns : mapping of str to sequence
        Cells by column: text, numbers, None.

    Returns
    -------
    dict of str to str
        ``"number"``, ``"whole"``, or ``"category"``: words, and up to 8 different numbers.

    Examples
    --------
    >>> infer_kinds({"age": [str(n) for n in range(20, 40)], "sex": ["F", "M"] * 10})
    {'age': 'whole', 'sex': 'category'}
    """
    return {name: _infer_kind(cells) for name, cells in columns.items()}


def fit_table_codec(
    columns: Mapping[str, Sequence[Any]], kinds: Mapping[str, ColumnKind] | None = None
) -> TableCodec:
    """Learn how each column is distributed, without keeping any person's own value.

    Parameters
    ----------
    columns : mapping of str to sequence
        Cells by column, one for each person: text, numbers, None; ``n/a`` and its like are missing.
    kinds : mapping of str to str or None
        What columns are; those left out are inferred by `infer_kinds`.

    Returns
    -------
    TableCodec
        With one feature for each column, and one more where values are missing.

    Raises
    ------
    InputError
        FSC140 for fewer than four people, or columns of different lengths; FSC141 if a cell of a
        number is none; FSC142 if a kind is none or of a column that is not there.

    Notes
    -----
    A number's distribution is kept as means of five people or more each (three in small tables);
    numbers beyond the outermost means are not made. A category of fewer than three people is taken
    for missing, so that a column of names or free text comes out empty.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> codec = fit_table_codec({"age": rng.integers(18, 80, 101), "sex": ["F", "M"] * 50 + ["F"]})
    >>> codec.decode(np.array([[0.0, -1.0], [9.0, 1.0]]), rng)[1]["sex"]
    'M'
    """
    lengths = {len(cells) for cells in columns.values()}
    if len(lengths) != 1:
        raise no_fit(f"Expected columns of one length, got {len(lengths)} different lengths.")
    require_enough(lengths.pop())
    told = dict(kinds or {})
    if not set(told) <= set(columns) or not set(told.values()) <= {"number", "whole", "category"}:
        raise not_settable("Expected the kinds number, whole or category of columns, got others.")
    known: dict[str, ColumnKind] = {
        name: told.get(name) or _infer_kind(cells) for name, cells in columns.items()
    }
    codes = tuple(
        _fit_column(name, clean_cells(cells, known[name]), known[name])
        for name, cells in columns.items()
    )
    return TableCodec(tuple(columns), known, (), codes)


def _infer_kind(cells: Sequence[Any]) -> ColumnKind:
    present = [cell for cell in cells if not _is_empty(cell)]
    numbers = [_as_number(cell) for cell in present]
    if any(number is None for number in numbers) or len(set(numbers)) <= _MAX_ORDERED:
        return "category"
    return "whole" if all(float(number or 0).is_integer() for number in numbers) else "number"


def _fit_column(name: str, cells: Sequence[Any], kind: ColumnKind) -> _Column:
    present = [cell for cell in cells if cell is not None]
    if kind == "category":
        counts = Counter(_token(cell) for cell in present)
        present = [cell for cell in present if counts[_token(cell)] >= LEAST_ALIKE]
    n_missing = len(cells) - len(present)
    if len(present) < LEAST_ALIKE:
        return _Column(name, None, None)
    code = _fit_levels(present) if kind == "category" else _fit_numbers(present, kind)
    if n_missing < LEAST_ALIKE:
        return _Column(name, code, None)
    return _Column(name, code, _normal_score(len(present) / len(cells)))


def code_shares(
    name: str,
    counts: NDArray[np.float64],
    values: Sequence[Any] | NDArray[np.float64],
    rest: tuple[float, int],
) -> _Column:
    """Code a column by how many people are in each bin.

    `values` are the edges of the bins of numbers, or categories; `rest` is how many people have no
    cell, and the decimals of numbers.
    """
    n_missing, decimals = rest
    total = max(float(counts.sum()), 1e-9)
    share_missing = n_missing / (n_missing + total)
    above = _normal_score(1 - share_missing) if share_missing > _SELDOM else None
    # No bin is quite empty: scores must ascend.
    shares = np.maximum(counts / total, _SELDOM)
    if isinstance(values, np.ndarray):
        ends = np.concatenate([[0.0], np.cumsum(shares / shares.sum())])
        scores = np.array([_normal_score(min(max(end, _SELDOM), 1 - _SELDOM)) for end in ends])
        return _Column(name, _Numbers(values, scores, decimals), above)
    kept = [place for place, share in enumerate(counts / total) if share > _SELDOM]
    if not kept:
        return _Column(name, None, None)
    own = shares[kept] / shares[kept].sum()
    cuts = np.array([_normal_score(share) for share in np.cumsum(own)[:-1]])
    levels = tuple(values[place] for place in kept)
    return _Column(name, _Levels(levels, cuts, _interval_scores(cuts)), above)


def _fit_numbers(cells: Sequence[float], kind: ColumnKind) -> _Numbers:
    """Keep means of people who are next to one another."""
    ordered = np.sort(np.array(cells, dtype=np.float64))
    size = _PER_NODE if len(ordered) >= 6 * _PER_NODE else LEAST_ALIKE
    groups = np.array_split(ordered, min(_MAX_NODES, max(1, len(ordered) // size)))
    ends = np.cumsum([len(group) for group in groups])
    levels = (ends - np.array([len(group) for group in groups]) / 2) / len(ordered)
    scores = np.array([_normal_score(level) for level in levels])
    decimals = 0 if kind == "whole" else _count_decimals(ordered)
    return _Numbers(np.array([group.mean() for group in groups]), scores, decimals)


def _fit_levels(cells: Sequence[Any]) -> _Levels:
    """Order categories: numbers by size, words from the commonest."""
    counts = Counter(_token(cell) for cell in cells)
    spelled = {_token(cell): cell for cell in cells}
    numbers = {token: _as_number(token) for token in counts}
    ordered = (
        sorted(counts, key=lambda token: (-counts[token], token))
        if None in numbers.values()
        else sorted(counts, key=lambda token: (numbers[token] or 0.0, token))
    )
    shares = np.cumsum([counts[token] for token in ordered]) / len(cells)
    cuts = np.array([_normal_score(share) for share in shares[:-1]])
    return _Levels(tuple(spelled[token] for token in ordered), cuts, _interval_scores(cuts))


def _interval_scores(cuts: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Return a score between thresholds for each category, all together of unit variance.

    .. math:: m_k = (\varphi(a_k) - \varphi(b_k)) / (\Phi(b_k) - \Phi(a_k))

    are the means of a standard normal between the thresholds; they vary less than it, and are
    spread to its variance as far as the thresholds allow: a Gaussian of the scores' own variance
    then has the categories' own shares.
    """
    from scipy.special import ndtr

    edges = np.concatenate([[-np.inf], cuts, [np.inf]])
    heights = np.exp(-np.square(edges) / 2) / math.sqrt(2 * math.pi)
    shares = np.maximum(np.diff(ndtr(edges)), 1e-12)
    means = -np.diff(heights) / shares
    spread = math.sqrt(float((shares * np.square(means)).sum()))
    inner = (means - edges[:-1]) * _INSIDE, (edges[1:] - means) * _INSIDE
    return np.asarray(np.clip(means / max(spread, 1e-6), means - inner[0], means + inner[1]))


def _tail_scores(cut: float) -> tuple[float, float]:
    """Return the score of those above a threshold, and of those below."""
    below, above = _interval_scores(np.array([cut]))
    return float(above), float(below)


def _spread_scores(n_cells: int) -> NDArray[np.float64]:
    """Return scores that are spread as a standard normal's, for cells that are missing.

    Zeros in their place would draw all numbers of the column together.
    """
    from scipy.special import ndtri

    golden = (math.sqrt(5) - 1) / 2
    return np.asarray(ndtri((np.arange(n_cells) + 0.5) * golden % 1.0))


def _normal_score(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(min(max(share, 1e-6), 1 - 1e-6)))


def _count_decimals(values: NDArray[np.float64]) -> int:
    """Return the fewest decimals that write nearly all values as they are; six at most."""
    for decimals in range(1, 6):
        same = np.abs(values - np.round(values, decimals)) <= 1e-9 * (1 + np.abs(values))
        if same.mean() >= 0.95:
            return decimals
    return 6


def clean_cells(cells: Sequence[Any], kind: ColumnKind) -> list[Any]:
    """Return numbers as floats, words as they are, and what is missing as None.

    Among words, "none" and "unknown" are answers.
    """
    plain = [cell.item() if isinstance(cell, np.generic) else cell for cell in cells]
    if kind == "category":
        return [
            None
            if cell is None or (_is_empty(cell) and _token(cell).lower() not in _ANSWERS)
            else cell
            for cell in plain
        ]
    numbers = read_numbers_of(plain)
    if any(n is None and not _is_empty(cell) for n, cell in zip(numbers, plain, strict=True)):
        raise not_usable("Expected numbers in a column of numbers, got other text.")
    return numbers


def read_numbers_of(cells: Sequence[Any]) -> list[float | None]:
    """Return cells as numbers; None for what is missing, or is none."""
    return [None if _is_empty(cell) else _as_number(cell) for cell in cells]


def _as_number(cell: Any) -> float | None:  # noqa: ANN401 - a cell is text or a number
    try:
        number = float(str(cell).strip().replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _is_empty(cell: Any) -> bool:  # noqa: ANN401
    if cell is None or (isinstance(cell, float | np.floating) and not math.isfinite(cell)):
        return True
    return is_missing(str(cell))


def _token(cell: Any) -> str:  # noqa: ANN401
    """Return how a category is told from others: the number 1 and the text 1 are the same."""
    return str(cell).strip()
