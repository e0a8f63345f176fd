"""All that is known of a person as one vector: the table, and every file, one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Mechanism
from fascicle.protect import (
    Codec,
    fit_matrix_codec,
    fit_series_codec,
    fit_table_codec,
    fit_volume_codec,
)

from ._twin_inputs import Part, People, TwinSource


@dataclass(frozen=True, slots=True)
class Person:
    """What a generator makes of a synthetic person.

    Attributes
    ----------
    row : dict of str to cell
        By column, without the person's label and class; empty if there is no table.
    parts : tuple of ndarray
        In the order of the source's parts.
    """

    row: dict[str, Any]
    parts: tuple[NDArray[np.float64], ...]


@dataclass(frozen=True, slots=True)
class JointCodec:
    """The codecs of a dataset, side by side, so that a twin's age goes with its brain.

    Attributes
    ----------
    table : Codec or None
        Of the table of people.
    parts : tuple of Codec
        Of the files.
    columns : tuple of str
        Which columns the table's codec knows.
    """

    table: Codec | None
    parts: tuple[Codec, ...]
    columns: tuple[str, ...]

    @property
    def mechanisms(self) -> tuple[Mechanism, ...]:
        """What fitting cost in privacy."""
        return tuple(mechanism for codec in self._all() for mechanism in codec.mechanisms)

    def _all(self) -> list[Codec]:
        return [*([self.table] if self.table is not None else []), *self.parts]

    def encode(self, source: TwinSource, labels: Sequence[str]) -> NDArray[np.float64]:
        """Return one vector for each person, shape (n_people, n_features)."""
        people: list[Sequence[Any]] = [People(part, tuple(labels)) for part in source.parts]
        if self.table is not None:
            people.insert(0, list_rows(source, labels, self.columns))
        found = [codec.encode(some) for codec, some in zip(self._all(), people, strict=True)]
        return np.concatenate(found, axis=1)

    def decode(self, vector: NDArray[np.float64], rng: np.random.Generator) -> Person:
        """Return the person that a vector of shape (n_features,) stands for."""
        edges = np.cumsum([0, *(codec.n_features for codec in self._all())])
        made = [
            codec.decode(vector[np.newaxis, first:last], rng)[0]
            for codec, (first, last) in zip(self._all(), pairwise(edges), strict=True)
        ]
        row = dict(made.pop(0)) if self.table is not None else {}
        return Person(row, tuple(made))


def fit_joint_codec(
    source: TwinSource, labels: Sequence[str], columns: Sequence[str]
) -> JointCodec:
    """Fit the codecs on the people trained on, and on nobody else.

    Parameters
    ----------
    source : TwinSource
        The dataset.
    labels : sequence of str
        People trained on.
    columns : sequence of str
        Columns of the table that are learnt.
    """
    table = None
    if source.table is not None and columns:
        rows = list_rows(source, labels, columns)
        table = fit_table_codec({name: [row[name] for row in rows] for name in columns})
    parts = tuple(_fit_part(part, People(part, tuple(labels))) for part in source.parts)
    return JointCodec(table, parts, tuple(columns))


def _fit_part(part: Part, people: People) -> Codec:
    if part.kind == "matrix":
        return fit_matrix_codec(people)
    if part.kind == "volume":
        return fit_volume_codec(people)
    return fit_series_codec(people, part.sfreq_hz)


def list_rows(
    source: TwinSource, labels: Sequence[str], columns: Sequence[str]
) -> list[dict[str, str]]:
    """Return the rows of some people, with some of their columns."""
    if source.table is None:
        return []
    at = {label: row for row, label in enumerate(source.table.labels())}
    cells = source.table.columns
    return [{name: cells[name][at[label]] for name in columns} for label in labels]
