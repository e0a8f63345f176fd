"""Synthetic recordings of vendors that write texts, alone or beside their samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ._planted import Planted, Shape

_MUSE = Shape(rates_hz=(256,) * 5, labels=("TP9", "AF7", "AF8", "TP10", "Right AUX"))
_EMOTIV = Shape(rates_hz=(128,) * 5, labels=("AF3", "T7", "Pz", "T8", "AF4"))


def make_persyst(
    path: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write a synthetic Persyst recording: .lay and .dat of 16 bits.

    Parameters
    ----------
    path : Path
        The .lay; the .dat stands beside it.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the section on the patient.
    shape : Shape, optional
        Channels and length; all have the first rate.

    Returns
    -------
    Path
        `path`.
    """
    shape = shape or Shape()
    counts = shape.counts(seed)
    path.with_suffix(".dat").write_bytes(counts.T.astype("<i2").tobytes())
    lines = [
        "[FileInfo]", f"File={path.stem}.dat", "FileType=Interleaved",
        f"SamplingRate={shape.rates_hz[0]}", "HeaderLength=0", "Calibration=0.5",
        f"WaveformCount={len(counts)}", "DataType=0", "", "[Patient]",
    ]  # fmt: skip
    who = planted or Planted()
    if planted:
        lines += [f"FullName={who.name}", f"ID={who.code}", f"Physician={who.operator}",
                  f"Comments1={who.text}", f"BirthDate={who.birth:%d-%m-%Y}"]  # fmt: skip
    lines += [
        "Sex=F",
        "Hand=Right",
        f"TestDate={who.start:%Y.%m.%d}",
        f"TestTime={who.start:%H:%M:%S}",
    ]
    lines += [
        "",
        "[ChannelMap]",
        *(f"{name}-Ref={i}" for i, name in enumerate(shape.names, start=1)),
    ]
    lines += ["", "[Comments]", "1.500,0.5,0,100,tone", "", "[SampleTimes]", "0=0.0", ""]
    path.write_text("\n".join(lines), encoding="latin-1")
    return path


def make_nicolet(
    path: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write a synthetic Nicolet recording: .head and .data.

    Parameters
    ----------
    path : Path
        The .head; the .data stands beside it.
    seed, shape : int, Shape
        As in `make_persyst`.
    planted : Planted, optional
        Only the date: the ids of the format are numbers.

    Returns
    -------
    Path
        `path`.
    """
    shape = shape or Shape()
    counts = shape.counts(seed)
    path.with_suffix(".data").write_bytes(counts.T.astype("<i2").tobytes())
    start = f"{(planted or Planted()).start:%Y-%m-%d %H:%M:%S}.000"
    lines = [
        f"start_ts={start}", f"num_samples={counts.shape[1]}",
        f"sample_freq={shape.rates_hz[0]}", "conversion_factor=0.179000",
        f"num_channels={len(counts)}", f"elec_names=[{','.join(shape.names)}]",
        "pat_id=77120", "adm_id=4488", "rec_id=12003", "duration_in_sec=11", "sample_bytes=2", "",
    ]  # fmt: skip
    path.write_text("\n".join(lines), encoding="latin-1")
    return path


def make_muse(
    path: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write a synthetic Muse CSV as muse-lsl does, with a marker column.

    Parameters
    ----------
    path : Path
        The file.
    seed, shape : int, Shape
        As in `make_persyst`.
    planted : Planted, optional
        Only the time: the format has no header.

    Returns
    -------
    Path
        `path`.
    """
    shape = shape or _MUSE
    values = shape.microvolts(seed)
    rate_hz = shape.rates_hz[0]
    times = (planted or Planted()).start.timestamp() + np.arange(values.shape[1]) / rate_hz
    marks = np.zeros(values.shape[1], int)
    marks[[100, 700]], marks[1500] = 1, 2
    rows = [",".join(["timestamps", *shape.names, "Marker"])]
    rows += [
        ",".join([f"{t:.6f}", *(f"{v:.1f}" for v in column), str(mark)])
        for t, column, mark in zip(times, values.T, marks, strict=True)
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def make_openbci(
    path: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write a synthetic text of the OpenBCI GUI, version 5.

    Parameters
    ----------
    path : Path
        The file.
    seed, shape : int, Shape
        As in `make_persyst`.
    planted : Planted, optional
        Only the time: the format has no texts.

    Returns
    -------
    Path
        `path`.
    """
    shape = shape or Shape(rates_hz=(250,) * 7)
    values = shape.microvolts(seed)
    start = (planted or Planted()).start.timestamp()
    names = [f"EXG Channel {i}" for i in range(len(values))]
    accel = [f"Accel Channel {i}" for i in range(3)]
    lines = [
        "%OpenBCI Raw EXG Data", f"%Number of channels = {len(values)}",
        f"%Sample Rate = {shape.rates_hz[0]} Hz", "%Board = OpenBCI_GUI$BoardCytonSerial",
        ", ".join(["Sample Index", *names, *accel, "Timestamp"]),
    ]  # fmt: skip
    lines += [
        ", ".join([str(i % 256), *(f"{v:.1f}" for v in column), "0.0", "0.0", "1.0",
                   f"{start + i / shape.rates_hz[0]:.6f}"])
        for i, column in enumerate(values.T)
    ]  # fmt: skip
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def make_emotiv(
    path: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write a synthetic CSV of EmotivPRO: one line on the recording, then names and rows.

    Parameters
    ----------
    path : Path
        The file.
    seed, planted, shape : int, Planted, Shape
        As in `make_persyst`.

    Returns
    -------
    Path
        `path`.
    """
    shape = shape or _EMOTIV
    values = shape.microvolts(seed)
    who = planted or Planted(name="", code="", text="", serial="")
    about = (
        f"title:{who.name},start timestamp:{who.start.timestamp():.6f},subject:{who.code},"
        f"headset type:INSIGHT,headset serial:{who.serial},sampling rate:eeg_{shape.rates_hz[0]},"
        f"channels:{len(values)}"
    )
    names = ["Timestamp", "EEG.Counter", *(f"EEG.{name}" for name in shape.names)]
    rows = [about, ",".join([*names, "MarkerValueInt"])]
    start = who.start.timestamp()
    rows += [
        ",".join([f"{start + i / shape.rates_hz[0]:.6f}", str(i % 128),
                  *(f"{v:.1f}" for v in column), "5" if i == 300 else "0"])
        for i, column in enumerate(values.T)
    ]  # fmt: skip
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def make_boxy(
    path: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write a synthetic BOXY text with parsed columns: two detectors and three sources.

    Parameters
    ----------
    path : Path
        The file.
    seed : int
        The same seed gives the same bytes.
    planted, shape : Planted, Shape
        Not used: the layout is fixed, and the format has no texts on people.

    Returns
    -------
    Path
        `path`.
    """
    rng = np.random.default_rng(seed)
    columns = [f"{d}-{kind}{s}" for d in "AB" for kind in ("AC", "DC", "Ph") for s in (1, 2, 3)]
    lines = [
        "BOXY.EXE: 0.40", "2   Detector Channels", "3   External MUX Channels",
        "19.5   Updata Rate (Hz)", "#DATA BEGINS", "\t".join(columns), "",
    ]  # fmt: skip
    values = rng.uniform(100, 900, (251, len(columns)))
    lines += ["\t".join(f"{v:.3f}" for v in row) for row in values]
    path.write_text("\n".join([*lines, "#DATA ENDS", ""]), encoding="utf-8")
    return path


def make_curry(
    path: Path, *, seed: int = 7, planted: Planted | None = None, shape: Shape | None = None
) -> Path:
    """Write a synthetic Curry 7 recording: .dap, .dat and .rs3.

    Parameters
    ----------
    path : Path
        The .dap; the others stand beside it.
    seed, planted, shape : int, Planted, Shape
        As in `make_persyst`.

    Returns
    -------
    Path
        `path`.
    """
    shape = shape or Shape()
    values = shape.microvolts(seed).astype("<f4")
    path.with_suffix(".dat").write_bytes(values.T.tobytes())
    when = (planted or Planted()).start
    fields = {
        "NumSamples": values.shape[1], "NumChanGroups": 1, "NumTrials": 1,
        "SampleFreqHz": shape.rates_hz[0], "TriggerOffsetUsec": 0,
        "SampleTimeUsec": 1e6 / shape.rates_hz[0], "DataFormat": "FLOAT", "DataSampOrder": "SAMP",
        "DataByteOrder": "BINARY", "AmplifierInfo": planted.name if planted else "",
        "StartYear": when.year, "StartMonth": when.month, "StartDay": when.day,
        "StartHour": when.hour, "StartMin": when.minute, "StartSec": when.second,
        "StartMillisec": 0, "NumChannels": len(values),
    }  # fmt: skip
    rows = [f"   {key:24} =  {value}" for key, value in fields.items()]
    text = ["FileVersion = 700", "DATA_PARAMETERS START", *rows, "DATA_PARAMETERS END",
            "DEVICE_PARAMETERS START", f"   NumChanThisGroup         =  {len(values)}",
            "   DataUnit                 =  uV", "DEVICE_PARAMETERS END", ""]  # fmt: skip
    path.write_text("\n".join(text), encoding="utf-8")
    places = [f"{10 * i}\t{5 * i}\t{80 - i}" for i in range(len(values))]
    sensors = [""]
    for name, rows in (("LABELS", shape.names), ("SENSORS", places)):
        sensors += [f"{name} START", f"   ListNrRows  =  {len(rows)}", f"{name} END", ""]
        sensors += [f"{name} START_LIST  # Do not edit!", *rows, f"{name} END_LIST", ""]
    path.with_suffix(".rs3").write_text("\n".join(sensors), encoding="utf-8")
    return path
