"""Neurodata Without Borders (NWB): reading what was written, and files that labs have already."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from fascicle.core import FileHead, Header, Modality, Source, Written

from ._ecephys import read_span
from ._files import written_paths
from ._nwb_open import MAGIC, open_nwb
from ._nwb_rewrite import rewrite_nwb
from ._vendor import BLOCK_VALUES, Opened, VendorFormat, foreign_reader, require_same_shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Nwb(VendorFormat):
    """Neurodata Without Borders (.nwb)."""

    name = "nwb"
    title = "Neurodata Without Borders (NWB)"
    modalities = (Modality.ECEPHYS, Modality.ICEPHYS, Modality.OPHYS, Modality.BEH)
    requires = "neurodata"

    def recognises(self, head: FileHead) -> bool:
        """Look for HDF5, and for the version that stands in its first attributes, or the ending."""
        if head.is_folder or not head.head.startswith(MAGIC):
            return False
        return b"nwb_version" in head.head or head.path.suffix.casefold() == ".nwb"

    def open(self, root: Path, files: tuple[PurePosixPath, ...]) -> Opened:
        """Open the channels of a recording of electrodes, in their units."""
        probe = open_nwb(root / files[0])
        return Opened(probe.header, lambda start, stop: read_span(probe, start, stop))

    def read_header(self, root: Path, source: Source) -> Header:
        """Read what the file says; only recordings of electrodes have channels."""
        with foreign_reader(self.title, self.requires):
            return open_nwb(root / source.primary).header

    def read_blocks(self, path: Path, block_s: float) -> Iterator[NDArray[np.float64]]:
        """Yield blocks of all channels, slower ones held; shorter ones of very many channels."""
        with foreign_reader(self.title, self.requires):
            probe = open_nwb(path)
            header = probe.header
            n_most = max(1, BLOCK_VALUES // max(1, len(header.channels)))
            n_block = min(max(1, round(block_s * header.sfreq_hz)), n_most)
            for start in range(0, header.n_times if header.channels else 0, n_block):
                yield read_span(probe, start, min(start + n_block, header.n_times))

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Write the file anew: numbers as they are, texts from `header` or neutral ones."""
        path = folder / f"{stem}.nwb"
        with foreign_reader(self.title, self.requires):
            require_same_shape(open_nwb(root / source.primary).header, header)
            rewrite_nwb(root / source.primary, header, path)
        return Written("nwb", written_paths(f"{stem}.nwb"), copied=False)
