from pathlib import PurePosixPath

import pytest

from fascicle.core import Event, Inferred, Modality, PlannedRecording, Source
from fascicle.workflows._tell import _decision, _gap, _is_gap


def test_gaps_are_the_stretches_that_were_not_acquired():
    gap, moment = Event(1.5, 2.0, "BAD_ACQ_SKIP"), Event(1.5, 0.0, "BAD_ACQ_SKIP")

    assert _is_gap(gap)
    assert not _is_gap(moment)
    assert _gap(gap) == (1.5, 3.5)


def test_labels_are_read_from_the_name_in_the_dataset():
    path = "sub-001/ses-1/eeg/sub-001_ses-1_task-rest_run-2_eeg.edf"

    decision = _decision(path, {"recording": "rec-0001"}, None)

    assert decision.labels == {
        "participant": "001",
        "session": "1",
        "task": "rest",
        "run": "2",
        "kind": "eeg",
    }


def test_how_sure_the_kind_of_an_image_is_stands_among_the_decisions():
    source = Source("nifti", (PurePosixPath("a.nii"),), 1)
    doubtful = Inferred("bold", 0.5, ("but it has 3 axes",))
    planned = PlannedRecording(
        "rec-0001", source, Modality.FUNC, {"participant": Inferred("A")}, suffix=doubtful
    )

    decision = _decision(
        "sub-001/func/sub-001_task-rest_bold.nii.gz", {"recording": "rec-0001"}, planned
    )

    assert decision.labels["kind"] == "bold"
    assert decision.entities["kind"] == doubtful


@pytest.mark.parametrize("word", ["Quandt", "Leonore", "4472015"])
def test_raw_names_stand_in_the_owners_report_alone(shared, word):
    assert word not in shared.report.read_text("utf-8")
    assert "Quandt" in shared.owner_report.read_text("utf-8")
