"""What the proof of one file found."""

from __future__ import annotations

from dataclasses import dataclass, field

from ._contents import Problem


@dataclass(frozen=True, slots=True)
class Hit:
    """Something in the output that must not be there.

    Attributes
    ----------
    code : str
        ``"proof.identifier"``, ``"proof.date"``, ``"proof.contact"``, ...
    place : str
        Path of the file in the folder; if the path itself tells, its number.
    kind : str
        Kind of the identifier, or what was detected, in words; never the value.
    how : str
        Spelling, encoding or reading in which it was found.
    where : str
        Place in the file.
    is_error : bool
        True if it refuses the output.
    """

    code: str
    place: str
    kind: str
    how: str
    where: str
    is_error: bool = True


@dataclass(slots=True)
class FileProof:
    """What one file showed.

    Attributes
    ----------
    path, shown_path : str
        Relative path, and the same for reports: hidden if the path itself tells.
    format : str
        What it was parsed as.
    n_bytes, n_sample_bytes : int
        Its size, and how much of it is samples.
    sha256 : str
        Digest of the bytes that were searched.
    hits, problems, to_look_at
        What was found, what is not accounted for, what a person must read.
    """

    path: str
    shown_path: str
    format: str = ""
    n_bytes: int = 0
    n_sample_bytes: int = 0
    sha256: str = ""
    hits: list[Hit] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    to_look_at: list[str] = field(default_factory=list)
