from datetime import UTC, datetime

import pytest

from fascicle.core import Plan
from fascicle.workflows import ShareOptions
from fascicle.workflows._consents import hold_unconsented
from fascicle.workflows._settle import settle
from fascicle.workflows._stage import Staged
from fascicle.workflows._workspace import Workspace

TABLE = "participant_id,duo\nVP01,GRU\nVP02,unknown\n"


def make_entry(number):
    name = f"sub-00{number}/eeg/sub-00{number}_task-rest_eeg.edf"
    return {
        "label": f"00{number}", "raw_id": f"VP0{number}", "recording": f"rec-{number}",
        "files": [name],
    }  # fmt: skip


@pytest.fixture
def space(tmp_path):
    space = Workspace(tmp_path / "out")
    for number in (1, 2, 3):
        path = space.stage / make_entry(number)["files"][0]
        path.parent.mkdir(parents=True)
        path.write_bytes(b"samples")
    return space


@pytest.fixture
def staged():
    entries = {entry["files"][0]: entry for entry in map(make_entry, (1, 2, 3))}
    return Staged(entries=entries, left_out={}, people={}, n_new=3)


def decide(consent):
    plan = Plan("/raw", "study", datetime(2026, 1, 1, tzinfo=UTC), ())
    options = ShareOptions(consent=consent, species="human")
    return settle(plan, options, None, default_name="out")


def test_who_has_no_consent_is_left_out_with_all_files(space, staged, tmp_path):
    table = tmp_path / "consent.csv"
    table.write_text(TABLE)

    consents = hold_unconsented(staged, decide(str(table)), space)

    assert list(consents) == ["001"]
    assert sorted(staged.left_out) == ["rec-2", "rec-3"]
    assert [path.name for path in space.stage.iterdir()] == ["sub-001"]


def test_a_row_of_somebody_left_out_is_no_row_of_nobody(space, staged, tmp_path):
    table = tmp_path / "consent.csv"
    table.write_text(TABLE)

    hold_unconsented(staged, decide(str(table)), space)

    assert [finding.code for finding in staged.findings] == ["consent.missing"]
    assert "2 people" in staged.findings[0].reason


def test_a_row_of_nobody_is_told(space, staged, tmp_path):
    table = tmp_path / "consent.csv"
    table.write_text(TABLE + "VP03,GRU\nVP99,GRU\n")

    hold_unconsented(staged, decide(str(table)), space)

    told = {finding.code: finding.reason for finding in staged.findings}
    assert "1 person" in told["consent.missing"]
    assert "1 row of nobody" in told["consent.unmatched"]


def test_where_nobody_was_asked_all_stay(space, staged):
    consents = hold_unconsented(staged, decide(None), space)

    assert sorted(consents) == ["001", "002", "003"]
    assert not any(consent.is_given for consent in consents.values())
    assert staged.left_out == {}
