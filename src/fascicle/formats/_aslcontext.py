"""Which volumes of a perfusion series are controls, labels and calibrations."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

from fascicle.errors import FormatError

OrderHook = Callable[[int], Sequence[str]]
"""Returns what each of so many volumes is, or nothing."""

VOLUME_TYPES: Final = frozenset({"control", "label", "m0scan", "deltam", "cbf", "noRF", "n/a"})
"""Words that BIDS has for the volumes of an arterial spin labelling series."""


def read_aslcontext(
    root: Path,
    path: PurePosixPath | None,
    shape: tuple[int, ...],
    fields: Mapping[str, Any],
    find_order: OrderHook | None = None,
) -> bytes:
    """Return the table of volume types, made of the words of BIDS alone.

    Parameters
    ----------
    root : Path
        The raw folder.
    path : PurePosixPath or None
        An ``aslcontext.tsv`` beside the image.
    shape : tuple of int
        Of the image.
    fields : mapping of str to JSON values
        Of its sidecar: converters state the order of labels there.
    find_order : callable or None
        Finds out what each volume is, where neither table nor sidecar says so.

    Returns
    -------
    bytes
        The table.

    Raises
    ------
    FormatError
        FSC227 if the table is missing, has other words, or another number of volumes.
    """
    n_volumes = shape[3] if len(shape) > 3 else 1
    words = _read_words(root / path) if path else _from_fields(fields, n_volumes)
    if not words and path is None and find_order is not None:
        words = list(find_order(n_volumes))
    unknown = [word for word in words if word not in VOLUME_TYPES]
    if len(words) != n_volumes or unknown:
        raise FormatError(
            "FSC227",
            f"Expected a table that says of each of {n_volumes} volumes of a perfusion series "
            f"whether it is a control or a label, got {len(words)} words of which {len(unknown)} "
            "are none of BIDS.",
            "Write the table beside the image: for DICOM a file aslcontext.tsv in the folder of "
            "the series, for NIfTI the image's name with _aslcontext.tsv in place of .nii.gz or "
            "_asl.nii.gz; the heading volume_type, and control, label, m0scan, deltam or cbf in "
            "each row.",
        )
    return "\n".join(("volume_type", *words, "")).encode("ascii")


def describe_context(table: bytes, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what BIDS asks for of a perfusion series and its table tells.

    Parameters
    ----------
    table : bytes
        As `read_aslcontext` returned it.
    fields : mapping of str to JSON values
        Of the sidecar: what it states is kept.

    Returns
    -------
    dict of str to JSON values
        Fields that the sidecar lacks: how many pairs there are, a calibration among the volumes,
        and the time from one preparation of the blood to the next, which is that of a volume.

    Examples
    --------
    >>> describe_context(b"volume_type m0scan label control", {"RepetitionTime": 4.5})
    {'TotalAcquiredPairs': 1, 'M0Type': 'Included', 'RepetitionTimePreparation': 4.5}
    """
    words = table.decode("ascii").split()[1:]
    told: dict[str, Any] = {}
    if words.count("control") == words.count("label") > 0:
        told["TotalAcquiredPairs"] = words.count("control")
    if "m0scan" in words:
        told["M0Type"] = "Included"
    if isinstance(fields.get("RepetitionTime"), int | float):
        told["RepetitionTimePreparation"] = fields["RepetitionTime"]
    return {name: value for name, value in told.items() if name not in fields}


def _read_words(path: Path) -> list[str]:
    """Return the column of a table."""
    try:
        rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines(), delimiter="\t"))
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
    return [(row.get("volume_type") or "").strip() for row in rows]


def _from_fields(fields: Mapping[str, Any], n_volumes: int) -> list[str]:
    """Return the order that a sidecar states, repeated to the end."""
    stated = fields.get("ASLContext") or fields.get("VolumeType") or []
    words = [part.strip() for part in stated.split(",")] if isinstance(stated, str) else [
        str(word) for word in stated if isinstance(stated, list)
    ]  # fmt: skip
    if not words or n_volumes % len(words):
        return words
    return words * (n_volumes // len(words))
