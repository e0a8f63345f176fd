"""What is added to a proven dataset is proven with it."""

from __future__ import annotations

import pytest

from fascicle.errors import PrivacyError
from fascicle.quality import LABELS
from fascicle.workflows import check
from fascicle.workflows._sealed import keep_sealed


def test_what_is_added_is_sealed_and_kept_for_the_next_share(shared):
    added = shared.out / LABELS / "sub-x" / "note.tsv"

    with keep_sealed(shared.out):
        added.parent.mkdir(parents=True)
        added.write_text("a\n1\n")

    assert check(shared.out).sealed is True


def test_an_identifier_among_what_is_added_is_found(shared):
    name = next(
        identifier.value
        for identifier in _read_identifiers(shared)
        if identifier.kind == "name" and len(identifier.value) > 6
    )
    added = shared.out / LABELS / "note.tsv"

    with pytest.raises(PrivacyError, match="FSC430"), keep_sealed(shared.out):
        added.parent.mkdir(parents=True)
        added.write_text(f"a\n{name}\n")

    assert check(shared.out).sealed is False


def test_a_dataset_without_a_seal_is_left_to_itself(tmp_path):
    (tmp_path / "dataset").mkdir()

    with keep_sealed(tmp_path / "dataset"):
        (tmp_path / "dataset" / "x").write_text("1")

    assert list(tmp_path.iterdir()) == [tmp_path / "dataset"]


def _read_identifiers(shared):
    from fascicle.workflows._workspace import Workspace

    return Workspace(shared.out).read_identifiers()
