"""What is written beside a recording, by its family."""

from __future__ import annotations

import json
from pathlib import Path

from fascicle.core import Family, Header, Modality
from fascicle.formats import read_nwb_contents

from ._ephys_sidecars import describe_ephys, make_ephys_sidecars
from ._metadata_sidecars import make_metadata_sidecars
from ._micr_sidecars import make_micr_sidecars
from ._names import BidsName
from ._sidecars import format_json, make_sidecars


def describe_recording(
    written: Path, name: BidsName, header: Header, *, line_hz: float | None
) -> dict[str, bytes]:
    """Describe a written recording as BIDS asks for its family.

    Parameters
    ----------
    written : Path
        The recording as it will be released.
    name : BidsName
        Its name.
    header : Header
        What may be said about it.
    line_hz : float or None
        Power-line frequency in hertz; None if unknown.

    Returns
    -------
    dict of str to bytes
        Files by their path in the dataset, with forward slashes. One whose name does not begin with
        the recording's is shared with other recordings.
    """
    if header.modality.family is Family.NEURODATA and written.suffix == ".nwb":
        return _describe_nwb(written, name, header, line_hz)
    if header.modality.family is Family.SIGNAL:
        return make_sidecars(written, name, header, line_hz=line_hz)
    if header.modality.family is Family.MICROGRAPH:
        return make_micr_sidecars(name, header)
    return make_metadata_sidecars(name, header)


def _describe_nwb(
    written: Path, name: BidsName, header: Header, line_hz: float | None
) -> dict[str, bytes]:
    """Describe an NWB file, and say which one that is and what it holds."""
    contents = read_nwb_contents(written)
    if header.modality is Modality.ECEPHYS:
        files = make_ephys_sidecars(name, header, contents, line_hz=line_hz)
    else:
        files = make_metadata_sidecars(name, header)
    own = f"{name.folder}/{name.stem}_{name.last_word}.json"
    about = json.loads(files.get(own, b"{}"))
    if header.modality is Modality.ICEPHYS:
        about = describe_ephys(name, header, line_hz)
    about |= {"NWBIdentifier": contents.identifier, "NWBTypes": dict(contents.types)}
    return {own: format_json(about)} | {k: v for k, v in files.items() if k != own}
