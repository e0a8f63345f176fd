"""Each family is described in its own way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fascicle.core import Channel, Header, Modality, Subject
from fascicle.formats import read_nwb_contents
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


@pytest.mark.parametrize("modality", [Modality.ICEPHYS, Modality.OPHYS, Modality.BEH])
def test_the_sidecar_of_an_nwb_file_says_which_file_it_is_of(tmp_path, modality) -> None:
    path = make_nwb_of(tmp_path, modality)
    header = Header(modality, 20000.0, 9)
    name = BidsName("01", "", "", "", "", modality.value)

    files = describe_recording(path, name, header, line_hz=50.0)

    about = json.loads(files[f"sub-01/{modality.value}/sub-01_{modality.value}.json"])
    contents = read_nwb_contents(path)
    assert about["NWBIdentifier"] == contents.identifier
    assert contents.identifier.startswith(f"sub-01_{modality.value}_")
    assert about["NWBTypes"] == {"TimeSeries": 1}
    # What the proposal asks for of pipettes as of probes.
    asked = {"PowerLineFrequency", "SamplingFrequency", "SoftwareFilters"}
    assert asked.intersection(about) == (asked if modality is Modality.ICEPHYS else set())


def make_nwb_of(folder: Path, modality: Modality) -> Path:
    """Write a small file of a modality."""
    import numpy as np
    from pynwb import TimeSeries

    from fascicle.formats._nwb_write import write_nwb

    def build(draft):
        data = draft.stream((101, 2), "<i2", lambda: [np.ones((101, 2), "<i2")])
        draft.file.add_acquisition(TimeSeries(name="a", data=data, unit="V", rate=100.0))

    path = folder / f"sub-01_{modality.value}.nwb"
    write_nwb(path, Header(modality, subject=Subject(code="01")), build)
    return path
