"""What of a folder that was BIDS already belongs to what is shared."""

import pytest

from fascicle.workflows._bids_input import belongs_to_absent


@pytest.mark.parametrize(
    ("path", "is_absent"),
    [
        ("task-rest_eeg.json", False),
        ("task-anna_eeg.json", True),
        ("sub-01/sub-01_scans.tsv", False),
        ("sub-02/sub-02_scans.tsv", True),
        ("sub-01/meg/sub-01_task-rest_run-1_events.tsv", False),
        ("sub-01/meg/sub-01_task-rest_proc-sss_channels.tsv", False),
        ("sub-01/meg/sub-01_task-rest_proc-anna_channels.tsv", True),
        ("sub-01/meg/sub-01_acq-anna_space-CTF_electrodes.tsv", True),
        ("sub-01/meg/sub-01_space-CTF_electrodes.tsv", False),
    ],
)
def test_a_table_belongs_to_a_recording_that_has_all_its_labels(path, is_absent):
    recordings = ["sub-01/meg/sub-01_task-rest_acq-x_run-1_proc-sss_meg.fif"]

    assert belongs_to_absent(path, recordings) is is_absent
