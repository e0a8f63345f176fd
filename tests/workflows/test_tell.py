import pytest

from fascicle.core import Event
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
        "participant": "001", "session": "1", "task": "rest", "run": "2"}  # fmt: skip


@pytest.mark.parametrize("word", ["Quandt", "Leonore", "4472015"])
def test_raw_names_stand_in_the_owners_report_alone(shared, word):
    assert word not in shared.report.read_text("utf-8")
    assert "Quandt" in shared.owner_report.read_text("utf-8")
