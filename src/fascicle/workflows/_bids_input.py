"""What is taken over from a folder that was BIDS already: by which rules, under which names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from fascicle.prepare import BidsCopy, BidsRules, find_shared_words
from fascicle.protect import (
    Person,
    forbidden_words,
    is_trigger,
    release_channel_names,
    release_labels,
    release_phrase,
    release_time,
)

from ._bids_names import Renames
from ._settle import Decisions
from ._workspace import Workspace


def rename_copy(copy: BidsCopy, renames: Renames) -> BidsCopy:
    """Give files and the rows that name files the labels of the dataset."""
    files = {}
    for path, content in copy.files.items():
        raw_id = path.partition("/")[0].removeprefix("sub-")
        if path.endswith(("_scans.tsv", "_sessions.tsv")):
            content = renames.rename(content.decode("utf-8"), raw_id).encode("utf-8")
        files[renames.rename(path, raw_id)] = content
    return replace(copy, files=files)


def make_bids_rules(
    decisions: Decisions, people: Mapping[str, Person], space: Workspace
) -> BidsRules:
    """Hand the policy to the room that prepares tables."""
    identifiers = space.read_identifiers()
    forbidden = forbidden_words(identifiers)
    allowed = frozenset(decisions.plan.settings.get("allow_labels") or ())
    shared = find_shared_words(Path(decisions.plan.raw))
    shifts = {raw_id: person.shift_days for raw_id, person in people.items()}
    return BidsRules(
        text=lambda text: text if text in allowed else release_phrase(text, forbidden),
        names=lambda names: release_channel_names(names, forbidden, allow=allowed),
        labels=lambda words: release_labels(words, forbidden, allow_labels=allowed, shared=shared),
        number=lambda value: is_trigger(value, forbidden),
        moment=lambda raw_id, when: release_time(
            when, decisions.policy_of(raw_id), shifts.get(raw_id, 0)
        ),
    )


def belongs_to_absent(path: str, recordings: Iterable[str]) -> bool:
    """Tell whether a table is about none of the recordings, by the labels that both have."""
    own = {
        part for part in PurePosixPath(path).name.split("_")[:-1] if not part.startswith("space-")
    }
    return not any(own <= set(PurePosixPath(one).name.split("_")) for one in recordings)
