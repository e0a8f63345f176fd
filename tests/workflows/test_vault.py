import pytest

from fascicle.errors import InputError, PrivacyError
from fascicle.workflows import export_vault, find_person, import_vault


def test_a_pseudonym_leads_to_the_raw_id_and_back(shared):
    people = [path.name for path in shared.out.glob("sub-*")]

    raw_ids = [find_person("out", person)["raw_id"] for person in people]

    assert len(set(raw_ids)) == 3
    assert find_person("out", raw_ids[0])["pseudonym"] == people[0]


def test_an_unknown_person_is_told_so_without_repeating_the_id(shared):
    with pytest.raises(InputError) as error:
        find_person("out", "Nobody-12345")

    assert "12345" not in str(error.value)


def test_an_exported_vault_comes_back_on_another_machine(shared, tmp_path, monkeypatch):
    person = next(shared.out.glob("sub-*")).name
    raw_id = find_person("out", person)["raw_id"]
    export_vault(tmp_path / "vault.bin", "a long passphrase")
    assert raw_id.encode() not in (tmp_path / "vault.bin").read_bytes()
    monkeypatch.setenv("FASCICLE_HOME", str(tmp_path / "elsewhere"))

    with pytest.raises(PrivacyError):
        import_vault(tmp_path / "vault.bin", "a wrong passphrase")
    import_vault(tmp_path / "vault.bin", "a long passphrase")

    assert find_person("out", person)["raw_id"] == raw_id
