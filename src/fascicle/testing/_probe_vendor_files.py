"""Synthetic recordings of vendors of probes, built to the published layouts."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from ._planted import Planted, Shape

_AXONA_PLACES = (32, 33, 34, 35)
"""Where the first tetrode's channels stand in a packet of 64."""


def _shape(labels: tuple[str, ...], rate_hz: int = 20_000) -> Shape:
    return Shape((rate_hz,) * len(labels), labels, 1)


def _said(planted: Planted | None) -> str:
    """Return a remark as people type it."""
    return f"{planted.name} {planted.text}" if planted else "baseline"


def _qstring(text: str) -> bytes:
    """Return a text as Qt stores it."""
    data = text.encode("utf-16-le")
    return struct.pack("<I", len(data)) + data


def make_intan(path: Path, *, seed: int = 7, planted: Planted | None = None) -> Path:
    """Write a synthetic Intan .rhd of version 1.5: seven electrodes and two digital inputs.

    Parameters
    ----------
    path : Path
        The file.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the notes.

    Returns
    -------
    Path
        `path`.
    """
    counts = _shape(tuple(f"A-{i:03d}" for i in range(7))).counts(seed)
    n_blocks = counts.shape[1] // 60
    head = struct.pack("<Ihh", 0xC6912702, 1, 5)
    head += struct.pack("<fhffffffhff", 20_000.0, 1, 1, 0.1, 7500, 1, 0.1, 7500, 0, 1000, 1000)
    head += b"".join(_qstring(_said(planted) if i == 1 else "") for i in range(3))
    head += struct.pack("<hh", 0, 0)
    head += struct.pack("<h", 2)
    head += _qstring("Port A") + _qstring("A") + struct.pack("<hhh", 1, 7, 7)
    head += b"".join(_intan_channel(f"A-{i:03d}", i, 0) for i in range(7))
    head += _qstring("Digital") + _qstring("DIN") + struct.pack("<hhh", 1, 2, 0)
    head += b"".join(_intan_channel(f"DIN-{i:02d}", i, 4) for i in range(2))
    stored = (counts.astype(np.int32) + 32768).astype("<u2")
    blocks = []
    for block in range(n_blocks):
        span = slice(60 * block, 60 * (block + 1))
        times = np.arange(span.start, span.stop, dtype="<i4")
        digital = ((times // 1000) % 2).astype("<u2")
        blocks.append(times.tobytes() + stored[:, span].tobytes() + digital.tobytes())
    path.write_bytes(head + b"".join(blocks))
    return path


def _intan_channel(name: str, order: int, kind: int) -> bytes:
    """Return the description of one channel."""
    numbers = struct.pack("<10h2f", order, order, kind, 1, order, 0, 0, 0, 0, 0, 1e5, 0.0)
    return _qstring(name) + _qstring(name) + numbers


def make_blackrock(path: Path, *, seed: int = 7, planted: Planted | None = None) -> Path:
    """Write a synthetic Blackrock .ns5 of version 2.3 with seven electrodes.

    Parameters
    ----------
    path : Path
        The file, ending in .ns5.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for comment and date.

    Returns
    -------
    Path
        `path`.
    """
    counts = _shape(tuple(f"chan{i + 1}" for i in range(7)), 30_000).counts(seed)
    n_channels, n_times = counts.shape
    start = (planted or Planted()).start
    size = 314 + 66 * n_channels
    head = struct.pack(
        "<8sBBI16s256s", b"NEURALCD", 2, 3, size, b"30 kS/s", _said(planted).encode()
    )
    head += struct.pack("<II", 1, 30_000)
    head += struct.pack("<8H", start.year, start.month, start.isoweekday() % 7, start.day,
                        start.hour, start.minute, start.second, 0)  # fmt: skip
    head += struct.pack("<I", n_channels)
    for i in range(n_channels):
        head += struct.pack(
            "<2sH16sBBhhhh16sIIHIIH", b"CC", i + 1, f"chan{i + 1}".encode(), 1, i, -32764, 32764,
            -8191, 8191, b"uV", 300, 1, 1, 7500_000, 3, 1,
        )  # fmt: skip
    head += struct.pack("<BII", 1, 0, n_times)
    path.write_bytes(head + counts.T.astype("<i2").tobytes())
    return path


def make_openephys_legacy(folder: Path, *, seed: int = 7, planted: Planted | None = None) -> Path:
    """Write a synthetic Open Ephys folder of one .continuous file for each channel.

    Parameters
    ----------
    folder : Path
        Where the files go; it is made.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the settings and the date.

    Returns
    -------
    Path
        The first channel.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = (*(f"CH{i + 1}" for i in range(5)), "ADC1")
    counts = _shape(names).counts(seed)
    start = (planted or Planted()).start
    for name, values in zip(names, counts, strict=True):
        said = (
            "header.format = 'Open Ephys Data Format'; \nheader.version = 0.4; \n"
            "header.header_bytes = 1024;\nheader.description = 'each record'; \n"
            f"header.date_created = '{start:%d-%b-%Y %H%M%S}';\nheader.channel = '{name}';\n"
            "header.channelType = 'Continuous';\nheader.sampleRate = 20000;\n"
            "header.blockLength = 1024;\nheader.bufferSize = 1024;\nheader.bitVolts = 0.195;\n"
        )
        records = [
            struct.pack("<qHH", first, 1024, 0)
            + values[first : first + 1024].astype(">i2").tobytes()
            + bytes((*range(9), 255))
            for first in range(0, len(values) - 1023, 1024)
        ]
        path = folder / f"100_{name}.continuous"
        path.write_bytes(said.encode().ljust(1024) + b"".join(records))
    if planted:
        (folder / "settings.xml").write_text(
            f'<SETTINGS><INFO><MACHINE name="{planted.place}"/></INFO>'
            f'<EDITOR path="C:\\{planted.name}\\data"/></SETTINGS>',
            "utf-8",
        )
    return folder / "100_ADC1.continuous"


def make_plexon(path: Path, *, seed: int = 7, planted: Planted | None = None) -> Path:
    """Write a synthetic Plexon .plx of version 105 with five sampled channels.

    Parameters
    ----------
    path : Path
        The file.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for comment and date.

    Returns
    -------
    Path
        `path`.
    """
    names = tuple(f"WB{i + 1:02d}" for i in range(5))
    counts = _shape(names).counts(seed)
    start = (planted or Planted()).start
    head = struct.pack("<4si128s", b"PLEX", 105, _said(planted).encode())
    head += struct.pack("<13i", 40_000, 0, 0, 5, 0, 0, start.year, start.month, start.day,
                        start.hour, start.minute, start.second, 0)  # fmt: skip
    head += struct.pack("<idBBBBHHH46x", 40_000, 40_000.0, 1, 1, 16, 16, 3000, 5000, 1000)
    head += bytes(4 * (650 + 650 + 512))
    for i, name in enumerate(names):
        head += struct.pack("<32s6i128sBBH108x", name.encode(), i, 20_000, 1, 1, 1000, i, b"", 1,
                            0, i + 1)  # fmt: skip
    blocks = [
        struct.pack("<HHIHHHH", 5, 0, 2 * first, i, 0, 1, len(part)) + part.astype("<i2").tobytes()
        for first in range(0, counts.shape[1], 1000)
        for i, part in enumerate(counts[:, first : first + 1000])
    ]
    path.write_bytes(head + b"".join(blocks))
    return path


def make_axona(path: Path, *, seed: int = 7, planted: Planted | None = None) -> Path:
    """Write a synthetic Axona trial: settings, and samples of one tetrode.

    Parameters
    ----------
    path : Path
        The .set file; the .bin file goes beside it.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for experimenter, comments and date.

    Returns
    -------
    Path
        `path`.
    """
    counts = _shape(("1a", "1b", "1c", "1d"), 48_000).counts(seed)
    said = planted or Planted("rat", "7", "she", "lab", "12", "here", "none")
    lines = [
        f"trial_date {said.start:%A, %d %b %Y}", f"trial_time {said.start:%H:%M:%S}",
        f"experimenter {said.operator}", f"comments {said.name} {said.text}", "duration 1",
        "sw_version 1.2.2.14", "ADC_fullscale_mv 1500", "rawRate 48000", "collectMask_1 1",
        *(f"collectMask_{i} 0" for i in range(2, 17)), *(f"gain_ch_{i} 4000" for i in range(64)),
        "data_start",
    ]  # fmt: skip
    path.write_text("\r\n".join(lines), "latin-1")
    n_packets = counts.shape[1] // 3
    packets = np.zeros((n_packets, 216), "<i2")
    for channel, place in enumerate(_AXONA_PLACES):
        for sample in range(3):
            packets[:, 16 + 64 * sample + place] = counts[channel, sample : 3 * n_packets : 3]
    path.with_suffix(".bin").write_bytes(packets.tobytes())
    return path


def make_mcs_raw(path: Path, *, seed: int = 7, planted: Planted | None = None) -> Path:
    """Write a synthetic raw export of Multi Channel Systems with seven electrodes.

    Parameters
    ----------
    path : Path
        The file.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the path in the header.

    Returns
    -------
    Path
        `path`.
    """
    names = tuple(f"El_{i + 12}" for i in range(7))
    counts = _shape(names).counts(seed)
    head = (
        "MC_DataTool binary conversion\r\nVersion 2.6.15\r\n"
        f'MC_REC file = "C:\\{_said(planted)}\\slice.mcd"\r\nSample rate = 20000\r\n'
        f"ADC zero = 32768\r\nEl = 0.1042µV/AD\r\nStreams = {';'.join(names)}\r\nEOH\r\n"
    )
    stored = (counts.T.astype(np.int32) + 32768).astype("<u2")
    path.write_bytes(head.encode("cp1252") + stored.tobytes())
    return path


def make_mcs(path: Path, *, seed: int = 7, planted: Planted | None = None) -> Path:
    """Write a synthetic .h5 of Multi Channel DataManager with seven electrodes.

    Parameters
    ----------
    path : Path
        The file.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for comment and day.

    Returns
    -------
    Path
        `path`.
    """
    import h5py

    counts = _shape(tuple(str(12 + i) for i in range(7))).counts(seed)
    kinds = np.dtype([("ChannelID", "<i4"), ("Label", h5py.string_dtype()), ("Unit", "S1"),
                      ("Exponent", "<i4"), ("ADZero", "<i4"), ("Tick", "<i8"),
                      ("ConversionFactor", "<i8")])  # fmt: skip
    about = np.array([(i, str(12 + i), b"V", -12, 0, 50, 59605) for i in range(7)], dtype=kinds)
    start = (planted or Planted()).start
    with h5py.File(path, "w") as file:
        file.attrs["McsHdf5ProtocolType"] = "RawData"
        file.attrs["McsHdf5ProtocolVersion"] = 3
        data = file.create_group("Data")
        ticks = (start.toordinal() - 1) * 86_400 + start.hour * 3600 + start.minute * 60
        data.attrs["DateInTicks"] = (ticks + start.second) * 10**7
        data.attrs["Comment"] = _said(planted)
        stream = data.create_group("Recording_0/AnalogStream/Stream_0")
        stream.attrs["DataSubType"] = "Electrode"
        stream["InfoChannel"] = about
        stream["ChannelData"] = counts.astype("<i4")
        stream["ChannelDataTimeStamps"] = np.array([[0, 0, counts.shape[1] - 1]])
    return path


def make_mearec(path: Path, *, seed: int = 7) -> Path:
    """Write a synthetic simulation of MEArec with seven contacts.

    Parameters
    ----------
    path : Path
        The file.
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    Path
        `path`.
    """
    import h5py

    values = _shape(tuple(f"CH{i}" for i in range(7))).microvolts(seed).T.astype("<f4")
    with h5py.File(path, "w") as file:
        file["channel_positions"] = np.array([[0.0, 20.0 * (i % 2), 15.0 * i] for i in range(7)])
        file["info/recordings/fs"] = 20_000.0
        file["recordings"] = values
        file["spiketrains/0/times"] = np.array([0.1, 0.2])
        file["timestamps"] = np.arange(len(values)) / 20_000.0
    return path
