"""Layouts as real files: small synthetic recordings under messy names."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Callable
from pathlib import Path

from ._brainvision_files import make_brainvision
from ._edf_files import make_bdf, make_edf
from ._fif_files import make_fif
from ._layout_draft import Truth
from ._layouts import Layout
from ._vendor_binary import make_cnt, make_gdf
from ._vendor_containers import make_eeglab, make_mff, make_snirf, make_xdf

_MAKERS: dict[str, Callable[..., Path]] = {
    ".edf": make_edf,
    ".bdf": make_bdf,
    ".vhdr": make_brainvision,
    ".fif": make_fif,
    ".set": make_eeglab,
    ".gdf": make_gdf,
    ".cnt": make_cnt,
    ".snirf": make_snirf,
    ".mff": make_mff,
    ".xdf": make_xdf,
}


def write_layout(layout: Layout, folder: Path) -> None:
    """Write a layout's recordings and its table as small real files.

    Headers name nobody: who is who must be told from the paths, as with makers' defaults. A copy
    has the very samples of its original.

    Parameters
    ----------
    layout : Layout
        From `make_layout`.
    folder : Path
        Where to; made if need be.

    Examples
    --------
    >>> import tempfile
    >>> from fascicle.testing import make_layout
    >>> layout = make_layout(7, "flat_codes")
    >>> with tempfile.TemporaryDirectory() as name:  # doctest: +SKIP
    ...     write_layout(layout, Path(name))
    """
    for path, truth in zip(layout.paths, layout.truth, strict=True):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        _MAKERS[path.suffix](target, seed=_seed(truth))
    if layout.table:
        with (folder / "participants.tsv").open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream, delimiter="\t").writerows(layout.table)


def _seed(truth: Truth) -> int:
    """Return the same number for the same recording, whether copy or original."""
    words = (truth.person, truth.session, truth.task, truth.acquisition, truth.run)
    return zlib.crc32(repr(words).encode())
