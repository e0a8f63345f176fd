"""What a proof says of a hit."""

from __future__ import annotations

import dataclasses

from fascicle.protect import Hit
from fascicle.protect._proof import FileProof


def test_a_hit_has_no_room_for_a_value() -> None:
    names = {field.name for field in dataclasses.fields(Hit)}

    assert names == {"code", "place", "kind", "how", "where", "is_error"}


def test_a_fresh_proof_of_a_file_holds_nothing() -> None:
    proof = FileProof("a.edf", "a.edf")

    assert not (proof.hits or proof.problems or proof.to_look_at)
