"""Each family is described in its own way."""

from __future__ import annotations

from fascicle.core import Channel, Header, Modality
from fascicle.prepare import BidsName, describe_recording


def test_a_signal_gets_its_channels_and_an_image_its_metadata(tmp_path) -> None:
    eeg = Header(Modality.EEG, 100.0, 700, (Channel("Cz", "EEG", "uV", 100.0),))
    t1w = Header(Modality.ANAT, metadata={"EchoTime": 0.003}, suffix="T1w")

    of_signal = describe_recording(
        tmp_path / "a.edf", BidsName("01", "", "rest", "", "", "eeg"), eeg, line_hz=50.0
    )
    of_image = describe_recording(
        tmp_path / "a.nii.gz", BidsName("01", "", "", "", "", "anat", (), "T1w"), t1w, line_hz=None
    )

    assert "sub-01/eeg/sub-01_task-rest_channels.tsv" in of_signal
    assert list(of_image) == ["sub-01/anat/sub-01_T1w.json"]
