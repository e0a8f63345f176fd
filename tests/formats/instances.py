"""What single DICOM files say, without files."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from fascicle.formats._dicom_instances import Instance


def make_instance(**changes: Any) -> Instance:
    """Return what a slice of a plain MR image says of itself, but for `changes`."""
    fields: dict[str, Any] = {
        "path": PurePosixPath("a.dcm"),
        "person": ("4711", "Quorn"),
        "series": "1.2.3",
        "uid": "1.2.3.1",
        "sop_class": "1.2.840.10008.5.1.4.1.1.4",
        "modality": "MR",
        "syntax": "1.2.840.10008.1.2.1",
        "image_type": ("ORIGINAL", "PRIMARY", "M", "ND"),
        "sequences": ("GR",),
        "names": ("", ""),
        "part": "mag",
        "echo_ms": 3.0,
        "echo": 1,
        "acquisition": 1,
        "instance": 1,
        "temporal": None,
        "b_value": None,
        "position_mm": (0.0, 0.0, 0.0),
        "orientation": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
        "size": (7, 5),
        "n_frames": 1,
        "n_samples": 1,
        "time": "",
        "frame_ms": (),
        "has_burnt_in": False,
        "is_whole": True,
    }
    return Instance(**(fields | changes))
