"""Synthetic BrainVision recordings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Event

from ._planted import Planted, Shape

SAMPLE_TYPES = {"INT_16": "<i2", "INT_32": "<i4", "IEEE_FLOAT_32": "<f4", "UINT_16": "<u2",
                "IEEE_FLOAT_64": "<f8"}  # fmt: skip


def make_brainvision(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    events: Sequence[Event] = (),
    shape: Shape | None = None,
    kind: str = "INT_16",
) -> Path:
    """Write a synthetic BrainVision recording: .vhdr, .eeg and .vmrk.

    Parameters
    ----------
    path : Path
        The .vhdr; the others are written beside it.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for comments, paths and dates.
    events : sequence of Event
        Markers; a label as ``"Stimulus/S  1"`` has type and description.
    shape : Shape, optional
        Channels and length; all have the first rate.
    kind : str
        Type of a sample, ``"ASCII"``, or with ``"/VECTORIZED"`` or ``"/BIG"`` behind it.

    Returns
    -------
    Path
        `path`.
    """
    shape = shape or Shape()
    samples = shape.counts(seed)
    sample_type, _, variant = kind.partition("/")
    _write_data(path.with_suffix(".eeg"), samples, sample_type, variant)
    path.write_text(_vhdr(path.stem, shape, planted, kind), encoding="utf-8")
    markers = _vmrk(path.stem, shape, planted, events)
    path.with_suffix(".vmrk").write_text(markers, encoding="utf-8")
    return path


def _write_data(path: Path, samples: NDArray[np.int16], sample_type: str, variant: str) -> None:
    """Write the data file."""
    if sample_type == "ASCII":
        rows = [" ".join(str(value) for value in row) for row in samples.T]
        path.write_text("\n".join(["header line", *rows]) + "\n", encoding="ascii")
        return
    values = samples + (40_000 if sample_type.startswith("UINT") else 0) * np.int64(1)
    dtype = SAMPLE_TYPES[sample_type].replace("<", ">" if variant == "BIG" else "<")
    path.write_bytes((values if variant == "VECTORIZED" else values.T).astype(dtype).tobytes())


def _vhdr(stem: str, shape: Shape, planted: Planted | None, kind: str) -> str:
    """Return the header file."""
    sample_type, _, variant = kind.partition("/")
    rate_hz, n_channels = shape.rates_hz[0], len(shape.rates_hz)
    remark = f"; Data created from history path: {planted.name}/Raw Data" if planted else ";"
    infos = (
        ["[ASCII Infos]", "DecimalSymbol=.", "SkipLines=1", "SkipColumns=0"]
        if sample_type == "ASCII"
        else ["[Binary Infos]", f"BinaryFormat={sample_type}",
              f"UseBigEndianOrder={'YES' if variant == 'BIG' else 'NO'}"]
    )  # fmt: skip
    lines = [
        "Brain Vision Data Exchange Header File Version 1.0", remark, "", "[Common Infos]",
        "Codepage=UTF-8", f"DataFile={stem}.eeg", f"MarkerFile={stem}.vmrk",
        f"DataFormat={'ASCII' if sample_type == 'ASCII' else 'BINARY'}",
        f"DataOrientation={'VECTORIZED' if variant == 'VECTORIZED' else 'MULTIPLEXED'}",
        f"NumberOfChannels={n_channels}", f"DataPoints={rate_hz * shape.n_seconds}",
        f"SamplingInterval={1e6 / rate_hz!r}", "", *infos, "", "[Channel Infos]",
        *(f"Ch{i}={name},,0.1,\u00b5V" for i, name in enumerate(shape.names, start=1)),
    ]  # fmt: skip
    if planted:
        lines += [
            "", "[Comment]", f"Patient name: {planted.name}", f"Patient ID: {planted.code}",
            f"Operator: {planted.operator}", f"Hospital: {planted.institution}",
            f"Amplifier serial number: {planted.serial}", f"Address: {planted.place}",
            f"Comment: {planted.text}", f"Date of birth: {planted.birth:%d.%m.%Y}",
        ]  # fmt: skip
    return "\r\n".join(lines) + "\r\n"


def _vmrk(stem: str, shape: Shape, planted: Planted | None, events: Sequence[Event]) -> str:
    """Return the marker file."""
    rate_hz = shape.rates_hz[0]
    date = f",{planted.start:%Y%m%d%H%M%S%f}" if planted else ""
    lines = ["Brain Vision Data Exchange Marker File, Version 1.0", "", "[Common Infos]",
             f"DataFile={stem}.eeg", "", "[Marker Infos]",
             f"Mk1=New Segment,,1,1,0{date}"]  # fmt: skip
    for i, event in enumerate(events, 2):
        kind, slash, words = event.label.partition("/")
        kind, words = (kind, words) if slash else ("Comment", event.label)
        n_points = max(1, round(event.duration_s * rate_hz))
        words = words.replace(",", "\\1")
        lines.append(f"Mk{i}={kind},{words},{round(event.onset_s * rate_hz) + 1},{n_points},0")
    return "\r\n".join(lines) + "\r\n"
