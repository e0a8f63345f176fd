"""Sidecars of micrographs: how each was taken, and of which sample."""

from __future__ import annotations

from typing import Any, Final

from fascicle.core import Header

from ._metadata_sidecars import make_metadata_sidecars
from ._names import BidsName
from ._sidecars import format_json, format_table

_TABLE: Final = "samples.tsv"
_DICTIONARY: Final = "samples.json"
_COLUMNS: Final[dict[str, dict[str, Any]]] = {
    "sample_id": {"Description": "Label of the sample, as in the names of its images."},
    "participant_id": {"Description": "Pseudonym of the participant that it was taken from."},
    "sample_type": {
        "Description": "Kind of sample.",
        "Levels": {"tissue": "A piece of tissue."},
    },
}
_INNER: Final = frozenset({"ImageWidth", "ImageHeight", "NumberOfPlanes", "NumberOfChannels"})
"""What the image states itself: it is told in the report, not in the sidecar."""


def make_micr_sidecars(name: BidsName, header: Header) -> dict[str, bytes]:
    r"""Describe a written micrograph, and the sample that it shows.

    Parameters
    ----------
    name : BidsName
        Its name.
    header : Header
        What may be said about it.

    Returns
    -------
    dict of str to bytes
        Files by their path in the dataset. ``samples.tsv`` and ``samples.json`` are shared by all
        micrographs of a dataset: their rows are joined.

    Examples
    --------
    >>> from fascicle.core import Modality
    >>> name = BidsName("01", "", "", "", "", "micr", (("sample", "A"),), "SEM")
    >>> files = make_micr_sidecars(name, Header(Modality.MICR, metadata={"PixelSize": [4.0, 4.0]}))
    >>> files["samples.tsv"]
    b'sample_id\tparticipant_id\tsample_type\nsample-A\tsub-01\ttissue\n'
    """
    files = make_metadata_sidecars(name, header)
    path = f"{name.folder}/{name.stem}_{name.last_word}.json"
    about = {key: value for key, value in header.metadata.items() if key not in _INNER}
    files[path] = format_json(about)
    sample = dict(name.further).get("sample", "A")
    row = (f"sample-{sample}", f"sub-{name.subject}", "tissue")
    files[_TABLE] = format_table(tuple(_COLUMNS), [row])
    files[_DICTIONARY] = format_json(_COLUMNS)
    return files
