"""The registry of annotators."""

from __future__ import annotations

from pathlib import Path

from fascicle.quality._annotators import ANNOTATORS


def test_every_annotator_says_what_a_user_asks_for() -> None:
    names = [annotator.name for annotator in ANNOTATORS]

    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name.islower() for name in names)
    assert all(annotator.title and annotator.version for annotator in ANNOTATORS)
    assert all(
        kind.islower() and meaning.endswith(".")
        for annotator in ANNOTATORS
        for kind, meaning in annotator.kinds.items()
    )
    docs = Path(__file__).parents[2] / "docs"
    assert all((docs / annotator.card).is_file() for annotator in ANNOTATORS)
