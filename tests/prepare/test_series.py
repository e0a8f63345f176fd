from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest

from fascicle.core import Header, Modality
from fascicle.prepare import infer
from fascicle.prepare._identity import People
from fascicle.prepare._series import forget_counters, read_task, settle_series, strip_suffix

START = datetime(2019, 3, 12, 9, tzinfo=UTC)


def bold(number: int, name: str = "fMRI_rest", minutes: float = 0.0) -> Header:
    return Header(
        Modality.FUNC, suffix="bold", measured_at=START + timedelta(minutes=minutes),
        metadata={"SeriesDescription": name, "SeriesNumber": number},
    )  # fmt: skip


def settle(headers: list[Header], names: list[str] | None = None):
    paths = [PurePosixPath(name) for name in names or [f"x/{n}/file" for n in range(len(headers))]]
    people = People(["p"] * len(headers), [1.0] * len(headers), [()] * len(headers))
    found = infer(paths, headers, people=people)
    forget_counters(found, headers)
    settle_series(found, headers)
    return found


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("fMRI_rest", "rest"),
        ("ep2d_bold_faces_run2", "faces"),
        ("Resting State fMRI", "rest"),
        ("cmrr_mbep2d_bold_gonogo_AP", "gonogo"),
        ("BOLD_Zwiebel_TR2000", "Zwiebel"),
        ("ax_asc_35sl", ""),
        ("ep2d_bold_moco_p2", ""),
    ],
)
def test_a_protocols_name_tells_what_was_done(name: str, task: str) -> None:
    assert read_task(bold(2, name)).value == task


def test_a_guessed_task_is_less_sure_than_a_known_one() -> None:
    assert read_task(bold(2, "BOLD_Zwiebel")).confidence < read_task(bold(2)).confidence


def test_a_word_that_one_person_alone_has_is_no_task_because_it_may_be_the_name() -> None:
    names = ["BOLD_Zwiebel", "BOLD_Zwiebel", "BOLD_Quandt", "fMRI_faces"]
    headers = [bold(n, name) for n, name in enumerate(names)]
    paths = [PurePosixPath(f"x/{n}/file") for n in range(len(names))]
    people = People(["p", "q", "q", "q"], [1.0] * 4, [()] * 4)
    found = infer(paths, headers, people=people)
    settle_series(found, headers)

    tasks = [one["task"].value for one in found.entities]
    assert tasks == ["Zwiebel", "Zwiebel", "", "faces"]


def test_an_anatomical_image_has_no_task() -> None:
    found = settle([Header(Modality.ANAT, metadata={"SeriesDescription": "t1_rest"})])

    assert found.entities[0]["task"].value == ""


def test_repeated_series_are_runs_by_the_clock() -> None:
    found = settle([bold(7, minutes=30), bold(3, minutes=10), bold(5, "fMRI_faces", 20)])

    assert [one["run"].value for one in found.entities] == ["2", "1", ""]


def test_a_series_that_was_exported_twice_is_a_copy_and_no_run() -> None:
    found = settle([bold(3), bold(3), bold(4, minutes=9)])

    assert found.copies == {1}
    assert [one["run"].value for one in found.entities] == ["1", "", "2"]


def test_numbers_of_a_machines_folders_are_no_sessions() -> None:
    names = [f"export/ST{n:04d}/SE{m:04d}/file" for n in (1, 2) for m in (1, 2)]
    headers = [bold(at, minutes=at) for at in range(4)]

    found = settle(headers, names)

    assert {one["session"].value for one in found.entities} == {""}


def test_series_of_other_days_are_other_sessions() -> None:
    found = settle([bold(3), bold(4, minutes=9 * 24 * 60)])

    assert [one["session"].value for one in found.entities] == ["2019-03-12", "2019-03-21"]


@pytest.mark.parametrize(
    ("name", "modality", "bare"),
    [
        ("a/P01_T1w.nii.gz", Modality.ANAT, "a/P01_.nii.gz"),
        ("a/T1.nii", Modality.ANAT, "a/file.nii"),
        ("a/P01_T1_rest.edf", Modality.EEG, "a/P01_T1_rest.edf"),
        ("m3_g1_t0.imec0.ap.bin", Modality.ECEPHYS, "m3_run1.bin"),
        ("m3_g1_tcat.nidq.bin", Modality.ECEPHYS, "m3_run1.bin"),
        ("run_gain.dat", Modality.ECEPHYS, "run_gain.dat"),
    ],
)
def test_what_a_machine_or_a_standard_wrote_is_nobodys_name(
    name: str, modality: Modality, bare: str
) -> None:
    assert strip_suffix(PurePosixPath(name), Header(modality)) == PurePosixPath(bare)
