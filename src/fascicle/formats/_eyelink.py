"""EyeLink (SR Research): the text that edf2asc makes of its recordings.

MNE-Python reads samples and what the eye tracker found in them. The binary .edf of the same maker
is no EDF; the library that opens it is not free, so that it is recognised and sent back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Channel, Event, FileHead, Header, Identifier, Modality
from fascicle.errors import FormatError

from ._beh import Behaviour, BehaviourFormat, Clock, Part, behaviour_module, stream_array
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._nwb_write import NwbDraft

_BINARY = b"SR_RESEARCH"
_PREAMBLE_BYTES = 1 << 14
_FIELDS = (
    ("path", "CONVERTED FROM", rb" (\S.*?)(?: using .*)?$"),
    ("serial", "SERIAL NUMBER", rb": *(.+)$"),
    ("serial", "CAMERA_CONFIG", rb": *(.+)$"),
    ("operator", "RECORDED BY", rb":? *(.+)$"),
    ("path", "SESSION NAME", rb": *(.+)$"),
)
_KNOWN = re.compile(
    rb"^\*\* (?:CONVERTED FROM|DATE|TYPE|VERSION|SOURCE|EYELINK|CAMERA|SERIAL NUMBER|CAMERA_CONFIG"
    rb"|RECORDED BY|SESSION NAME)\b"
)
_TRIGGER = re.compile(r"(?i)(?:trigger|ttl|event|trial)?[ :_-]*(\d{1,5})")
_UNITS = {"GAZE": ("px", "pixels"), "HREF": ("n/a", "n.a."), "RAW": ("n/a", "n.a.")}


@dataclass(frozen=True, slots=True)
class Eye(Part):
    """One eye: where it looks, and the size of its pupil.

    Attributes
    ----------
    side : str
        ``"left"`` or ``"right"``.
    gaze : ndarray of float32, shape (n_times, 2)
        x and y; NaN where the eye was lost.
    pupil : ndarray of float32, shape (n_times,)
        In units of the eye tracker.
    clock : Clock
        When the samples were taken.
    unit : str
        What the gaze is given in: ``"GAZE"``, ``"HREF"``, ``"RAW"``.
    """

    side: str
    gaze: NDArray[np.float32]
    pupil: NDArray[np.float32]
    clock: Clock
    unit: str

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Both coordinates, and the pupil."""
        rate_hz, unit = self.clock.rate_hz, _UNITS[self.unit][0]
        return (
            Channel(f"gaze x {self.side}", "EYEGAZE", unit, rate_hz),
            Channel(f"gaze y {self.side}", "EYEGAZE", unit, rate_hz),
            Channel(f"pupil {self.side}", "PUPIL", "n/a", rate_hz),
        )

    def add(self, draft: NwbDraft, names: Sequence[str]) -> None:
        """Add gaze and pupil of this eye to those of the file."""
        from pynwb import TimeSeries
        from pynwb.behavior import EyeTracking, PupilTracking, SpatialSeries

        module = behaviour_module(draft)
        if "EyeTracking" not in module.data_interfaces:
            module.add(EyeTracking(name="EyeTracking"))
            module.add(PupilTracking(name="PupilTracking"))
        when = self.clock.as_nwb()
        module["EyeTracking"].add_spatial_series(
            SpatialSeries(
                name=f"gaze_{self.side}",
                description="Where the eye looks, on the screen.",
                data=stream_array(draft, self.gaze),
                unit=_UNITS[self.unit][1],
                reference_frame="(0, 0) is the top left corner of the screen.",
                **when,
            )
        )
        module["PupilTracking"].add_timeseries(
            TimeSeries(
                name=f"pupil_{self.side}",
                description="Size of the pupil, in units of the eye tracker.",
                data=stream_array(draft, self.pupil),
                unit="n.a.",
                **when,
            )
        )


class EyeLink(BehaviourFormat):
    """EyeLink (.asc); its binary .edf is recognised and refused."""

    name = "eyelink"
    title = "EyeLink (.asc)"
    proven_on = "real"

    def recognises(self, head: FileHead) -> bool:
        """Look for the first lines that edf2asc writes, or the first words of the binary file."""
        if head.is_folder:
            return False
        text = head.head[:2048]
        return text.startswith(_BINARY) or (
            text.startswith(b"** ") and b"EDF_FILE" in text and b"EYELINK" in text
        )

    def open_behaviour(self, root: Path, files: tuple[PurePosixPath, ...]) -> Behaviour:
        """Read samples and events."""
        path = root / files[0]
        with path.open("rb") as stream:
            preamble = stream.read(_PREAMBLE_BYTES)
        if preamble.startswith(_BINARY):
            raise FormatError(
                "FSC259",
                "Expected a recording of EyeLink as text, got its binary file.",
                "Convert it with the maker's edf2asc (or Visual EDF2ASC), samples and events, and "
                "put the .asc file in its place.",
            )
        import mne

        raw = mne.io.read_raw_eyelink(path, verbose="error")
        rate_hz = float(raw.info["sfreq"])
        unit = str(raw._raw_extras[0].get("pos_unit", "GAZE"))  # noqa: SLF001 - told nowhere else
        eyes = tuple(_find_eyes(raw, Clock(rate_hz), unit if unit in _UNITS else "RAW"))
        measured_at = raw.info["meas_date"]
        days = [Identifier("date", measured_at.date().isoformat(), "EyeLink header: DATE")]
        header = Header(
            modality=Modality.BEH,
            sfreq_hz=rate_hz,
            n_times=int(raw.n_times),
            events=tuple(_events(raw.annotations)),
            measured_at=measured_at.astimezone(UTC) if measured_at else None,
            identifiers=tuple(_identifiers(preamble)) + tuple(days if measured_at else ()),
            manufacturer="SR Research",
            is_continuous="BAD_ACQ_SKIP" not in set(raw.annotations.description),
            suffix="",
            evidence=("The first lines are those of edf2asc.",),
            metadata={
                "SamplingFrequency": rate_hz,
                "RecordingDuration": float(raw.n_times / rate_hz),
            },
        )
        return Behaviour(header, eyes)


def _find_eyes(raw: Any, clock: Clock, unit: str) -> Iterator[Eye]:  # noqa: ANN401 - mne
    """Yield the eyes that were recorded."""
    n_times = int(raw.n_times)
    for side in ("left", "right"):
        rows = [f"{name}_{side}" for name in ("xpos", "ypos", "pupil")]
        if not set(rows) & set(raw.ch_names):
            continue
        values = [
            raw.get_data(picks=[row])[0] if row in raw.ch_names else np.full(n_times, np.nan)
            for row in rows
        ]
        gaze = np.stack(values[:2], axis=1).astype(np.float32)
        yield Eye(side, gaze, values[2].astype(np.float32), clock, unit)


def _events(annotations: Any) -> Iterator[Event]:  # noqa: ANN401 - mne
    """Yield what the eyes did, and the messages of the program that showed the stimuli."""
    rows = zip(annotations.onset, annotations.duration, annotations.description,
               annotations.ch_names, strict=True)  # fmt: skip
    for onset, duration, text, channels in rows:
        label = str(text)
        if label in {"fixation", "saccade", "BAD_blink"}:
            sides = {name.rpartition("_")[2] for name in channels}
            side = sides.pop() if len(sides) == 1 else ""
            label = f"{label.removeprefix('BAD_')} {side}".strip()
            yield Event(float(onset), float(duration), label)
        elif label != "BAD_ACQ_SKIP":
            found = _TRIGGER.fullmatch(label)
            value = int(found[1]) if found and int(found[1]) < 1 << 16 else None
            yield Event(float(onset), float(duration), label, value)
        else:
            yield Event(float(onset), float(duration), label)


def _identifiers(preamble: bytes) -> Iterator[Identifier]:
    """Yield what the first lines say of people, places and devices, and remarks in them."""
    fields: list[tuple[str, str, object]] = []
    for kind, name, pattern in _FIELDS:
        line = rb"^\*\* " + name.encode() + pattern
        found = re.finditer(line, preamble, re.MULTILINE)
        fields.extend((kind, name, match[1].decode("latin-1").strip()) for match in found)
    for line in preamble.splitlines():
        if not line.startswith(b"**"):
            break
        remark = line[2:].strip().decode("latin-1")
        if remark and not _KNOWN.match(line):
            fields.append(("text", "remark", remark))
    yield from find_identifiers("EyeLink header", fields)
