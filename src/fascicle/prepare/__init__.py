"""Look at a raw folder, plan what becomes of it, and write what BIDS wants beside the samples."""

from ._headers import read_headers
from ._identity import PUBLISH_CONFIDENCE
from ._look import Look, look, look_with_headers
from ._names import BidsName, assign_names
from ._plan_file import read_plan, write_plan

__all__ = [
    "PUBLISH_CONFIDENCE",
    "BidsName",
    "Look",
    "assign_names",
    "look",
    "look_with_headers",
    "read_headers",
    "read_plan",
    "write_plan",
]
