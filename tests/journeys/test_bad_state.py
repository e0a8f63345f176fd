"""What changes, is damaged or goes away while we work, or between two runs."""

import os
import shutil
import sqlite3

import pytest
from tests.journeys import bad_files
from tests.journeys.bad_runs import (
    ANSWERS,
    ON_POSIX,
    STAGED,
    closed_to,
    messages,
    require_calm,
    run_command,
)
from tests.journeys.conftest import list_bytes

from fascicle import look, share, verify
from fascicle.errors import InputError, PrivacyError, StoreError
from fascicle.testing import make_edf
from fascicle.workflows import ShareOptions

pytestmark = ON_POSIX


def test_a_recording_that_went_away_after_the_plan_is_left_out(small, tmp_path, home):
    look(small, plan_path=tmp_path / "plan.yaml")
    (small / "A01_rest.edf").unlink()

    result = share(small, tmp_path / "out",
                   ShareOptions(plan=tmp_path / "plan.yaml", publish=False, **ANSWERS))  # fmt: skip

    assert (result.n_recordings, result.partial, result.exit_code) == (1, True, 1)
    assert len(list((tmp_path / "out").glob("sub-*"))) == 1


@pytest.mark.parametrize("change", ["removed", "grown", "cut", "emptied", "a folder"])
def test_a_recording_that_changes_while_the_run_goes_on_harms_no_other(
    small, tmp_path, home, change
):
    victim = small / "A02_rest.edf"

    def hook(step):
        if step.stage != "identify" or step.done:
            return
        data = victim.read_bytes()
        victim.unlink()
        if change == "a folder":
            victim.mkdir()
        elif change != "removed":
            victim.write_bytes({"grown": data + data[2000:], "cut": data[:3000],
                                "emptied": b""}[change])  # fmt: skip

    result = share(small, tmp_path / "out", STAGED, on_progress=hook)

    assert not result.refused
    assert result.n_recordings == (2 if change in {"grown", "cut"} else 1)
    assert result.partial == (result.n_recordings == 1)
    assert all(f.code != "recording.failed" or "FSC706" not in f.reason for f in result.findings)
    assert "please report" not in messages(result.findings)


def test_a_second_run_into_the_same_output_is_told_to_wait(small, tmp_path, home):
    answers = []

    def hook(step):
        if step.stage == "convert" and not answers:
            answers.append(run_command("share", small, tmp_path / "out", "--yes", "--no-publish",
                                       home=home))  # fmt: skip

    result = share(small, tmp_path / "out", STAGED, on_progress=hook)

    assert "FSC704" in require_calm(answers[0], 1)
    assert (result.exit_code, result.n_recordings) == (0, 2)


VAULTS = {
    "cut": b'{"version": 1, "stud',
    "noise": bytes(range(256)),
    "of the future": b'{"version": 99, "studies": {}}',
    "without its key": b'{"version": 1, "studies": {}}',
    "empty": b"",
}


@pytest.mark.parametrize("case", VAULTS)
def test_a_damaged_vault_stops_the_run_and_is_not_replaced(small, tmp_path, home, case):
    share(small, tmp_path / "out", STAGED)
    vault = home / "vault" / "vault.json"
    vault.write_bytes(VAULTS[case])

    with pytest.raises(PrivacyError, match="FSC412"):
        share(small, tmp_path / "out", STAGED)

    assert vault.read_bytes() == VAULTS[case]
    assert (tmp_path / "out" / "participants.tsv").exists()


def test_a_vault_that_others_can_read_stops_the_run(small, tmp_path, home):
    share(small, tmp_path / "out", STAGED)
    (home / "vault" / "vault.json").chmod(0o644)

    with pytest.raises(PrivacyError, match="FSC410"):
        share(small, tmp_path / "out", STAGED)


def find_catalogue(commons):
    return next(path for path in commons.iterdir() if path.suffix in {".db", ".sqlite"})


def damage_catalogue(commons):
    catalogue = find_catalogue(commons)
    for extra in commons.glob(f"{catalogue.name}-*"):
        extra.unlink()
    data = bytearray(catalogue.read_bytes())
    data[100 : len(data) // 2] = bytes(len(data) // 2 - 100)
    catalogue.write_bytes(bytes(data))


def test_a_damaged_commons_is_told_and_the_dataset_stays(small, tmp_path, home):
    options = ShareOptions(commons=tmp_path / "commons", **ANSWERS)
    share(small, tmp_path / "out", options)
    before = list_bytes(tmp_path / "out")
    damage_catalogue(tmp_path / "commons")

    for words in (("verify",), ("find", "rest"),
                  ("share", small, tmp_path / "out", "--yes", "--consent", "GRU", "--line-hz",
                   "50", "--study", "s", "--participants", "confirmed")):  # fmt: skip
        answer = run_command(*words, "--commons", tmp_path / "commons", home=home)
        said = require_calm(answer, 1)
        assert "FSC60" in said, words

    assert list_bytes(tmp_path / "out") == before


def test_a_commons_that_another_program_holds_is_told(small, tmp_path, home, monkeypatch):
    commons = tmp_path / "commons"
    options = ShareOptions(commons=commons, **ANSWERS)
    share(small, tmp_path / "out", options)
    monkeypatch.setattr("fascicle.store._tables._BUSY_TIMEOUT_MS", 300)
    holder = sqlite3.connect(find_catalogue(commons))
    holder.execute("BEGIN IMMEDIATE")
    make_edf(small / "A03_rest.edf", seed=70, shape=bad_files.SHAPE)

    with pytest.raises(StoreError, match="FSC604"):
        share(small, tmp_path / "out", options)

    holder.rollback()
    holder.close()
    published = share(small, tmp_path / "out", options).published
    assert published is not None
    assert published.version == "2"
    assert verify(commons=commons).findings == ()


@pytest.mark.slow
def test_a_commons_that_may_not_be_written_is_told(small, tmp_path):
    wrap = closed_to(os.geteuid() == 0)
    words = ("share", small, tmp_path / "out", "--yes", "--consent", "GRU", "--participants",
             "confirmed", "--commons", tmp_path / "commons")  # fmt: skip
    home = tmp_path / "home"
    require_calm(run_command(*words, home=home), 0)
    make_edf(small / "A03_rest.edf", seed=70, shape=bad_files.SHAPE)
    closed = [tmp_path / "commons", *(tmp_path / "commons").rglob("*")]
    modes = {path: path.stat().st_mode for path in closed}
    for path in closed:
        path.chmod(0o500 if path.is_dir() else 0o400)

    answer = run_command(*words, home=home, wrap=wrap)

    for path, mode in modes.items():
        path.chmod(mode)
    said = require_calm(answer, 1)
    assert "FSC60" in said or "FSC705" in said
    require_calm(run_command(*words, home=home), 0)
    require_calm(run_command("verify", "--commons", tmp_path / "commons", home=home), 0)


@pytest.mark.parametrize(
    "name",
    [
        "plan.yaml",
        pytest.param("record.json", marks=pytest.mark.slow),
        pytest.param("identifiers.json", marks=pytest.mark.slow),
    ],
)
def test_a_damaged_workspace_is_told_and_mended_as_it_says(small, tmp_path, home, name):
    share(small, tmp_path / "out", STAGED)
    before = list_bytes(tmp_path / "out")
    damaged = tmp_path / "out.private" / name
    damaged.write_text("[{", "utf-8")

    with pytest.raises(InputError, match="FSC128"):
        share(small, tmp_path / "out", STAGED)

    damaged.unlink()
    share(small, tmp_path / "out", STAGED)
    changed = {path for path, data in list_bytes(tmp_path / "out").items() if before[path] != data}
    assert changed <= {"dataset.jsonld"}  # the day of the first run stood in the plan


@pytest.mark.slow
@pytest.mark.parametrize(("name", "content"), [("seal.json", "[{"), ("record.json", "{}")])
def test_a_damaged_seal_or_record_publishes_nothing(small, tmp_path, home, name, content):
    share(small, tmp_path / "out", STAGED)
    (tmp_path / "out.private" / name).write_text(content, "utf-8")

    for words in (("publish", tmp_path / "out", "--commons", tmp_path / "commons"),
                  ("fix", tmp_path / "out")):  # fmt: skip
        assert "FSC128" in require_calm(run_command(*words, home=home), 2)
    assert not (tmp_path / "commons").exists()


@pytest.mark.slow
def test_folders_of_any_name_go_through(small, tmp_path, home):
    for name in (b"not utf-8 \xff", b"-raw", b"line\nfeed [b] \xf0\x9f\xa7\xa0"):
        raw = tmp_path / os.fsdecode(name)
        shutil.copytree(small, raw)
        out = raw.with_name(f"{raw.name} out")

        first = run_command("share", raw, out, "--yes", "--no-publish", "--participants",
                            "confirmed", home=home)  # fmt: skip
        again = share(raw, out, ShareOptions(publish=False, participants="confirmed"))

        require_calm(first, 0)
        assert (again.n_new, again.exit_code) == (0, 0)


def test_a_workspace_that_went_away_leaves_the_dataset_alone(small, tmp_path, home):
    share(small, tmp_path / "out", STAGED)
    before = list_bytes(tmp_path / "out")
    shutil.rmtree(tmp_path / "out.private")

    with pytest.raises(InputError, match="FSC103"):
        share(small, tmp_path / "out", STAGED)

    assert list_bytes(tmp_path / "out") == before


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"\xff{", b'{"digest": "", "result": 3}'])
def test_damaged_entries_of_the_journal_are_done_again(small, tmp_path, home, content):
    share(small, tmp_path / "out", STAGED)
    before = list_bytes(tmp_path / "out")
    for entry in (tmp_path / "out.private" / "journal").glob("*.json"):
        entry.write_bytes(content)

    again = share(small, tmp_path / "out", STAGED)

    assert again.n_new == 2
    assert list_bytes(tmp_path / "out") == before
