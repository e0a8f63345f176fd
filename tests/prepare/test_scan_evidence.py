from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from fascicle.core import Header, Identifier, Modality, Plan, PlannedRecording, Source
from fascicle.errors import PlanError
from fascicle.prepare._field_map_groups import Grid
from fascicle.prepare._scan_evidence import (
    MAPS_SETTING,
    NO_MAP,
    gather_evidence,
    read_map_answers,
    recall_scans,
)

FLIPPED = Grid((5, 7, 9), ((-2.0, 0.0, 0.0, 5.0), (0.0, -2.0, 0.0, 7.0), (0.0, 0.0, 3.0, 0.0)))
NIGHT = datetime(2019, 11, 23, tzinfo=UTC)


def evidence(moment=None, name="a.nii.gz", **metadata):
    header = Header(Modality.FMAP, metadata=metadata, measured_at=moment)
    return gather_evidence(header, {}, PurePosixPath(name))


def test_a_day_without_an_hour_is_no_time():
    assert evidence(NIGHT)["at"] == ""
    assert evidence(NIGHT.replace(hour=10))["at"] == "2019-11-23T10:00:00+00:00"


def test_the_uid_of_the_examination_is_kept_as_a_digest():
    uid = "1.2.826.0.1.3680043.8.498.77120"
    header = Header(
        Modality.FUNC, identifiers=(Identifier("id", uid, "DICOM header: StudyInstanceUID"),)
    )

    found = gather_evidence(header, {}, PurePosixPath("a.dcm"))

    assert found["study"]
    assert uid not in str(found)


@pytest.mark.parametrize(
    ("name", "purposes"),
    [
        ("dti_topup_PA.nii.gz", ["dwi"]),
        ("SpinEchoFieldMap_AP.nii.gz", []),
        ("fMRI_fieldmap.nii", ["func"]),
        ("pcasl_topup.nii", ["perf"]),
        ("different_name.nii", []),
        ("restless.nii", []),
    ],
)
def test_names_tell_for_which_scans_a_map_is(name, purposes):
    assert evidence(name=name)["purposes"] == purposes


def test_numbers_that_are_none_are_not_taken():
    assert evidence(ShimSetting=[1, "x"])["shim"] == []
    assert evidence(ShimSetting=[1, float("nan")])["shim"] == []
    assert evidence(TotalReadoutTime=True)["readout_s"] is None
    assert evidence(ShimSetting=[1, 2.5], TotalReadoutTime=0.03)["shim"] == [1.0, 2.5]


def test_directions_are_those_of_the_patient_however_the_voxels_are_counted():
    path = "sub-1/fmap/sub-1_epi.nii.gz"

    found = recall_scans({path: evidence(PhaseEncodingDirection="j")}, {path: FLIPPED})

    assert found[0].towards == (0.0, -1.0, 0.0)


def test_without_a_sidecar_the_name_tells_the_direction():
    path = "sub-1/fmap/sub-1_dir-AP_epi.nii.gz"

    assert recall_scans({path: evidence()}, {})[0].towards == (0.0, -1.0, 0.0)


@pytest.mark.parametrize(
    "stated",
    ["func/sub-9_task-rest_bold.nii.gz", "bids::sub-9/func/sub-9_task-rest_bold.nii.gz",
     "./func/sub-9_task-rest_bold.nii", "bids:raw:sub-9/func/sub-9_task-rest_bold.nii.gz"],
)  # fmt: skip
def test_a_stated_file_is_found_under_its_new_name(stated):
    run = "sub-001/func/sub-001_task-rest_bold.nii.gz"
    one = "sub-001/fmap/sub-001_epi.nii.gz"
    entries = {
        one: evidence(name="raw/sub-9/fmap/sub-9_epi.nii.gz", IntendedFor=stated),
        run: evidence(name="raw/sub-9/func/sub-9_task-rest_bold.nii.gz"),
    }

    assert recall_scans(entries, {})[0].intended == (run,)


def test_a_stated_file_that_is_not_there_or_there_twice_is_passed_over():
    entries = {
        "sub-1/fmap/sub-1_epi.nii.gz": evidence(
            name="e.nii", IntendedFor=["b.nii", "gone.nii", ""]
        ),
        "sub-1/func/sub-1_run-1_bold.nii.gz": evidence(name="x/b.nii"),
        "sub-1/func/sub-1_run-2_bold.nii.gz": evidence(name="y/b.nii.gz"),
    }

    assert recall_scans(entries, {})[0].intended == ()


def test_an_acquisition_that_is_a_task_tells_for_which_runs_a_map_is():
    entries = {
        "sub-1/fmap/sub-1_acq-nback_epi.nii.gz": {},
        "sub-1/fmap/sub-1_acq-fine_epi.nii.gz": {},
        "sub-1/func/sub-1_task-nback_bold.nii.gz": {},
    }

    fine, nback, _ = recall_scans(entries, {})

    assert (nback.purposes, fine.purposes) == (frozenset({"task-nback"}), frozenset())


def plan_with(answers):
    recordings = tuple(
        PlannedRecording(key, Source("nifti", (PurePosixPath(f"{key}.nii"),), 0), Modality.FUNC, {})
        for key in ("rec-1", "rec-2")
    )
    moment = datetime(2019, 11, 23, tzinfo=UTC)
    return Plan("raw", "study", moment, recordings, settings={MAPS_SETTING: answers})


def test_an_answer_is_one_map_several_or_none():
    answers = {"rec-1": ["rec-2"], "rec-2": NO_MAP}

    assert read_map_answers(plan_with(answers)) == {"rec-1": ("rec-2",), "rec-2": ()}
    assert read_map_answers(plan_with({"rec-1": "rec-2"})) == {"rec-1": ("rec-2",)}
    assert read_map_answers(plan_with({})) == {}


@pytest.mark.parametrize(
    "answers", [{"rec-1": "rec-9"}, {"rec-9": "none"}, {"rec-1": 3}, ["rec-1"]]
)
def test_an_answer_that_names_no_recording_is_refused(answers):
    with pytest.raises(PlanError, match="FSC303"):
        read_map_answers(plan_with(answers))
