"""Synthetic recordings of probes, built to the published layouts."""

from __future__ import annotations

import json
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ._planted import Planted, Shape

_SYNC = 64
"""The bit of SpikeGLX's word that shows the pulses of synchronisation."""


def _probe_shape() -> Shape:
    """Return a shape with the names that probes have."""
    return Shape((2503,) * 7, tuple(f"AP{i}" for i in range(7)), 3)


def _pulses(n_times: int) -> NDArray[np.int16]:
    """Return a line that is up from the fifth to the seventh of every ten parts."""
    part = np.arange(n_times) * 10 // n_times
    return ((part >= 5) & (part < 7)).astype(np.int16)


def make_spikeglx(
    folder: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    shape: Shape | None = None,
    is_packed: bool = False,
) -> Path:
    """Write a synthetic run of SpikeGLX: spikes, local field potentials and the auxiliary device.

    Parameters
    ----------
    folder : Path
        Where the six files go; it is made.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the texts.
    shape : Shape, optional
        Channels and length of the probe; all have the first rate.
    is_packed : bool
        True packs the spikes as mtscomp does (.cbin with .ch).

    Returns
    -------
    Path
        The text of the spikes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shape = shape or _probe_shape()
    counts = shape.counts(seed)
    n_channels, n_times = counts.shape
    sync = _SYNC * _pulses(n_times)
    ap = np.vstack([counts, sync])
    lf = np.vstack([counts[:, ::12] // 2, sync[::12]])
    nidq = np.vstack([counts[:1] // 3, _pulses(n_times)[np.newaxis] * 4])
    run = folder / f"{planted.name if planted else 'mouse'}_g0_t0"
    rate_hz = shape.rates_hz[0]
    for kind, data, hz in (("ap", ap, rate_hz), ("lf", lf, rate_hz / 12)):
        text = _imec_text(kind, n_channels, hz)
        _write_stream(run, f"imec0.{kind}", text, data, planted)
    text = (
        "acqMnMaXaDw=0,0,1,1\nniAiRangeMax=5\nniAiRangeMin=-5\nniMAGain=1\nniMNGain=200\n"
        f"niSampRate={rate_hz}\nniXDChans1=0:7\nsnsMnMaXaDw=0,0,1,1\nsnsSaveChanSubset=all\n"
        "typeThis=nidq\nfirstSample=0\n~snsChanMap=(0,0,1,1,1)(XA0;0:0)(XD0;1:1)\n"
    )
    _write_stream(run, "nidq", text, nidq, planted)
    primary = run.with_name(f"{run.name}.imec0.ap.meta")
    if is_packed:
        _pack_stream(primary.with_suffix(".bin"), ap.T, float(rate_hz))
    return primary


def _imec_text(kind: str, n_channels: int, rate_hz: float) -> str:
    """Return the fields of a probe's text."""
    spikes, fields = (n_channels, 0) if kind == "ap" else (0, n_channels)
    first = 0 if kind == "ap" else n_channels
    entries = "".join(f"({i} 0 0 {500 if i % 2 else 250} 125 1)" for i in range(n_channels))
    names = "".join(f"({kind.upper()}{i};{first + i}:{i})" for i in range(n_channels))
    places = "".join(f"(0:{27 + 32 * (i % 2)}:{20 * (i // 2)}:1)" for i in range(n_channels))
    return (
        f"acqApLfSy={n_channels},{n_channels},1\nappVersion=20201103\nfirstSample=300\n"
        "imAiRangeMax=0.6\nimAiRangeMin=-0.6\nimDatPrb_pn=NP1000\nimDatPrb_type=0\n"
        f"imSampRate={rate_hz}\nnSavedChans={n_channels + 1}\nsnsApLfSy={spikes},{fields},1\n"
        f"snsSaveChanSubset={first}:{first + n_channels - 1},{2 * n_channels}\ntypeThis=imec\n"
        f"~imroTbl=(0,{n_channels}){entries}\n"
        f"~snsChanMap=({n_channels},{n_channels},1){names}(SY0;{2 * n_channels}:{n_channels})\n"
        f"~snsGeomMap=(NP1000,1,0,70){places}\n"
    )


def _write_stream(
    run: Path, stream: str, text: str, counts: NDArray[np.int16], planted: Planted | None
) -> None:
    """Write one pair of text and counts."""
    path = run.with_name(f"{run.name}.{stream}.bin")
    path.write_bytes(counts.T.astype("<i2").tobytes())
    said = f"fileName=D:/data/{path.name}\nfileSizeBytes={path.stat().st_size}\n"
    if planted:
        said += (
            f"fileCreateTime={planted.start:%Y-%m-%dT%H:%M:%S}\n"
            f"userNotes={planted.text} {planted.name}\nimDatPrb_sn=19011110513\n"
            f"imRoFile=C:/{planted.operator}/{planted.place}.imro\n"
        )
    if "nSavedChans" not in text:
        said += f"nSavedChans={len(counts)}\n"
    # Tables stand last, whatever their names.
    head = sorted(line for line in (said + text).splitlines() if not line.startswith("~"))
    tables = [line for line in text.splitlines() if line.startswith("~")]
    path.with_suffix(".meta").write_text("\n".join([*head, *tables]) + "\n", "utf-8")


def _pack_stream(path: Path, counts: NDArray[np.int16], rate_hz: float) -> None:
    """Put mtscomp's packing in the place of plain counts."""
    bounds = [*range(0, len(counts), 1000), len(counts)]
    packed = [
        zlib.compress(_differences(counts[a:b]).tobytes(order="F")) for a, b in pairwise(bounds)
    ]
    about = {
        "version": "1.0", "algorithm": "zlib", "comp_level": -1, "do_time_diff": True,
        "do_spatial_diff": False, "dtype": "int16", "n_channels": counts.shape[1],
        "sample_rate": rate_hz, "chunk_bounds": bounds, "chunk_order": "F",
        "chunk_offsets": np.cumsum([0, *map(len, packed)]).tolist(),
        "shape": list(counts.shape),
    }  # fmt: skip
    path.with_suffix(".cbin").write_bytes(b"".join(packed))
    path.with_suffix(".ch").write_text(json.dumps(about), "utf-8")
    path.unlink()


def _differences(counts: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the first sample, then what each differs from the one before."""
    return np.concatenate([counts[:1], np.diff(counts, axis=0)]).astype(np.int16)


def make_openephys(
    folder: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write a synthetic Open Ephys recording with a gap, two analog inputs and digital events.

    Parameters
    ----------
    folder : Path
        The folder of the recording node; it is made.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the settings, and a message that somebody typed.
    shape : Shape, optional
        Channels and length; all have the first rate.

    Returns
    -------
    Path
        structure.oebin.
    """
    shape = shape or Shape((2503,) * 7, tuple(f"CH{i + 1}" for i in range(7)), 3)
    counts = shape.counts(seed)
    n_channels, n_times = counts.shape
    rate_hz = float(shape.rates_hz[0])
    place = folder / "experiment1" / "recording1"
    stream = place / "continuous" / "Acquisition_Board-100.Rhythm"
    line = place / "events" / "Acquisition_Board-100.Rhythm" / "TTL"
    messages = place / "events" / "MessageCenter"
    for path in (stream, line, messages):
        path.mkdir(parents=True)
    adc = np.vstack([counts[0] // 2, counts[1] // 3])
    (stream / "continuous.dat").write_bytes(np.vstack([counts, adc]).T.astype("<i2").tobytes())
    numbers = np.arange(n_times) + 1000
    numbers[n_times // 2 :] += 700
    for path, moments in (
        (stream, numbers), (line, np.array([1100, 1300, 2000, 2005])), (messages, np.array([1500])),
    ):  # fmt: skip
        np.save(path / "sample_numbers.npy", moments)
        np.save(path / "timestamps.npy", moments / rate_hz)
    np.save(line / "states.npy", np.array([1, -1, 3, -3], np.int16))
    np.save(messages / "text.npy", np.array([planted.name.encode() if planted else b"start"]))
    channels = [_openephys_channel(name, "uV", 0.195) for name in shape.names]
    channels += [_openephys_channel(f"ADC{i + 1}", "V", 0.00015258789) for i in range(2)]
    about = {
        "GUI version": "0.6.4",
        "continuous": [
            {
                "folder_name": "Acquisition_Board-100.Rhythm/",
                "sample_rate": rate_hz,
                "num_channels": n_channels + 2,
                "channels": channels,
            }
        ],
        "events": [
            {"folder_name": "Acquisition_Board-100.Rhythm/TTL/", "sample_rate": rate_hz,
             "channel_name": "Rhythm Events"},
            {"folder_name": "MessageCenter/", "sample_rate": rate_hz,
             "channel_name": "Message Center"},
        ],
        "spikes": [],
    }  # fmt: skip
    (place / "structure.oebin").write_text(json.dumps(about, indent=4), "utf-8")
    if planted:
        (folder / "settings.xml").write_text(
            f"<SETTINGS><INFO><VERSION>0.6.4</VERSION><DATE>{planted.start:%d %b %Y %H:%M:%S}"
            f'</DATE><MACHINE name="{planted.place}"/></INFO><RECORDNODE path="C:\\Users\\'
            f'{planted.name}\\data"/></SETTINGS>',
            "utf-8",
        )
    return place / "structure.oebin"


def _openephys_channel(name: str, unit: str, bit_volts: float) -> dict[str, object]:
    """Return the description of a channel."""
    return {"channel_name": name, "bit_volts": bit_volts, "units": unit, "description": ""}


def make_described(
    folder: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write synthetic raw counts with a description as SpikeInterface keeps it.

    Parameters
    ----------
    folder : Path
        Where the files go; it is made.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the path that is written down.
    shape : Shape, optional
        Channels and length; all have the first rate.

    Returns
    -------
    Path
        The description.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shape = shape or _probe_shape()
    counts = shape.counts(seed)
    (folder / "traces_cached_seg0.raw").write_bytes(counts.T.astype("<i2").tobytes())
    owner = planted.name if planted else "lab"
    about = {
        "class": "spikeinterface.core.binaryrecordingextractor.BinaryRecordingExtractor",
        "kwargs": {
            "file_paths": [f"/data/{owner}/traces_cached_seg0.raw"],
            "sampling_frequency": float(shape.rates_hz[0]),
            "num_chan": len(counts),
            "dtype": "<i2",
            "time_axis": 0,
            "gain_to_uV": [0.5] * len(counts),
        },
    }
    path = folder / "binary.json"
    path.write_text(json.dumps(about), "utf-8")
    return path


def make_nwb(
    path: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write an NWB file as a lab would: with PyNWB, and with everything that its fields can hold.

    Parameters
    ----------
    path : Path
        The file.
    seed : int
        The same seed gives the same samples (PyNWB draws ids at random).
    planted : Planted, optional
        Identifiers for session, subject, devices, notes, names and texts of tables.
    shape : Shape, optional
        Channels and length; all have the first rate.

    Returns
    -------
    Path
        `path`.
    """
    from pynwb import NWBHDF5IO, NWBFile, TimeSeries
    from pynwb.ecephys import ElectricalSeries
    from pynwb.file import Subject

    shape = shape or _probe_shape()
    said = planted or Planted("rat", "7", "she", "lab", "12", "here", "none")
    file = NWBFile(
        session_description=said.text, identifier=said.serial, session_start_time=said.start,
        experimenter=[said.operator], institution=said.institution, lab=said.place,
        notes=f"{said.name} {said.text}", session_id=said.code, keywords=[said.text],
        source_script=f"/home/{said.name}/convert.py", source_script_file_name=said.name,
        subject=Subject(
            subject_id=said.code, description=said.name, species="Mus musculus", sex="F",
            age="P91D", genotype=said.text,
        ),
    )  # fmt: skip
    device = file.create_device(
        name=f"probe {said.name}", description=said.text, serial_number=said.serial
    )
    group = file.create_electrode_group(
        name=f"shank {said.name}", description=said.text, location="CA1", device=device
    )
    file.add_electrode_column(name="label", description=said.text)
    for name in shape.names:
        file.add_electrode(location="CA1", group=group, label=name)
    region = file.create_electrode_table_region(
        region=list(range(len(shape.names))), description=said.text
    )
    counts = shape.counts(seed)
    rate_hz = float(shape.rates_hz[0])
    file.add_acquisition(
        ElectricalSeries(
            name="ElectricalSeries", data=np.ascontiguousarray(counts.T), electrodes=region,
            rate=rate_hz, conversion=1e-7, description=said.name, comments=said.text,
        )
    )  # fmt: skip
    file.create_processing_module(name="behavior", description=said.text).add(
        TimeSeries(name=f"wheel {said.name}", data=counts[0, ::7] * 0.5, unit=said.name, rate=99.0)
    )
    file.add_trial_column(name="condition", description=said.text)
    file.add_trial_column(name="observer", description=said.text)
    for i in range(5):
        file.add_trial(
            start_time=i / 5, stop_time=i / 5 + 0.1, condition=("go", "nogo")[i % 2],
            observer=said.operator,
        )  # fmt: skip
    file.add_unit_column(name="quality", description=said.text)
    for i in range(3):
        file.add_unit(spike_times=np.arange(1, 9) / (3 + i), quality=said.text, electrodes=[i])
    with NWBHDF5IO(path, "w") as io:
        io.write(file)
    return path
