"""A small released dataset in every format that is written, with nobody's name in it."""

from __future__ import annotations

import base64
import gzip
import json
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ._mat_files import write_mat

_LABELS = ("Fp1", "Cz", "O2")
_RATE_HZ = 101
_N_SECONDS = 7
_NEW_YEAR_2019 = 1546300800
_VMRK_HEAD = "Brain Vision Data Exchange Marker File, Version 1.0"
_VHDR_HEAD = "Brain Vision Data Exchange Header File Version 1.0"


def _samples(seed: int) -> NDArray[np.int16]:
    """Return an alpha wave and noise, (n_channels, n_times)."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(_RATE_HZ * _N_SECONDS) / _RATE_HZ
    wave = 300 * np.sin(2 * np.pi * 10.3 * times_s)
    values = wave + rng.normal(0, 90, (len(_LABELS), times_s.size))
    return values.astype(np.int16)


def _pad(text: str, width: int) -> bytes:
    """Return a field of a fixed width."""
    return text.encode("latin-1").ljust(width)[:width]


def edf_bytes(seed: int, *, is_bdf: bool = False) -> bytes:
    """Return EDF+ or BDF+ with one annotation signal of 64 samples a record."""
    labels = (*_LABELS, "BDF Annotations" if is_bdf else "EDF Annotations")
    rates = (*(_RATE_HZ for _ in _LABELS), 64)
    n = len(labels)
    head = b"\xffBIOSEMI" if is_bdf else _pad("0", 8)
    head += _pad("001 X X X", 80) + _pad("Startdate 01-JAN-2019 X X X", 80)
    head += _pad("01.01.19", 8) + _pad("00.00.00", 8) + _pad(str(256 * (n + 1)), 8)
    head += _pad("BDF+C" if is_bdf else "EDF+C", 44) + _pad(str(_N_SECONDS), 8)
    head += _pad("1", 8) + _pad(str(n), 4)
    cells = {16: labels, 80: ("",) * n}
    head += b"".join(_pad(label, 16) for label in cells[16]) + _pad("", 80) * n
    head += _pad("uV", 8) * len(_LABELS) + _pad("", 8)
    limit = 8388607 if is_bdf else 32767
    for low in ("-3276.8", "3276.7", str(-limit - 1), str(limit)):
        head += _pad(low, 8) * n
    head += _pad("", 80) * n + b"".join(_pad(str(rate), 8) for rate in rates) + _pad("", 32) * n
    return head + _records(_samples(seed), 3 if is_bdf else 2)


def _records(values: NDArray[np.int16], width: int) -> bytes:
    """Return records of one second, each with a time-keeping annotation and one event."""
    records = []
    for second in range(_N_SECONDS):
        block = values[:, second * _RATE_HZ : (second + 1) * _RATE_HZ].astype("<i4")
        numbers = block.tobytes()
        cut = np.frombuffer(numbers, np.uint8).reshape(-1, 4)[:, :width].tobytes()
        notes = b"+%d\x14\x14\x00" % second + b"+%d.5\x15\x30\x14Stimulus/S  1\x14\x00" % second
        records.append(cut + notes.ljust(64 * width, b"\x00"))
    return b"".join(records)


def brainvision_texts(stem: str, *, is_float: bool) -> tuple[str, str]:
    """Return the header and the markers of a BrainVision recording."""
    binary = "IEEE_FLOAT_32" if is_float else "INT_16"
    channels = "\n".join(f"Ch{i}={name},,0.1,µV" for i, name in enumerate(_LABELS, start=1))
    header = (
        f"{_VHDR_HEAD}\n\n[Common Infos]\nCodepage=UTF-8\nDataFile={stem}.eeg\n"
        f"MarkerFile={stem}.vmrk\nDataFormat=BINARY\nDataOrientation=MULTIPLEXED\n"
        f"NumberOfChannels={len(_LABELS)}\nSamplingInterval=9900.990099\n\n"
        f"[Binary Infos]\nBinaryFormat={binary}\n\n[Channel Infos]\n{channels}\n"
    )
    markers = (
        f"{_VMRK_HEAD}\n\n[Common Infos]\nCodepage=UTF-8\nDataFile={stem}.eeg\n\n[Marker Infos]\n"
        "Mk1=New Segment,,1,1,0,20190101000000000000\nMk2=Stimulus,S  1,102,1,0\n"
    )
    return header, markers


def fif_tag(kind: int, code: int, data: bytes, *, following: int = 0) -> bytes:
    """Return one FIF tag."""
    return struct.pack(">iiii", kind, code, len(data), following) + data


def fif_bytes(seed: int, *extra: bytes) -> bytes:
    """Return a minimal FIF file: id, description, date, channels, samples, and `extra` tags."""
    values = _samples(seed)
    name = b"MEG 0111".ljust(16, b"\x00")
    channel = struct.pack(">iii", 1, 1, 1) + b"\x00" * 68 + name
    tags = [
        fif_tag(100, 31, struct.pack(">5i", 65540, 0, 0, 0, 0)),
        fif_tag(206, 10, b"released"),
        fif_tag(204, 3, struct.pack(">2i", _NEW_YEAR_2019, 0)),
        fif_tag(200, 3, struct.pack(">i", len(_LABELS))),
        fif_tag(203, 30, channel.ljust(96, b"\x00")[:80] + name),
        *extra,
        fif_tag(300, 4, values.T.astype(">f4").tobytes()),
    ]
    return b"".join(tags) + fif_tag(108, 0, b"", following=-1)


def write_snirf(path: Path, seed: int) -> None:
    """Write a small SNIRF file."""
    import h5py

    with h5py.File(path, "w", track_order=False) as file:
        file["formatVersion"] = "1.1"
        nirs = file.create_group("nirs")
        tags = nirs.create_group("metaDataTags")
        for key, text in (("SubjectID", "001"), ("MeasurementDate", "2019-01-01"),
                          ("MeasurementTime", "00:00:00Z"), ("LengthUnit", "m")):  # fmt: skip
            tags[key] = text
        nirs["data1/dataTimeSeries"] = _samples(seed).T.astype("f8")
        nirs["data1/time"] = np.arange(_RATE_HZ * _N_SECONDS) / _RATE_HZ


def write_set(path: Path, seed: int, *, is_packed: bool, **fields: object) -> None:
    """Write a small EEGLAB structure."""
    eeg = {"setname": "released", "nbchan": 3, "srate": _RATE_HZ, "data": _samples(seed) / 10.0}
    write_mat(path, {"EEG": eeg | fields}, is_packed=is_packed)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """Return one chunk of a PNG."""
    checked = kind + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))


def png_bytes(*extra: bytes) -> bytes:
    """Return a small grey picture."""
    rows = b"".join(b"\x00" + bytes((x * y) % 251 for x in range(33)) for y in range(27))
    head = struct.pack(">IIBBBBB", 33, 27, 8, 0, 0, 0, 0)
    chunks = (png_chunk(b"IHDR", head), *extra, png_chunk(b"IDAT", zlib.compress(rows)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + png_chunk(b"IEND", b"")


def make_clean_folder(folder: Path, *, seed: int = 1) -> Path:
    """Write a dataset that no scan may object to, in every format that is written.

    Parameters
    ----------
    folder : Path
        Where to; made if it is not there.
    seed : int
        The same seed gives the same samples.

    Returns
    -------
    Path
        `folder`.
    """
    eeg = folder / "sub-001" / "eeg"
    eeg.mkdir(parents=True)
    (eeg / "sub-001_task-rest_eeg.edf").write_bytes(edf_bytes(seed))
    (eeg / "sub-001_task-rest_run-02_eeg.bdf").write_bytes(edf_bytes(seed, is_bdf=True))
    for run, is_float in (("03", True), ("04", False)):
        stem = f"sub-001_task-rest_run-{run}_eeg"
        header, markers = brainvision_texts(stem, is_float=is_float)
        (eeg / f"{stem}.vhdr").write_text(header, "utf-8")
        (eeg / f"{stem}.vmrk").write_text(markers, "utf-8")
        values = _samples(seed).T
        stored = (values / 10).astype("<f4") if is_float else values.astype("<i2")
        (eeg / f"{stem}.eeg").write_bytes(stored.tobytes())
    (eeg / "sub-001_task-rest_run-05_meg.fif").write_bytes(fif_bytes(seed))
    write_snirf(eeg / "sub-001_task-rest_nirs.snirf", seed)
    write_set(eeg / "sub-001_task-rest_run-06_eeg.set", seed, is_packed=False)
    write_set(eeg / "sub-001_task-rest_run-07_eeg.set", seed, is_packed=True)
    _write_texts(folder, eeg, seed)
    return folder


def _write_texts(folder: Path, eeg: Path, seed: int) -> None:
    """Write tables, sidecars, prose, pages, pictures and packed files."""
    rng = np.random.default_rng(seed)
    rows = [f"{t:.6f}\t0\tS  1\t1\t{int(t * _RATE_HZ)}" for t in np.cumsum(rng.random(97) * 40)]
    table = "onset\tduration\ttrial_type\tvalue\tsample\n" + "\n".join(rows) + "\n"
    (eeg / "sub-001_task-rest_events.tsv").write_text(table, "utf-8")
    (eeg / "sub-001_task-rest_physio.tsv.gz").write_bytes(gzip.compress(table.encode(), mtime=0))
    people = "participant_id\tage\tsex\nsub-001\t34\tF\n"
    (folder / "participants.tsv").write_text(people, "utf-8")
    sidecar = {"SamplingFrequency": _RATE_HZ, "TaskName": "rest", "EEGReference": "Cz"}
    (eeg / "sub-001_task-rest_eeg.json").write_text(json.dumps(sidecar), "utf-8")
    about = {"Name": "A study of rest", "BIDSVersion": "1.10.0", "License": "CC0",
             "DatasetDOI": "doi:10.5281/zenodo.1234567", "contentSize": "1204511 B"}  # fmt: skip
    (folder / "dataset_description.json").write_text(json.dumps(about), "utf-8")
    (folder / "README.md").write_text(
        "# A study of rest\n\nParticipants sat with eyes closed for 7 s. See"
        " https://doi.org/10.1109/TAU.1967.1161901.\n",
        "utf-8",
    )
    picture = base64.b64encode(png_bytes()).decode()
    drawing = " ".join(f"L {x:.6f} {y:.6f}" for x, y in rng.random((200, 2)) * 999)
    page = (
        "<!DOCTYPE html><html><body><h1>Report</h1><p>3 channels, 7 s.</p>"
        f'<img alt="spectrum" src="data:image/png;base64,{picture}">'
        f'<svg><path d="M 0 0 {drawing}"/></svg></body></html>'
    )
    (folder / "report.html").write_text(page, "utf-8")
    (folder / "picture.png").write_bytes(png_bytes())
    with zipfile.ZipFile(folder / "code.zip", "w") as archive:
        info = zipfile.ZipInfo("run.py", date_time=(1980, 1, 1, 0, 0, 0))
        archive.writestr(info, "print('hello')\n")
