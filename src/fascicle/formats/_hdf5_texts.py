"""Texts in HDF5 files of results: what of them points to people, places or days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

_MAX_TEXTS = 2000
_MAX_LENGTH = 500
_MIN_LENGTH = 4
_PLAIN = frozenset({
    "true", "false", "none", "null", "corr_pnr", "greedy_roi", "sparse_nmf", "auto", "same",
    "csc", "csr", "ndarray", "float32", "float64",
})  # fmt: skip


def find_texts(file: Any) -> Iterator[tuple[str, str, object]]:  # noqa: ANN401 - h5py
    """Yield ``(kind, field, value)`` for every short text of a file, attributes first.

    Names of groups and datasets are the program's words; values may be anybody's.
    """
    import h5py

    found: list[tuple[str, Any]] = []

    def visit(name: str, node: Any) -> bool | None:  # noqa: ANN401
        found.extend((f"attribute {key}", value) for key, value in node.attrs.items())
        is_small = isinstance(node, h5py.Dataset) and node.size is not None and node.size <= 64
        if is_small and node.dtype.kind in "OS":
            found.append((name, node[()]))
        return True if len(found) > _MAX_TEXTS else None

    found += [(f"attribute {key}", value) for key, value in file.attrs.items()]
    file.visititems(visit)
    for name, value in found:
        for text in _texts(value):
            kind = "path" if "/" in text or "\\" in text else "text"
            yield kind, name, text


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield the texts of a value that say something."""
    array = np.asarray(value)
    if array.dtype.kind not in "OSU":
        return
    for item in array.ravel().tolist()[:64]:
        text = item.decode("utf-8", "replace") if isinstance(item, bytes) else item
        if isinstance(text, str):
            text = text.strip().strip("\x00")
            if _MIN_LENGTH <= len(text) <= _MAX_LENGTH and text.casefold() not in _PLAIN:
                yield text
