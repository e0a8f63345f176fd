from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from fascicle.core import Identifier, Inferred, Modality, Plan, PlannedRecording, Source
from fascicle.prepare import BidsName
from fascicle.protect import BIDS_LABEL, Person
from fascicle.workflows._bids_names import plan_renames

PEOPLE = {"AnnaMeier": Person("002"), "02": Person("001")}


def make_recording(key, participant, session, acquisition=""):
    values = {"participant": participant, "session": session, "task": "rest",
              "acquisition": acquisition, "run": ""}  # fmt: skip
    source = Source("edf", (PurePosixPath(f"{key}.edf"),), 1)
    entities = {name: Inferred(value, 1.0, ()) for name, value in values.items()}
    return PlannedRecording(key, source, Modality.EEG, entities)


@pytest.fixture
def plan():
    recordings = (
        make_recording("a", "AnnaMeier", "20181123", "acquisition1"),
        make_recording("b", "AnnaMeier", "20190102", "annaPilot"),
        make_recording("c", "02", "20180505"),
    )
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    return Plan("raw", "study", moment, recordings=recordings, bids_input=True)


def telling(*labels):
    return [Identifier("id", label, BIDS_LABEL) for label in labels]


def test_a_folder_whose_labels_tell_nothing_keeps_them(plan):
    renames = plan_renames(plan, PEOPLE, [Identifier("name", "AnnaMeier", "table")])

    assert renames.people["AnnaMeier"].label == "AnnaMeier"
    assert renames.rename("sub-02/ses-20180505/x", "02") == "sub-02/ses-20180505/x"
    assert renames.findings() == ()


def test_one_telling_participant_gives_all_the_pseudonyms_of_the_vault(plan):
    renames = plan_renames(plan, PEOPLE, telling("AnnaMeier"))

    assert {raw: person.label for raw, person in renames.people.items()} == {
        "AnnaMeier": "002", "02": "001"}  # fmt: skip
    assert renames.rename("sub-AnnaMeier/sub-AnnaMeier_scans.tsv", "AnnaMeier") == (
        "sub-002/sub-002_scans.tsv"
    )
    assert [finding.code for finding in renames.findings()] == ["bids.labels-renamed"]


def test_sessions_are_counted_in_their_order_for_everybody(plan):
    renames = plan_renames(plan, PEOPLE, telling("20190102"))

    assert renames.rename("ses-20181123 ses-20190102", "AnnaMeier") == "ses-01 ses-02"
    assert renames.rename("ses-20180505", "02") == "ses-01"


def test_other_labels_are_numbered_beside_those_that_stay(plan):
    renames = plan_renames(plan, PEOPLE, telling("annaPilot"))
    name = BidsName("AnnaMeier", "20190102", "rest", "annaPilot", "", "eeg")

    assert renames.rename_recording(name, "AnnaMeier").acquisition == "acquisition2"
    assert renames.rename("task-rest_acq-annaPilotx_eeg.json", "") == (
        "task-rest_acq-annaPilotx_eeg.json"
    )


def test_a_way_of_processing_that_tells_is_numbered_as_well(plan):
    first, *others = plan.recordings
    first = replace(first, further=(("proc", "byAnna"),))
    plan = replace(plan, recordings=(first, *others))

    renames = plan_renames(plan, PEOPLE, telling("byAnna"))
    name = BidsName("01", "", "rest", "", "", "meg", (("proc", "byAnna"),))

    assert renames.rename_recording(name, "01").stem == "sub-01_task-rest_proc-proc1"
    assert renames.rename("sub-01_task-rest_proc-byAnna_channels.tsv", "01") == (
        "sub-01_task-rest_proc-proc1_channels.tsv"
    )
