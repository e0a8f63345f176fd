"""Text that is burnt into the voxels of a written image."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Finding, Header, Severity, say_count
from fascicle.maths import BurntText, StillPixels, find_burnt_text

from ._metadata import make_finding

_SLAB_BYTES = 8 << 20
_CODE = "image.burnt-in-text"
_FIX = (
    "Look at the picture: a name or a date in it is part of the samples. Leave the image out, or "
    "blank the text."
)


def check_burnt_in(path: Path, header: Header) -> tuple[Finding, ...]:
    """Look for text in the voxels of an image, slice by slice along each of its axes.

    Parameters
    ----------
    path : Path
        A written ``.nii.gz``; of a series the first volume is looked at, in pieces.
    header : Header
        What was said of it: a header may say itself that text is burnt in.

    Returns
    -------
    tuple of Finding
        At most one, ``image.burnt-in-text``.
    """
    if header.exposes == "text":
        reason = "The header of the source says that text is burnt into the picture."
        return (make_finding(_CODE, Severity.WARNING, path.name, reason, _FIX),)
    found = [text for text in find_text(path) if text]
    if not found:
        return ()
    longest = max(found, key=lambda text: text.n_glyphs)
    reason = (
        f"{say_count(longest.n_lines, 'line')} of what looks like text, of up to "
        f"{longest.n_glyphs} signs, in the same place of all slices."
    )
    return (make_finding(_CODE, Severity.WARNING, path.name, reason, _FIX),)


def find_text(path: Path) -> tuple[BurntText, BurntText, BurntText]:
    """Return the text in the slices across each axis of an image's first volume.

    Parameters
    ----------
    path : Path
        A ``.nii.gz`` as this package writes it: voxels right behind the header.

    Returns
    -------
    tuple of BurntText
        Across the first, the second and the third axis.
    """
    import nibabel as nib

    with gzip.open(path) as stream:
        header: Any = nib.Nifti1Header.from_fileobj(stream, check=False)
        if int(header["sizeof_hdr"]) != header.sizeof_hdr:
            return BurntText(), BurntText(), BurntText()  # larger than any scanner's image
        shape = (*header.get_data_shape(), 1, 1)[:3]
        dtype = header.get_data_dtype()
        stream.seek(int(header["vox_offset"]))
        return _search(cast(IO[bytes], stream), shape, dtype)


def _search(
    stream: IO[bytes], shape: tuple[int, ...], dtype: np.dtype[Any]
) -> tuple[BurntText, BurntText, BurntText]:
    """Go once through a volume, and keep the extremes across each axis."""
    n_x, n_y, n_z = shape
    across_z = StillPixels((n_y, n_x))
    low = [np.zeros((n_z, n)) for n in (n_y, n_x)]  # across x, across y
    high = [np.zeros((n_z, n)) for n in (n_y, n_x)]
    n_slab = max(1, _SLAB_BYTES // max(1, n_x * n_y * 8))
    for start in range(0, n_z, n_slab):
        n_slices = min(n_slab, n_z - start)
        n_bytes = n_slices * n_x * n_y * dtype.itemsize
        block = stream.read(n_bytes)
        if len(block) < n_bytes:
            break  # cut off: whoever measures the image says so
        slab = _as_numbers(np.frombuffer(block, dtype)).reshape(n_slices, n_y, n_x)
        across_z.add(slab)
        for i, axis in enumerate((2, 1)):
            low[i][start : start + n_slices] = slab.min(axis=axis)
            high[i][start : start + n_slices] = slab.max(axis=axis)
    return (
        find_burnt_text(low[0], high[0], n_slices=n_x),
        find_burnt_text(low[1], high[1], n_slices=n_y),
        across_z.find(),
    )


def _as_numbers(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return stored values as finite numbers: of colours their sum, of complex ones their size."""
    if values.dtype.names:
        total: NDArray[np.float64] = np.zeros(values.shape)
        for name in values.dtype.names:
            total += values[name]
        return total
    real = np.abs(values) if values.dtype.kind == "c" else values
    return np.nan_to_num(real.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
