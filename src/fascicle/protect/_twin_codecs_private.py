"""Codecs that look at people under noise alone, with public bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Mechanism
from fascicle.maths import RandomBits, add_privately

from ._private_columns import require_range
from ._private_connectivity import ConnectivityQuestion
from ._twin_codecs import no_fit, not_settable, require_enough
from ._twin_codecs_matrix import MatrixCodec, make_correlation_basis, require_correlations
from ._twin_codecs_table import (
    ColumnKind,
    TableCodec,
    clean_cells,
    code_shares,
    read_numbers_of,
)

_N_BINS = 12
_USUAL_SCALE = 0.3
"""How far people's logarithms usually lie apart between strong patterns, at rest."""


@dataclass(frozen=True, slots=True)
class PublicColumn:
    """What is publicly known of a column: its range, or its categories.

    Attributes
    ----------
    low, high : float or None
        Of numbers; those beyond count as the nearer one.
    decimals : int
        With which numbers are written; 0 for whole ones.
    levels : tuple of str
        Categories, in their order if they have one; others count as missing.
    """

    low: float | None = None
    high: float | None = None
    decimals: int = 0
    levels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.low is None) != (self.high is None) or (self.low is None) == (not self.levels):
            raise not_settable("Expected a range or categories of a column, got neither or both.")
        if self.low is not None and self.high is not None:
            require_range(self.low, self.high)

    @property
    def kind(self) -> ColumnKind:
        """What its cells are."""
        return "category" if self.levels else "number" if self.decimals else "whole"

    @property
    def n_bins(self) -> int:
        """Bins that people are counted in, less the one for missing cells."""
        return len(self.levels) or _N_BINS

    @property
    def edges(self) -> NDArray[np.float64]:
        """Edges of the bins of numbers."""
        return np.linspace(self.low or 0.0, self.high or 0.0, _N_BINS + 1)

    def find_bins(self, cells: Sequence[Any]) -> NDArray[np.int64]:
        """Return each cell's bin; the last one for what is missing."""
        if self.levels:
            cleaned = clean_cells(cells, "category")
            places = {level: place for place, level in enumerate(self.levels)}
            found = [places.get(str(cell).strip(), self.n_bins) for cell in cleaned]
        else:
            # What is no number counts as missing: refusing it would tell of who has it.
            cleaned = read_numbers_of(cells)
            inner = self.edges[1:-1]
            found = [
                self.n_bins if cell is None else int(np.searchsorted(inner, cell, side="right"))
                for cell in cleaned
            ]
        return np.array(found, dtype=np.int64)


def fit_private_table_codec(
    columns: Mapping[str, Sequence[Any]],
    public: Mapping[str, PublicColumn],
    mechanism: Mechanism,
    bits: RandomBits | None = None,
) -> TableCodec:
    """Learn how each column is distributed from counts under noise.

    One person is in one bin of each column: taken out, the counts of all columns change by at most
    the root of the number of columns.

    Parameters
    ----------
    columns : mapping of str to sequence
        Cells by column, one for each person.
    public : mapping of str to PublicColumn
        What is known of the columns without the people; columns that are not in it are left out.
    mechanism : Mechanism
        Discrete Gaussian noise, once.
    bits : RandomBits or None
        Where chance comes from; None is the system's own source of secrets.

    Returns
    -------
    TableCodec
        Whose mechanisms are what it cost.

    Raises
    ------
    InputError
        FSC140 for fewer than four people, or a column that is not there or of another length.

    Examples
    --------
    >>> from fascicle.core import Mechanism, Noise
    >>> ages = {"age": list(range(20, 80)) * 5}
    >>> noise = Mechanism(Noise.DISCRETE_GAUSSIAN, 2.0)
    >>> codec = fit_private_table_codec(ages, {"age": PublicColumn(18, 90)}, noise)
    >>> codec.n_features, codec.mechanisms == (noise,)
    (1, True)
    """
    if not public or not set(public) <= set(columns):
        raise no_fit("Expected each column of which something is public in the table, got others.")
    rows = count_people(columns, public)
    require_enough(len(rows))
    bound = math.sqrt(len(public))
    found = add_privately(rows, bound, mechanism.multiplier, bits or RandomBits())
    codes, at = [], 0
    for name, column in public.items():
        counts = np.maximum(found.values[at : at + column.n_bins + 1], 0.0)
        at += column.n_bins + 1
        # Noise alone does not make cells missing.
        n_missing = float(counts[-1]) if counts[-1] > 2 * found.noise_sd else 0.0
        values = column.levels or column.edges
        codes.append(code_shares(name, counts[:-1], values, (n_missing, column.decimals)))
    kinds = {name: column.kind for name, column in public.items()}
    return TableCodec(tuple(public), kinds, (mechanism,), tuple(codes))


def count_people(
    columns: Mapping[str, Sequence[Any]], public: Mapping[str, PublicColumn]
) -> NDArray[np.float64]:
    """Return a one for each person's bin of each column, (n_people, n_bins of all columns)."""
    lengths = {len(columns[name]) for name in public}
    if len(lengths) != 1:
        raise no_fit(f"Expected columns of one length, got {len(lengths)} different lengths.")
    return np.hstack([
        np.eye(column.n_bins + 1)[column.find_bins(columns[name])]
        for name, column in public.items()
    ])


def fit_private_matrix_codec(
    matrices: Sequence[Any] | NDArray[np.float64],
    rho: float,
    *,
    n_samples: int = 50,
    bits: RandomBits | None = None,
) -> MatrixCodec:
    r"""Learn the mean of correlation matrices under noise, and directions from it alone.

    Parameters
    ----------
    matrices : ndarray of float64, shape (n_people, n_regions, n_regions)
        Correlations.
    rho : float
        Concentrated loss of privacy :math:`\rho` of the mean, as `ConnectivityQuestion` has it.
    n_samples : int
        How many independent samples a recording holds: public.
    bits : RandomBits or None
        Where chance comes from; None is the system's own source of secrets.

    Returns
    -------
    MatrixCodec
        With up to 36 directions of a public scale, and the mechanisms of the mean.

    Raises
    ------
    InputError
        FSC140 for fewer than four people or other sizes; FSC141 for what are no correlations.
    """
    people = require_correlations(matrices)
    require_enough(len(people))
    if n_samples < 4:
        raise not_settable("Expected four samples in a recording or more, got fewer.")
    question = ConnectivityQuestion(people.shape[1])
    mean = question.answer(people, rho, bits or RandomBits()).matrix
    if mean is None:
        raise not_settable("Expected a loss that leaves a matrix, got another.")
    basis = make_correlation_basis(mean, _USUAL_SCALE)
    return MatrixCodec(people.shape[1], n_samples, question.mechanisms(rho), basis=basis)
