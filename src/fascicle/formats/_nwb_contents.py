"""What an NWB file holds, for the files of a dataset that refer to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ._nwb_open import ELECTRODES, electrode_names, open_hdf5, order_series, type_of, walk
from ._vendor import foreign_reader

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HELD = ("acquisition/", "processing/", "stimulus/", "intervals/", "events/", "units")
_PIECES = frozenset({"VectorData", "VectorIndex", "ElementIdentifiers", "DynamicTableRegion",
                     "Data", "TimeSeriesReferenceVectorData"})  # fmt: skip
"""Columns of tables: they are no objects by themselves."""

_AXES = ("rel_x", "rel_y", "rel_z")


@dataclass(frozen=True, slots=True)
class NwbElectrode:
    """A row of the table of electrodes.

    Attributes
    ----------
    id : int
        The row's id, which no other row has.
    name : str
        Its name in the file.
    probe : str
        Name of the device that it is on.
    group : str
        Name of its group: the shank.
    place_um : tuple of float or None
        x, y, z on the probe, in micrometres; None where it is not known.
    """

    id: int
    name: str
    probe: str
    group: str
    place_um: tuple[float | None, float | None, float | None] = (None, None, None)


@dataclass(frozen=True, slots=True)
class NwbContents:
    """What an NWB file holds.

    Attributes
    ----------
    identifier : str
        The file's own.
    types : mapping of str to int
        How many objects of each type of the schema hold data.
    electrodes : tuple of NwbElectrode
        In the order of the table.
    series : mapping of str to str
        The series that each channel is of, by the channel's name.
    sites : mapping of str to int
        The id of the electrode that each channel is of, by the channel's name.
    """

    identifier: str
    types: Mapping[str, int]
    electrodes: tuple[NwbElectrode, ...]
    series: Mapping[str, str]
    sites: Mapping[str, int]


def read_nwb_contents(path: Path) -> NwbContents:
    """Read what an NWB file holds; its samples stay where they are.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    NwbContents
        Channels have the names that `read_written_header` gives them.

    Raises
    ------
    FormatError
        If it cannot be read.
    """
    with foreign_reader("Neurodata Without Borders (NWB)", "neurodata"), open_hdf5(path) as file:
        electrodes = tuple(_electrodes(file))
        series: dict[str, str] = {}
        sites: dict[str, int] = {}
        for base, nodes, names in order_series(file):
            rows = nodes[0]["electrodes"][:].tolist() if "electrodes" in nodes[0] else []
            for column, name in enumerate(names):
                series[name] = base.rpartition("/")[2]
                if column < len(rows) and 0 <= rows[column] < len(electrodes):
                    sites[name] = electrodes[rows[column]].id
        held = Counter(
            type_of(node)
            for name, node in walk(file)
            if name.startswith(_HELD) and type_of(node) and type_of(node) not in _PIECES
        )
        told = file["identifier"][()]
        return NwbContents(
            identifier=told.decode() if isinstance(told, bytes) else str(told),
            types=dict(sorted(held.items())),
            electrodes=electrodes,
            series=series,
            sites=sites,
        )


def _electrodes(file: Any) -> Iterator[NwbElectrode]:  # noqa: ANN401 - h5py
    """Yield the rows of the table of electrodes; those without a name are called by their id."""
    if ELECTRODES not in file:
        return
    table = file[ELECTRODES]
    ids = table["id"][:].tolist()
    names = electrode_names(file)
    is_told = len(set(names)) == len(names)
    places = [_column(table, axis, len(ids)) for axis in _AXES]
    for i, own in enumerate(ids):
        # A group of an extension stayed behind: the reference to it is empty.
        reference = table["group"][i] if "group" in table else None
        group = file[reference] if reference else None
        x_um, y_um, z_um = (float(axis[i]) if np.isfinite(axis[i]) else None for axis in places)
        yield NwbElectrode(
            id=int(own),
            name=names[i] if is_told else f"e{own}",
            probe="" if group is None or "device" not in group else _last(group["device"].name),
            group="" if group is None else _last(group.name),
            place_um=(x_um, y_um, z_um),
        )


def _column(table: Any, name: str, n_rows: int) -> NDArray[np.float64]:  # noqa: ANN401 - h5py
    """Return a column of numbers; NaN where the table has none."""
    if name not in table:
        return np.full(n_rows, np.nan)
    return np.asarray(table[name][:], dtype=np.float64)


def _last(name: str) -> str:
    return name.rpartition("/")[2]
