"""EEGLAB datasets (.set, with .fdt), of MATLAB versions 5 and 7.3."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Channel, Event, FileHead, Header, Identifier, Modality, Subject
from fascicle.errors import FormatError

from ._brainvision import StoredSamples
from ._channels import channel_kind, modality_kinds, unique_labels
from ._files import as_folder
from ._matlab import HDF5_MAGIC, Matrix, first_variable, is_matlab, load_struct
from ._vendor import (
    Opened,
    VendorFormat,
    find_identifiers,
    foreign_reader,
    require_same_shape,
    require_samples,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fascicle.core import Source, Written

_TOP_FIELDS = frozenset({
    "setname", "filename", "filepath", "subject", "nbchan", "chanlocs",
    # MNE-Python's export (eeglabio) begins with the samples.
    "data",
})  # fmt: skip
_KINDS = {
    "EEG": "EEG", "EOG": "EOG", "VEOG": "VEOG", "HEOG": "HEOG", "ECG": "ECG", "EKG": "ECG",
    "EMG": "EMG", "ECOG": "ECOG", "SEEG": "SEEG", "DBS": "DBS", "MISC": "MISC", "AUX": "MISC",
    "TRIG": "TRIG", "STIM": "TRIG", "REF": "REF", "GSR": "GSR", "RESP": "RESP", "PPG": "PPG",
    "TEMP": "TEMP", "AUDIO": "AUDIO", "EYEGAZE": "EYEGAZE", "PUPIL": "PUPIL",
}  # fmt: skip
_BIDS_NAME = re.compile(r"sub-[A-Za-z0-9]+(_[a-z]+-[A-Za-z0-9]+)*_(eeg|ieeg)\.set")
_SPHERE_M = 0.085
"""Radius of the head that EEGLAB draws, for positions given on a sphere of radius 1."""


class Eeglab(VendorFormat):
    """EEGLAB (.set, with .fdt): written as BrainVision, or as .set where a BIDS dataset has it."""

    name = "eeglab"
    title = "EEGLAB"
    modalities = (Modality.EEG, Modality.IEEG)
    proven_on = "real"
    companion_suffixes = (".fdt",)

    def recognises(self, head: FileHead) -> bool:
        """Look for MATLAB's header and for EEGLAB's structure as the first variable."""
        if not is_matlab(head.head) and not head.head.startswith(HDF5_MAGIC):
            return False
        is_set = head.path.suffix.casefold() == ".set"
        if HDF5_MAGIC in {head.head[:8], head.head[512:520]}:
            # Names of variables stand anywhere in HDF5: the head tells that it is MATLAB's.
            return is_set
        variable, is_structure = first_variable(head.head)
        return (variable == "EEG" and is_structure) or (is_set and variable in _TOP_FIELDS)

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the .fdt of the same name (a file that was renamed keeps the old name inside)."""
        found = as_folder(siblings).named(f"{head.path.stem}.fdt")
        return (found,) if found else ()

    def open(self, root: Path, files: tuple[PurePosixPath, ...]) -> Opened:
        """Read the structure; samples stay in the .fdt, or in the .set until they are asked for."""
        path = root / files[0]
        fields = load_struct(path, "EEG", "data")
        header = _read_header(fields)
        n_expected = len(header.channels) * header.n_times
        data = fields.get("data")
        if isinstance(data, Matrix):
            if math.prod(data.shape) != n_expected:
                raise _wrong_size(n_expected, math.prod(data.shape))
            return Opened(header, lambda a, b: np.asarray(data.read(a, b), dtype=np.float64))
        fdt = _companion_samples(path) or _stated_samples(data, path)
        n_values = fdt.stat().st_size // 4 if fdt else 0
        if fdt is None or n_values != n_expected:
            raise _wrong_size(n_expected, n_values)
        n_channels = len(header.channels)
        stored = StoredSamples(fdt, "IEEE_FLOAT_32", 0, (1.0,) * n_channels)
        return Opened(header, _fdt_reader(fdt, n_channels), stored=stored)

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Write BrainVision; in a BIDS dataset that keeps .set, a .set with an .fdt."""
        with foreign_reader(self.title):
            opened = self.open(root, source.files)
            require_same_shape(require_samples(opened.header), header)
            if _keeps_set(root, source):
                fdt = opened.stored.path if opened.stored else None
                return write_set(header, folder, stem, blocks=opened.blocks(), fdt=fdt)
            return self.write_opened(opened, header, folder, stem)

    def read_blocks(self, path: Path, block_s: float) -> Iterator[NDArray[np.float64]]:
        """Yield the samples of a written .set in blocks, in microvolts."""
        with foreign_reader(self.title):
            opened = self.open(path.parent, (PurePosixPath(path.name),))
        n_block = max(1, round(block_s * opened.header.sfreq_hz))
        for start in range(0, opened.header.n_times, n_block):
            yield opened.read(start, min(start + n_block, opened.header.n_times))


def _fdt_reader(fdt: Path, n_channels: int) -> Callable[[int, int], NDArray[np.float64]]:
    """Return a function that reads samples of an .fdt: 32-bit floats, all channels of a sample."""

    def read(start: int, stop: int) -> NDArray[np.float64]:
        values = np.fromfile(fdt, "<f4", (stop - start) * n_channels, offset=4 * start * n_channels)
        return values.reshape(-1, n_channels).T.astype(np.float64)

    return read


def _keeps_set(root: Path, source: Source) -> bool:
    """Tell whether the recording stands in a BIDS dataset, which keeps its formats."""
    is_bids = (root / "dataset_description.json").is_file()
    return is_bids and _BIDS_NAME.fullmatch(source.primary.name) is not None


def _companion_samples(path: Path) -> Path | None:
    """Return the .fdt beside a .set, if there is one."""
    found = (path.with_suffix(suffix) for suffix in (".fdt", ".FDT"))
    return next((fdt for fdt in found if fdt.is_file()), None)


def _read_header(fields: Mapping[str, Any]) -> Header:
    sfreq_hz = float(fields["srate"])
    n_channels, n_trials = int(fields["nbchan"]), int(fields.get("trials") or 1)
    n_points = int(fields["pnts"])
    channels = _channels(fields, n_channels, sfreq_hz)
    events = _events(fields, sfreq_hz, n_points * n_trials)
    seams = [
        Event(trial * n_points / sfreq_hz, 0.0, "BAD_ACQ_SKIP") for trial in range(1, n_trials)
    ]
    reference = fields.get("ref")
    return Header(
        modality=Modality(modality_kinds({channel.kind for channel in channels})),
        sfreq_hz=sfreq_hz,
        n_times=n_points * n_trials,
        channels=channels,
        events=tuple(sorted([*events, *seams], key=lambda event: event.onset_s)),
        subject=Subject(code=_text(fields.get("subject"))),
        identifiers=tuple(_identifiers(fields)),
        reference=reference if isinstance(reference, str) and len(reference) < 32 else "",
        coordinate_frame="EEGLAB" if any(c.position_m for c in channels) else "",
        is_continuous=not any(event.label == "BAD_ACQ_SKIP" for event in (*events, *seams)),
    )


def _rows(value: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - a structure array of MATLAB
    """Return a structure array as a list; one structure counts as an array of one."""
    rows = value if isinstance(value, list) else [value]
    return [row for row in rows if isinstance(row, dict)]


def _channels(fields: Mapping[str, Any], n_channels: int, sfreq_hz: float) -> tuple[Channel, ...]:
    places = _rows(fields.get("chanlocs"))[:n_channels]
    info = fields.get("chaninfo")
    nose = _text(info.get("nosedir")) if isinstance(info, dict) else ""
    points = [_point(place, nose) for place in places]
    scale = _metres_per_unit(points)
    places += [{}] * (n_channels - len(places))
    stated = [_text(place.get("labels")) or f"E{i + 1}" for i, place in enumerate(places)]
    channels = []
    for i, (place, label) in enumerate(zip(places, unique_labels(stated, 256), strict=True)):
        kind = _KINDS.get(_text(place.get("type")).upper()) or channel_kind(label)
        point = points[i] if i < len(points) else None
        position = (point[0] * scale, point[1] * scale, point[2] * scale) if point else None
        unit = "n/a" if kind == "TRIG" else "uV"
        channels.append(Channel(label, kind, unit, sfreq_hz, position_m=position))
    return tuple(channels)


def _point(place: Mapping[str, Any], nose: str) -> tuple[float, float, float] | None:
    """Return a position with the nose along +X and the left ear along +Y, in the file's unit."""
    values = [place.get(axis) for axis in ("X", "Y", "Z")]
    if not all(isinstance(value, int | float) and math.isfinite(value) for value in values):
        return None
    x, y, z = (float(value) for value in values if isinstance(value, int | float))
    if (x, y, z) == (0.0, 0.0, 0.0):
        return None
    turned = {"+Y": (y, -x), "-X": (-x, -y), "-Y": (-y, x)}.get(nose.upper(), (x, y))
    return (*turned, z)


def _metres_per_unit(points: Sequence[tuple[float, float, float] | None]) -> float:
    """Guess the unit of positions from the size of the head that they make."""
    radii = sorted(math.hypot(*point) for point in points if point)
    if not radii:
        return 1.0
    radius = radii[len(radii) // 2]
    if radius < 0.3:
        return 1.0
    if radius < 3:
        return _SPHERE_M
    return 0.01 if radius < 30 else 0.001


def _events(fields: Mapping[str, Any], sfreq_hz: float, n_times: int) -> list[Event]:
    """Return the events; EEGLAB counts samples from one and calls a cut ``boundary``."""
    events = []
    for row in _rows(fields.get("event")):
        latency, duration = row.get("latency"), row.get("duration")
        if not isinstance(latency, int | float) or not 0.5 <= latency <= n_times + 1:
            continue
        label = _label(row.get("type"))
        if label in {"boundary", "-99"}:
            label = "BAD_ACQ_SKIP"
        length = float(duration) if isinstance(duration, int | float) and duration > 0 else 0.0
        if label == "BAD_ACQ_SKIP" or not math.isfinite(length):
            length = 0.0  # how much was cut out: no time of this recording
        value = int(label) if label.isascii() and label.isdigit() and len(label) < 7 else None
        onset = max(0.0, (float(latency) - 1) / sfreq_hz)
        events.append(Event(onset, length / sfreq_hz, label, value))
    return events


def _label(value: Any) -> str:  # noqa: ANN401 - a text or number of MATLAB
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _text(value) or "n/a"


def _text(value: Any) -> str:  # noqa: ANN401 - a text or number of MATLAB
    """Return a text or number as a text; nothing for arrays and structures."""
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _identifiers(fields: Mapping[str, Any]) -> list[Identifier]:
    info = fields.get("chaninfo")
    comments = _text(fields.get("comments")).splitlines()
    quoted = re.findall(r"'([^'\n]*)'", _text(fields.get("history")))
    paths = dict.fromkeys(text for text in quoted if re.search(r"[/\\]|\.\w{2,4}$", text))
    return find_identifiers(
        "EEGLAB header",
        (
            ("id", "subject", _text(fields.get("subject"))),
            ("text", "setname", _text(fields.get("setname"))),
            ("path", "filename", _text(fields.get("filename"))),
            ("path", "filepath", _text(fields.get("filepath"))),
            ("path", "datfile", _text(fields.get("datfile"))),
            ("path", "locations", _text(info.get("filename")) if isinstance(info, dict) else ""),
            *(("text", "comments", line) for line in comments),
            *(("path", "history", path) for path in paths),
        ),
    )


def _stated_samples(data: Any, path: Path) -> Path | None:  # noqa: ANN401 - a value of MATLAB
    """Return the file of samples that the structure names, if it stands beside the .set."""
    name = data.replace("\\", "/").rpartition("/")[2] if isinstance(data, str) else ""
    stated = path.with_name(name) if name else None
    return stated if stated is not None and stated.is_file() else None


def _wrong_size(n_expected: int, n_got: int) -> FormatError:
    return FormatError(
        "FSC233",
        f"Expected {n_expected} sample values as the EEGLAB header states, got {n_got}.",
        "Put the .fdt that belongs to this .set beside it, under the same name.",
    )


def write_set(
    header: Header,
    folder: Path,
    stem: str,
    *,
    blocks: Iterator[NDArray[np.float64]],
    fdt: Path | None,
) -> Written:
    """Write a minimal EEGLAB structure with its samples in an .fdt.

    Parameters
    ----------
    header : Header
        What may leave.
    folder, stem
        Where, and under which name.
    blocks : iterator of ndarray
        The samples in microvolts; used where there is no .fdt to copy.
    fdt : Path or None
        An .fdt with the very samples.
    """
    from scipy.io import savemat

    from fascicle.core import Written

    target = folder / f"{stem}.fdt"
    if fdt is not None:
        shutil.copyfile(fdt, target)
    else:
        with target.open("wb") as stream:
            for block in blocks:
                stream.write(np.ascontiguousarray(block.T, dtype="<f4").tobytes())
    path = folder / f"{stem}.set"
    savemat(path, {"EEG": _minimal_struct(header, stem)}, do_compression=False, oned_as="row")
    # SciPy names the machine's system and the hour in the first 116 bytes.
    with path.open("r+b") as stream:
        stream.write(b"MATLAB 5.0 MAT-file".ljust(116))
    names = (PurePosixPath(path.name), PurePosixPath(target.name))
    return Written("eeglab", names, copied=fdt is not None)


def _minimal_struct(header: Header, stem: str) -> dict[str, Any]:
    """Return the fields without which EEGLAB and MNE do not open a dataset, and no others."""
    empty = np.zeros((0, 0))
    rate = header.sfreq_hz
    places = [
        (c.name, c.kind, *(np.array(c.position_m) * 1000 if c.position_m else (empty,) * 3))
        for c in header.channels
    ]
    events = [
        ("boundary" if e.label == "BAD_ACQ_SKIP" else e.label, e.onset_s * rate + 1,
         e.duration_s * rate)
        for e in header.events
    ]  # fmt: skip
    return {
        "setname": stem, "filename": f"{stem}.set", "filepath": "", "subject": "", "group": "",
        "condition": "", "session": empty, "comments": "", "nbchan": float(len(header.channels)),
        "trials": 1.0, "pnts": float(header.n_times), "srate": rate, "xmin": 0.0,
        "xmax": (header.n_times - 1) / rate, "times": empty, "data": f"{stem}.fdt",
        "datfile": f"{stem}.fdt", "icaact": empty, "icawinv": empty, "icasphere": empty,
        "icaweights": empty, "icachansind": empty,
        "chanlocs": _struct_array(("labels", "type", "X", "Y", "Z"), places),
        "urchanlocs": empty, "chaninfo": {"nosedir": "+X"}, "ref": header.reference or "common",
        "event": _struct_array(("type", "latency", "duration"), events), "urevent": empty,
        "eventdescription": empty, "epoch": empty, "epochdescription": empty, "reject": empty,
        "stats": empty, "specdata": empty, "specicaact": empty, "splinefile": "",
        "icasplinefile": "", "dipfit": empty, "history": "", "saved": "yes", "etc": empty,
    }  # fmt: skip


def _struct_array(names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> Any:  # noqa: ANN401 - numpy's structured arrays
    """Return rows as a structure array of MATLAB."""
    array = np.empty((1, len(rows)), dtype=[(name, object) for name in names])
    for i, row in enumerate(rows):
        array[0, i] = row
    return array
