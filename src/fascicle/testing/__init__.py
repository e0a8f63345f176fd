"""Contract tests and synthetic data, for our own tests and for authors of plug-ins."""

from ._contracts import PLANTED, FormatContract, read_all, released

__all__ = ["PLANTED", "FormatContract", "read_all", "released"]
