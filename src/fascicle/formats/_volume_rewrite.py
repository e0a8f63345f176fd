"""Change the values of a written image, a volume at a time, under the header that it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._nifti_write import clean_header, read_nifti_header, write_slabs
from ._volume_reader import VolumeFile


def read_volumes(file: VolumeFile) -> Iterator[NDArray[Any]]:
    """Yield the volumes of an image as they are stored, one at a time.

    Parameters
    ----------
    file : VolumeFile
        The image.

    Yields
    ------
    ndarray, shape (n_x, n_y, n_z)
        Stored values: not scaled, and not to be written to.

    Raises
    ------
    FormatError
        FSC202 if the file is cut off.

    Examples
    --------
    >>> import tempfile
    >>> from fascicle.formats import open_volume_file
    >>> from fascicle.testing import VolumeShape, make_nifti
    >>> path = Path(tempfile.mkdtemp()) / "a.nii.gz"
    >>> file = open_volume_file(make_nifti(path, shape=VolumeShape((7, 5, 3, 2))))
    >>> [volume.shape for volume in read_volumes(file)]
    [(7, 5, 3), (7, 5, 3)]
    """
    pieces: list[bytes] = []
    n_slices = 0
    for slab in file.slabs():
        pieces.append(slab.raw)
        n_slices += slab.values.shape[2]
        if n_slices == file.shape[2]:
            stored = np.frombuffer(b"".join(pieces), file.dtype)
            yield stored.reshape(file.shape[:3], order="F")
            pieces, n_slices = [], 0


def rewrite_volumes(
    file: VolumeFile, target: Path, change: Callable[[NDArray[Any]], NDArray[Any]]
) -> None:
    """Write an image anew with every volume changed; one volume is in memory at a time.

    Parameters
    ----------
    file : VolumeFile
        The image; it is not touched.
    target : Path
        Another ``.nii.gz``; it is replaced.
    change : callable
        From a volume as it is stored to one of the same shape and type.

    Raises
    ------
    FormatError
        FSC202 if the file is cut off, FSC203 if its header is damaged.
    """
    header = clean_header(read_nifti_header(file.path))
    volumes = (change(volume).astype(file.dtype, copy=False) for volume in read_volumes(file))
    write_slabs(header, (volume.tobytes(order="F") for volume in volumes), target)
