"""A raw folder that is BIDS already: its names are taken as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from fascicle.core import (
    ENTITIES,
    Family,
    Finding,
    Inferred,
    Modality,
    Severity,
    split_bids_name,
)

_LABEL = "[A-Za-z0-9]+"
_DATATYPES = frozenset(modality.value for modality in Modality)
_SIGNALS = frozenset(m.value for m in Modality if m.family is Family.SIGNAL)
_SIDECARS = tuple(f"_{datatype}.json" for datatype in sorted(_SIGNALS))
_KEYS = {"participant": "sub", "session": "ses", "task": "task", "acquisition": "acq", "run": "run"}
_MEG_KEYS = frozenset({"proc", "split"})
ASIDE = frozenset({"sourcedata", "derivatives", "code", "stimuli", "phenotype", "rawdata"})
"""Top folders of a BIDS dataset whose files are no recordings of it."""


@dataclass(frozen=True, slots=True)
class BidsFolder:
    """Which files of a folder are recordings of a BIDS dataset.

    Attributes
    ----------
    entities : dict of PurePosixPath to dict of str to Inferred
        For each recording of the dataset.
    aside : dict of PurePosixPath to dict of str to Inferred
        The same for recordings in ``sourcedata/`` or ``derivatives/``, which the dataset does not
        count: whose they are is known only where the path has a ``sub-`` folder.
    """

    entities: dict[PurePosixPath, dict[str, Inferred]]
    aside: dict[PurePosixPath, dict[str, Inferred]]

    def find_modality(self, path: PurePosixPath) -> Modality | None:
        """Return what a recording of the dataset is, as its folder says; None for all others."""
        if path not in self.entities:
            return None
        return Modality(next(part for part in path.parts if part in _DATATYPES))

    def find_twins(self) -> frozenset[PurePosixPath]:
        """Return recordings whose name an earlier one has, in another format."""
        first: dict[PurePosixPath, PurePosixPath] = {}
        for path in sorted(self.entities):
            first.setdefault(path.with_name(path.name.split(".")[0]), path)
        return frozenset(self.entities) - frozenset(first.values())


def recognise_bids(root: Path, paths: Sequence[PurePosixPath]) -> BidsFolder | None:
    """Tell whether a folder is a BIDS dataset, and read its names if it is.

    Parameters
    ----------
    root : Path
        The raw folder.
    paths : sequence of PurePosixPath
        Its recordings.

    Returns
    -------
    BidsFolder or None
        None unless ``dataset_description.json`` states a BIDS version and every recording outside
        `ASIDE` has a name and a place as BIDS wants them.
    """
    if not _has_description(root / "dataset_description.json"):
        return None
    aside = {p: _read_aside(p) for p in paths if is_aside(p)}
    entities: dict[PurePosixPath, dict[str, Inferred]] = {}
    for path in paths:
        if path in aside:
            continue
        found = read_bids_name(path)
        if found is None:
            return None
        entities[path] = found
    return BidsFolder(entities, aside) if entities else None


def find_unlike_bids(root: Path, paths: Sequence[PurePosixPath]) -> list[Finding]:
    """Say which recordings keep a folder that calls itself BIDS from being taken for it."""
    if not _has_description(root / "dataset_description.json"):
        return []
    return [
        Finding(
            "bids.name-unknown",
            Severity.WARNING,
            "raw folder",
            "Expected names as BIDS has them in a folder that calls itself BIDS, got another one: "
            "what the folder holds is inferred, and every recording gets a new name.",
            "To keep the names of the others, rename or move this one and look again.",
            "look",
            raw_place=str(path),
        )
        for path in paths
        if not is_aside(path) and read_bids_name(path) is None
    ]


def is_aside(path: PurePosixPath) -> bool:
    """Tell whether a file of a BIDS dataset is no part of the dataset itself."""
    return path.parts[0] in ASIDE


def _read_aside(path: PurePosixPath) -> dict[str, Inferred]:
    """Read whose a file is that lies aside; nothing is inferred where its path does not say it."""
    subjects = [part for part in path.parts[:-1] if re.fullmatch(f"sub-{_LABEL}", part)]
    found = dict.fromkeys(ENTITIES, Inferred("", 1.0, ("it lies aside of the dataset",)))
    if subjects:
        found["participant"] = replace(found["task"], value=subjects[-1].removeprefix("sub-"))
    return found


def _has_description(path: Path) -> bool:
    return bool(_read_json(path).get("BIDSVersion"))


def _read_json(path: Path) -> Mapping[str, Any]:
    """Return the fields of a JSON file; none if it cannot be read as such."""
    if not path.is_file():  # a pipe would wait for ever
        return {}
    try:
        words = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}
    return words if isinstance(words, Mapping) else {}


def read_bids_name(path: PurePosixPath) -> dict[str, Inferred] | None:
    """Read the entities of a recording's place in a BIDS dataset; None if it is not such a place.

    Parameters
    ----------
    path : PurePosixPath
        Of a file, or of a file in the folder that some vendors' recordings are.

    Returns
    -------
    dict of str to Inferred or None
        For each of `fascicle.core.ENTITIES`; what else the name has is read by `read_rest`.

    Examples
    --------
    >>> found = read_bids_name(PurePosixPath("sub-01/eeg/sub-01_task-rest_run-02_eeg.edf"))
    >>> {k: v.value for k, v in found.items()}
    {'participant': '01', 'session': '', 'task': 'rest', 'acquisition': '', 'run': '02'}
    >>> read_bids_name(PurePosixPath("sub-01/eeg/sub-02_task-rest_eeg.edf"))
    """
    at = next((i for i, part in enumerate(path.parts) if part in _DATATYPES), len(path.parts))
    folders, rest = path.parts[: at + 1], path.parts[at + 1 :]
    named, suffix = split_bids_name(rest[0]) if rest else ({}, "")
    if not named or not _is_valid(named, suffix, folders[-1]):
        return None
    session = (f"ses-{named['ses']}",) if "ses" in named else ()
    if folders != (f"sub-{named['sub']}", *session, folders[-1]):
        return None
    says = ("its name and place are BIDS",)
    values = {entity: named.get(_KEYS[entity], "") for entity in ENTITIES}
    return {entity: Inferred(value, 1.0, says if value else ()) for entity, value in values.items()}


def _is_valid(named: Mapping[str, str], suffix: str, datatype: str) -> bool:
    """Tell whether a recording of this datatype may have such entities and such a suffix."""
    if "sub" not in named or not named.get("run", "0").isdecimal():
        return False
    if datatype not in _SIGNALS:
        return True
    allowed = {*_KEYS.values(), *(_MEG_KEYS if datatype == "meg" else ())}
    return suffix == datatype and "task" in named and set(named) <= allowed


def read_rest(path: PurePosixPath) -> tuple[Inferred, tuple[tuple[str, str], ...]]:
    """Read what else the name of a BIDS recording has: its suffix and its further entities.

    Examples
    --------
    >>> suffix, further = read_rest(PurePosixPath("sub-01/fmap/sub-01_dir-AP_run-1_epi.nii.gz"))
    >>> suffix.value, further
    ('epi', (('dir', 'AP'),))
    """
    part = next((name for name in path.parts if name.startswith("sub-") and "_" in name), "")
    named, suffix = split_bids_name(part)
    further = tuple(pair for pair in named.items() if pair[0] not in {*_KEYS.values(), "split"})
    return Inferred(suffix, 1.0, ("its name and place are BIDS",)), further


def read_line_hz(root: Path, others: Sequence[PurePosixPath]) -> float | None:
    """Return the power-line frequency that a dataset's sidecars state, if all agree.

    Parameters
    ----------
    root : Path
        The dataset.
    others : sequence of PurePosixPath
        Its files that are no recordings.

    Returns
    -------
    float or None
        In hertz; None if no sidecar states it, or two differ.
    """
    stated: set[float] = set()
    for path in others:
        if is_aside(path) or not path.name.endswith(_SIDECARS):
            continue
        value = _read_json(root / path).get("PowerLineFrequency")
        if isinstance(value, int | float) and value > 0:
            stated.add(float(value))
    return stated.pop() if len(stated) == 1 else None
