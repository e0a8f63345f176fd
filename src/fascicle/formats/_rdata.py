"""R workspaces (.rda, .rds): known by their first bytes and refused, with how to export them.

What stands in them are R's own objects, of classes that only R and its packages know.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from pathlib import Path

from fascicle.core import FileHead, Modality
from fascicle.errors import FormatError

from ._vendor import RefusedFormat

_ENDINGS = frozenset({".rda", ".rdata", ".rds", ".robj"})
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
_STARTS = (b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"X\n\x00\x00\x00", b"A\n2\n", b"A\n3\n")
_LOOK_BYTES = 2 << 20
"""A block of bzip2 has up to 900 KB before it gives a single byte."""

HOW = (
    "Expected a table of cells, got a workspace of R, which only R can open. In R, load it and "
    "save it as AnnData: zellkonverter::writeH5AD(x, 'cells.h5ad') for a SingleCellExperiment, "
    "or as.SingleCellExperiment(x) first for a Seurat object."
)
"""What is told of such a file."""


class RData(RefusedFormat):
    """R workspaces, which are refused."""

    name = "rdata"
    title = "R workspace (.rda, .rds): to be exported as .h5ad"
    modalities: tuple[Modality, ...] = (Modality.OMICS,)
    proven_on = "real"

    def recognises(self, head: FileHead) -> bool:
        """Look for the ending and for R's first bytes, or for packing that hides them."""
        if head.is_folder or head.path.suffix.casefold() not in _ENDINGS:
            return False
        return head.head.startswith((*_STARTS, *_PACKED))

    def confirms(self, head: FileHead, root: Path) -> bool:
        """Look for R's first bytes behind the packing."""
        return _unpack_start(root / head.path).startswith(_STARTS)

    def refuses(self, head: FileHead, root: Path) -> str:
        """Return how to export it."""
        return HOW

    def refusal(self) -> FormatError:
        """Return FSC241."""
        return FormatError(
            "FSC241",
            "Expected a table of cells, got a workspace of R, which no free library of ours reads.",
            "Save it in R with zellkonverter::writeH5AD and share the .h5ad.",
        )


def _unpack_start(path: Path) -> bytes:
    """Return the first bytes of a file, unpacked; as they stand where that fails."""
    with path.open("rb") as stream:
        data = stream.read(_LOOK_BYTES)
    try:
        if data.startswith(_PACKED[0]):
            return zlib.decompressobj(31).decompress(data, 16)
        if data.startswith(_PACKED[1]):
            return bz2.BZ2Decompressor().decompress(data, 16)
        if data.startswith(_PACKED[2]):
            return lzma.LZMADecompressor().decompress(data, 16)
    except (zlib.error, OSError, lzma.LZMAError):
        return b""
    return data[:16]
