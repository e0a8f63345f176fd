"""What is told of faces: how many were taken out, and what the attackers made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fascicle.core import say_count
from fascicle.protect import ENOUGH_PEOPLE, FaceRate, FaceTrial, sum_trials

_NAMES: Final = {
    "shape": "An attacker who compares shapes in millimetres",
    "looks": "A face-recognition network",
}


def tell_faces(entries: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Say in sentences what was done to faces, and who is still named.

    Parameters
    ----------
    entries : iterable of mapping
        Journal entries of recordings, those that are held among them: ``label`` is the
        participant's, ``defaced`` holds the measures of an image that was attacked.

    Returns
    -------
    tuple of str
        Nothing if nothing was attacked.

    Examples
    --------
    >>> trial = {"attacker": "shape", "rank": 40, "n_candidates": 121}
    >>> done = {"method": "remove", "n_brain_changed": 0, "trials": [trial]}
    >>> for sentence in tell_faces([{"label": "sub-1", "defaced": done}]): print(sentence)
    Faces were taken out of 1 image of 1 person.
    No voxel of the average brain, as aligned with each head, was changed. What of a brain lies
    outside it is not counted: look at the pictures.
    An attacker who compares shapes in millimetres named 0 of 1 people among 121 heads: 0 %, 95 %
    interval 0 % to 98 %; guessing names 0.83 %. Not established: that needs 100 independent heads.
    """
    tried = [(entry["label"], entry["defaced"]) for entry in entries if entry.get("defaced")]
    if not tried:
        return ()
    trials: dict[str, list[FaceTrial]] = {}
    for label, record in tried:
        trials.setdefault(label, []).extend(FaceTrial(**trial) for trial in record["trials"])
    done = [(label, record) for label, record in tried if record.get("is_done", True)]
    images = say_count(len(done), "image")
    people = say_count(len({label for label, _ in done}), "person", "people")
    told = [
        f"Faces were taken out of {images} of {people}.{_tell_survivors(len(tried) - len(done))}"
    ]
    if done:
        n_voxels = sum(record["n_brain_changed"] for _, record in done)
        told.append(
            f"{say_count(n_voxels, 'voxel') if n_voxels else 'No voxel'} of the average brain, as "
            "aligned with each head, was changed. What of a brain lies outside it is not counted: "
            "look at the pictures."
        )
    return (*told, *(_tell_rate(rate) for rate in sum_trials(trials)))


def _tell_survivors(n: int) -> str:
    """Say how many images an attacker still named: they are held, and count among the tried."""
    if not n:
        return ""
    they = "its face was" if n == 1 else "their faces were"
    return f" {say_count(n, 'image')} more did not pass: {they} still named."


def _tell_rate(rate: FaceRate) -> str:
    """Return one attacker's success as a sentence."""
    told = (
        f"{_NAMES[rate.attacker]} named {rate.n_hits} of {rate.n_people} people among "
        f"{rate.n_candidates} heads: {_percent(rate.n_hits / rate.n_people)}, 95 % interval "
        f"{_percent(rate.low)} to {_percent(rate.high)}; guessing names {_percent(rate.chance)}."
    )
    if rate.is_established:
        return told
    return f"{told} Not established: that needs {ENOUGH_PEOPLE} independent heads."


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"
