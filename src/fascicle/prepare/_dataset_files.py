"""The files of a dataset that are about all of it: description, README, participants, scans."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

from fascicle.core import Modality, Participant, Tier, say_count

from ._sidecars import format_json, format_table

BIDSIGNORE = "report.html\ndataset.jsonld\n"

_SHOWS_PEOPLE = (
    "Some recordings show heads, faces or voices that are not masked; a data steward of the owner "
    "signed for their release."
)

COLUMNS: dict[str, dict[str, Any]] = {
    "participant_id": {"Description": "Pseudonym of the participant in this dataset."},
    "species": {"Description": "Binomial name of the species."},
    "age": {"Description": "Age at the recording.", "Units": "year"},
    "sex": {
        "Description": "Sex as recorded.",
        "Levels": {"F": "female", "M": "male", "O": "other"},
    },
    "handedness": {
        "Description": "Dominant hand.",
        "Levels": {"L": "left", "R": "right", "A": "ambidextrous"},
    },
    "group": {"Description": "Group of the study."},
}


@dataclass(frozen=True, slots=True)
class About:
    """What people should know about a dataset.

    Attributes
    ----------
    name, description : str
        Title, and a paragraph in the owner's words (empty if none were given).
    authors : tuple of str
        In the order of citation.
    licence : str
        As in the field ``License`` of BIDS; empty if none was chosen.
    tier : Tier
        Who may have it.
    protocol : str
        Number of the ethics or animal protocol; empty if none was given.
    policy : str
        Sentence that says how it was de-identified.
    version : str
        Version of Fascicle that wrote it.
    shows_people : bool
        True if a data steward signed that recordings in which somebody can be recognised may leave.
    """

    name: str
    description: str
    authors: tuple[str, ...]
    licence: str
    tier: Tier
    protocol: str
    policy: str
    version: str
    shows_people: bool = False


def make_dataset_files(
    about: About, participants: Iterable[Participant], recordings: Iterable[str] = ()
) -> dict[str, bytes]:
    """Write the files at the top of a dataset.

    Parameters
    ----------
    about : About
        What people should know.
    participants : iterable of Participant
        One for each person or animal in it.
    recordings : iterable of str
        Paths of its recordings: folders that the standard does not know are named for validators.

    Returns
    -------
    dict of str to bytes
        Files by their path in the dataset.
    """
    people = sorted(participants, key=lambda person: person.label)
    return {
        "dataset_description.json": _format_description(about),
        "README.md": _format_readme(about, people).encode("utf-8"),
        "participants.tsv": format_participants(people),
        "participants.json": _format_dictionary(people),
        ".bidsignore": (BIDSIGNORE + _ignore(recordings)).encode("ascii"),
    }


_UNKNOWN_SUFFIXES: Final = {"CT": "anat", "dce": "perf", "dsc": "perf"}
"""Images that have a folder in BIDS but no suffix yet: CT, contrast agents that are followed."""


def _ignore(recordings: Iterable[str]) -> str:
    """Return lines for what BIDS has no place for yet: NWB, video, tables of cells, some images.

    Their folders follow the BIDS extension proposal 32 (animal electrophysiology).
    """
    paths = [PurePosixPath(path) for path in recordings]
    beyond = sorted({m.value for m in Modality if not m.is_standard})
    # Without stars at its end: the validator asks for the folder's own name, too.
    folders = [f"**/{name}" for name in beyond if any(name in path.parts for path in paths)]
    beyond_tables = {".nwb", ".mp4", ".mov", ".avi"}
    has_behaviour = any("beh" in path.parts and path.suffix in beyond_tables for path in paths)
    ends = {path.name.partition(".")[0].rpartition("_")[2] for path in paths}
    others = [
        *(["**/beh/*"] if has_behaviour else []),
        *(f"**/{folder}/*_{word}.*" for word, folder in _UNKNOWN_SUFFIXES.items() if word in ends),
    ]
    return "".join(f"{line}\n" for line in [*folders, *others])


def _format_description(about: About) -> bytes:
    import mne_bids

    with TemporaryDirectory(prefix="fascicle-") as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mne_bids.make_dataset_description(
            path=scratch,
            name=about.name,
            data_license=about.licence or None,
            authors=list(about.authors) or None,
            ethics_approvals=[about.protocol] if about.protocol else None,
            dataset_type="raw",
            generated_by=[{"Name": "Fascicle", "Version": about.version}],
            overwrite=True,
            verbose="ERROR",
        )
        written = json.loads((Path(scratch) / "dataset_description.json").read_text("utf-8"))
    if not about.authors:
        # MNE-BIDS names itself where no author is given; nobody should be cited by accident.
        written.pop("Authors", None)
    return format_json({key: value for key, value in written.items() if value not in (None, "")})


def _format_readme(about: About, people: list[Participant]) -> str:
    species = sorted({person.species for person in people})
    lines = [
        f"# {about.name}",
        "",
        about.description
        or f"Recordings of {say_count(len(people), 'participant')} ({', '.join(species)}), "
        "converted to the Brain Imaging Data Structure, de-identified and checked.",
        "",
        "## How it was de-identified",
        "",
        about.policy,
        "",
        "Removal was checked on the bytes of this dataset. `report.html` says what was searched "
        "for, what was found, and what no program can see.",
        *([_SHOWS_PEOPLE] if about.shows_people else []),
        "",
        "## Who may use it",
        "",
        f"Access: {about.tier.value}."
        + (f" Licence: {about.licence}." if about.licence else " No licence was chosen yet."),
        "Users must not try to find out who a participant is.",
        "",
        "## How it was made",
        "",
        f"Written by Fascicle {about.version} in the Brain Imaging Data Structure (BIDS). "
        "Quality measures lie in `derivatives/fascicle-quality`.",
        "",
    ]
    return "\n".join(lines)


def _extra_columns(people: Iterable[Participant]) -> list[str]:
    return sorted({column for person in people for column in person.extra})


def format_participants(people: Iterable[Participant]) -> bytes:
    """Write ``participants.tsv``; optional columns that nobody fills are left out."""
    rows = list(people)
    values = {
        "participant_id": [f"sub-{person.label}" for person in rows],
        "species": [person.species for person in rows],
        "age": [person.age for person in rows],
        "sex": [person.sex for person in rows],
        "handedness": [person.hand for person in rows],
        "group": [person.group for person in rows],
    }
    for column in _extra_columns(rows):
        values[column] = [person.extra.get(column, "n/a") for person in rows]
    always = ("participant_id", "species", "age", "sex")
    kept = {k: v for k, v in values.items() if k in always or any(cell != "n/a" for cell in v)}
    return format_table(tuple(kept), zip(*kept.values(), strict=True))


def _format_dictionary(people: list[Participant]) -> bytes:
    header = format_participants(people).split(b"\n", 1)[0].decode("utf-8").split("\t")
    described: dict[str, dict[str, Any]] = {
        column: COLUMNS.get(column, {"Description": "From the participants table of the study."})
        for column in header
    }
    pooled = any(person.age == "89" for person in people)
    if pooled:
        described["age"] = described["age"] | {
            "Description": "Age at the recording; everybody of 89 and over is pooled as 89."
        }
    return format_json(described)


def make_scans(times: Mapping[str, datetime | None]) -> dict[str, bytes]:
    """Write one ``scans.tsv`` for each session.

    Parameters
    ----------
    times : dict of str to datetime or None
        Released start of each recording, by its path in the dataset.

    Returns
    -------
    dict of str to bytes
        Tables by their path in the dataset.
    """
    sessions: dict[PurePosixPath, list[tuple[str, str | None]]] = {}
    for path, time in sorted(times.items()):
        recording = PurePosixPath(path)
        session = recording.parent.parent
        said = None if time is None else time.strftime("%Y-%m-%dT%H:%M:%S")
        sessions.setdefault(session, []).append((recording.relative_to(session).as_posix(), said))
    return {
        f"{session}/{'_'.join(session.parts)}_scans.tsv": format_table(
            ("filename", "acq_time"), rows
        )
        for session, rows in sessions.items()
    }
