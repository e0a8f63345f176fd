"""Synthetic FieldTrip raw structures, in MATLAB files of version 5 and 7.3."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ._mat_files import write_mat
from ._planted import Planted, Shape


def make_fieldtrip(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    shape: Shape | None = None,
    n_trials: int = 3,
    kind: str = "5",
) -> Path:
    """Write a synthetic FieldTrip raw structure.

    Parameters
    ----------
    path : Path
        The .mat.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the steps (``cfg``) that FieldTrip keeps.
    shape : Shape, optional
        Channels and length; all have the first rate.
    n_trials : int
        How many trials the samples are cut into; the last one is longer.
    kind : str
        ``"5"``, or ``"7.3"`` (HDF5).

    Returns
    -------
    Path
        `path`.
    """
    shape = shape or Shape()
    samples = shape.microvolts(seed)
    cut = samples.shape[1] // n_trials
    edges = [*range(0, cut * n_trials, cut), samples.shape[1]]
    trials = [samples[:, a:b] for a, b in pairwise(edges)]
    times = [np.arange(trial.shape[1]) / shape.rates_hz[0] - 0.2 for trial in trials]
    step: dict[str, Any] = {"method": "trial"}
    if planted:
        step |= {
            "dataset": f"D:\\recordings\\{planted.name}\\{planted.code}.eeg",
            "callinfo": {"user": planted.operator, "hostname": planted.serial},
        }
    structure = {
        "label": list(shape.names), "trial": trials, "time": times,
        "fsample": float(shape.rates_hz[0]), "cfg": step,
    }  # fmt: skip
    if kind == "7.3":
        _write_hdf5(path, structure)
    else:
        write_mat(path, {"data": {k: _as_cell(v) for k, v in structure.items()}})
    return path


def _as_cell(value: Any) -> Any:  # noqa: ANN401 - whatever a structure holds
    """Return a list as a cell array, as SciPy writes it."""
    if not isinstance(value, list):
        return value
    cell = np.empty((len(value), 1), dtype=object)
    for at, one in enumerate(value):
        cell[at, 0] = one
    return cell


def _write_hdf5(path: Path, structure: dict[str, Any]) -> None:
    """Write a structure as MATLAB 7.3 does: cells are references into ``#refs#``."""
    import h5py

    with h5py.File(path, "w", userblock_size=512) as file:
        refs = file.create_group("#refs#", track_order=True)
        _write_value(file, refs, file, "data", structure)
    with path.open("r+b") as stream:
        text = b"MATLAB 7.3 MAT-file, Platform: none".ljust(116)
        stream.write(text + b"\0" * 8 + b"\x00\x02IM")


def _write_value(file: Any, refs: Any, group: Any, name: str, value: Any) -> None:  # noqa: ANN401
    """Write one value, whatever it is, under a name of a group."""
    import h5py

    if isinstance(value, dict):
        inner = group.create_group(name)
        inner.attrs["MATLAB_class"] = np.bytes_("struct")
        for key, one in value.items():
            _write_value(file, refs, inner, key, one)
    elif isinstance(value, list):
        places = []
        for one in value:
            key = f"r{len(refs):04d}"
            _write_value(file, refs, refs, key, one)
            places.append(refs[key].ref)
        cells = group.create_dataset(name, (1, len(places)), dtype=h5py.ref_dtype)
        cells[0, :] = places
        cells.attrs["MATLAB_class"] = np.bytes_("cell")
    elif isinstance(value, str):
        text = group.create_dataset(name, data=np.array([[ord(c)] for c in value], dtype="<u2"))
        text.attrs["MATLAB_class"] = np.bytes_("char")
    else:
        matrix = np.atleast_2d(np.asarray(value, dtype=np.float64)).T
        group.create_dataset(name, data=matrix).attrs["MATLAB_class"] = np.bytes_("double")
