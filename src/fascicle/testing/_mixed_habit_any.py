"""A lab of which nothing is known: every kind of recordings has a scheme and places by chance."""

from __future__ import annotations

from collections.abc import Callable

from ._layout_people import Person
from ._mixed_draft import MixedDraft, mixed_habit

_KINDS = ("signal", "scan", "image", "probe", "slide", "cells")
_TOPS = {
    "signal": "eeg",
    "scan": "dicom",
    "image": "mri",
    "probe": "ephys",
    "slide": "histology",
    "cells": "rna",
}
_MIN_KINDS = 2


@mixed_habit(held_out=False)
def any_lab(draft: MixedDraft) -> None:
    """``eeg/2019_03/rest`` and ``dicom/x`` under ANON: whatever chance brings together."""
    kinds = [kind for kind in _KINDS if draft.chance(0.5)]
    if len(kinds) < _MIN_KINDS:
        kinds = ["signal", "scan"]
    draft.unlinked = {person.number for person in draft.people}
    for kind in kinds:
        ids = _draw_ids(draft, kind)
        place = draft.pick("{top}/{id}_", "{top}/{id}/", "data/{top}/{id}/")
        few = draft.chance(0.3)
        for person, one in zip(draft.people, ids, strict=True):
            if not (few and person.number > 1 and draft.chance(0.4)):
                _record(draft, kind, person, place.format(top=_TOPS[kind], id=one))


def _draw_ids(draft: MixedDraft, kind: str) -> list[str]:
    """Name everybody after one of the schemes that labs have."""
    order = draft.order(len(draft.people))
    own = _KINDS.index(kind)
    schemes: list[Callable[[Person, int], str]] = [
        lambda person, _: f"P{person.number + 1:02d}",
        lambda _, at: str(at + 1),
        lambda _, at: f"{at + 1:03d}",
        lambda _, at: f"Q{'ABDEFG'[own]}{at + 1:02d}",
        lambda person, _: person.hospital,
        lambda person, _: person.code,
        lambda person, _: person.initials,
        lambda person, _: f"{person.last}_{person.first}",
        lambda person, _: person.first.lower(),
        lambda _, at: f"{'AB'[at % 2]}/{at // 2 + 1:02d}",
        lambda _, at: f"{2019 + at % 2}_{at // 2 + 1:02d}",
    ]
    scheme = schemes[int(draft.rng.integers(len(schemes)))]
    return [scheme(person, at) for person, at in zip(draft.people, order, strict=True)]


def _record(draft: MixedDraft, kind: str, person: Person, base: str) -> None:
    """Add what one person has of a kind."""
    if kind == "signal":
        draft.signal(person, f"{base}{{task}}")
    elif kind == "scan":
        number = draft.pick(
            person.hospital, person.hospital, base.strip("/_").split("/")[-1], "ANON"
        )
        facts = draft.pick("full", "year", "code", "sex")
        draft.scan(person, f"{base.rstrip('/_')}/{{series}}", number, facts=facts)
    elif kind == "image":
        draft.image(person, f"{base}{{kind}}")
    elif kind == "probe":
        draft.probe(person, f"{base}g{{run}}_t0.imec0.ap", species=draft.pick("", "mouse"))
    elif kind == "slide":
        draft.slide(person, f"{base}slice_{{run}}")
    else:
        draft.cells(person, f"{base}cells")
