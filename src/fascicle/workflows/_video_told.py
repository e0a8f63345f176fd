"""What is told of faces in videos: how many were masked, and what an attacker made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fascicle.core import say_count
from fascicle.protect import ENOUGH_PEOPLE, sum_masked


def tell_masked(entries: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Say in sentences which faces were masked, and who is still recognised.

    Parameters
    ----------
    entries : iterable of mapping
        Journal entries of recordings: ``label`` is the participant's, ``masked`` holds the measures
        of a video whose faces were masked.

    Returns
    -------
    tuple of str
        Nothing if no video was masked.

    Examples
    --------
    >>> faces = [{"is_hit": False, "is_known": True}]
    >>> done = {"rule": "region", "n_frames": 750, "n_masked": 750, "faces": faces}
    >>> for sentence in tell_masked([{"label": "sub-1", "masked": done}]): print(sentence)
    Faces were masked in 1 video of 1 person, in 750 of 750 frames; detectors find none in what was
    written. A face that no detector sees is not masked: look at the video.
    A face-recognition network recognised 0 of 1 people in the masked frames: 0 %, 95 % interval
    0 % to 98 %; in frames as they were it recognised 1. Not established: that needs 100 people.
    """
    done = [(entry["label"], entry["masked"]) for entry in entries if entry.get("masked")]
    if not done:
        return ()
    people: dict[str, list[Mapping[str, Any]]] = {}
    for label, record in done:
        people.setdefault(label, []).extend(record["faces"])
    n_masked, n_frames = (sum(r[word] for _, r in done) for word in ("n_masked", "n_frames"))
    whom = "1 person" if len(people) == 1 else f"{len(people)} people"
    first = (
        f"Faces were masked in {say_count(len(done), 'video')} of {whom}, in {n_masked} of "
        f"{n_frames} frames; detectors find none in what was written. A face that no "
        "detector sees is not masked: look at the video."
    )
    rate = sum_masked(people)
    if rate is None:
        return (first,)
    second = (
        f"A face-recognition network recognised {rate.n_hits} of {rate.n_people} people in the "
        f"masked frames: {_percent(rate.n_hits / rate.n_people)}, 95 % interval "
        f"{_percent(rate.low)} to {_percent(rate.high)}; in frames as they were it recognised "
        f"{rate.n_known}."
    )
    if rate.is_established:
        return first, second
    return first, f"{second} Not established: that needs {ENOUGH_PEOPLE} people."


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"
