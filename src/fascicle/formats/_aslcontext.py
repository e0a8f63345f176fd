"""Which volumes of a perfusion series are controls, labels and calibrations."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from fascicle.errors import FormatError

VOLUME_TYPES: Final = frozenset({"control", "label", "m0scan", "deltam", "cbf", "noRF", "n/a"})
"""Words that BIDS has for the volumes of an arterial spin labelling series."""


def read_aslcontext(
    root: Path,
    path: PurePosixPath | None,
    shape: tuple[int, ...],
    fields: Mapping[str, Any],
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
    unknown = [word for word in words if word not in VOLUME_TYPES]
    if len(words) != n_volumes or unknown:
        raise FormatError(
            "FSC227",
            f"Expected a table that says of each of {n_volumes} volumes of a perfusion series "
            f"whether it is a control or a label, got {len(words)} words of which {len(unknown)} "
            "are none of BIDS.",
            "Write the table beside the image: its name with _aslcontext.tsv in place of "
            "_asl.nii.gz, the heading volume_type, and control, label, m0scan, deltam or cbf in "
            "each row.",
        )
    return "\n".join(("volume_type", *words, "")).encode("ascii")


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
