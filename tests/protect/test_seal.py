"""The seal holds what was proven, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fascicle.core import Identifier
from fascicle.errors import PrivacyError
from fascicle.protect import POLICIES, Vault, check_seal, open_vault, scan, seal
from fascicle.testing import make_clean_folder

SAFE = POLICIES["safe-harbour"]


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with open_vault(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_clean_folder(tmp_path / "dataset")


def test_a_sealed_folder_is_as_it_was(folder: Path, vault: Vault) -> None:
    document = json.loads(json.dumps(seal(folder, scan(folder, [], SAFE), vault)))

    assert check_seal(folder, document, vault.public_key) == ()
    assert check_seal(folder, document) == ()
    assert document["policy"] == "safe-harbour"
    assert document["n_files"] == len(document["files"])


def test_every_change_is_a_finding(folder: Path, vault: Vault) -> None:
    document = seal(folder, scan(folder, [], SAFE), vault)
    data = bytearray((folder / "README.md").read_bytes())
    data[3] ^= 1
    (folder / "README.md").write_bytes(bytes(data))
    (folder / "participants.tsv").unlink()
    (folder / "new.txt").write_text("x", "utf-8")
    (folder / "link").symlink_to(folder / "picture.png")

    found = {(f.code, f.place) for f in check_seal(folder, document, vault.public_key)}

    assert found == {
        ("seal.changed", "README.md"),
        ("seal.missing", "participants.tsv"),
        ("seal.added", "new.txt"),
        ("seal.added", "link"),
    }


@pytest.mark.parametrize("field", ["policy", "verifier", "n_bytes", "files", "searched"])
def test_a_changed_seal_is_no_seal(folder: Path, vault: Vault, field: str) -> None:
    document = seal(folder, scan(folder, [], SAFE), vault)

    found = check_seal(folder, document | {field: "other"}, vault.public_key)

    assert [f.code for f in found] == ["seal.signature"]


def test_the_seal_of_another_lab_is_not_ours(folder: Path, vault: Vault, tmp_path: Path) -> None:
    with open_vault(tmp_path / "other") as other:
        document = seal(folder, scan(folder, [], SAFE), other)

    assert [f.code for f in check_seal(folder, document, vault.public_key)] == ["seal.signer"]


@pytest.mark.parametrize("document", [{}, {"signature": 7}, {"signature": "x", "public_key": "y"}])
def test_something_else_is_no_seal(folder: Path, document: dict[str, object]) -> None:
    assert [f.code for f in check_seal(folder, document)] in (["seal.broken"], ["seal.signature"])


def test_a_refused_proof_cannot_be_sealed(folder: Path, vault: Vault) -> None:
    (folder / "x.md").write_text("Leonore Quandt", "utf-8")
    result = scan(folder, [Identifier("name", "Leonore Quandt", "header")], SAFE)

    with pytest.raises(PrivacyError, match="FSC430"):
        seal(folder, result, vault)


@pytest.mark.parametrize("change", ["added", "removed", "grown"])
def test_what_changed_after_the_proof_cannot_be_sealed(
    folder: Path, vault: Vault, change: str
) -> None:
    result = scan(folder, [], SAFE)
    if change == "added":
        (folder / "late.md").write_text("x", "utf-8")
    elif change == "removed":
        (folder / "picture.png").unlink()
    else:
        with (folder / "README.md").open("a", encoding="utf-8") as file:
            file.write("x")

    with pytest.raises(PrivacyError, match="FSC431"):
        seal(folder, result, vault)


def test_bytes_changed_behind_the_proof_break_the_seal(folder: Path, vault: Vault) -> None:
    result = scan(folder, [], SAFE)
    text = (folder / "README.md").read_text("utf-8")
    (folder / "README.md").write_text(text.replace("rest", "nest", 1), "utf-8")

    document = seal(folder, result, vault)

    assert [f.code for f in check_seal(folder, document)] == ["seal.changed"]
