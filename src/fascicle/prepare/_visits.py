"""Sessions of one participant across kinds of recordings: one day or one label is one session."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from fascicle.core import Header, Inferred

from ._facts import start_of
from ._groups import Group

_SAME_DAY = 0.9
_OTHER_DAY = 0.7
_BY_KIND = 0.6

Unit = tuple[str, str]
"""A session of one group: its label, and its day where it has no label."""


def join_sessions(
    entities: Sequence[dict[str, Inferred]], groups: Sequence[Group], headers: Sequence[Header]
) -> None:
    """Make sessions of several groups one where label or day agree, in place.

    A session without a label, on a day of its own, gets one: the word for its kind of recording
    beside sessions that have words, else its date.

    Parameters
    ----------
    entities : sequence of dict of str to Inferred
        Of all recordings; sessions are changed.
    groups : sequence of Group
        All groups.
    headers : sequence of Header
        Of all recordings.
    """
    own: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, group in enumerate(groups):
        for at in group.members:
            own[entities[at]["participant"].value][number].append(at)
    for person in sorted(own):
        if len(own[person]) > 1 and person:
            # The second folder of a kind is no kind of its own: "mri 2" gives the session "mri".
            parts = [(groups[g].word.rstrip(" 0123456789"), own[person][g]) for g in own[person]]
            _join_one(entities, parts, headers)


def _join_one(
    entities: Sequence[dict[str, Inferred]],
    parts: Sequence[tuple[str, list[int]]],
    headers: Sequence[Header],
) -> None:
    """Settle the sessions of one participant, those with labels first."""
    days = {at: _day(headers[at]) for _, members in parts for at in members}
    known: dict[str, set[str]] = {}
    spelled: dict[str, str] = {}
    labelled = sorted(
        parts, key=lambda part: not any(entities[at]["session"].value for at in part[1])
    )
    for word, members in labelled:
        units: dict[Unit, list[int]] = defaultdict(list)
        for at in members:
            label = entities[at]["session"].value
            units[label, "" if label else days[at]].append(at)
        fresh: dict[str, set[str]] = {}
        for unit, own in sorted(units.items()):
            session = _settle(unit, own, (known, spelled, days), word)
            fresh.setdefault(session.value, set()).update(days[at] for at in own)
            if session.value != unit[0]:
                for at in own:
                    entities[at]["session"] = session
        for value, found in fresh.items():
            known.setdefault(value, set()).update(found - {""})
            spelled.setdefault(value.casefold(), value)
    _date_unlabelled(entities, [at for _, members in parts for at in members], days)


def _day(header: Header) -> str:
    moment = start_of(header)
    return moment.date().isoformat() if moment else ""


def _settle(
    unit: Unit,
    members: Sequence[int],
    seen: tuple[dict[str, set[str]], dict[str, str], dict[int, str]],
    word: str,
) -> Inferred:
    """Return the session of one group's unit, by those that are known of other groups."""
    known, spelled, days = seen
    label, _ = unit
    if label and label.casefold() in spelled:
        return Inferred(spelled[label.casefold()], _SAME_DAY, ("another kind has this session",))
    own = {days[at] for at in members} - {""}
    hits = [value for value, found in known.items() if value and found & own]
    if len(hits) == 1:
        says = ("recorded on the day of that session of another kind",)
        return Inferred(hits[0], _SAME_DAY, says)
    named = [value for value in known if value]
    if label or not own or not named:
        return Inferred(label)
    if all(value[:4].isdecimal() and value.count("-") == 2 for value in named):
        return Inferred(min(own), _OTHER_DAY, ("recorded on a day of its own",))
    says = ("recorded on a day of its own; named by its kind",)
    plain = word.replace(" ", "")
    return Inferred(plain if plain.casefold() not in spelled else f"{plain}2", _BY_KIND, says)


def _date_unlabelled(
    entities: Sequence[dict[str, Inferred]], members: Sequence[int], days: dict[int, str]
) -> None:
    """Make recordings without any label sessions by their day, if there are several days."""
    if any(entities[at]["session"].value for at in members) or not all(days[at] for at in members):
        return
    if len({days[at] for at in members}) > 1:
        says = ("kinds of recordings were made on different days",)
        for at in members:
            entities[at]["session"] = Inferred(days[at], _OTHER_DAY, says)
