"""What a BIDS folder holds, read from its names, tables and sidecars."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fascicle.core import Dataset, Modality, Tier, content_id
from fascicle.errors import InputError

from ._terms import find_modality, find_species

JSONLD_NAME = "dataset.jsonld"
"""Where the description lies in a dataset; `describe_dataset` takes the id from it."""

# What describes a dataset is no part of what it describes: its size would depend on itself.
_ABOUT = frozenset({JSONLD_NAME, "report.html", "CITATION.cff"})
_DATA_ENDINGS = frozenset(
    {"edf", "bdf", "vhdr", "set", "fif", "ds", "snirf", "nwb", "mefd", "con", "sqd", "kdf", "meg4"}
    | {"mhd", "raw", "nii", "tif", "btf", "zarr", "png", "h5ad", "mp4", "mov", "avi"}
)
_ID = re.compile(r"ds-[0-9a-f]{12}")
_ENTITY = re.compile(r"(?:^|_)(?P<key>[a-z]+)-(?P<value>[^_]+)")
_MISSING = frozenset({"", "n/a", "nan", "unknown"})


@dataclass(frozen=True, slots=True)
class BidsRecording:
    """One recording of a BIDS folder: its path (of the first part), entities and sidecar."""

    path: Path
    entities: dict[str, str]
    modality: str
    sidecar: dict[str, Any]


def describe_dataset(
    folder: Path, *, tier: Tier = Tier.CONTROLLED, version: str = "1", licence: str = ""
) -> Dataset:
    """Describe a BIDS folder by reading it.

    Parameters
    ----------
    folder : Path
        The dataset. Nothing in it is changed.
    tier : Tier
        Who may have it: a decision, which no file of a BIDS dataset states.
    version : str
        Version to give it.
    licence : str
        Licence to give it; empty takes the one in ``dataset_description.json``.

    Returns
    -------
    Dataset
        Its id is kept from an earlier ``dataset.jsonld`` in the folder, so that it stays the same
        when participants are added; else it derives from the name and the participants' labels.

    Raises
    ------
    InputError
        ``FSC171`` if the folder has no readable ``dataset_description.json``.

    Notes
    -----
    Pooled ages (``89+``) count as their lower bound. Recorded time is the sum of
    ``RecordingDuration`` in the sidecars; a recording without one adds nothing.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     folder = Path(name)
    ...     text = '{"Name": "Rest", "BIDSVersion": "1.10.0"}'
    ...     _ = (folder / "dataset_description.json").write_text(text, encoding="utf-8")
    ...     describe_dataset(folder).name
    'Rest'
    """
    about = read_json(folder / "dataset_description.json")
    if about is None:
        raise InputError(
            "FSC171",
            "Expected a BIDS dataset, got a folder without a readable dataset_description.json.",
            "Name the dataset's top folder.",
        )
    rows = read_table(folder / "participants.tsv")
    recordings = find_recordings(folder)
    labels = _participant_labels(rows, folder)
    name = str(about.get("Name") or "Untitled dataset")
    modalities = tuple(sorted({item.modality for item in recordings}))
    tasks = tuple(sorted({t for item in recordings if (t := item.entities.get("task"))}))
    species = _species(rows) if labels else ()
    return Dataset(
        id=_kept_id(folder) or content_id("ds", [name, list(labels)]),
        name=name,
        description=_describe_in_words(folder),
        version=version,
        authors=_words(about.get("Authors")),
        keywords=_keywords(about, modalities, tasks),
        licence=licence or str(about.get("License") or ""),
        tier=tier,
        species=species,
        tasks=tasks,
        modalities=modalities,
        n_participants=len(labels),
        n_recordings=len(recordings),
        n_bytes=sum(_sizes(folder)),
        duration_s=sum(_duration_s(item) for item in recordings),
        ages_years=_age_range(rows),
        sexes=_sexes(rows),
    )


def find_recordings(folder: Path) -> list[BidsRecording]:
    """Return the recordings of a BIDS folder in order of their paths.

    Parts of a split recording count once; derivatives and source data do not count.
    """
    found: dict[str, BidsRecording] = {}
    for path in _datatype_files(folder):
        if path.name.casefold().removesuffix(".gz").rpartition(".")[2] not in _DATA_ENDINGS:
            continue
        stem = path.name.partition(".")[0]
        modality = path.parent.name
        entities = {m["key"]: m["value"] for m in _ENTITY.finditer(stem)}
        whole = re.sub(r"_split-[^_]+", "", str(path.parent / stem))
        if whole not in found:
            found[whole] = BidsRecording(path, entities, modality, _read_sidecar(folder, path))
    return [found[key] for key in sorted(found)]


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON object; None if the file is missing, broken or no object."""
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def read_table(path: Path) -> list[dict[str, str]]:
    """Read a tab-separated table as rows by column; empty if the file is missing or broken."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t", restval="n/a"))
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
    return [{str(k): str(v).strip() for k, v in row.items() if k is not None} for row in rows]


def _datatype_files(folder: Path) -> Iterator[Path]:
    for modality in Modality:
        yield from folder.glob(f"sub-*/{modality.value}/*")
        yield from folder.glob(f"sub-*/ses-*/{modality.value}/*")


def _read_sidecar(folder: Path, path: Path) -> dict[str, Any]:
    """Merge all sidecars that apply to a recording, the nearest last (BIDS inheritance)."""
    stem = path.name.partition(".")[0]
    words = stem.split("_")
    merged: dict[str, Any] = {}
    places = [folder, *reversed([p for p in path.parents if p != folder and folder in p.parents])]
    for place in places:
        for sidecar in sorted(place.glob(f"*_{words[-1]}.json"), key=lambda p: len(p.name)):
            if set(sidecar.stem.split("_")) <= set(words):
                merged |= read_json(sidecar) or {}
        merged |= read_json(place / f"{words[-1]}.json") or {}
    return merged


def _duration_s(recording: BidsRecording) -> float:
    value = recording.sidecar.get("RecordingDuration")
    return float(value) if isinstance(value, int | float) else 0.0


def _participant_labels(rows: list[dict[str, str]], folder: Path) -> tuple[str, ...]:
    named = {row.get("participant_id", "").removeprefix("sub-") for row in rows}
    seen = {path.name.removeprefix("sub-") for path in folder.glob("sub-*") if path.is_dir()}
    return tuple(sorted((named | seen) - {""}))


def _species(rows: list[dict[str, str]]) -> tuple[str, ...]:
    """BIDS: no species column means human."""
    named = [row.get("species", "homo sapiens") for row in rows] or ["homo sapiens"]
    labels = {find_species(word).label for word in named if word.casefold() not in _MISSING}
    return tuple(sorted(labels))


def _age_range(rows: list[dict[str, str]]) -> tuple[float, ...]:
    ages = [float(m[0]) for row in rows if (m := re.match(r"\d+(\.\d+)?", row.get("age", "")))]
    return (min(ages), max(ages)) if ages else ()


def _sexes(rows: list[dict[str, str]]) -> dict[str, int]:
    firsts = [row.get("sex", "")[:1].upper() for row in rows]
    counts = Counter(first for first in firsts if first in {"F", "M", "O"})
    return dict(sorted(counts.items()))


def _keywords(
    about: dict[str, Any], modalities: tuple[str, ...], tasks: tuple[str, ...]
) -> tuple[str, ...]:
    words = [*_words(about.get("Keywords"))]
    words += [find_modality(name).label for name in modalities]
    words += [name.upper().replace("IEEG", "iEEG") for name in modalities]
    words += [*tasks, "BIDS"]
    return tuple(dict.fromkeys(words))


def _words(value: object) -> tuple[str, ...]:
    return tuple(str(word) for word in value if word) if isinstance(value, list) else ()


def _describe_in_words(folder: Path) -> str:
    """First paragraph of the README that is neither a heading nor a rule."""
    for name in ("README.md", "README", "README.rst", "README.txt"):
        try:
            text = (folder / name).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue
        for paragraph in re.split(r"\n\s*\n", text):
            lines = [line.strip() for line in paragraph.strip().splitlines()]
            prose = [
                s for s in lines if s and not s.startswith("#") and not re.match(r"[=\-~*]{3,}$", s)
            ]
            # A lone short line above a rule is a heading in reStructuredText.
            if prose and (len(prose) > 1 or len(prose) == len(lines)) and " " in prose[0]:
                return " ".join(prose)
    return ""


def _kept_id(folder: Path) -> str:
    earlier = (read_json(folder / JSONLD_NAME) or {}).get("identifier", "")
    return earlier if isinstance(earlier, str) and _ID.fullmatch(earlier) else ""


def _sizes(folder: Path) -> Iterator[int]:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.name not in _ABOUT:
            yield path.stat().st_size
