"""Values of a DICOM header, wherever they stand: on top, or in the groups of its frames."""

from __future__ import annotations

import gzip
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ._vendor import foreign_reader

_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_ELSEWHERE = {
    "EchoTime": "EffectiveEchoTime",
    "InversionTime": "InversionTimes",
    "SequenceName": "PulseSequenceName",
}
"""Names that files with many frames have for the same things."""
_CSA = (0x0029, 0x1010)
_CSA_POLARITY = b"PhaseEncodingDirectionPositive\0"
_XA_POLARITY = (0x0021, 0x111C)
_GE_ORDERS = {"LINEAR": False, "REVERSE_LINEAR": True}
"""As dcm2niix understands them."""


def read_data_set(path: Path, *, with_pixels: bool = False) -> Any:  # noqa: ANN401 - pydicom has no types
    """Read the whole header of a file with pydicom.

    Parameters
    ----------
    path : Path
        A DICOM file, packed with gzip or not.
    with_pixels : bool
        True reads what stands behind the header, too.

    Returns
    -------
    pydicom.Dataset
        Its header; every element is decoded, so that what is damaged fails here.

    Raises
    ------
    FormatError
        FSC230 if pydicom cannot read it.
    DependencyError
        FSC801 if pydicom is not installed.
    """
    with foreign_reader("DICOM", "mri"):
        import pydicom

        with path.open("rb") as raw:
            is_packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            stream = gzip.GzipFile(fileobj=raw) if is_packed else raw
            data_set = pydicom.dcmread(stream, stop_before_pixels=not with_pixels, force=True)
            # Every value is decoded here, where the words of its decoder go nowhere: they may
            # hold the value.
            for part in (data_set, getattr(data_set, "file_meta", None)):
                if part is not None:
                    part.walk(lambda _, element: element.value)
        return data_set


class Values:
    """The values of a header by keyword.

    Parameters
    ----------
    data_set : pydicom.Dataset
        Header of a file.

    Examples
    --------
    >>> from pydicom.dataset import Dataset
    >>> header = Dataset()
    >>> header.EchoTime, header.ImageType = "4.92", ["ORIGINAL", "PRIMARY"]
    >>> values = Values(header)
    >>> values.number("EchoTime"), values.texts("ImageType"), values.number("FlipAngle")
    (4.92, ('ORIGINAL', 'PRIMARY'), None)
    """

    def __init__(self, data_set: Any) -> None:  # noqa: ANN401 - pydicom has no types
        self.data_set = data_set
        self._groups = [
            item
            for name in _GROUPS
            for frame in (data_set.get(name) or [])[:1]
            for group in frame
            if group.VR == "SQ"
            for item in group.value[:1]
        ]

    def get(self, keyword: str) -> Any:  # noqa: ANN401 - any value
        """Return a value, from the top or from the groups of the first frame; None if not there."""
        for name in (keyword, _ELSEWHERE.get(keyword, keyword)):
            for item in (self.data_set, *self._groups):
                value = item.get(name)
                if value is not None and value != "":
                    return value
        return None

    def text(self, keyword: str) -> str:
        """Return a value as text."""
        value = self.get(keyword)
        return "" if value is None else str(value).strip(" \0")

    def texts(self, keyword: str) -> tuple[str, ...]:
        """Return a value as texts, in capitals."""
        value = self.get(keyword)
        if value is None:
            return ()
        parts = [value] if isinstance(value, str) else list(value)
        return tuple(str(part).strip().upper() for part in parts)

    def number(self, keyword: str) -> float | None:
        """Return the first finite number of a value."""
        value = self.get(keyword)
        first = value[0] if isinstance(value, Sequence) and not isinstance(value, str) else value
        try:
            number = float(first)
        except (TypeError, ValueError):
            return None
        return number if math.isfinite(number) else None

    def private_text(self, tag: tuple[int, int]) -> str:
        """Return a private value as text."""
        element = self.data_set.get(tag)
        value = "" if element is None else element.value
        if isinstance(value, bytes):
            return value.decode("latin-1").strip(" \0")
        return str(value).strip(" \0")

    def phase_is_positive(self) -> bool | None:
        """Return whether the phase is encoded as pixels are counted, if the maker says so."""
        order = self.text("RectilinearPhaseEncodeReordering").upper()
        if self.text("Manufacturer").upper().startswith("GE") and order in _GE_ORDERS:
            return _GE_ORDERS[order]
        newer = self.private_text(_XA_POLARITY)
        if re.fullmatch(r"[01]", newer):
            return newer == "1"
        element = self.data_set.get(_CSA)
        block = element.value if element is not None else b""
        return read_csa_polarity(block) if isinstance(block, bytes) else None


def read_csa_polarity(block: bytes) -> bool | None:
    """Return the phase-encoding polarity of a Siemens CSA header; None if it does not say.

    Parameters
    ----------
    block : bytes
        The image header, as it stands in (0029,1010).

    Examples
    --------
    >>> read_csa_polarity(b"no such header") is None
    True
    """
    start = block.find(_CSA_POLARITY)
    if start < 0:
        return None
    # Name (64 bytes), multiplicity, type (4 bytes), type, number of items, a mark; then items of
    # four numbers, of which the second is the length of the text that follows.
    position = start + 64
    n_items = int.from_bytes(block[position + 12 : position + 16], "little")
    position += 20
    for _ in range(min(n_items, 64)):
        length = int.from_bytes(block[position + 4 : position + 8], "little")
        text = block[position + 16 : position + 16 + length].strip(b" \0")
        if text in {b"0", b"1"}:
            return text == b"1"
        position += 16 + (length + 3) // 4 * 4
    return None
