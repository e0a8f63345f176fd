import json

import pytest
from click.testing import CliRunner

from fascicle.cli import app
from fascicle.workflows._homes import open_own_vault


@pytest.fixture
def label(tmp_path, monkeypatch):
    monkeypatch.setenv("FASCICLE_HOME", str(tmp_path / "home"))
    with open_own_vault() as vault:
        return vault.person("study", "4711").label


def test_a_pseudonym_leads_to_the_raw_id(label):
    answer = CliRunner().invoke(app, ["vault", "find", "study", f"sub-{label}", "--json"])

    assert json.loads(answer.output) == {"pseudonym": f"sub-{label}", "raw_id": "4711"}


def test_a_vault_is_exported_under_a_passphrase_typed_twice_and_comes_back(
    label, tmp_path, monkeypatch
):
    file = tmp_path / "vault.fascicle"
    exported = CliRunner().invoke(app, ["vault", "export", str(file)], input="long one\nlong one\n")
    monkeypatch.setenv("FASCICLE_HOME", str(tmp_path / "other"))

    back = CliRunner().invoke(app, ["vault", "import", str(file)], input="long one\n")

    assert (exported.exit_code, back.exit_code) == (0, 0)
    with open_own_vault() as vault:
        assert vault.find("study", label) == "4711"


def test_a_file_that_is_there_is_replaced_with_force_alone(label, tmp_path):
    file = tmp_path / "vault.fascicle"
    file.write_text("of last year", "utf-8")
    typed = {"input": "long one\nlong one\n"}

    refused = CliRunner().invoke(app, ["vault", "export", str(file)], **typed)
    kept = file.read_text("utf-8")
    forced = CliRunner().invoke(app, ["vault", "export", str(file), "--force"], **typed)

    assert (refused.exit_code, "FSC159" in refused.output, kept) == (2, True, "of last year")
    assert forced.exit_code == 0
    assert (
        CliRunner().invoke(app, ["vault", "import", str(file)], input="long one\n").exit_code == 0
    )


def test_a_wrong_passphrase_is_told_so(label, tmp_path):
    file = tmp_path / "vault.fascicle"
    CliRunner().invoke(app, ["vault", "export", str(file)], input="long one\nlong one\n")

    answer = CliRunner().invoke(app, ["vault", "import", str(file)], input="another\n")

    assert answer.exit_code == 1
    assert "FSC4" in answer.output
