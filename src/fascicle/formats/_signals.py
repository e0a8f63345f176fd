"""Write a recording of signals that come from no file: made, not measured."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Header, Written
from fascicle.errors import FormatError

from ._brainvision import write_brainvision_blocks
from ._channels import require_channels
from ._files import written_paths

_DAY: Final = datetime.date(1985, 1, 1)
"""EDF must state a day; this one is nobody's."""
_MOST_RECORD_S: Final = 100


def write_signals(header: Header, values: NDArray[np.float64], path: Path) -> Written:
    """Write signals in the format that the ending of a path says.

    Parameters
    ----------
    header : Header
        Channels, all of one rate; what it says of a person or a day is not written.
    values : ndarray of float64, shape (n_channels, n_times)
        In the unit of each channel.
    path : Path
        Ends in ``.vhdr``, ``.edf`` or ``.bdf``; its folder exists.

    Returns
    -------
    Written
        The files, relative to the folder. BrainVision holds 32-bit floats. EDF holds 16 bits and
        BDF 24, over the range of each channel, and both whole seconds alone (of a rate that is no
        whole number, as many as hold whole samples): what is left at the end is cut.

    Raises
    ------
    FormatError
        FSC207 if values and channels do not fit; FSC209 for another ending; FSC278 if there is
        not one record of EDF.
    """
    require_channels(values.shape[0], header)
    ending = path.suffix.lower()
    if ending == ".vhdr":
        return write_brainvision_blocks(header, [values], path.parent, path.stem)
    if ending in {".edf", ".bdf"}:
        return _write_edf(header, values, path)
    raise FormatError(
        "FSC209",
        "Expected the ending .vhdr, .edf or .bdf of a recording to be made, got another.",
        "Name one of these.",
    )


def _write_edf(header: Header, values: NDArray[np.float64], path: Path) -> Written:
    import edfio

    record_s = next((n for n in range(1, 101) if (n * header.sfreq_hz).is_integer()), 101)
    n_record = round(record_s * header.sfreq_hz)
    n_kept = values.shape[1] // n_record * n_record
    if not n_kept or record_s > _MOST_RECORD_S:
        raise FormatError(
            "FSC278",
            f"Expected {n_record} samples or more, a record of EDF, got {values.shape[1]}.",
            "Make a longer recording, or write BrainVision.",
        )
    is_bdf = path.suffix.lower() == ".bdf"
    make, fill = (edfio.BdfSignal, edfio.Bdf) if is_bdf else (edfio.EdfSignal, edfio.Edf)
    signals: list[Any] = [
        make(
            np.ascontiguousarray(row[:n_kept]),
            header.sfreq_hz,
            label=channel.name[:16],
            physical_dimension=channel.unit[:8],
            physical_range=_span(row),
        )
        for channel, row in zip(header.channels, values, strict=True)
    ]
    recording = edfio.Recording(startdate=_DAY)
    fill(signals, recording=recording, data_record_duration=record_s).write(path)
    return Written("bdf" if is_bdf else "edf", written_paths(path.name), copied=False)


def _span(row: NDArray[np.float64]) -> tuple[float, float]:
    """Return a range that EDF can state in eight characters and that holds all values."""
    largest = float(np.abs(row).max(initial=0.0)) or 1.0
    bound = float(f"{1.1 * largest:.2g}")
    return -bound, bound
