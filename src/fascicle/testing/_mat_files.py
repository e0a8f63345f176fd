"""MATLAB files of version 5 whose bytes are the same in each run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def write_mat(path: Path, variables: Mapping[str, object], *, is_packed: bool = False) -> None:
    """Write variables, without the hour that SciPy puts into the header."""
    from scipy.io import savemat

    savemat(path, dict(variables), do_compression=is_packed)
    with path.open("r+b") as stream:
        stream.write(b"MATLAB 5.0 MAT-file".ljust(116))
