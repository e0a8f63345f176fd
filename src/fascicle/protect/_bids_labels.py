"""Labels of a folder that is BIDS already: kept, unless they tell who somebody is or when."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from fascicle.core import Identifier, Plan

from ._detectors import find_days
from ._labels import forbidden_words, is_telling

BIDS_LABEL = "BIDS label"
"""Where an identifier was found that is a label of the folder's own names: it is given another."""

_ENTITIES = ("participant", "session", "task", "acquisition")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_NAMED = frozenset({"name", "operator", "institution", "place"})


def is_telling_label(label: str, forbidden: Collection[str] = ()) -> bool:
    """Tell whether a BIDS label holds a name that is known, a first name or a day.

    Examples
    --------
    >>> [is_telling_label(label) for label in ("AnnaMeier", "20181123", "S001", "eyesOpen")]
    [True, True, False, False]
    """
    spaced = _HUMP.sub(" ", label)
    if label.isdecimal():
        # Study numbers are long, too; a day is one that a calendar has.
        return bool(find_days(label)) or label in forbidden
    return is_telling(spaced, forbidden) or bool(find_days(spaced))


def settle_bids_labels(plan: Plan, found: Iterable[Identifier]) -> tuple[Identifier, ...]:
    """Tell labels that point to somebody from those that are pseudonyms already.

    Headers of a BIDS folder often repeat its label as the code of the participant: that code is
    public, and is searched for no longer. A telling label is searched for as an identifier.

    Parameters
    ----------
    plan : Plan
        Of a folder that is BIDS already.
    found : iterable of Identifier
        What was harvested.

    Returns
    -------
    tuple of Identifier
        Telling labels have `BIDS_LABEL` as their place.
    """
    known = tuple(found)
    labels = {
        name: {
            recording.entities[name].value
            for recording in plan.recordings
            if name in recording.entities and recording.entities[name].value
        }
        for name in _ENTITIES
    }
    labels["further"] = {label for r in plan.recordings for _, label in r.further}
    forbidden = forbidden_words(i for i in known if i.kind in _NAMED)
    telling = {
        label for own in labels.values() for label in own if is_telling_label(label, forbidden)
    }
    public = {_compact(label) for label in labels["participant"] - telling}
    kept = [
        i
        for i in known
        if i.kind not in {"id", "path", "text"}
        or _compact(i.value).removeprefix("sub") not in public
    ]
    return (*kept, *(Identifier("id", label, BIDS_LABEL) for label in sorted(telling)))


def _compact(text: str) -> str:
    """Return the letters and digits of a text, small."""
    return re.sub(r"[\W_]", "", text).lower()
