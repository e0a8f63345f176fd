"""Which scan of a session leads: by it the others find the same head, and get the same mask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from fascicle.core import Modality
from fascicle.protect import Alignment

from ._deface_volume import Leader
from ._headers import parse_header

_LIKE_THE_AVERAGE: Final = frozenset({"T1w"})
"""Scans that look as the average head does are aligned best."""
_OTHERS: Final = 2


def rank_head(modality: Modality, suffix: str) -> int:
    """Return how well a scan leads the others of its session: the smaller the better.

    Parameters
    ----------
    modality : Modality
        What it is.
    suffix : str
        Last word of its name.

    Returns
    -------
    int
        0 for T1-weighted anatomy, 1 for other anatomical MRI, 2 for all else, which never leads.

    Examples
    --------
    >>> [rank_head(Modality.ANAT, word) for word in ("T1w", "FLAIR", "CT")]
    [0, 1, 2]
    """
    if modality is not Modality.ANAT or suffix == "CT":
        return _OTHERS
    return 0 if suffix in _LIKE_THE_AVERAGE else 1


@dataclass(frozen=True, slots=True)
class HeadScan:
    """A scan that shows a head, before it is defaced.

    Attributes
    ----------
    key : str
        Its name in the run.
    session : str
        Whatever scans of one session have in common.
    rank : int
        As `rank_head` returns it.
    content : str
        What tells it from others.
    """

    key: str
    session: str
    rank: int
    content: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """When a scan is defaced.

    Attributes
    ----------
    number : int
        0 for those that nobody leads; the leaders of a scan all have smaller ones.
    leaders : tuple of str
        Contents of those that may lead it.
    """

    number: int = 0
    leaders: tuple[str, ...] = ()


def find_turns(scans: Iterable[HeadScan]) -> dict[str, Turn]:
    """Return for each scan when it is defaced, and by which others it may be led.

    Parameters
    ----------
    scans : iterable of HeadScan
        Of any number of sessions.

    Returns
    -------
    dict of str to Turn
        By key.

    Examples
    --------
    >>> scans = [HeadScan("a", "1", 2, "pet"), HeadScan("b", "1", 0, "t1"), HeadScan("c", "2", 1)]
    >>> {key: turn.number for key, turn in find_turns(scans).items()}
    {'a': 1, 'b': 0, 'c': 0}
    """
    scans = list(scans)
    ranks: dict[str, set[int]] = {}
    for scan in scans:
        ranks.setdefault(scan.session, set()).add(scan.rank)
    return {
        scan.key: Turn(
            sum(rank < scan.rank for rank in ranks[scan.session]),
            tuple(sorted(
                other.content
                for other in scans
                if other.session == scan.session and other.rank < scan.rank
            )),
        )
        for scan in scans
    }  # fmt: skip


def choose_leader(leaders: Iterable[Leader], rank: int) -> Leader | None:
    """Return the best-aligned of the scans that may lead one of a rank; None if there is none.

    Parameters
    ----------
    leaders : iterable of Leader
        Scans of one session whose heads were found.
    rank : int
        Of the scan that is to follow.
    """
    ranked = [(rank_head(one.header.modality, one.header.suffix), one) for one in leaders]
    able = [pair for pair in ranked if pair[0] < min(rank, _OTHERS)]
    if not able:
        return None
    return min(able, key=lambda pair: (pair[0], -pair[1].alignment.information))[1]


def list_leaders(entries: Iterable[Mapping[str, Any]], session: str, stage: Path) -> list[Leader]:
    """Return the scans of a session whose heads were found, from what the journal keeps.

    Parameters
    ----------
    entries : iterable of mapping
        Of finished recordings: ``placed`` says where the average head lies.
    session : str
        Folder of the session in the dataset.
    stage : Path
        Where the dataset lies.
    """
    return [
        Leader(
            stage / entry["bids_path"],
            parse_header(entry["header"]),
            Alignment.from_dict(entry["placed"]),
        )
        for entry in sorted(entries, key=lambda one: str(one["bids_path"]))
        if entry.get("placed") and find_session(entry["bids_path"]) == session
    ]


def find_session(bids_path: str) -> str:
    """Return the folder of the session that a recording lies in.

    Examples
    --------
    >>> find_session("sub-1/ses-2/anat/sub-1_ses-2_T1w.nii.gz")
    'sub-1/ses-2'
    """
    return PurePosixPath(bids_path).parent.parent.as_posix()
