"""A user's whole way: from a raw folder to a dataset that others find."""

import json
import os
import shutil

import pytest
from tests.journeys.conftest import list_bytes

from fascicle import find, get, log, look, publish, share, show, verify
from fascicle.core import Finding, Request, Severity
from fascicle.errors import InputError, JobError, Refusal
from fascicle.workflows import Published, ShareOptions, demo

pytestmark = pytest.mark.journey

ANSWERS = {"consent": "GRU", "participants": "confirmed", "line_hz": 50.0, "name": "Eyes"}
PLANTED = ("Wiesengrund", "Ottilie", "4471093", "Haberstroh", "Quandt", "KLINIKUM", "Feldkamp",
           "883021", "bfeldkamp", "coughs")  # fmt: skip


def test_a_lab_folder_becomes_a_published_dataset_that_is_found(raw, tmp_path, home):
    commons = tmp_path / "commons"

    result = share(raw, tmp_path / "out", ShareOptions(commons=commons, **ANSWERS))

    assert result.exit_code == 0, result.as_dict()
    assert (result.n_recordings, result.n_participants) == (6, 3)
    assert result.published.version == "1"
    hits = find("eeg", commons=commons)
    assert [hit.dataset.id for hit in hits] == [result.published.id]
    assert show(hits[0].dataset.id, commons=commons).dataset.n_participants == 3
    assert verify(commons=commons).findings == ()


def test_a_dataset_that_the_validator_did_not_check_is_not_called_valid(
    raw, tmp_path, home, monkeypatch
):
    said = Finding("bids.validator-failed", Severity.WARNING, "dataset", "No answer.", "Again.")
    monkeypatch.setattr("fascicle.workflows._share.validate_bids", lambda _: (said,))

    result = share(raw, tmp_path / "out", ShareOptions(publish=False, **ANSWERS))

    page = result.report.read_text("utf-8")
    assert "Not checked by the BIDS validator" in page
    assert "valid BIDS" not in page
    assert "Valid BIDS" not in page


def test_nothing_planted_is_left_in_the_dataset_nor_in_the_commons(raw, tmp_path, home):
    commons = tmp_path / "commons"

    share(raw, tmp_path / "out", ShareOptions(commons=commons, **ANSWERS))

    for folder in (tmp_path / "out", commons):
        everything = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file()).lower()
        left = [word for word in PLANTED if word.lower().encode() in everything]
        assert left == [], folder.name


def test_the_official_validator_reports_no_error(raw, tmp_path, home):
    result = share(raw, tmp_path / "out", ShareOptions(publish=False, **ANSWERS))

    errors = [f for f in result.findings if f.origin == "bids-validator"
              and f.severity is Severity.ERROR]  # fmt: skip
    assert errors == []


def test_two_runs_write_the_same_bytes(raw, tmp_path, home):
    share(raw, tmp_path / "out", ShareOptions(publish=False, **ANSWERS))
    first = list_bytes(tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    shutil.rmtree(tmp_path / "out.private")

    share(raw, tmp_path / "out", ShareOptions(publish=False, **ANSWERS))

    assert list_bytes(tmp_path / "out") == first


def test_one_and_two_processes_write_the_same_bytes(raw, tmp_path, home):
    share(raw, tmp_path / "one", ShareOptions(publish=False, study="s", n_jobs=1, **ANSWERS))

    share(raw, tmp_path / "two", ShareOptions(publish=False, study="s", n_jobs=2, **ANSWERS))

    assert list_bytes(tmp_path / "one") == list_bytes(tmp_path / "two")


def test_sharing_again_converts_nothing_and_publishes_no_new_version(raw, tmp_path, home):
    options = ShareOptions(commons=tmp_path / "commons", **ANSWERS)
    first = share(raw, tmp_path / "out", options)
    before = list_bytes(tmp_path / "out")

    second = share(raw, tmp_path / "out", options)

    assert (first.n_new, second.n_new) == (6, 0)
    assert second.published.id == first.published.id
    assert list_bytes(tmp_path / "out") == before


def test_next_months_session_gets_the_same_pseudonym_and_adds_to_the_dataset(raw, tmp_path, home):
    later = tmp_path / "later"
    later.mkdir()
    for path in raw.glob("*_eyesclosed.*"):
        shutil.move(path, later / path.name)
    shutil.copy(raw / "participants.csv", later)
    options = ShareOptions(commons=tmp_path / "commons", **ANSWERS)

    first = share(raw, tmp_path / "out", options)
    people = (tmp_path / "out" / "participants.tsv").read_text()
    second = share(later, tmp_path / "out", options)

    assert (first.n_recordings, second.n_recordings) == (3, 6)
    assert (tmp_path / "out" / "participants.tsv").read_text() == people
    assert second.published == Published(first.published.id, "2")


def test_without_consent_the_dataset_is_written_and_not_published(raw, tmp_path, home):
    answers = ANSWERS | {"consent": "unknown"}

    result = share(raw, tmp_path / "out", ShareOptions(commons=tmp_path / "commons", **answers))

    assert result.exit_code == 1
    assert "consent" in result.not_published
    assert (tmp_path / "out" / "dataset_description.json").exists()
    with pytest.raises(Refusal):
        publish(tmp_path / "out", commons=tmp_path / "commons")
    assert log(commons=tmp_path / "commons")[-1].event == "refuse"


def test_with_no_publish_a_missing_consent_is_no_failure(raw, tmp_path, home):
    answers = ANSWERS | {"consent": "unknown"}

    assert share(raw, tmp_path / "out", ShareOptions(publish=False, **answers)).exit_code == 0


def test_who_has_no_consent_is_left_out_and_the_rest_goes_on(raw, tmp_path, home):
    plan = look(raw).plan
    people = sorted({r.entities["participant"].value for r in plan.recordings})
    table = tmp_path / "consent.csv"
    table.write_text("participant_id,duo\n" + "".join(f"{p},GRU\n" for p in people[:2]))

    result = share(
        raw, tmp_path / "out",
        ShareOptions(commons=tmp_path / "commons", **(ANSWERS | {"consent": str(table)})),
    )  # fmt: skip

    assert (result.n_participants, result.partial, result.exit_code) == (2, True, 1)
    assert result.published is not None
    assert len(list((tmp_path / "out").glob("sub-*"))) == 2


def test_doubt_about_who_is_who_converts_and_does_not_publish(raw, tmp_path, home):
    answers = {key: value for key, value in ANSWERS.items() if key != "participants"}
    for path in list(raw.iterdir()):
        if path.suffix == ".csv":
            path.unlink()

    result = share(raw, tmp_path / "out", ShareOptions(commons=tmp_path / "commons", **answers))

    if look(raw).plan.identity_confidence < 0.9:
        assert "two people" in result.not_published
        assert (tmp_path / "out").exists()


def test_a_changed_byte_is_not_published(raw, tmp_path, home):
    share(raw, tmp_path / "out", ShareOptions(publish=False, **ANSWERS))
    sidecar = next((tmp_path / "out").rglob("*_eeg.json"))
    sidecar.write_text(sidecar.read_text().replace("50", "51"))

    with pytest.raises(Refusal, match="FSC50"):
        publish(tmp_path / "out", commons=tmp_path / "commons")


def test_the_raw_folder_is_never_written_to(raw, tmp_path, home):
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in raw.rglob("*") if p.is_file()}

    share(raw, tmp_path / "out", ShareOptions(publish=False, **ANSWERS))

    assert {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in before} == before
    assert {p for p in raw.rglob("*") if p.is_file()} == set(before)


def test_what_is_fetched_is_what_was_published(raw, tmp_path, home):
    commons = tmp_path / "commons"
    result = share(raw, tmp_path / "out", ShareOptions(commons=commons, **ANSWERS))

    with pytest.raises(Refusal, match="FSC520"):
        get(result.published.id, tmp_path / "copy", commons=commons)
    get(result.published.id, tmp_path / "copy", Request("ada", "GRU"), commons=commons)

    assert list_bytes(tmp_path / "copy") == list_bytes(tmp_path / "out")
    if os.name == "posix":  # it was granted to one person
        assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
    answers = [entry.event for entry in log(commons=commons)]
    assert answers.count("refuse") == 1
    assert answers[-1] == "read"


def test_an_identifier_that_survives_refuses_the_whole_output(raw, tmp_path, home, monkeypatch):
    from fascicle.workflows import _convert_one

    def keep_everything(header, *args, **kwargs):
        released = original(header, *args, **kwargs)
        from dataclasses import replace

        return replace(released, header=replace(header, identifiers=()))

    original = _convert_one.release_header
    monkeypatch.setattr(_convert_one, "release_header", keep_everything)

    result = share(raw, tmp_path / "out", ShareOptions(n_jobs=1, **ANSWERS))

    assert result.refused
    assert result.exit_code == 1
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "out.private" / "stage").exists()
    spoken = json.dumps(result.as_dict())
    assert not any(word in spoken for word in ("Wiesengrund", "Ottilie", "4471093"))


def test_a_folder_of_someone_else_is_not_overwritten(raw, tmp_path, home):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")

    with pytest.raises(InputError, match="FSC103"):
        share(raw, tmp_path / "out", ShareOptions(**ANSWERS))

    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


def test_too_little_space_stops_before_converting(raw, tmp_path, home, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))

    with pytest.raises(JobError, match="FSC701"):
        share(raw, tmp_path / "out", ShareOptions(**ANSWERS))

    assert not (tmp_path / "out").exists()


def test_the_demo_needs_nothing_and_says_that_it_is_simulated(tmp_path, home):
    result = demo(tmp_path / "demo")

    assert result.exit_code == 0
    assert "imulated" in (result.out / "README.md").read_text()
    assert find("simulated", commons=tmp_path / "demo" / "commons")


def test_a_recording_that_cannot_be_read_makes_the_result_partial(raw, tmp_path, home):
    whole = raw / "Quandt_L_eyesopen.edf"
    whole.write_bytes(whole.read_bytes()[:300])

    result = share(raw, tmp_path / "out", ShareOptions(publish=False, **ANSWERS))

    assert (result.n_recordings, result.partial, result.exit_code) == (5, True, 1)
    assert list(result.left_out) == ["unreadable-1"]
