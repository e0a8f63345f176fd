"""Recordings parted by how they name people: by family, by who wrote the name, by subtree.

The shape of all paths together tells who is who only where all paths follow one habit. A hospital
exports images under its own numbers, a probe's computer numbers mice, the EEG lab has codes: each
of these is a group, and what is equal in two of them is weighed in `fascicle.prepare._linking`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from fascicle.core import Family, Header, Modality

from ._words import fold

NAMED_BY_HEADER = frozenset({"dicom"})
"""Formats whose files are named by a machine: who it is stands in their headers."""
_FAMILY_WORDS = {
    Family.SIGNAL: "eeg",
    Family.VOLUME: "mri",
    Family.NEURODATA: "ephys",
    Family.MICROGRAPH: "micr",
    Family.CELLS: "omics",
}
_SUBTREES = {
    "eeg": "eeg",
    "meg": "meg",
    "ieeg": "ieeg seeg ecog",
    "nirs": "nirs fnirs",
    "mri": "mri mr mrt irm fmri anat func dwi dti nifti nii dicom dicoms scans imaging",
    "pet": "pet",
    "ct": "ct",
    "ephys": "ephys ecephys icephys spikes neuropixels probe probes patch units electrophysiology",
    "ophys": "ophys calcium imaging2p twophoton miniscope",
    "beh": "beh behaviour behavior video videos pose eyetracking eyetracker verhalten",
    "micr": "micr microscopy mikroskopie histology histologie slices",
    "omics": "omics cells scrna rna transcriptomics sequencing",
}
SUBTREE_WORDS = {word: name for name, words in _SUBTREES.items() for word in words.split()}
"""Words of folders that hold recordings of one kind, and the kind."""


@dataclass(frozen=True, slots=True)
class Group:
    """Recordings whose names follow one habit.

    Attributes
    ----------
    word : str
        What sets it apart, for people to read: ``"eeg"``, ``"mri"``.
    members : tuple of int
        Positions of its recordings.
    by_header : bool
        True if headers say who it is, and file names say nothing.
    said : str
        The word with what sets the group apart, if others have the same word.
    """

    word: str
    members: tuple[int, ...]
    by_header: bool = False
    said: str = ""

    @property
    def title(self) -> str:
        """What people read: the word, and what tells the group from others of the same word."""
        return self.said or self.word


def find_groups(
    paths: Sequence[PurePosixPath], formats: Sequence[str], headers: Sequence[Header]
) -> tuple[Group, ...]:
    """Part recordings by how they name people.

    Parameters
    ----------
    paths : sequence of PurePosixPath
        Primary files, relative to the raw folder.
    formats : sequence of str
        The name of each one's format.
    headers : sequence of Header
        One for each path.

    Returns
    -------
    tuple of Group
        In a fixed order: the first to name somebody gives the name that the plan uses.

    Examples
    --------
    >>> names = [PurePosixPath("eeg/P01.edf"), PurePosixPath("dicom/a/IM0001")]
    >>> kinds = [Header(Modality.EEG), Header(Modality.ANAT)]
    >>> [(g.word, g.members, g.by_header) for g in find_groups(names, ["edf", "dicom"], kinds)]
    [('eeg', (0,), False), ('mri', (1,), True)]
    """
    families = list(Family)
    found: dict[tuple[int, bool, str], list[int]] = {}
    trees = _find_subtrees(paths, [header.modality.family for header in headers])
    for at, (kind, header) in enumerate(zip(formats, headers, strict=True)):
        by_header = kind in NAMED_BY_HEADER
        tree = "" if by_header else trees[at]
        key = families.index(header.modality.family), by_header, tree
        found.setdefault(key, []).append(at)
    words = {
        key: key[2] or _most_common([headers[at].modality for at in own], families[key[0]])
        for key, own in found.items()
    }
    groups: list[Group] = []
    taken: Counter[str] = Counter()
    for key, members in sorted(found.items()):
        word, by_header = words[key], key[1]
        taken[word] += 1
        unique = word if taken[word] == 1 else f"{word} {taken[word]}"
        namesakes = [other for other in found if words[other] == word and other != key]
        said = f"{word} ({_tell_apart(key, namesakes, families)})" if namesakes else ""
        groups.append(Group(unique, tuple(members), by_header, said))
    return tuple(groups)


def _tell_apart(
    key: tuple[int, bool, str],
    namesakes: Sequence[tuple[int, bool, str]],
    families: Sequence[Family],
) -> str:
    """Say how a group differs from others of the same word: by where names stand, or by kind."""
    if any(other[0] == key[0] for other in namesakes):
        return "named by headers" if key[1] else "named by files and folders"
    return families[key[0]].value


def _most_common(modalities: Sequence[Modality], family: Family) -> str:
    """Return the word for a family; for signals that of the commonest modality."""
    if family is Family.VOLUME and set(modalities) <= {Modality.PET}:
        return "pet"
    if family in {Family.VOLUME, Family.CELLS, Family.MICROGRAPH}:
        return _FAMILY_WORDS[family]
    counts = Counter(modality.value for modality in modalities)
    word = min(counts, key=lambda one: (-counts[one], one))
    return _FAMILY_WORDS[family] if word in {"ecephys", "icephys"} else word


def _find_subtrees(paths: Sequence[PurePosixPath], families: Sequence[Family]) -> list[str]:
    """Return the kind that the top folder of each path names, if a family has folders of several.

    Sites and groups of participants are top folders too, but never kinds of recordings.
    """
    depth = _count_common([path.parts[:-1] for path in paths])
    tops = [_read_subtree(p.parts[depth]) if len(p.parts) > depth + 1 else "" for p in paths]
    several: dict[Family, set[str]] = {}
    for top, family in zip(tops, families, strict=True):
        several.setdefault(family, set()).add(top)
    split = {family for family, found in several.items() if len(found) > 1 and "" not in found}
    return [top if family in split else "" for top, family in zip(tops, families, strict=True)]


def _count_common(folders: Sequence[Sequence[str]]) -> int:
    """Return how many folders from the top all paths share."""
    depth = 0
    for level in zip(*folders, strict=False):
        if len(set(level)) > 1:
            break
        depth += 1
    return depth


def _read_subtree(folder: str) -> str:
    """Return the kind of recordings that a folder's name speaks of; empty if of none or several."""
    words = re.findall(r"[^\W_]+", fold(folder))
    found = {SUBTREE_WORDS[word] for word in words if word in SUBTREE_WORDS}
    return found.pop() if len(found) == 1 else ""
