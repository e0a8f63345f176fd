"""Sidecars of what is no signal over channels."""

from __future__ import annotations

import json

from fascicle.core import Event, Header, Modality
from fascicle.prepare import BidsName
from fascicle.prepare._metadata_sidecars import make_metadata_sidecars


def test_metadata_stand_beside_the_image_under_its_own_suffix() -> None:
    name = BidsName("01", "a", "", "", "2", "fmap", (("dir", "AP"),), "epi")
    header = Header(Modality.FMAP, metadata={"TotalReadoutTime": 0.05, "SliceTiming": [0, 1.5]})

    files = make_metadata_sidecars(name, header)

    assert list(files) == ["sub-01/ses-a/fmap/sub-01_ses-a_dir-AP_run-2_epi.json"]
    assert json.loads(next(iter(files.values()))) == {
        "TotalReadoutTime": 0.05, "SliceTiming": [0, 1.5]
    }  # fmt: skip


def test_a_functional_image_names_its_task() -> None:
    name = BidsName("01", "", "rest", "", "", "func", (), "bold")

    files = make_metadata_sidecars(name, Header(Modality.FUNC, metadata={"RepetitionTime": 2}))

    assert json.loads(files["sub-01/func/sub-01_task-rest_bold.json"])["TaskName"] == "rest"


def test_events_get_a_table_and_what_is_unknown_gets_no_file() -> None:
    name = BidsName("01", "", "run", "", "", "ecephys")

    with_events = make_metadata_sidecars(
        name, Header(Modality.ECEPHYS, 100.0, 1000, events=(Event(0.5, 0.0, "TTL", 3),))
    )
    without = make_metadata_sidecars(BidsName("01", "", "", "", "", "anat"), Header(Modality.ANAT))

    assert with_events["sub-01/ecephys/sub-01_task-run_events.tsv"].splitlines()[1] == (
        b"0.5\t0\t50\t3\tTTL"
    )
    assert without == {}


def test_a_time_of_zero_is_none() -> None:
    name = BidsName("01", "", "", "", "", "anat", (), "T1w")
    header = Header(Modality.ANAT, metadata={"InversionTime": 0, "EchoTime": 0.003})

    files = make_metadata_sidecars(name, header)

    assert json.loads(files["sub-01/anat/sub-01_T1w.json"]) == {"EchoTime": 0.003}
