"""Contract tests and synthetic data, for our own tests and for authors of plug-ins."""

from ._brainvision_files import make_brainvision
from ._contracts import FormatContract, read_all, released
from ._edf_files import make_bdf, make_edf
from ._planted import PLANTED, Planted, Shape

__all__ = [
    "PLANTED",
    "FormatContract",
    "Planted",
    "Shape",
    "make_bdf",
    "make_brainvision",
    "make_edf",
    "read_all",
    "released",
]
