"""Single fields of SNIRF files, whichever of the permitted ways they are stored in."""

from __future__ import annotations

from typing import Any

import numpy as np


def find_tags(group: Any) -> Any:  # noqa: ANN401 - h5py groups
    """Return the group of metadata tags, or nothing to look into."""
    return group.get("metaDataTags", {})


def read_text(group: Any, name: str) -> str:  # noqa: ANN401 - an h5py group
    """Return a text of a group, whether stored as a scalar or as an array of one."""
    if name not in group:
        return ""
    values = np.ravel(group[name][()])
    value = values[0] if values.size else ""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.strip("\0 \n")


def find_measurements(data: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - an h5py group and its values
    """Return what describes each column of a block, from either form that SNIRF 1.1 has."""
    n_columns = int(data["dataTimeSeries"].shape[1])
    if "measurementLists" in data:
        table = data["measurementLists"]
        columns = {name: np.ravel(table[name][()]) for name in table}
        return [
            {name: values[i] for name, values in columns.items() if values.size == n_columns}
            for i in range(n_columns)
        ]
    rows = []
    for i in range(n_columns):
        group = data[f"measurementList{i + 1}"]
        values = {name: np.ravel(group[name][()]) for name in group}
        rows.append({name: value[0] for name, value in values.items() if value.size})
    return rows
