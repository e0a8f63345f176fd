"""Synthetic recordings of vendors that write MATLAB, HDF5, XML or chunked containers."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._mat_files import write_mat
from ._planted import Planted, Shape


def make_eeglab(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    shape: Shape | None = None,
    kind: str = "set",
) -> Path:
    """Write a synthetic EEGLAB dataset with three events, one of them a cut.

    Parameters
    ----------
    path : Path
        The .set.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for subject, comments and paths.
    shape : Shape, optional
        Channels and length; all have the first rate.
    kind : str
        ``"set"`` (samples inside), ``"fdt"`` (samples beside), ``"top"`` (fields as variables),
        ``"epochs"`` (cut into eleven trials) or ``"7.3"`` (HDF5).

    Returns
    -------
    Path
        `path`.
    """
    shape = shape or Shape()
    samples = shape.microvolts(seed).astype(np.float32)
    data: Any = samples
    if kind == "fdt":
        path.with_suffix(".fdt").write_bytes(samples.T.astype("<f4").tobytes())
        data = f"{path.stem}.fdt"
    if kind == "epochs":
        # (channel, trial * time) -> (channel, time, trial)
        data = samples.reshape(len(samples), shape.n_seconds, -1).transpose(0, 2, 1)
    fields = _eeg_fields(shape, planted, data, shape.n_seconds if kind == "epochs" else 1)
    if kind == "7.3":
        _write_hdf5_set(path, fields)
        return path
    write_mat(path, fields if kind == "top" else {"EEG": fields}, is_packed=True)
    return path


def _eeg_fields(shape: Shape, planted: Planted | None, data: Any, n_trials: int) -> dict[str, Any]:  # noqa: ANN401 - an array or the name of a file
    """Return EEGLAB's structure."""
    who = planted or Planted(name="", code="", text="", place="", operator="")
    rate_hz = shape.rates_hz[0]
    n_times = rate_hz * shape.n_seconds
    n_channels = len(shape.rates_hz)
    places = np.zeros((1, n_channels), dtype=[(n, object) for n in ("labels", "X", "Y", "Z")])
    for i in range(n_channels):
        places[0, i] = (shape.label(i), 80.0 - i, 10.0 * i - 30, 40.0 + i)
    events = np.zeros((1, 3), dtype=[(n, object) for n in ("type", "latency", "duration")])
    events[0, 0] = ("tone", 126.0, 0.0)
    events[0, 1] = ("boundary", 700.5, 99.0)
    events[0, 2] = (7.0, 1501.0, 10.0)
    return {
        "setname": who.text, "filename": f"{who.name}.set", "filepath": f"/home/{who.operator}/",
        "subject": who.code, "comments": np.array([who.place, who.name]) if planted else "",
        "nbchan": float(n_channels), "trials": float(n_trials), "pnts": float(n_times // n_trials),
        "srate": float(rate_hz), "xmin": 0.0, "xmax": (n_times - 1) / rate_hz, "data": data,
        "chanlocs": places, "event": events, "ref": "common",
        "history": f"EEG = pop_loadset('filepath', '/home/{who.operator}/x.set');",
    }  # fmt: skip


def _write_hdf5_set(path: Path, fields: Mapping[str, Any]) -> None:
    """Write EEGLAB's structure as MATLAB 7.3 does: HDF5 behind a block of 512 bytes."""
    import h5py

    with h5py.File(path, "w", userblock_size=512) as file:
        group = file.create_group("EEG")
        group.attrs["MATLAB_class"] = np.bytes_("struct")
        store = file.create_group("#refs#")
        for name, value in fields.items():
            _put(group, store, name, value)
    with path.open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")


def _put(group: Any, store: Any, name: str, value: Any) -> None:  # noqa: ANN401 - h5py groups and MATLAB values
    """Write one value: texts as UTF-16 units, structure arrays as columns of references."""
    import h5py

    if isinstance(value, np.ndarray) and value.dtype.names:
        child = group.create_group(name)
        for field in value.dtype.names:
            places = []
            for i, item in enumerate(value[field].ravel()):
                _put(store, store, f"{name}.{field}.{i}", item)
                places.append([store[f"{name}.{field}.{i}"].ref])
            child.create_dataset(field, data=places, dtype=h5py.ref_dtype)
        return
    if isinstance(value, np.ndarray) and value.dtype.kind == "U":
        value = " ".join(value)
    if isinstance(value, str):
        units = np.frombuffer(value.encode("utf-16-le"), "<u2").reshape(-1, 1)
        item = group.create_dataset(name, data=units if value else np.zeros(2, "<u8"))
        item.attrs["MATLAB_class"] = np.bytes_("char")
        if not value:
            item.attrs["MATLAB_empty"] = np.uint8(1)
        return
    item = group.create_dataset(name, data=np.atleast_2d(np.asarray(value)).T)
    item.attrs["MATLAB_class"] = np.bytes_("double")


def make_snirf(
    path: Path, *, seed: int = 7, planted: Planted | None = None, kind: str = "1.0"
) -> Path:
    """Write a synthetic SNIRF file: three sources, two detectors, two wavelengths, two stimuli.

    Parameters
    ----------
    path : Path
        The file.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for metadata tags, labels and names.
    kind : str
        ``"1.0"`` (one group for each column of samples) or ``"1.1"`` (``measurementLists``).

    Returns
    -------
    Path
        `path`.
    """
    import h5py

    who = planted or Planted()
    rng = np.random.default_rng(seed)
    n_times, rate_hz = 251, 8.0
    pairs = [(s, d, w) for s in (1, 2, 3) for d in (1, 2) for w in (1, 2)]
    with h5py.File(path, "w") as file:
        file["formatVersion"] = kind
        tags = {
            "SubjectID": who.code, "MeasurementDate": f"{who.start:%Y-%m-%d}",
            "MeasurementTime": f"{who.start:%H:%M:%S}Z", "LengthUnit": "mm", "TimeUnit": "s",
            "FrequencyUnit": "Hz", "lastName": who.name, "operator": who.operator,
            "DateOfBirth": f"{who.birth:%Y-%m-%d}", "sex": "2", "hospital": who.institution,
            "deviceSerial": who.serial, "remark": who.text,
        }  # fmt: skip
        for name, value in tags.items():
            # MNE-Python takes tags of its own as arrays of one only.
            is_own = name not in {"SubjectID", "LengthUnit"} and not name.startswith("Measure")
            text = np.array([value], dtype=h5py.string_dtype()) if is_own else value
            file[f"nirs/metaDataTags/{name}"] = text
        data = file.create_group("nirs/data1")
        data["dataTimeSeries"] = rng.uniform(0.1, 2.0, (n_times, len(pairs)))
        data["time"] = 0.5 + np.arange(n_times) / rate_hz
        names = ("sourceIndex", "detectorIndex", "wavelengthIndex")
        if kind == "1.1":
            for name, column in zip(names, zip(*pairs, strict=True), strict=True):
                data[f"measurementLists/{name}"] = np.array(column, np.int32)
            data["measurementLists/dataType"] = np.ones(len(pairs), np.int32)
        else:
            for i, row in enumerate(pairs, start=1):
                for name, number in zip((*names, "dataType"), (*row, 1), strict=True):
                    data[f"measurementList{i}/{name}"] = np.int32(number)
                data[f"measurementList{i}/dataTypeLabel"] = who.place
        probe = file.create_group("nirs/probe")
        probe["wavelengths"] = [760.0, 850.0]
        probe["sourcePos3D"] = [[10.0, 80, 30], [20, 70, 40], [30, 60, 50]]
        probe["detectorPos3D"] = [[15.0, 75, 35], [25, 65, 45]]
        probe["landmarkLabels"] = np.array(["Nz", "LPA", who.name], dtype=h5py.string_dtype())
        probe["landmarkPos3D"] = [[0.0, 90, -20], [-80, 0, -20], [0, 99, 0]]
        for i, (label, onsets) in enumerate((("1", (2.0, 9.5)), ("7", (5.25,))), start=1):
            file[f"nirs/stim{i}/name"] = label
            file[f"nirs/stim{i}/data"] = [[onset, 1.5, 1.0] for onset in onsets]
        file["nirs/aux1/name"] = who.name
        file["nirs/aux1/time"] = np.arange(11) * 1.0
        file["nirs/aux1/dataTimeSeries"] = rng.normal(size=11)
    return path


def make_xdf(
    path: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write a synthetic .xdf: an EEG stream and a stream of three text markers.

    Parameters
    ----------
    path : Path
        The file.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the streams' headers.
    shape : Shape, optional
        Channels and length; all have the first rate.

    Returns
    -------
    Path
        `path`.
    """
    shape = shape or Shape()
    samples = shape.microvolts(seed).astype(np.float32)
    who = planted or Planted()
    rate_hz = shape.rates_hz[0]
    channels = "".join(
        f"<channel><label>{name}</label><unit>microvolts</unit></channel>" for name in shape.names
    )
    desc = (
        f"<desc><channels>{channels}</channels>"
        f"<subject><id>{who.code}</id><name>{who.name}</name></subject></desc>"
    )
    eeg = _stream_header("EEG", (len(samples), rate_hz, "float32"), who, desc)
    marks = _stream_header("Markers", (1, 0, "string"), who, "<desc/>")
    start = 100.0
    rows = [
        b"\x08" + struct.pack("<d", start + i / rate_hz) + column.tobytes()
        for i, column in enumerate(samples.T.astype("<f4"))
    ]
    texts = [
        b"\x08" + struct.pack("<d", start + second) + b"\x01" + bytes([len(word)]) + word
        for second, word in ((1.0, b"tone"), (4.5, b"rest"), (9.0, b"tone"))
    ]
    count = struct.pack("<I", len(rows))
    file_header = (
        b'<?xml version="1.0"?><info><version>1.0</version>'
        + f"<datetime>{who.start:%Y-%m-%dT%H:%M:%S+0000}</datetime></info>".encode()
    )
    content = b"XDF:" + _chunk(1, file_header)
    content += _chunk(2, struct.pack("<I", 1) + eeg) + _chunk(2, struct.pack("<I", 2) + marks)
    content += _chunk(3, struct.pack("<I", 1) + b"\x04" + count + b"".join(rows))
    content += _chunk(3, struct.pack("<I", 2) + b"\x01" + bytes([len(texts)]) + b"".join(texts))
    path.write_bytes(content)
    return path


def _chunk(tag: int, content: bytes) -> bytes:
    return b"\x04" + struct.pack("<IH", len(content) + 2, tag) + content


def _stream_header(kind: str, form: tuple[int, int, str], who: Planted, desc: str) -> bytes:
    """Return the header of a stream of a kind; its form is channels, rate and type."""
    n_channels, rate_hz, dtype = form
    return (
        f'<?xml version="1.0"?><info><name>{kind} stream</name><type>{kind}</type>'
        f"<channel_count>{n_channels}</channel_count><nominal_srate>{rate_hz}</nominal_srate>"
        f"<channel_format>{dtype}</channel_format><hostname>{who.place}</hostname>"
        f"<source_id>{who.serial}</source_id>{desc}</info>"
    ).encode()


def make_mff(
    path: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write a synthetic .mff folder: two blocks of one epoch, electrodes, a form on the person.

    Parameters
    ----------
    path : Path
        The folder; made if it is not there.
    seed, planted, shape : int, Planted, Shape
        As in `make_xdf`.

    Returns
    -------
    Path
        `path`.
    """
    shape = shape or Shape(rates_hz=(250,) * 7)
    samples = shape.microvolts(seed).astype(np.float32)
    who = planted or Planted()
    n_times = samples.shape[1]
    rate_hz = shape.rates_hz[0]
    path.mkdir(exist_ok=True)
    (path / "subjects").mkdir(exist_ok=True)
    blocks = b"".join(
        _mff_block(part, rate_hz)
        for part in (samples[:, : n_times // 3], samples[:, n_times // 3 :])
    )
    (path / "signal1.bin").write_bytes(blocks)
    sensors = "".join(
        f"<sensor><name>{name}</name><number>{i + 1}</number><type>0</type>"
        f"<x>{i}</x><y>1</y><z>0</z></sensor>"
        for i, name in enumerate(shape.names)
    )
    start = f"{who.start:%Y-%m-%dT%H:%M:%S}.000000+00:00"
    length_us = round(n_times * 1e6 / rate_hz)
    files = {
        "info.xml": ("fileInfo", "info_mff", f"<mffVersion>3</mffVersion>"
                     f"<recordTime>{start}</recordTime><ampSerialNumber>{who.serial}"
                     "</ampSerialNumber>"),
        "info1.xml": ("dataInfo", "info_n_mff", "<generalInformation><fileDataType><EEG><EEGFile/>"
                      "</EEG></fileDataType></generalInformation>"),
        "epochs.xml": ("epochs", "epochs_mff", "<epoch><beginTime>0</beginTime>"
                       f"<endTime>{length_us}</endTime><firstBlock>1</firstBlock>"
                       "<lastBlock>2</lastBlock></epoch>"),
        "sensorLayout.xml": ("sensorLayout", "sensorLayout_mff",
                             f"<name>net</name><sensors>{sensors}</sensors>"),
        "subjects/one.xml": ("patient", "subject_mff", "<fields><field><name>Patient ID</name>"
                             f"<data>{who.code}</data></field><field><name>Last Name</name>"
                             f"<data>{who.name}</data></field></fields>"),
    }  # fmt: skip
    for name, (root, space, body) in files.items():
        text = f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="http://www.egi.com/{space}">'
        (path / name).write_text(f"{text}{body}</{root}>", encoding="utf-8")
    return path


def _mff_block(samples: NDArray[np.float32], rate_hz: int) -> bytes:
    """Return a block with its header: offsets, then depth and rate, of every channel."""
    n_channels, n_times = samples.shape
    size = 4 * samples.size
    header_bytes = 4 * (4 + 2 * n_channels + 1)
    offsets = np.arange(n_channels, dtype="<i4") * 4 * n_times
    rates = np.full(n_channels, (rate_hz << 8) | 32, "<u4")
    head = struct.pack("<4i", 1, header_bytes, size, n_channels)
    parts = (head, offsets.tobytes(), rates.tobytes(), b"\0" * 4, samples.astype("<f4").tobytes())
    return b"".join(parts)


def make_nirx(path: Path, *, seed: int = 7, planted: Planted | None = None) -> Path:
    """Write a synthetic NIRx recording of NIRStar 15.2: two sources, two detectors, one event.

    Parameters
    ----------
    path : Path
        The .hdr; nine other files stand beside it.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for header, form and paths.

    Returns
    -------
    Path
        `path`.
    """
    who = planted or Planted()
    rng = np.random.default_rng(seed)
    pairs = ((1, 1), (1, 2), (2, 1), (2, 2))
    keys = ",".join(f"{s}-{d}:{i}" for i, (s, d) in enumerate(pairs, start=1))
    header = [
        "[GeneralInfo]", f'FileName="{path.stem}"', f'Date="{who.start:%a, %b %d, %Y}"',
        f'Time="{who.start:%H:%M:%S}.000"', 'Device="NIRScout 16x24"', 'NIRStar="15.2"',
        "Subject=1", "[ImagingParameters]", "Sources=2", "Detectors=2", "ShortBundles=0",
        'ShortDetIndex=""', 'Wavelengths="760	850"', "SamplingRate=8.000000",
        "[ExperimentNotes]", f'Notes="{who.text}"', "[DataStructure]", f'S-D-Key="{keys},"',
        'S-D-Mask="#', "1	1", "1	1", '#"', "[ChannelsDistance]",
        'ChanDis="30.0	30.0	30.0	30.0"', "",
    ]  # fmt: skip
    form = [
        "[Subject Demographics]", f'Name="{who.name}"', "Age=34", 'Gender="2"',
        f'Contact Information="{who.place}"', 'Study Type=""', 'Experiment History=""',
        f'Additional Notes="{who.operator}"', "",
    ]  # fmt: skip
    texts = {
        ".hdr": "\n".join(header), ".inf": "\n".join(form), ".set": "7 7\n7 7\n", ".tpl": "0\n",
        ".dat": "0\n", ".evt": "60	1	0	0	0	0	0	0	0\n", ".avg": "0\n",
        "_config.txt": f"probeInfo_file='C:\\{who.institution}\\x.mat';\n",
    }  # fmt: skip
    for suffix in (".wl1", ".wl2"):
        rows = rng.uniform(0.1, 2.0, (121, len(pairs)))
        texts[suffix] = "".join(" ".join(f"{v:.7f}" for v in row) + " \n" for row in rows)
    for suffix, text in texts.items():
        path.with_name(path.stem + suffix).write_text(text, encoding="latin-1", newline="\n")
    probes = {
        "index_c": np.array(pairs, float), "coords_s3": np.array([[1.0, 8, 3], [2, 7, 4]]),
        "coords_d3": np.array([[1.5, 7.5, 3.5], [2.5, 6.5, 4.5]]),
        "coords_c3": np.array([[1.2, 7.7, 3.2], [1.7, 7.2, 3.7], [1.7, 7.2, 3.7], [2.2, 6.7, 4.2]]),
    }  # fmt: skip
    write_mat(path.with_name(f"{path.stem}_probeInfo.mat"), {"probeInfo": {"probes": probes}})
    return path
