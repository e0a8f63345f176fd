"""What people decided about labels, joined with the labels of a later run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from fascicle.core import Decision, Label

VERDICTS: Final = frozenset({"accept", "change", "reject"})
"""What a person can say of a label."""
_SAME: Final = 0.5
"""Share of the time of both together that two stretches must have in common to be the same."""


@dataclass(frozen=True, slots=True)
class DecidedLabel:
    """A decision, with the label that it was made about.

    Attributes
    ----------
    label : Label
        As it was then.
    decision : Decision
        What was said of it.
    """

    label: Label
    decision: Decision


def join_decisions(
    labels: Iterable[Label], decided: Iterable[DecidedLabel]
) -> tuple[dict[str, Decision], tuple[DecidedLabel, ...]]:
    """Carry decisions over to labels that say the same.

    Parameters
    ----------
    labels : iterable of Label
        Those of the present run.
    decided : iterable of DecidedLabel
        In the order in which they were made: the last about a label counts.

    Returns
    -------
    by_key : dict of str to Decision
        Decisions by the keys of the labels that they are about: the same statement; or, where
        another version of the method moved its edges, one of the same kind that shares a channel
        and at least half of the time of both together.
    left : tuple of DecidedLabel
        Decisions about what no method says any more.

    Examples
    --------
    >>> was = Label("blink", 0.6, onset_s=2.0, duration_s=0.4)
    >>> now = Label("blink", 0.9, onset_s=2.04, duration_s=0.4)
    >>> found, left = join_decisions([now], [DecidedLabel(was, Decision("reject"))])
    >>> found[now.key].verdict, left
    ('reject', ())
    """
    by_key = {label.key: label for label in labels}
    last: dict[str, DecidedLabel] = {}
    for one in reversed(tuple(decided)):
        last.setdefault(one.label.key, one)
    found = {key: one.decision for key, one in last.items() if key in by_key}
    left = []
    for key, one in last.items():  # the latest first: what it takes, no earlier one gets
        if key in by_key:
            continue
        free = [label for label in by_key.values() if label.key not in found]
        shared = {label.key: _shared_time(label, one.label) for label in free}
        best = max(shared, key=lambda name: shared[name], default=None)
        if best is None or shared[best] < _SAME:
            left.append(one)
        else:
            found[best] = one.decision
    return found, tuple(reversed(left))


def _shared_time(one: Label, other: Label) -> float:
    """Return the time that two labels share, over that of both; 0 if they say different things."""
    apart = one.channels and other.channels and not {*one.channels} & {*other.channels}
    if one.kind != other.kind or apart or one.is_whole != other.is_whole:
        return 0.0
    if one.is_whole:
        return 1.0
    ends = (one.onset_s + one.duration_s, other.onset_s + other.duration_s)
    begins = (one.onset_s, other.onset_s)
    whole = max(ends) - min(begins)
    return max(min(ends) - max(begins), 0.0) / whole if whole > 0 else 1.0
