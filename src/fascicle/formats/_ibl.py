"""Sessions of the International Brain Laboratory: what the rig wrote, and ALF arrays of trials.

A session is a folder; its files of behaviour lie in ``raw_behavior_data`` and ``alf``. What they
hold follows https://docs.internationalbrainlab.org: times of states in seconds after the start of a
trial, ticks of the wheel's encoder (1024 a turn), moments of the encoder in microseconds (older
rigs: milliseconds).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Event, FileHead, Header, Identifier, Modality, Subject

from ._beh import Behaviour, BehaviourFormat, Clock, Part, Trace
from ._beh_trials import Column, Trials, bound_trials
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RIG = re.compile(
    r"_iblrig_(?P<kind>taskData|taskSettings|encoderEvents|encoderPositions|encoderTrialInfo"
    r"|ambientSensorData)\.raw(?:\.[0-9a-f-]{36})?\.(?:jsonable|json|ssv)"
)
_ALF = re.compile(
    r"(?:_ibl_|_iblrig_)?(?P<object>trials|wheel)\.(?P<attribute>[A-Za-z_]+)"
    r"(?:\.[0-9a-f-]{36})?\.npy"
)
_FOLDERS = frozenset({"raw_behavior_data", "raw_task_data_00", "alf"})
_ORDER = ("taskData", "trials", "wheel", "taskSettings", "encoderPositions", "encoderEvents",
          "encoderTrialInfo", "ambientSensorData")  # fmt: skip
_NUMPY = b"\x93NUMPY"
_TICKS_PER_TURN = 1024
_MAX_BYTES = 1 << 30
_TURN_US = 1 << 32
"""The encoder's clock has 32 bits: after 71 minutes and 35 seconds it begins anew."""

_STATES = (
    ("stimulus onset", "stim_on"),
    ("go cue", "play_tone"),
    ("response window", "closed_loop"),
)
_ENCODER = {1: "stimulus off", 2: "stimulus onset", 3: "response window", 4: "stimulus stop"}
"""What the numbers of the encoder's events stand for."""

_SETTINGS = (
    ("id", "SUBJECT_NAME"), ("operator", "PYBPOD_CREATOR"), ("path", "SESSION_FOLDER"),
    ("path", "SUBJECT_FOLDER"), ("serial", "PYBPOD_BOARD"), ("serial", "_BOARD"),
    ("date", "SESSION_DATE"), ("contact", "ALYX_USER_EMAIL"), ("operator", "ALYX_USER"),
    ("operator", "USER"), ("institution", "ALYX_LAB"), ("institution", "LAB"),
    ("text", "SUBJECT_PROJECT"), ("serial", "RIG_NAME"), ("id", "PYBPOD_SUBJECTS"),
    ("contact", "OSC_CLIENT_IP"),
)  # fmt: skip

_NOBODY = ("", None, "local", "127.0.0.1")


class Ibl(BehaviourFormat):
    """A session of the International Brain Laboratory (raw rig files, ALF)."""

    name = "ibl"
    title = "International Brain Laboratory session (iblrig, ALF)"
    proven_on = "real"

    def recognises(self, head: FileHead) -> bool:
        """Look for the names that the rig and ALF give, and for content that fits them."""
        if head.is_folder or not head.head:
            return False
        if _ALF.fullmatch(head.path.name):
            return head.head.startswith(_NUMPY)
        found = _RIG.fullmatch(head.path.name)
        if not found:
            return False
        if head.path.suffix in {".json", ".jsonable"}:
            return head.head.lstrip().startswith(b"{")
        return re.match(rb"(?:[A-Za-z]+ )?-?\d", head.head) is not None

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the other files of behaviour of the session."""
        session = _session(head.path)
        folders = [session, *(session / name for name in sorted(_FOLDERS))]
        found = {
            PurePosixPath(path.relative_to(root).as_posix())
            for folder in folders
            if (root / folder).is_dir()
            for path in (root / folder).iterdir()
            if path.is_file() and (_RIG.fullmatch(path.name) or _ALF.fullmatch(path.name))
        }
        return tuple(path for path in sorted(found, key=_rank) if path != head.path)

    def gather(self, heads: Sequence[FileHead], root: Path) -> Sequence[tuple[PurePosixPath, ...]]:
        """Put the files of each session together, the trials first."""
        sessions: dict[PurePosixPath, list[PurePosixPath]] = {}
        for head in heads:
            sessions.setdefault(_session(head.path), []).append(head.path)
        return [tuple(sorted(paths, key=_rank)) for paths in sessions.values()]

    def open_behaviour(self, root: Path, files: tuple[PurePosixPath, ...]) -> Behaviour:
        """Read trials, wheel and settings."""
        rig = {m["kind"]: root / p for p in files if (m := _RIG.fullmatch(p.name))}
        alf = {
            (m["object"], m["attribute"]): root / p for p in files if (m := _ALF.fullmatch(p.name))
        }
        settings = _read_json(rig.get("taskSettings"))
        trials = _alf_trials(alf) or _rig_trials(rig)
        wheel = _alf_wheel(alf) or _rig_wheel(rig.get("encoderPositions"))
        parts: tuple[Part, ...] = tuple(part for part in (trials, wheel) if part is not None)
        events = tuple(_encoder_events(rig.get("encoderEvents")))
        n_times = len(trials.starts_s) if trials else (len(wheel.values) if wheel else len(events))
        header = Header(
            modality=Modality.BEH,
            n_times=n_times,
            events=events,
            measured_at=_moment(settings.get("SESSION_DATETIME")),
            subject=Subject(code=str(settings.get("SUBJECT_NAME") or "")),
            identifiers=tuple(dict.fromkeys(_identifiers(settings, rig.get("taskData")))),
            evidence=("The files have the names that the rig gives.",),
            metadata={"NumberOfTrials": len(trials.starts_s)} if trials else {},
        )
        return Behaviour(header, parts or ((_Marks(),) if events else ()))


class _Marks(Part):
    """Stands for events where nothing else was recorded."""

    @property
    def channels(self) -> tuple[()]:
        """None: events are of the header."""
        return ()

    def add(self, draft: Any, names: Sequence[str]) -> None:  # noqa: ANN401
        """Add nothing: the events follow the parts."""


def _session(path: PurePosixPath) -> PurePosixPath:
    """Return the folder of the session that a file belongs to."""
    return path.parent.parent if path.parent.name in _FOLDERS else path.parent


def _rank(path: PurePosixPath) -> tuple[int, str]:
    """Put the file first that says most."""
    rig, alf = _RIG.fullmatch(path.name), _ALF.fullmatch(path.name)
    kind = rig["kind"] if rig else (alf["object"] if alf else "")
    return (_ORDER.index(kind) if kind in _ORDER else len(_ORDER)), str(path)


def _read_json(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    with suppress(ValueError, OSError):
        about = json.loads(path.read_text("utf-8"))
        return about if isinstance(about, dict) else {}
    return {}


def _read_lines(path: Path | None) -> list[dict[str, Any]]:
    """Return the records of a file with one on each line; the last may be cut off."""
    records: list[dict[str, Any]] = []
    if path is None or path.stat().st_size > _MAX_BYTES:
        return records
    with path.open("r", encoding="utf-8", errors="replace") as stream:
        for line in stream:
            try:
                record = json.loads(line)
            except ValueError:
                break
            if isinstance(record, dict):
                records.append(record)
    return records


def _rig_trials(rig: Mapping[str, Path]) -> Trials | None:
    """Return the trials that the rig wrote."""
    records = [
        r for r in _read_lines(rig.get("taskData")) if isinstance(r.get("behavior_data"), dict)
    ]
    if not records:
        return None
    done = [r["behavior_data"] for r in records]
    starts = _numbers(done, lambda d: d["Trial start timestamp"])
    stops = _numbers(done, lambda d: d["Trial end timestamp"])
    columns = [Column(name, starts + _state(done, state), "s") for name, state in _STATES]
    feedback = np.fmin(_state(done, "reward"), _state(done, "error"))
    columns.append(Column("feedback time", starts + feedback, "s"))
    right = _numbers(records, lambda r: r["trial_correct"])
    side = np.sign(_numbers(records, lambda r: r["position"]))
    is_missed = np.isfinite(_state(done, "no_go"))
    choice = np.where(is_missed, 0.0, np.where(right > 0, -side, side))
    columns += [
        Column("choice", choice),
        Column("feedback type", np.where(right > 0, 1, -1).astype(np.int64)),
        Column("stimulus position", _numbers(records, lambda r: r["position"])),
        Column("contrast", _numbers(records, lambda r: r["signed_contrast"])),
        Column("probability left", _numbers(records, lambda r: r["stim_probability_left"])),
        Column("response time", _numbers(records, lambda r: r["response_time"]), "s"),
        Column("quiescent period", _numbers(records, lambda r: r["quiescent_period"]), "s"),
        Column("reward volume", _numbers(records, lambda r: r["reward_amount"])),
    ]
    columns += _ambient(rig.get("ambientSensorData"), len(records))
    return Trials(starts, stops, tuple(c for c in columns if np.isfinite(c.values).any()))


def _state(done: Sequence[Mapping[str, Any]], name: str) -> NDArray[np.float64]:
    return _numbers(done, lambda d: d["States timestamps"][name][0][0])


def _numbers(
    records: Sequence[Mapping[str, Any]], pick: Callable[[Mapping[str, Any]], Any]
) -> NDArray[np.float64]:
    """Return one number of each record; NaN where it has none."""
    found = np.full(len(records), np.nan)
    for i, record in enumerate(records):
        with suppress(KeyError, IndexError, TypeError, ValueError):
            found[i] = float(pick(record))
    return found


def _ambient(path: Path | None, n_trials: int) -> list[Column]:
    """Return what the rig's sensors read at each trial."""
    records = _read_lines(path)
    if len(records) != n_trials:
        return []
    return [
        Column(name, _numbers(records, _first_of(field)))
        for name, field in (("temperature", "Temperature_C"), ("pressure", "AirPressure_mb"),
                            ("humidity", "RelativeHumidity"))
    ]  # fmt: skip


def _first_of(field: str) -> Callable[[Mapping[str, Any]], Any]:
    """Return what takes the first number of a field."""
    return lambda record: record[field][0]


def _rig_wheel(path: Path | None) -> Trace | None:
    """Return the angle of the wheel as the encoder wrote it."""
    rows = list(_read_ssv(path))
    if not rows:
        return None
    seconds, ticks = np.array(rows, np.float64).T
    return Trace(
        "wheel position",
        ("rad", "radians"),
        "Angle of the wheel, in the time of its encoder; it starts from 0 anew in each trial.",
        ticks * (2 * np.pi / _TICKS_PER_TURN),
        Clock(0.0, seconds),
    )


def _read_ssv(path: Path | None) -> Iterator[tuple[float, float]]:
    """Yield time in seconds and value of each line; damaged ones are passed over."""
    if path is None:
        return
    before = turned = 0.0
    with path.open("r", encoding="utf-8", errors="replace") as stream:
        for line in stream:
            words = line.split()
            is_old = bool(words) and words[0].isalpha()
            numbers = [w for w in words if re.fullmatch(r"-?\d+(\.\d+)?", w)]
            if len(numbers) < 2:
                continue
            moment, value = float(numbers[0]), float(numbers[1])
            # Older rigs write words, milliseconds and a day; newer ones microseconds.
            if is_old:
                yield moment / 1e3, value
                continue
            if before - moment > _TURN_US / 2:
                turned += _TURN_US
            before = moment
            yield (moment + turned) / 1e6, value


def _encoder_events(path: Path | None) -> Iterator[Event]:
    """Yield what the state machine told the encoder, in the time of the encoder."""
    for seconds, number in _read_ssv(path):
        label = _ENCODER.get(int(number), "event")
        yield Event(seconds, 0.0, label, int(number) if 0 <= number < 1 << 16 else None)


def _alf_trials(alf: Mapping[tuple[str, str], Path]) -> Trials | None:
    """Return the trials that ALF arrays hold."""
    loaded = {name: _load(path) for (kind, name), path in alf.items() if kind == "trials"}
    arrays = {k: v for k, v in loaded.items() if v is not None and v.ndim in {1, 2} and len(v)}
    lengths = [len(v) for v in arrays.values()]
    if not lengths:
        return None
    n = max(set(lengths), key=lengths.count)
    kept = {name: v for name, v in sorted(arrays.items()) if len(v) == n}
    bounds = kept.pop("intervals", None)
    columns = [
        Column(_in_words(name), v, "s" if name.endswith(("_times", "Times", "_time")) else "n/a")
        for name, v in kept.items()
        if v.ndim == 1
    ]
    if bounds is not None and bounds.ndim == 2 and bounds.shape[1] == 2:
        starts, stops = bounds.astype(np.float64).T
    else:
        moments = [c.values.astype(np.float64) for c in columns if c.unit == "s"]
        starts, stops = bound_trials(moments or [np.full(n, np.nan)])
    return Trials(starts, stops, tuple(columns))


def _in_words(name: str) -> str:
    """Return a name of ALF as words: ``goCue_times`` is ``go cue times``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name).lower()


def _alf_wheel(alf: Mapping[tuple[str, str], Path]) -> Trace | None:
    """Return the angle of the wheel that ALF arrays hold."""
    place, times = (alf.get(("wheel", name)) for name in ("position", "timestamps"))
    if place is None or times is None:
        return None
    values, seconds = _load(place), _load(times)
    if values is None or seconds is None or values.ndim != 1 or not len(values):
        return None
    if seconds.shape == (2, 2):
        # Pairs of sample and time, between which it is regular.
        seconds = np.interp(np.arange(len(values)), seconds[:, 0], seconds[:, 1])
    if seconds.shape != values.shape:
        return None
    sentence = "Angle of the wheel."
    return Trace("wheel position", ("rad", "radians"), sentence, values.astype(np.float64),
                 Clock(0.0, seconds.astype(np.float64)))  # fmt: skip


def _load(path: Path) -> NDArray[Any] | None:
    """Return an array of numbers; None for one of objects, which would have to be unpickled."""
    with suppress(ValueError, OSError, EOFError):
        array: NDArray[Any] = np.load(path, allow_pickle=False)
        return array if array.dtype.kind in "iufb" else None
    return None


def _moment(text: object) -> datetime | None:
    with suppress(ValueError, TypeError):
        return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)
    return None


def _identifiers(settings: Mapping[str, Any], data: Path | None) -> Iterator[Identifier]:
    """Yield what settings and data say of people, places, devices and days."""
    fields: list[tuple[str, str, object]] = []
    for kind, name in _SETTINGS:
        value = settings.get(name)
        words = value if isinstance(value, list) else [value]
        fields.extend((kind, name, word) for word in words if word not in _NOBODY)
    with suppress(ValueError, OSError):
        if data is not None:
            with data.open("r", encoding="utf-8", errors="replace") as stream:
                first = json.loads(stream.readline())
            fields.append(("path", "data_file_path", first.get("data_file_path")))
            fields.append(("date", "init_datetime", str(first.get("init_datetime") or "")[:10]))
    yield from find_identifiers("IBL settings", fields)
