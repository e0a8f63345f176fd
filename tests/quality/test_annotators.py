"""The registry of annotators."""

from __future__ import annotations

from fascicle.quality._annotators import ANNOTATORS


def test_every_annotator_says_what_a_user_asks_for() -> None:
    names = [annotator.name for annotator in ANNOTATORS]

    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name.islower() for name in names)
    assert all(annotator.title and annotator.version for annotator in ANNOTATORS)
