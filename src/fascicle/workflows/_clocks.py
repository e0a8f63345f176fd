"""One clock for several streams: what headers say of it, and what pulses say to that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Event, Header
from fascicle.maths import ClockTest, compare_clocks

Pulses = Mapping[str, NDArray[np.float64]]
"""Times of the pulses of each kind, in seconds."""

IN_ONE_FILE = "one file lays both on one time"
"""What speaks for a shared clock between the devices of one recording."""

_LINE = re.compile(r"(?P<device>(?:probe|device) \d+ )?TTL \d+")
_OTHERS = "other lines"
_RANK = {"same": 2, "other": 1, "untested": 0}


@dataclass(frozen=True, slots=True)
class Claim:
    """What headers say of a clock that two streams share, and what came of it.

    Attributes
    ----------
    stated_s : float
        What has to be added to a time of the second stream by the headers, in seconds.
    evidence : str
        What in the headers says so.
    verdict : str
        ``"same"``, ``"other"`` or ``"untested"``, as in `fascicle.maths.ClockTest`.
    error_s : float
        Largest difference between headers and pulses, in seconds; NaN if untested.
    """

    stated_s: float
    evidence: str
    verdict: str
    error_s: float


@dataclass(frozen=True, slots=True)
class Stated:
    """A clock that the headers of two recordings share.

    Attributes
    ----------
    offset_s : float
        What has to be added to a time of the second recording, in seconds.
    evidence : str
        What in the headers says so.
    is_testable : bool
        False if the events of both come from one file.
    """

    offset_s: float
    evidence: str
    is_testable: bool = True


def find_stated(first: Header | None, second: Header | None) -> Stated | None:
    """Return the clock that both recordings are on by their headers; None if they name none."""
    own = {clock.key: clock for clock in (first.clocks if first else ())}
    for clock in second.clocks if second else ():
        if clock.key in own:
            other = own[clock.key]
            is_testable = clock.has_own_events and other.has_own_events
            # Who knows more says it: the sorter names the file, the file does not name the sorter.
            return Stated(clock.start_s - other.start_s, clock.evidence, is_testable)
    return None


def check_claim(
    first: Pulses, second: Pulses, stated: Stated
) -> tuple[Claim, ClockTest | None, NDArray[np.float64]]:
    """Test a claim by the two kinds of pulses that say most to it.

    Returns
    -------
    Claim
        With its verdict.
    ClockTest or None
        What the pulses say, from the second to the first; None if untested.
    ndarray of float64, shape (n_matched,)
        Matched pulses on the first clock, in seconds.
    """
    tests = [
        (compare_clocks(b, a, offset_s=stated.offset_s), a)
        for a, b in product(first.values(), second.values())
        if stated.is_testable
    ]
    best = max(
        tests, key=lambda one: (_RANK[one[0].verdict], len(one[0].alignment.pairs)), default=None
    )
    if best is None or best[0].verdict == "untested":
        claim = Claim(stated.offset_s, stated.evidence, "untested", float("nan"))
        return claim, None, np.zeros(0)
    test, times = best
    claim = Claim(stated.offset_s, stated.evidence, test.verdict, test.error_s)
    return claim, test, times[test.alignment.pairs[:, 1]]


def part_by_device(header: Header) -> dict[str, Header]:
    """Return the header with the lines of each device alone; empty unless several have lines.

    Examples
    --------
    >>> from fascicle.core import Modality
    >>> lines = ("probe 1 TTL 6", "probe 2 TTL 6", "TTL 0", "go")
    >>> events = tuple(Event(1.0, 0.0, label) for label in lines)
    >>> sorted(part_by_device(Header(Modality.ECEPHYS, events=events)))
    ['other lines', 'probe 1', 'probe 2']
    """
    parts: dict[str, list[Event]] = {}
    for event in header.events:
        found = _LINE.fullmatch(event.label)
        if found:
            parts.setdefault((found["device"] or _OTHERS).strip(), []).append(event)
    if len(parts) < 2:
        return {}
    return {name: replace(header, events=tuple(events)) for name, events in parts.items()}
