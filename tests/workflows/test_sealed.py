"""What is added to a proven dataset is proven with it."""

from __future__ import annotations

import pytest

from fascicle.errors import PrivacyError
from fascicle.quality import LABELS
from fascicle.workflows import check
from fascicle.workflows._sealed import is_unfinished, keep_sealed


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


def test_what_a_killed_run_left_half_written_is_not_sealed(shared):
    half = shared.out / LABELS / "sub-x" / ".writing-0123456789abcdef"
    half.parent.mkdir(parents=True)
    half.write_text("a")
    (half.parent / "note.tsv").write_text("a\n")

    assert is_unfinished(shared.out)
    with keep_sealed(shared.out):
        pass

    assert not half.exists()
    assert (half.parent / "note.tsv").exists()
    assert not is_unfinished(shared.out)
    assert check(shared.out).sealed is True


def test_a_dataset_without_a_seal_is_left_to_itself(tmp_path):
    (tmp_path / "dataset").mkdir()

    with keep_sealed(tmp_path / "dataset"):
        (tmp_path / "dataset" / "x").write_text("1")

    assert list(tmp_path.iterdir()) == [tmp_path / "dataset"]


def _read_identifiers(shared):
    from fascicle.workflows._workspace import Workspace

    return Workspace(shared.out).read_identifiers()
