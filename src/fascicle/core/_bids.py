"""BIDS names as pairs of keys and labels, in the order that the standard lays down."""

from __future__ import annotations

import re

from ._recordings import Modality

BIDS_KEYS = (
    "sub", "ses", "sample", "task", "tracksys", "acq", "nuc", "voi", "ce", "trc", "stain", "rec",
    "dir", "run", "mod", "echo", "flip", "inv", "mt", "part", "proc", "hemi", "space", "split",
    "recording", "chunk", "seg", "res", "den", "label", "desc",
)  # fmt: skip
"""Keys of entities in the order of a BIDS name (schema 1.11.1)."""

_PAIR = re.compile(r"([a-z]+)-([A-Za-z0-9]+)")
_WITHOUT_TASK = frozenset({Modality.ANAT, Modality.DWI, Modality.FMAP, Modality.PERF, Modality.PET,
                           Modality.MICR, Modality.OMICS})  # fmt: skip


def needs_task(modality: Modality) -> bool:
    """Tell whether names of a modality have a task.

    Examples
    --------
    >>> needs_task(Modality.EEG), needs_task(Modality.ANAT)
    (True, False)
    """
    return modality not in _WITHOUT_TASK


def split_bids_name(name: str) -> tuple[dict[str, str], str]:
    """Part a BIDS name into its entities and its suffix.

    Parameters
    ----------
    name : str
        File name with or without extensions.

    Returns
    -------
    dict of str to str, str
        Labels by key in the order of the name, and the suffix; nothing of both if it is no BIDS
        name: an unknown key, keys out of order or twice, no suffix.

    Examples
    --------
    >>> split_bids_name("sub-01_dir-AP_run-02_epi.nii.gz")
    ({'sub': '01', 'dir': 'AP', 'run': '02'}, 'epi')
    >>> split_bids_name("sub-01_run-02_dir-AP_epi.nii.gz")
    ({}, '')
    """
    *parts, suffix = name.partition(".")[0].split("_")
    matches = [_PAIR.fullmatch(part) for part in parts]
    pairs = [match.groups() for match in matches if match]
    ranks = [BIDS_KEYS.index(key) for key, _ in pairs if key in BIDS_KEYS]
    is_name = len(ranks) == len(parts) > 0 and ranks == sorted(set(ranks))
    if not is_name or not re.fullmatch(r"[A-Za-z0-9]+", suffix):
        return {}, ""
    return {str(key): str(label) for key, label in pairs}, suffix


def join_bids_name(entities: dict[str, str]) -> str:
    """Join entities to a name without suffix; those without a label are left out.

    Examples
    --------
    >>> join_bids_name({"sub": "01", "echo": "1", "task": "rest", "run": ""})
    'sub-01_task-rest_echo-1'
    """
    named = sorted((BIDS_KEYS.index(key), key) for key, label in entities.items() if label)
    return "_".join(f"{key}-{entities[key]}" for _, key in named)
