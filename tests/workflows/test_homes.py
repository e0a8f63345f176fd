from pathlib import Path

import pytest

from fascicle.errors import PrivacyError
from fascicle.workflows._homes import default_home, open_own_vault


def test_the_home_is_where_the_variable_says(monkeypatch, tmp_path):
    monkeypatch.setenv("FASCICLE_HOME", str(tmp_path))

    assert default_home() == tmp_path


def test_without_the_variable_it_is_the_users_data_folder(monkeypatch):
    monkeypatch.delenv("FASCICLE_HOME", raising=False)

    assert default_home().is_absolute()
    assert default_home() != Path.cwd()


def test_an_encrypted_vault_opens_with_the_passphrase_of_the_environment(home, monkeypatch):
    with open_own_vault("correct horse") as vault:
        label = vault.person("study", "4711").label

    with pytest.raises(PrivacyError), open_own_vault():
        pass
    monkeypatch.setenv("FASCICLE_VAULT_PASSPHRASE", "correct horse")
    with open_own_vault() as vault:
        assert vault.find("study", label) == "4711"
