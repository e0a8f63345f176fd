import dataclasses
from pathlib import PurePosixPath

import pytest
from tests.journeys.bad_files import crash_hdf5

from fascicle.core import Finding, Header, Modality, Severity, Source, Subject
from fascicle.errors import FascicleError
from fascicle.prepare import BidsName
from fascicle.protect import Person
from fascicle.testing import make_hdf5_movie
from fascicle.workflows._convert_one import (
    BURNT_IN,
    ConvertJob,
    convert_one,
    fingerprint,
    settle_exposure,
    unit_key,
)

JOB = ConvertJob(
    "k", "/raw", "/stage", Source("edf", (PurePosixPath("a.edf"),), 1),
    BidsName("001", "", "rest", "", "", "eeg"), Person("001", -100), "safe-harbour", 50.0,
)  # fmt: skip


def write(folder, name, content):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return Source("edf", (PurePosixPath(name),), len(content))


def test_a_recording_is_known_again_in_another_folder_under_another_name(tmp_path):
    content = bytes(range(256)) * 9001

    first = fingerprint(tmp_path / "a", write(tmp_path / "a", "x.edf", content))
    second = fingerprint(tmp_path / "b", write(tmp_path / "b", "y.edf", content))

    assert first == second


def test_a_change_at_either_end_or_of_size_is_another_recording(tmp_path):
    content = bytearray(bytes(range(256)) * 9001)
    original = fingerprint(tmp_path, write(tmp_path, "a.edf", bytes(content)))
    content[-1] ^= 1
    at_end = fingerprint(tmp_path, write(tmp_path, "b.edf", bytes(content)))
    content[0] ^= 1
    at_start = fingerprint(tmp_path, write(tmp_path, "c.edf", bytes(content)))
    longer = fingerprint(tmp_path, write(tmp_path, "d.edf", bytes(content) + b"\0"))

    assert len({original, at_end, at_start, longer}) == 4


def test_the_key_of_a_unit_changes_with_all_that_changes_its_bytes():
    other = [
        dataclasses.replace(JOB, policy="shifted"),
        dataclasses.replace(JOB, line_hz=60.0),
        dataclasses.replace(JOB, person=Person("002", -100)),
        dataclasses.replace(JOB, person=Person("001", -101)),
        dataclasses.replace(JOB, name=BidsName("001", "", "nback", "", "", "eeg")),
        dataclasses.replace(JOB, allow_labels=frozenset({"x"})),
    ]

    keys = {unit_key("c", job, "1") for job in [JOB, *other]}
    keys |= {unit_key("d", JOB, "1"), unit_key("c", JOB, "2")}

    assert len(keys) == 9
    assert unit_key("c", JOB, "1") == unit_key("c", dataclasses.replace(JOB, root="/x"), "1")


def test_a_film_that_kills_its_reader_is_an_error_of_its_own_unit(tmp_path):
    path = crash_hdf5(make_hdf5_movie(tmp_path / "a.h5", seed=5))
    source = Source("hdf5-movie", (PurePosixPath("a.h5"),), path.stat().st_size)
    job = dataclasses.replace(JOB, root=str(tmp_path), stage=str(tmp_path / "st"), source=source)

    with pytest.raises(FascicleError) as caught:
        convert_one(job)  # in this very process, which would be gone

    assert caught.value.code in {"FSC702", "FSC230"}


def test_one_recording_is_converted_described_and_checked(raw, tmp_path):
    path = PurePosixPath("Quandt_L_eyesopen.edf")
    source = Source("edf", (path,), (raw / path).stat().st_size)
    job = dataclasses.replace(JOB, root=str(raw), stage=str(tmp_path / "stage"), source=source)

    entry = convert_one(job)

    assert entry["bids_path"] == "sub-001/eeg/sub-001_task-rest_eeg.edf"
    assert {file.rpartition("_")[2] for file in entry["files"]} == {
        "eeg.edf", "eeg.json", "channels.tsv", "events.tsv", "events.json"}  # fmt: skip
    assert all((tmp_path / "stage" / file).is_file() for file in entry["files"])
    assert entry["copied"] is True
    places = {f["place"] for f in entry["quality"]["findings"]}
    assert places <= {entry["bids_path"]}


def test_burnt_in_words_are_told_whatever_else_is_seen():
    finding = Finding(BURNT_IN, Severity.WARNING, "a", "b", "c", "quality")

    assert settle_exposure(Header(Modality.FUNC), [finding]) == "text"


@pytest.mark.parametrize(("is_animal", "exposes"), [(True, ""), (False, "face")])
def test_a_video_without_a_face_is_held_for_people_alone(is_animal, exposes):
    claimed = Subject(species="mus musculus")  # by the file itself, which is not believed
    header = Header(Modality.BEH, subject=claimed, exposes="face")

    assert settle_exposure(header, [], is_animal=is_animal) == exposes


def test_a_masked_video_in_which_the_check_still_finds_a_face_is_held():
    finding = Finding("video.face", Severity.WARNING, "a", "b", "c", "quality")

    assert settle_exposure(Header(Modality.BEH), [finding]) == "face"
    assert settle_exposure(Header(Modality.BEH), []) == ""


def test_how_faces_are_masked_is_part_of_the_work():
    keys = {unit_key("a", dataclasses.replace(JOB, mask_faces=how), "1")
            for how in ("no", "auto", "region", "follow")}  # fmt: skip

    assert len(keys) == 4
    assert unit_key("a", JOB, "1") in keys


def test_how_files_are_packed_is_part_of_the_work():
    other = dataclasses.replace(JOB, compression="zstd")

    assert unit_key("a", JOB, "1") != unit_key("a", other, "1")


def test_a_head_that_other_scans_lead_now_is_defaced_anew():
    alone = dataclasses.replace(JOB, deface="replace")
    led = [dataclasses.replace(alone, led_by=scans) for scans in (("a",), ("b",), ("a", "b"))]

    keys = {unit_key("c", job, "1") for job in [JOB, alone, *led]}

    assert len(keys) == 5
