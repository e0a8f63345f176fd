"""Kinds of data that twins are made of: how people of each are learnt, and compared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import (
    connectome_fingerprint,
    spread_words,
    utility_of_features,
    utility_of_matrices,
    utility_of_table,
)
from fascicle.protect import (
    TwinColumns,
    fit_matrix_codec,
    fit_series_codec,
    fit_table_codec,
    fit_volume_codec,
    make_matrix_rows,
    make_series_rows,
    make_table_rows,
    make_volume_rows,
)

COLUMNS = {
    "SITE_ID": "category",
    "AGE_AT_SCAN": "number",
    "SEX": "category",
    "HANDEDNESS_CATEGORY": "category",
    "FIQ": "number",
    "VIQ": "number",
    "PIQ": "number",
    "EYE_STATUS_AT_SCAN": "category",
    "BMI": "number",
}

Rows = list[NDArray[np.float64]]


@dataclass
class Kind(ABC):
    """People of one kind of data, with a class for each, and how they are learnt and compared."""

    people: Sequence[Any]
    labels: NDArray[np.int64]
    fresh: tuple[Sequence[Any], NDArray[np.int64]] | None = None
    columns: TwinColumns | None = None

    @abstractmethod
    def fit(self, people: Sequence[Any], n_components: int | None = None) -> Any:
        """Return the codec of people of this kind."""

    def label(self, people: Sequence[Any], labels: NDArray[np.int64]) -> Sequence[Any]:
        """Write classes into the data, where they have a place for them."""
        return people

    @abstractmethod
    def rows(self, *sets: Sequence[Any]) -> Rows:
        """Return what attacks compare."""

    def features(self, *sets: Sequence[Any]) -> Rows:
        """Return what a class is told from."""
        return self.rows(*sets)

    def utility(self, real: Sequence[Any], twin: Sequence[Any]) -> dict[str, float]:
        found = utility_of_features(*self.rows(real, twin))
        return found.as_dict()


class TableKind(Kind):
    def fit(self, people, n_components=None):
        return fit_table_codec({name: [row[name] for row in people] for name in COLUMNS}, COLUMNS)

    def label(self, people, labels):
        return [row | {"DX_GROUP": int(one)} for row, one in zip(people, labels, strict=True)]

    def rows(self, *sets):
        kinds = COLUMNS | {"DX_GROUP": "category"}
        found, self.columns = make_table_rows(sets, kinds, ("DX_GROUP", "FIQ", "SITE_ID"))
        return found

    def features(self, *sets):
        found, columns = make_table_rows(sets, COLUMNS)
        wide = spread_words(np.concatenate(found), np.array(columns.is_word))
        return np.split(wide, np.cumsum([len(one) for one in found])[:-1])

    def utility(self, real, twin):
        rows = self.rows(real, twin)
        found = utility_of_table(*rows, np.array(self.columns.is_word)).as_dict()
        return {key: found[key] for key in ("mean_distance", "pair_error", "pair_correlation")}


class MatrixKind(Kind):
    def fit(self, people, n_components=None):
        return fit_matrix_codec(people, n_components=n_components)

    def rows(self, *sets):
        return [make_matrix_rows(np.array(people)) for people in sets]

    def utility(self, real, twin):
        return utility_of_matrices(np.array(real), np.array(twin)).as_dict()


@dataclass
class SeriesKind(Kind):
    sfreq_hz: float = 1.0

    def fit(self, people, n_components=None):
        # A spectrum has no more directions than bands.
        most = min(n_components, 30) if n_components else None
        return fit_series_codec(people, self.sfreq_hz, n_components=most)

    def rows(self, *sets):
        return [make_series_rows(people, self.sfreq_hz) for people in sets]

    def utility(self, real, twin):
        n_pairs = real[0].shape[1] * (real[0].shape[1] - 1) // 2
        rows = self.rows(real, twin)
        spectra = utility_of_features(*(one[:, :-n_pairs] for one in rows))
        pairs = utility_of_features(*(
            np.array([connectome_fingerprint(series.T) for series in people])
            for people in (real, twin)
        ))  # fmt: skip
        # Rows are logarithms to base ten, divided by the root of how many there are.
        error_db = 10 * spectra.mean_error * np.sqrt(rows[0].shape[1] - n_pairs)
        return {
            "spectrum_correlation": spectra.mean_correlation,
            "spectrum_error_db": error_db,
            "connectivity_correlation": pairs.mean_correlation,
            "connectivity_error": pairs.mean_error,
            "connectivity_spread_ratio": pairs.spread_ratio,
        }


class VolumeKind(Kind):
    def fit(self, people, n_components=None):
        return fit_volume_codec(people, n_components=n_components)

    def rows(self, *sets):
        return [make_volume_rows(people) for people in sets]
