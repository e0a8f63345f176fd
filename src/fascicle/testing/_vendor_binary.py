"""Synthetic recordings of vendors that write binary files, built to the published layouts."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from ._planted import Planted, Shape

_NEURALYNX_HEADER_BYTES = 16384


def _field(text: str, length: int) -> bytes:
    """Return a text padded with zeros."""
    return text.encode("latin-1")[:length].ljust(length, b"\0")


def make_cnt(
    path: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write a synthetic Neuroscan .cnt of 16 bits with three events.

    Parameters
    ----------
    path : Path
        The file.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the header.
    shape : Shape, optional
        Channels and length; all have the first rate.

    Returns
    -------
    Path
        `path`.
    """
    shape = shape or Shape()
    counts = shape.counts(seed)
    n_channels, n_times = counts.shape
    setup = bytearray(900)
    setup[0:12] = b"Version 3.0\0"
    if planted:
        for offset, text in ((21, planted.code), (41, planted.operator), (101, planted.institution),
                             (121, planted.name), (205, planted.text)):  # fmt: skip
            setup[offset : offset + 20] = _field(text, 19) + b"\0"
        struct.pack_into("<h", setup, 141, 68)
        setup[143:145] = b"FL"
        setup[225:235] = _field(f"{planted.start:%m/%d/%y}", 10)
        setup[235:247] = _field(f"{planted.start:%H:%M:%S}", 12)
    struct.pack_into("<H", setup, 370, n_channels)
    struct.pack_into("<H", setup, 376, shape.rates_hz[0])
    struct.pack_into("<i", setup, 864, n_times)
    table = 900 + 75 * n_channels + 2 * counts.size
    struct.pack_into("<i", setup, 886, table)
    electrodes = bytearray(75 * n_channels)
    for i in range(n_channels):
        electrodes[75 * i : 75 * i + 10] = _field(shape.label(i), 10)
        struct.pack_into("<ff", electrodes, 75 * i + 19, 10.0 + 40 * i, 200.0 - 30 * i)
        struct.pack_into("<f", electrodes, 75 * i + 59, 20.48)
        struct.pack_into("<f", electrodes, 75 * i + 71, 1.0)
    events = b"".join(
        struct.pack("<HBBi", code, 0, 0, 900 + 75 * n_channels + 2 * n_channels * sample)
        for code, sample in ((3, 100), (17, 601), (3, 1501))
    )
    teeg = struct.pack("<bii", 1, len(events), 0)
    path.write_bytes(bytes(setup) + bytes(electrodes) + counts.T.tobytes() + teeg + events)
    return path


def make_neuralynx(
    path: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write a synthetic Neuralynx folder: one .ncs for each channel, with one gap of two seconds.

    Parameters
    ----------
    path : Path
        The first .ncs; the others stand beside it under the names of their channels.
    seed, planted, shape : int, Planted, Shape
        As in `make_cnt`.

    Returns
    -------
    Path
        `path`, which is the file of the first channel.
    """
    shape = shape or Shape(labels=tuple(f"LA{i}" for i in range(1, 8)))
    rate_hz = shape.rates_hz[0]
    record = np.dtype([("time_us", "<u8"), ("channel", "<u4"), ("rate_hz", "<u4"),
                       ("n_valid", "<u4"), ("counts", "<i2", 512)])  # fmt: skip
    for i, values in enumerate(shape.counts(seed)):
        n_records = -(-values.size // 512)
        rows = np.zeros(n_records, record)
        padded = np.zeros(n_records * 512, "<i2")
        padded[: values.size] = values
        rows["counts"] = padded.reshape(n_records, 512)
        rows["n_valid"] = 512
        rows["n_valid"][-1] = values.size - 512 * (n_records - 1)
        rows["rate_hz"], rows["channel"] = rate_hz, i
        times_us = 1_000_000 + np.arange(n_records) * 512 * 1e6 / rate_hz
        times_us[n_records // 2 :] += 2_000_000
        rows["time_us"] = times_us
        name = path.with_name(f"{shape.label(i)}.ncs") if i else path
        name.write_bytes(_ncs_header(shape.label(i), rate_hz, planted) + rows.tobytes())
    return path


def _ncs_header(label: str, rate_hz: int, planted: Planted | None) -> bytes:
    lines = ["######## Neuralynx Data File Header", "-FileType NCS", "-RecordSize 1044"]
    if planted:
        lines += [
            f'-OriginalFileName "C:\\{planted.name}\\{label}.ncs"',
            f"-TimeCreated {planted.start:%Y/%m/%d %H:%M:%S}",
            f"-SessionUUID {planted.serial}",
        ]
    lines += [
        f"-SamplingFrequency {rate_hz}", "-ADBitVolts 0.0000001", f"-AcqEntName {label}",
        "-InputInverted True",
    ]  # fmt: skip
    return "\r\n".join(lines).encode("latin-1").ljust(_NEURALYNX_HEADER_BYTES, b"\0")


def make_gdf(
    path: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write a synthetic GDF 2.10 of 16 bits, one sample of every channel in each record.

    Parameters
    ----------
    path : Path
        The file.
    seed, planted, shape : int, Planted, Shape
        As in `make_cnt`.

    Returns
    -------
    Path
        `path`.
    """
    shape = shape or Shape()
    counts = shape.counts(seed)
    n_channels, n_times = counts.shape
    fixed = bytearray(256)
    fixed[0:8] = b"GDF 2.10"
    if planted:
        fixed[8:74] = _field(f"{planted.code} {planted.name}", 66)
        fixed[88:152] = _field(f"{planted.institution} {planted.operator}", 64)
    struct.pack_into("<H", fixed, 184, 1 + n_channels)
    struct.pack_into("<q", fixed, 236, n_times)
    struct.pack_into("<II", fixed, 244, 1, shape.rates_hz[0])
    struct.pack_into("<H", fixed, 252, n_channels)
    limits = [np.full(n_channels, value, "<f8") for value in (-3276.8, 3276.7, -32768, 32767)]
    parts = [
        b"".join(_field(name, 16) for name in shape.names),
        bytes(86 * n_channels),
        np.full(n_channels, 4275, "<u2").tobytes(),
        *(values.tobytes() for values in limits),
        bytes((68 + 12) * n_channels),
        np.full(n_channels, 1, "<i4").tobytes(),
        np.full(n_channels, 3, "<i4").tobytes(),
        bytes((12 + 20) * n_channels),
    ]
    path.write_bytes(bytes(fixed) + b"".join(parts) + counts.T.tobytes())
    return path


def make_egi(
    path: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write a synthetic EGI simple binary .raw (version 2, 16 bits) with one event code.

    Parameters
    ----------
    path : Path
        The file.
    seed, shape : int, Shape
        As in `make_cnt`.
    planted : Planted, optional
        Only the date: the format has no texts.

    Returns
    -------
    Path
        `path`.
    """
    shape = shape or Shape()
    counts = shape.counts(seed)
    n_channels, n_times = counts.shape
    when = (planted or Planted()).start
    head = struct.pack(
        ">i6hihhhhh", 2, when.year, when.month, when.day, when.hour, when.minute, when.second, 0,
        shape.rates_hz[0], n_channels, 1, 16, 400,
    )  # fmt: skip
    head += struct.pack(">ih", n_times, 1) + b"tone"
    marks = np.zeros((1, n_times), np.int16)
    marks[0, [101, 1201]] = 1
    path.write_bytes(head + np.concatenate([counts, marks]).T.astype(">i2").tobytes())
    return path


def make_nihon(
    path: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write a synthetic Nihon Kohden recording: .EEG, .PNT and .21E.

    Parameters
    ----------
    path : Path
        The .EEG; the others stand beside it.
    seed, planted, shape : int, Planted, Shape
        As in `make_cnt`.

    Returns
    -------
    Path
        `path`.
    """
    shape = shape or Shape()
    counts = shape.counts(seed)
    n_channels = counts.shape[0]
    device = b"EEG-1100C V01.00"
    control, data = 0x400, 0x1900
    head = bytearray(data + 0x27 + 10 * n_channels)
    head[0:16] = head[0x81:0x91] = device
    head[0x91] = 1
    struct.pack_into("<I", head, 0x92, control)
    head[control + 17] = 1
    struct.pack_into("<I", head, control + 18, data)
    head[0x17FE] = 1
    struct.pack_into("<H", head, data + 0x1A, shape.rates_hz[0])
    struct.pack_into("<I", head, data + 0x1C, 10 * shape.n_seconds)
    head[data + 0x26] = n_channels
    for i in range(n_channels):
        head[data + 0x27 + 10 * i] = i
    # A status word follows the channels in every sample; values are offset by half the range.
    rows = np.vstack([counts, np.zeros((1, counts.shape[1]), np.int16)])
    stored = (rows.astype(np.int32) + 0x8000).astype("<u2")
    path.write_bytes(bytes(head) + stored.T.tobytes())
    names = "".join(f"{i:04}={name}\r\n" for i, name in enumerate(shape.names))
    path.with_suffix(".21E").write_text(f"[ELECTRODE]\r\n{names}", encoding="utf-8", newline="")
    patient = bytearray(0x800)
    patient[0:16] = device
    who = planted or Planted()
    patient[0x40:0x4E] = f"{who.start:%Y%m%d%H%M%S}".encode()
    if planted:
        patient[0x604:0x618] = _field(planted.code, 20)
        patient[0x62E:0x64E] = _field(planted.name, 32)
    path.with_suffix(".PNT").write_bytes(bytes(patient))
    return path


def make_kit_head(path: Path) -> Path:
    """Write the beginning of a KIT .sqd: the directory of parts that describes itself.

    Parameters
    ----------
    path : Path
        The file; no reader opens it, it serves recognition.

    Returns
    -------
    Path
        `path`.
    """
    head = bytearray(4096)
    struct.pack_into("<4i", head, 16, 16, 16, 64, 32)
    path.write_bytes(bytes(head))
    return path


def make_ant_head(path: Path) -> Path:
    """Write the beginning of an ANT .cnt: a RIFF container without chunks.

    Parameters
    ----------
    path : Path
        The file; no reader opens it, it serves recognition.

    Returns
    -------
    Path
        `path`.
    """
    path.write_bytes(b"RIFF" + struct.pack("<I", 4) + b"CNT ")
    return path
