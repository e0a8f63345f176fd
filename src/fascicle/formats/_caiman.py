"""CaImAn: the results of constrained non-negative matrix factorisation, in one HDF5 file.

Fields as in CaImAn's ``save_dict_to_hdf5``; pixels are counted down the columns of a frame.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import FileHead, Header, Modality
from fascicle.errors import FormatError

from ._hdf5_texts import find_texts
from ._ophys import Cells, OpenedOphys, OphysFormat, require_traces
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = b"\x89HDF\r\n\x1a\n"


class CaImAn(OphysFormat):
    """Cells that CaImAn found."""

    name = "caiman"
    title = "CaImAn (.hdf5 with estimates)"

    def recognises(self, head: FileHead) -> bool:
        """Look for HDF5; whether CaImAn wrote it, `confirms` tells."""
        return not head.is_folder and head.head.startswith(_MAGIC)

    def confirms(self, head: FileHead, root: Path) -> bool:
        """Look for the masks and the traces."""
        import h5py

        with h5py.File(root / head.path, "r") as file:
            return "estimates/A" in file and "estimates/C" in file

    def open_ophys(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedOphys:
        """Read masks, traces and what is said of each cell."""
        import h5py

        with h5py.File(root / files[0], "r") as file:
            found = file["estimates"]
            size = _size(file)
            denoised = _traces(found, "C")
            if denoised is None:
                raise _incomplete("traces of the cells (C)")
            traces = {"denoised": denoised}
            residual = _traces(found, "YrA")
            if residual is not None and residual.shape == denoised.shape:
                traces = {"fluorescence": denoised + residual, **traces}
            for name, key in (("deconvolved", "S"), ("dff", "F_dff")):
                values = _traces(found, key)
                if values is not None:
                    traces[name] = values
            cells = Cells(
                masks=_masks(found["A"], size),
                traces=traces,
                columns=_columns(found, denoised.shape[1]),
                images=_images(found, size),
            )
            header = Header(
                modality=Modality.OPHYS,
                sfreq_hz=_rate(file),
                identifiers=tuple(dict.fromkeys(find_identifiers("CaImAn", find_texts(file)))),
                evidence=("It holds the estimates of CaImAn.",),
            )
        return OpenedOphys(header, (), (require_traces(cells),))


def _incomplete(what: str) -> FormatError:
    return FormatError(
        "FSC254",
        f"Expected {what}, got something else.",
        "Save the results with CaImAn again, or copy the file anew.",
    )


def _size(file: Any) -> tuple[int, int]:  # noqa: ANN401 - h5py
    """Return rows and columns of a frame."""
    for place in ("estimates/dims", "dims", "params/data/dims"):
        if place in file:
            values = np.asarray(file[place][()]).ravel()
            if values.size == 2 and values.dtype.kind in "iuf" and np.all(values > 0):
                return int(values[0]), int(values[1])
    raise _incomplete("the size of a frame (dims), of one plane")


def _traces(found: Any, name: str) -> NDArray[Any] | None:  # noqa: ANN401
    """Return traces as frames by cells; None where there are none."""
    if name not in found or not hasattr(found[name], "dtype"):
        return None
    values = np.asarray(found[name][()])
    if values.ndim != 2 or values.dtype.kind != "f" or values.size == 0:
        return None
    return values.T


def _masks(
    node: Any,  # noqa: ANN401
    size: tuple[int, int],
) -> tuple[tuple[NDArray[Any], NDArray[Any], NDArray[Any]], ...]:
    """Return columns, rows and weights of every cell's pixels, from the sparse matrix."""
    n_pixels = size[0] * size[1]
    if not hasattr(node, "keys"):
        dense = np.asarray(node[()])
        if dense.ndim != 2 or dense.shape[0] != n_pixels:
            raise _incomplete("masks of as many pixels as a frame has (A)")
        places = [np.flatnonzero(column) for column in dense.T]
        weights = [column[place] for column, place in zip(dense.T, places, strict=True)]
    else:
        data, indices, starts = (np.asarray(node[k][()]) for k in ("data", "indices", "indptr"))
        shape = np.asarray(node["shape"][()]).ravel()
        is_sound = (
            shape.size == 2
            and int(shape[0]) == n_pixels
            and len(starts) == int(shape[1]) + 1
            and data.shape == indices.shape
            and (not len(indices) or 0 <= indices.min() <= indices.max() < n_pixels)
            and np.all(np.diff(starts) >= 0)
            and int(starts[-1]) == len(data)
        )
        if not is_sound:
            raise _incomplete("masks of as many pixels as a frame has (A)")
        places = np.split(indices, starts[1:-1])
        weights = np.split(data, starts[1:-1])
    return tuple(
        ((p // size[0]).astype(np.uint32), (p % size[0]).astype(np.uint32), w.astype(np.float32))
        for p, w in zip(places, weights, strict=True)
    )


def _columns(found: Any, n_cells: int) -> dict[str, NDArray[Any]]:  # noqa: ANN401
    """Return what CaImAn judged of each cell."""
    columns: dict[str, NDArray[Any]] = {}
    if "idx_components" in found and hasattr(found["idx_components"], "dtype"):
        kept = np.asarray(found["idx_components"][()]).ravel()
        if kept.dtype.kind in "iu" and (not kept.size or 0 <= kept.min() <= kept.max() < n_cells):
            columns["iscell"] = np.isin(np.arange(n_cells), kept).astype(np.int64)
    for name, key in (
        ("probability", "cnn_preds"),
        ("snr", "SNR_comp"),
        ("spatial_correlation", "r_values"),
    ):
        if key in found and hasattr(found[key], "dtype"):
            values = np.asarray(found[key][()]).ravel()
            if values.dtype.kind == "f" and len(values) == n_cells:
                columns[name] = values.astype(np.float64)
    return columns


def _images(found: Any, size: tuple[int, int]) -> dict[str, NDArray[Any]]:  # noqa: ANN401
    """Return the correlation image."""
    if "Cn" in found and hasattr(found["Cn"], "dtype"):
        image = np.asarray(found["Cn"][()])
        if image.shape == size and image.dtype.kind == "f":
            return {"correlation": image.astype(np.float32)}
    return {}


def _rate(file: Any) -> float:  # noqa: ANN401
    """Return the frames in a second; 0 where they are not stated."""
    for place in ("params/data/fr", "estimates/fr", "fr"):
        if place in file:
            with suppress(TypeError, ValueError):
                rate_hz = float(np.asarray(file[place][()]).ravel()[0])
                if 0 < rate_hz < 1e6:
                    return rate_hz
    return 0.0
