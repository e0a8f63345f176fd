"""A seal is believed only if its signature holds for every word of it."""

from __future__ import annotations

import copy

import pytest

from fascicle.govern._seals import is_signed, read_seal
from fascicle.testing import Sealer

DIGESTS = {"a.txt": ("0" * 64, 3), "sub-01/b.bin": ("f" * 64, 1009)}


def test_a_whole_seal_gives_its_digests_and_keeps_them_out_of_the_statement() -> None:
    seal = Sealer().seal(DIGESTS)

    manifest = read_seal(seal)

    assert manifest.digests == {path: digest for path, (digest, _) in DIGESTS.items()}
    assert manifest.public_key == seal["public_key"]
    assert "f" * 64 not in str(manifest.statement)


def change(seal: dict, how: str) -> dict:
    changed = copy.deepcopy(seal)
    other = Sealer(1).seal(DIGESTS)
    if how == "digest":
        changed["files"]["a.txt"]["sha256"] = "1" * 64
    elif how == "file":
        del changed["files"]["a.txt"]
    elif how == "more":
        changed["note"] = "added later"
    elif how in {"public_key", "signature"}:
        changed[how] = other[how]
    elif how == "no signature":
        del changed["signature"]
    elif how == "no hex":
        changed["signature"] = "signed by hand"
    elif how == "short key":
        changed["public_key"] = "00"
    return changed


@pytest.mark.parametrize(
    "how",
    ["digest", "file", "more", "public_key", "signature", "no signature", "no hex", "short key"],
)
def test_any_change_breaks_it(how: str) -> None:
    assert read_seal(change(Sealer().seal(DIGESTS), how)) is None


@pytest.mark.parametrize("seal", [{}, {"files": []}, {"signature": 3}, {"files": {"a": None}}])
def test_what_is_no_seal_is_not_believed(seal: dict) -> None:
    assert read_seal(seal) is None


def test_a_signature_is_of_one_message_and_one_key() -> None:
    assert not is_signed(b"message", bytes(64), bytes(32))
