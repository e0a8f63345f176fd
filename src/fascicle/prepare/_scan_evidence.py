"""What raw files tell of the field that a scan was measured in, kept for the owner alone.

A released header says the year of a scan and no words of its name; which map belongs to which run
is told by minutes, by names and by the shim. It is gathered while a recording is converted and lies
in the journal beside the dataset, because the next session comes without the files of this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np

from fascicle.core import Header, Plan, content_id, split_bids_name
from fascicle.errors import PlanError

from ._field_map_groups import Grid, Scan

MAPS_SETTING: Final = "field_maps"
"""Setting of a plan: for the key of a run the key of an image of its map, or `NO_MAP`."""
NO_MAP: Final = "none"

_NAMES: Final = ("SeriesDescription", "ProtocolName")
_STUDY: Final = ": StudyInstanceUID"
_PURPOSES: Final = {
    "func": re.compile(r"(?<![a-z])(?:bold|f_?mri|func(?:tional)?|rest(?:ing)?|task)(?![a-z])"),
    "dwi": re.compile(r"(?<![a-z])(?:dwi|dti|dmri|diff(?:usion)?|hardi|noddi|dki)(?![a-z])"),
    "perf": re.compile(r"(?<![a-z])(?:p?c?asl|perf(?:usion)?)(?![a-z])"),
}
_TOWARDS: Final = {
    "R": (1.0, 0.0, 0.0), "L": (-1.0, 0.0, 0.0), "A": (0.0, 1.0, 0.0), "P": (0.0, -1.0, 0.0),
    "S": (0.0, 0.0, 1.0), "I": (0.0, 0.0, -1.0),
}  # fmt: skip


def gather_evidence(
    header: Header, learned: Mapping[str, Any], primary: PurePosixPath
) -> dict[str, Any]:
    """Return what a raw recording tells of the field that it was measured in.

    Parameters
    ----------
    header : Header
        As it was read: nothing of this leaves.
    learned : mapping of str to JSON values
        What the converter found.
    primary : PurePosixPath
        Its first file in the raw folder.

    Returns
    -------
    dict of str to JSON values
        For `recall_scans`.

    Examples
    --------
    >>> from fascicle.core import Modality
    >>> header = Header(Modality.FMAP, metadata={"ProtocolName": "dti_topup", "IntendedFor": "a"})
    >>> found = gather_evidence(header, {}, PurePosixPath("a.nii"))
    >>> found["purposes"], found["intended"], found["raw"]
    (['dwi'], ['a'], 'a.nii')
    """
    about = {**header.metadata, **learned}
    moment = header.measured_at
    # Midnight is what a day without an hour becomes.
    is_timed = moment is not None and moment.time() != time(0)
    study = next((i.value for i in header.identifiers if i.where.endswith(_STUDY)), "")
    names = (primary.name, *(str(about.get(name) or "") for name in _NAMES))
    return {
        "raw": primary.as_posix(),
        "at": moment.isoformat() if moment is not None and is_timed else "",
        "study": content_id("study", study) if study else "",
        "shim": _numbers(about.get("ShimSetting")),
        "direction": str(about.get("PhaseEncodingDirection") or ""),
        "readout_s": next(iter(_numbers([about.get("TotalReadoutTime")])), None),
        "purposes": sorted({
            kind
            for kind, found in _PURPOSES.items()
            for name in names
            if found.search(_plain(name))
        }),
        "intended": _words(about.get("IntendedFor")),
        "identifiers": _words(about.get("B0FieldIdentifier")),
        "sources": _words(about.get("B0FieldSource")),
    }


def recall_scans(
    entries: Mapping[str, Mapping[str, Any]], grids: Mapping[str, Grid]
) -> tuple[Scan, ...]:
    """Return the scans of one session.

    Parameters
    ----------
    entries : mapping of str to mapping
        What `gather_evidence` returned, by the path of the image in the dataset; with ``"answer"``
        where a person chose a map, as paths in the dataset.
    grids : mapping of str to Grid
        Where images lie, as far as it is known.

    Returns
    -------
    tuple of Scan
        By path.
    """
    tasks = {split_bids_name(PurePosixPath(path).name)[0].get("task", "") for path in entries}
    raw_names = {_without_ending(str(e.get("raw", ""))): path for path, e in entries.items()}
    scans = []
    for path, entry in sorted(entries.items()):
        name = PurePosixPath(path)
        named, suffix = split_bids_name(name.name)
        acquisition = named.get("acq", "")
        own_task = {f"task-{acquisition}"} if acquisition in tasks - {""} else set()
        answer = entry.get("answer")
        scans.append(
            Scan(
                path,
                name.parent.name,
                suffix,
                task=named.get("task", ""),
                acquisition=acquisition,
                run=named.get("run", ""),
                at_s=_seconds(str(entry.get("at", ""))),
                study=str(entry.get("study", "")),
                shim=tuple(entry.get("shim", ())),
                towards=_find_towards(
                    str(entry.get("direction", "")), named.get("dir", ""), grids.get(path)
                ),
                readout_s=entry.get("readout_s"),
                grid=grids.get(path),
                purposes=frozenset(entry.get("purposes", ())) | own_task,
                intended=_resolve(entry.get("intended", ()), raw_names),
                identifiers=tuple(entry.get("identifiers", ())),
                sources=tuple(entry.get("sources", ())),
                answer=None if answer is None else tuple(answer),
            )
        )
    return tuple(scans)


def read_map_answers(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Return which maps of the field a person chose in a plan.

    Parameters
    ----------
    plan : Plan
        With a setting `MAPS_SETTING`, or without one.

    Returns
    -------
    dict of str to tuple of str
        Keys of maps by the key of a run; none where a person wants none.

    Raises
    ------
    PlanError
        FSC303 if an answer names a recording that the plan does not have.
    """
    stated = plan.settings.get(MAPS_SETTING) or {}
    known = {recording.key for recording in plan.recordings}
    answers: dict[str, tuple[str, ...]] = {}
    for key, value in stated.items() if isinstance(stated, Mapping) else [(None, None)]:
        chosen = [value] if isinstance(value, str) else value
        chosen = [] if chosen == [NO_MAP] else chosen
        if not isinstance(chosen, list) or not {key, *map(str, chosen)} <= known:
            raise PlanError(
                "FSC303",
                f"Expected under the setting {MAPS_SETTING} of the plan keys of recordings, each "
                f"with the key of a map or with {NO_MAP}, got something else.",
                f'Write it so: {MAPS_SETTING}: {{"rec-0007": "rec-0003", "rec-0008": "{NO_MAP}"}}.',
            )
        answers[str(key)] = tuple(map(str, chosen))
    return answers


def _find_towards(direction: str, label: str, grid: Grid | None) -> tuple[float, ...]:
    """Return where the phase was encoded to: by the axes of the image, else by its name."""
    axis = "ijk".find(direction[:1]) if direction else -1
    if axis >= 0 and grid is not None:
        along = np.asarray(grid.affine)[:, axis] * (-1.0 if direction.endswith("-") else 1.0)
        length = float(np.linalg.norm(along))
        return tuple((along / length).tolist()) if length > 0 else ()
    is_pair = len(label) == 2 and label in {"AP", "PA", "LR", "RL", "IS", "SI"}
    return _TOWARDS[label[1]] if is_pair else ()


def _resolve(stated: Iterable[str], raw_names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the paths in the dataset of files that a sidecar names."""
    found = []
    for text in stated:
        wanted = _without_ending(re.sub(r"^bids:[^:]*:", "", text).lstrip("./"))
        fitting = {
            path
            for raw, path in raw_names.items()
            if wanted and (raw == wanted or raw.endswith(f"/{wanted}"))
        }
        found += sorted(fitting) if len(fitting) == 1 else []
    return tuple(dict.fromkeys(found))


def _without_ending(path: str) -> str:
    return re.sub(r"\.nii(?:\.gz)?$", "", path, flags=re.IGNORECASE)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "_", name.lower())


def _seconds(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp() if text else None
    except ValueError:
        return None


def _numbers(value: object) -> list[float]:
    """Return finite numbers; none if one of them is none."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in value):
        return []
    found = [float(one) for one in value]
    return found if all(np.isfinite(found)) else []


def _words(value: object) -> list[str]:
    """Return the texts of a field that holds one or several."""
    several = value if isinstance(value, list) else [value]
    return [one for one in several if isinstance(one, str) and one]
