"""The vault remembers, and keeps to itself."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from fascicle.errors import InputError, PrivacyError
from fascicle.protect import open_vault, verify_signature

RAW_IDS = [f"H{number:05d}" for number in range(1, 24)]
posix = pytest.mark.skipif(os.name != "posix", reason="access rights of POSIX systems")


def test_a_person_keeps_pseudonym_shift_and_key_for_ever(tmp_path: Path) -> None:
    with open_vault(tmp_path) as vault:
        first = vault.people("sleep", RAW_IDS)

    with open_vault(tmp_path) as vault:
        later = vault.people("sleep", [*RAW_IDS, "new"])

    assert {raw: later[raw] for raw in RAW_IDS} == first
    assert later["new"].label == "024"
    assert all(-7305 <= person.shift_days <= -3653 for person in later.values())
    assert len({person.key for person in later.values()}) == 24


def test_labels_say_nothing_about_the_order_of_raw_ids(tmp_path: Path) -> None:
    orders = []
    for home in ("a", "b"):
        with open_vault(tmp_path / home) as vault:
            people = vault.people("sleep", RAW_IDS)
        orders.append([people[raw].label for raw in RAW_IDS])

    assert sorted(orders[0]) == [f"{n:03d}" for n in range(1, 24)]
    assert orders[0] != sorted(orders[0])
    assert orders[0] != orders[1]


def test_the_same_person_is_another_in_another_study(tmp_path: Path) -> None:
    with open_vault(tmp_path) as vault:
        sleep, rest = vault.person("sleep", "H1"), vault.person("rest", "H1")

    assert sleep.key != rest.key


def test_a_label_is_never_given_again(tmp_path: Path) -> None:
    with open_vault(tmp_path) as vault:
        vault.person("sleep", "H1")
        vault.forget("sleep", "H1")

        assert vault.find("sleep", "001") is None
        assert vault.person("sleep", "H1").label == "002"


def test_a_hospital_number_is_found_again_in_both_directions(tmp_path: Path) -> None:
    with open_vault(tmp_path) as vault:
        label = vault.person("sleep", "H4711").label
        vault.person("rest", "H4711")

        assert vault.find("sleep", f"sub-{label}") == "H4711"
        assert [(e.study, e.label) for e in vault.look_up("H4711")] == [
            ("rest", "001"),
            ("sleep", "001"),
        ]
        assert "H4711" not in repr(vault.look_up("H4711"))


def test_one_id_in_two_spellings_of_an_accent_is_one_person(tmp_path: Path) -> None:
    with open_vault(tmp_path) as vault:
        assert vault.person("s", "J\u00f6rg") == vault.person("s", "Jo\u0308rg")


def test_names_are_remembered(tmp_path: Path) -> None:
    with open_vault(tmp_path) as vault:
        vault.remember_names("sleep", {"a/x.edf": "sub-001_eeg.edf"})
        vault.remember_names("sleep", {"b/y.edf": "sub-002_eeg.edf"})

    with open_vault(tmp_path) as vault:
        assert vault.names("sleep") == {"a/x.edf": "sub-001_eeg.edf", "b/y.edf": "sub-002_eeg.edf"}
        assert vault.names("rest") == {}


def test_the_signing_key_stays_the_same(tmp_path: Path) -> None:
    with open_vault(tmp_path) as vault:
        key, signature = vault.public_key, vault.sign(b"message")

    with open_vault(tmp_path) as vault:
        assert vault.public_key == key

    assert verify_signature(b"message", signature, key)
    assert not verify_signature(b"massage", signature, key)
    assert not verify_signature(b"message", f"{int(signature, 16) ^ 1:0128x}", key)
    assert not verify_signature(b"message", "no hex", key)


def test_a_passphrase_hides_every_word(tmp_path: Path) -> None:
    with open_vault(tmp_path) as vault:
        vault.person("sleep", "Xylander")
    with open_vault(tmp_path, "open sesame") as vault:
        assert vault.find("sleep", "001") == "Xylander"

    stored = (tmp_path / "vault" / "vault.json").read_bytes()

    assert b"Xylander" not in stored
    assert b"sleep" not in stored


@pytest.mark.parametrize("passphrase", [None, "", "wrong"])
def test_an_encrypted_vault_opens_with_its_passphrase_only(
    tmp_path: Path, passphrase: str | None
) -> None:
    with open_vault(tmp_path, "right") as vault:
        vault.person("sleep", "H1")

    with pytest.raises(PrivacyError, match="FSC411"), open_vault(tmp_path, passphrase):
        pass


def test_an_export_moves_to_an_empty_vault(tmp_path: Path) -> None:
    with open_vault(tmp_path / "old") as vault:
        people = vault.people("sleep", RAW_IDS)
        vault.export(tmp_path / "export", "travel")

    with open_vault(tmp_path / "new") as vault:
        vault.import_from(tmp_path / "export", "travel")

        assert vault.people("sleep") == people


def test_an_export_replaces_nothing_unless_told_to_and_never_the_vault(tmp_path: Path) -> None:
    other = tmp_path / "thesis.docx"
    other.write_bytes(b"four years")
    (tmp_path / "folder").mkdir()
    with open_vault(tmp_path) as vault:
        vault.person("sleep", "H1")
        before = (tmp_path / "vault" / "vault.json").read_bytes()

        with pytest.raises(InputError, match="FSC159"):
            vault.export(other, "travel")
        assert other.read_bytes() == b"four years"
        for place in (tmp_path / "folder", tmp_path / "vault" / "vault.json"):
            with pytest.raises(InputError, match="FSC159"):
                vault.export(place, "travel", replace=True)
        vault.export(other, "travel", replace=True)

    assert (tmp_path / "vault" / "vault.json").read_bytes() == before
    with open_vault(tmp_path / "new") as vault:
        vault.import_from(other, "travel")
        assert list(vault.people("sleep")) == ["H1"]


def test_an_import_never_mixes_two_studies_of_one_name(tmp_path: Path) -> None:
    with open_vault(tmp_path / "old") as vault:
        vault.person("sleep", "H1")
        vault.export(tmp_path / "export", "travel")
    with open_vault(tmp_path / "new") as vault:
        mine = vault.person("sleep", "H2")

        with pytest.raises(PrivacyError, match="FSC415"):
            vault.import_from(tmp_path / "export", "travel")

        assert vault.people("sleep") == {"H2": mine}


def test_an_import_adds_what_is_new(tmp_path: Path) -> None:
    with open_vault(tmp_path / "old") as vault:
        vault.person("sleep", "H1")
        vault.export(tmp_path / "export", "travel")
    with open_vault(tmp_path / "new") as vault:
        vault.person("rest", "H2")
        key = vault.public_key

        vault.import_from(tmp_path / "export", "travel")

        assert vault.find("sleep", "001") == "H1"
        assert vault.find("rest", "001") == "H2"
        assert vault.public_key == key


@pytest.mark.parametrize("stored", [b"", b"{", b"[]", b'{"version": 2, "studies": {}}'])
def test_a_damaged_vault_is_never_replaced(tmp_path: Path, stored: bytes) -> None:
    with open_vault(tmp_path):
        pass
    path = tmp_path / "vault" / "vault.json"
    path.write_bytes(stored)

    with pytest.raises(PrivacyError, match="FSC412"), open_vault(tmp_path):
        pass

    assert path.read_bytes() == stored


@posix
def test_a_vault_that_others_can_open_is_refused_with_the_command(tmp_path: Path) -> None:
    with open_vault(tmp_path):
        pass
    (tmp_path / "vault").chmod(0o750)

    with pytest.raises(PrivacyError, match="chmod 700"):
        open_vault(tmp_path)


@posix
def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with open_vault(tmp_path):
        pass
    (tmp_path / "vault" / "vault.json").chmod(0o644)

    with pytest.raises(PrivacyError, match="chmod 600"), open_vault(tmp_path):
        pass


@posix
def test_only_the_owner_may_read_what_is_written(tmp_path: Path) -> None:
    with open_vault(tmp_path) as vault:
        vault.person("sleep", "H1")
        vault.export(tmp_path / "export", "travel")

    for path in (tmp_path / "vault" / "vault.json", tmp_path / "export"):
        assert path.stat().st_mode & 0o077 == 0


def test_a_vault_is_open_once_and_free_again_when_its_user_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fascicle.protect._vault._LOCK_WAIT_S", 0.1)

    with open_vault(tmp_path), pytest.raises(PrivacyError, match="FSC413"), open_vault(tmp_path):
        pass
    with pytest.raises(KeyError), open_vault(tmp_path):
        raise KeyError
    (tmp_path / "vault" / "vault.json").write_text("{", "utf-8")
    for _ in range(2):
        with pytest.raises(PrivacyError, match="FSC412"), open_vault(tmp_path):
            pass


def test_a_kill_while_writing_leaves_the_old_vault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_vault(tmp_path) as vault:
        vault.person("sleep", "H1")
    before = (tmp_path / "vault" / "vault.json").read_bytes()

    def die(descriptor: int) -> None:
        raise KeyboardInterrupt

    with open_vault(tmp_path) as vault:
        monkeypatch.setattr(os, "fsync", die)
        with pytest.raises(KeyboardInterrupt):
            vault.person("sleep", "H2")
        monkeypatch.undo()

    assert (tmp_path / "vault" / "vault.json").read_bytes() == before
    assert json.loads(before)["studies"]["sleep"]["next"] == 2


def test_people_are_returned_under_the_spelling_that_was_asked_for(tmp_path):
    composed, apart = "J\u00fcrg", "Ju\u0308rg"

    with open_vault(tmp_path) as vault:
        before = vault.people("s", [composed, "P2"])
        after = vault.people("s", [apart])

    assert after[apart] == before[composed]
    assert after.keys() == {apart, "P2"}


def test_a_person_with_several_names_has_one_pseudonym_under_each(tmp_path: Path) -> None:
    with open_vault(tmp_path) as vault:
        alone = vault.people("sleep", ["4711"])["4711"]

        joined = vault.people("sleep", ["P01", "P02"], {"P01": ("4711", "X7")})

    assert joined["P01"] == joined["4711"] == joined["X7"] == alone
    assert joined["P02"].label != alone.label
    with open_vault(tmp_path) as vault:
        assert vault.people("sleep") == joined


def test_two_people_who_turn_out_to_be_one_keep_the_pseudonym_of_the_first_name(
    tmp_path: Path,
) -> None:
    with open_vault(tmp_path) as vault:
        apart = vault.people("sleep", ["P01", "4711"])

        joined = vault.people("sleep", ["P01"], {"P01": ("4711",)})

        assert apart["P01"] != apart["4711"]
        assert joined["4711"] == joined["P01"] == apart["P01"]


def test_who_is_forgotten_is_forgotten_under_every_name(tmp_path: Path) -> None:
    with open_vault(tmp_path) as vault:
        vault.people("sleep", ["P01", "P02"], {"P01": ("4711",)})

        vault.forget("sleep", "4711")

        assert set(vault.people("sleep")) == {"P02"}
