"""A raw folder that is BIDS already: its names are taken as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from fascicle.core import Inferred

_ENTITY = re.compile(r"([a-z]+)-([A-Za-z0-9]+)")
_NAMES = {"ses": "session", "task": "task", "acq": "acquisition", "run": "run"}
_DATATYPES = frozenset({"eeg", "meg", "ieeg", "nirs"})
_SIDECARS = tuple(f"_{datatype}.json" for datatype in sorted(_DATATYPES))
ASIDE = frozenset({"sourcedata", "derivatives", "code", "stimuli", "phenotype", "rawdata"})
"""Top folders of a BIDS dataset whose files are no recordings of it."""


@dataclass(frozen=True, slots=True)
class BidsFolder:
    """Which files of a folder are recordings of a BIDS dataset.

    Attributes
    ----------
    entities : dict of PurePosixPath to dict of str to Inferred
        For each recording of the dataset.
    aside : frozenset of PurePosixPath
        Recordings in ``sourcedata/`` or ``derivatives/``, which the dataset does not count.
    """

    entities: dict[PurePosixPath, dict[str, Inferred]]
    aside: frozenset[PurePosixPath]


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
    aside = frozenset(p for p in paths if p.parts[0] in ASIDE)
    entities: dict[PurePosixPath, dict[str, Inferred]] = {}
    for path in paths:
        if path in aside:
            continue
        found = read_bids_name(path)
        if found is None:
            return None
        entities[path] = found
    return BidsFolder(entities, aside) if entities else None


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

    Examples
    --------
    >>> found = read_bids_name(PurePosixPath("sub-01/eeg/sub-01_task-rest_run-02_eeg.edf"))
    >>> {k: v.value for k, v in found.items()}
    {'participant': '01', 'session': '', 'task': 'rest', 'acquisition': '', 'run': '02'}
    >>> read_bids_name(PurePosixPath("sub-01/eeg/sub-02_task-rest_eeg.edf"))
    """
    *folders, name = path.parts
    *pairs, suffix = name.split(".")[0].split("_")
    matches = [_ENTITY.fullmatch(pair) for pair in pairs]
    if not folders or suffix != folders[-1] or suffix not in _DATATYPES or not all(matches):
        return None
    values = {m[1]: m[2] for m in matches if m is not None}
    expected = [f"sub-{values.get('sub')}"]
    expected += [f"ses-{values['ses']}"] if "ses" in values else []
    if folders[:-1] != expected or "task" not in values:
        return None
    says = ("its name and place are BIDS",)
    found = {"participant": Inferred(values["sub"], 1.0, says)}
    for key, entity in _NAMES.items():
        found[entity] = Inferred(values.get(key, ""), 1.0, says if key in values else ())
    return found


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
        if path.parts[0] in ASIDE or not path.name.endswith(_SIDECARS):
            continue
        value = _read_json(root / path).get("PowerLineFrequency")
        if isinstance(value, int | float) and value > 0:
            stated.add(float(value))
    return stated.pop() if len(stated) == 1 else None
