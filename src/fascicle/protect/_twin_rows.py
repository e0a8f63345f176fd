"""People's data as rows that attacks compare: made of each person alone, whoever was trained on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError
from fascicle.maths import WelchSpectrum, connectome_fingerprint, fold_matrices

from ._risk_columns import is_missing, read_number
from ._twin_audit import TwinColumns

_N_BANDS = 24
_WINDOW_S = 2.0
_LEAST_WINDOW = 32
_MOST_BLOCKS = 24


def make_table_rows(
    tables: Sequence[Sequence[Mapping[str, Any]]],
    kinds: Mapping[str, str],
    secrets: Collection[str] = (),
) -> tuple[list[NDArray[np.float64]], TwinColumns]:
    """Return tables as numbers, with one numbering of words for all of them.

    Parameters
    ----------
    tables : sequence of sequence of mapping
        For each table its rows: cells by column; text, numbers or None.
    kinds : mapping of str to str
        Columns to be compared, ``"category"`` where they hold words.
    secrets : collection of str
        Columns that an attacker would like to learn.

    Returns
    -------
    list of ndarray of float64 (n_rows, n_columns) and TwinColumns
        As `audit_twin` takes them; what is missing, or no number in a column of numbers, is NaN.

    Examples
    --------
    >>> rows, columns = make_table_rows(
    ...     [[{"age": "31", "sex": "F"}], [{"age": None, "sex": "M"}]],
    ...     {"age": "whole", "sex": "category"},
    ... )
    >>> [table.tolist() for table in rows], columns.is_word
    ([[[31.0, 0.0]], [[nan, 1.0]]], (False, True))
    """
    words = {
        name: {
            text: code
            for code, text in enumerate(
                sorted({_text(row[name]) for table in tables for row in table} - {""})
            )
        }
        for name, kind in kinds.items()
        if kind == "category"
    }

    def code(name: str, cell: Any) -> float:  # noqa: ANN401 - a cell is text or a number
        return words[name].get(_text(cell), np.nan) if name in words else _number(cell)

    rows = [
        np.array([[code(name, row[name]) for name in kinds] for row in table], dtype=np.float64)
        .reshape(len(table), len(kinds))
        for table in tables
    ]  # fmt: skip
    is_word = tuple(name in words for name in kinds)
    wanted = tuple(name for name in kinds if name in secrets)
    return rows, TwinColumns(tuple(kinds), is_word, wanted)


def _text(cell: Any) -> str:  # noqa: ANN401 - a cell is text or a number
    """Return a cell as a word; empty for what is missing."""
    text = "" if cell is None else str(cell).strip()
    return "" if is_missing(text) else text


def _number(cell: Any) -> float:  # noqa: ANN401
    number = read_number(_text(cell))
    return np.nan if number is None else number


def make_matrix_rows(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return matrices as points whose distance is the Frobenius norm of a difference.

    Parameters
    ----------
    matrices : ndarray of float64, shape (n_people, n_regions, n_regions)
        Symmetric.

    Returns
    -------
    ndarray of float64, shape (n_people, n_regions * (n_regions - 1) / 2)
        As `audit_twin` takes them.
    """
    return fold_matrices(matrices)


def make_series_rows(people: Sequence[NDArray[np.float64]], sfreq_hz: float) -> NDArray[np.float64]:
    r"""Return time series as points: logarithms of power in bands, and correlations of channels.

    Both weigh alike: each is divided by the root of how many there are. Power is in the series' own
    unit, so that how strong a person's signals are counts, too.

    Parameters
    ----------
    people : sequence of ndarray of float64 (n_times, n_channels)
        One unit and one order of channels.
    sfreq_hz : float
        Sampling rate, in hertz.

    Returns
    -------
    ndarray of float64, shape (n_people, n_features)
        As `audit_twin` takes them.

    Raises
    ------
    InputError
        FSC143 if the channels differ, or a series is shorter than a window of two seconds, and of
        32 samples.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> make_series_rows([rng.normal(size=(500, 3)) for _ in range(4)], 100.0).shape
    (4, 63)
    """
    n_window = max(_LEAST_WINDOW, round(_WINDOW_S * sfreq_hz))
    rows = [_describe_series(series.T, sfreq_hz, n_window) for series in people]
    if len({row.size for row in rows}) > 1:
        raise InputError(
            "FSC143",
            "Expected the same channels of all people, got different numbers of them.",
            "Leave out who was recorded with others.",
        )
    return np.array(rows)


def _describe_series(
    series: NDArray[np.float64], sfreq_hz: float, n_window: int
) -> NDArray[np.float64]:
    """Return one person's features from a series of shape (n_channels, n_times)."""
    if series.shape[1] < n_window:
        raise InputError(
            "FSC143",
            f"Expected {n_window} samples or more, got {series.shape[1]}.",
            "Leave out who was recorded too shortly.",
        )
    welch = WelchSpectrum(series.shape[0], sfreq_hz, n_window)
    for start in range(0, series.shape[1] - n_window + 1, n_window // 2):
        welch.add(series[:, start : start + n_window])
    density, freqs = welch.density()[:, 1:], welch.freqs_hz[1:]
    edges = np.geomspace(freqs[0], freqs[-1], _N_BANDS + 1)
    band = np.clip(np.searchsorted(edges, freqs, side="right") - 1, 0, _N_BANDS - 1)
    # Low bands may be narrower than the spectrum is fine, and empty.
    power = np.stack([density[:, band == at].mean(axis=1) for at in np.unique(band)], axis=1)
    logs = np.log10(np.maximum(power, np.finfo(np.float64).tiny)).ravel()
    pairs = connectome_fingerprint(series)
    return np.concatenate([logs / np.sqrt(logs.size), pairs / np.sqrt(max(pairs.size, 1))])


def make_volume_rows(people: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return volumes as points: means of blocks of voxels, at most 24 along an axis.

    Parameters
    ----------
    people : sequence of ndarray of float64 (n_x, n_y, n_z)
        One size and one unit; read one after the other.

    Returns
    -------
    ndarray of float64, shape (n_people, n_blocks)
        As `audit_twin` takes them, in the volumes' unit.

    Raises
    ------
    InputError
        FSC143 if sizes differ.

    Examples
    --------
    >>> make_volume_rows([np.ones((48, 30, 7)), np.zeros((48, 30, 7))]).shape
    (2, 4032)
    """
    rows, sizes = [], set()
    for volume in people:
        sizes.add(volume.shape)
        rows.append(_average_blocks(volume).ravel())
    if len(sizes) > 1:
        raise InputError(
            "FSC143",
            f"Expected volumes of one size, got {len(sizes)} sizes.",
            "Bring all people's volumes to one grid.",
        )
    return np.array(rows)


def _average_blocks(volume: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return means of blocks that are as equal as they can be."""
    for axis, size in enumerate(volume.shape):
        starts = np.arange(min(size, _MOST_BLOCKS)) * size // min(size, _MOST_BLOCKS)
        widths = np.diff(np.append(starts, size))
        shape = [-1 if at == axis else 1 for at in range(volume.ndim)]
        volume = np.add.reduceat(volume, starts, axis=axis) / widths.reshape(shape)
    return np.asarray(volume)
