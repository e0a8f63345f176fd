import json

import pytest

from fascicle.core import Severity
from fascicle.errors import InputError, PrivacyError
from fascicle.workflows import check, fix


def test_a_fresh_dataset_is_sealed_and_has_no_error(shared):
    result = check(shared.out)

    assert result.sealed is True
    assert result.exit_code == 0
    assert json.dumps(result.as_dict())


def test_a_changed_byte_breaks_the_seal(shared):
    (shared.out / "README.md").write_text("changed")

    result = check(shared.out)

    assert result.sealed is False
    assert result.exit_code == 1
    assert any(finding.origin == "seal" for finding in result.findings)


def test_a_changed_dataset_is_not_mended_and_not_sealed_again(shared):
    (shared.out / "README.md").write_text("changed")

    with pytest.raises(PrivacyError, match="FSC451"):
        fix(shared.out)

    assert (shared.out / "README.md").read_text() == "changed"


def test_a_proof_that_would_search_for_nothing_is_not_made(shared):
    (shared.out.with_name("out.private") / "identifiers.json").unlink()

    with pytest.raises(PrivacyError, match="FSC452"):
        fix(shared.out)


def test_what_is_mended_is_proven_again(shared):
    before = check(shared.out)

    after = fix(shared.out)

    assert after.sealed is True
    repairable = [finding for finding in before.findings if finding.repair]
    assert len(after.repaired) <= len(repairable)
    left = [finding.code for finding in after.findings if finding.repair]
    assert len(left) <= len(repairable)


def test_a_folder_of_somebody_else_is_mended_without_a_seal(shared, tmp_path):
    import shutil

    other = tmp_path / "other"
    shutil.copytree(shared.out, other)
    (other / "README.md").unlink()

    result = fix(other)

    assert result.sealed is None
    assert any(path.name.startswith("README") for path in other.iterdir())
    assert result.repaired


def test_a_number_that_is_not_there_is_refused(shared):
    with pytest.raises(InputError, match="FSC106"):
        fix(shared.out, 10_000)


def test_a_finding_that_needs_a_person_is_not_mended(shared):
    findings = check(shared.out).findings
    number = next((n for n, f in enumerate(findings, 1) if not f.repair), None)
    if number is None:
        pytest.skip("every finding of this dataset can be mended")

    with pytest.raises(InputError, match="needs a person"):
        fix(shared.out, number)


def test_a_folder_that_is_no_dataset_is_told_so(tmp_path):
    with pytest.raises(InputError, match="FSC105"):
        check(tmp_path)


def test_findings_carry_a_severity_a_reason_and_a_fix(shared):
    for finding in check(shared.out).findings:
        assert finding.severity in set(Severity)
        assert finding.reason.endswith(".")
        assert finding.fix


def test_what_a_person_changed_is_proven_again_when_accepted(shared):
    (shared.out / "README.md").write_text("# Eyes\n\nA longer text about the recordings.\n")

    result = fix(shared.out, accept_edits=True)

    assert result.sealed is True
    assert "longer text" in (shared.out / "README.md").read_text()


def test_an_edit_that_brings_a_name_back_is_not_sealed(shared):
    (shared.out / "README.md").write_text("# Eyes\n\nThanks to Leonore Quandt.\n")

    with pytest.raises(PrivacyError, match="FSC430"):
        fix(shared.out, accept_edits=True)

    assert check(shared.out).sealed is False
