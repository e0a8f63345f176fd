from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from fascicle.core import Inferred, Modality, PlannedRecording, Source
from fascicle.errors import FormatError
from fascicle.jobs import Workers, run_all
from fascicle.prepare import BidsName
from fascicle.protect import Person
from fascicle.workflows import _stage
from fascicle.workflows._convert_one import ConvertJob
from fascicle.workflows._stage import Unit, convert_units
from fascicle.workflows._workspace import Workspace


@pytest.fixture
def space(tmp_path):
    workspace = Workspace(tmp_path / "out")
    workspace.prepare()
    return workspace


def make_unit(space, number, *, content=None, name=None, raw_id="P1"):
    source = Source("edf", (PurePosixPath(f"{number}.edf"),), 10)
    recording = PlannedRecording(
        f"rec-{number:04d}", source, Modality.EEG, {"participant": Inferred(raw_id)}
    )
    name = name or BidsName("001", "", "rest", "", str(number), "eeg")
    job = ConvertJob(f"unit-{number}", "/raw", str(space.stage), source, name, Person("001"),
                     "safe-harbour", 50.0)  # fmt: skip
    return Unit(recording, content or f"content-{number}", job)


def write_small(job):
    """Stand for a conversion: writes one file, or fails as a broken recording does."""
    from pathlib import Path

    if job.source.primary.name == "3.edf":
        raise FormatError("FSC200", "Expected a header, got none.", "Copy it again.")
    path = f"{job.name.folder}/{job.name.stem}_eeg.edf"
    target = Path(job.stage) / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(job.name.stem)
    return {"bids_path": path, "files": [path], "shared": {}}


def fail_always(job):
    raise FormatError("FSC200", "Expected a header, got none.", "Copy it again.")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(_stage, "convert_one", write_small)


def test_what_is_finished_is_not_done_again(space):
    units = [make_unit(space, 1), make_unit(space, 2)]

    first = convert_units(units, space, workers=Workers(1), hook=None)
    second = convert_units(units, space, workers=Workers(1), hook=None)

    assert (first.n_new, second.n_new) == (2, 0)
    assert list(second.entries) == list(first.entries)


def test_one_broken_recording_is_left_out_with_its_reason(space):
    units = [make_unit(space, 1), make_unit(space, 3)]

    staged = convert_units(units, space, workers=Workers(1), hook=None)

    assert len(staged.entries) == 1
    assert staged.left_out == {"rec-0003": "Expected a header, got none."}
    assert [finding.code for finding in staged.findings] == ["recording.failed"]


def test_the_longest_recordings_are_begun_first(space):
    begun = []
    lengths = {1: 10, 2: 700, 4: 50, 5: 700}
    units = [make_unit(space, number) for number in lengths]
    for unit, length in zip(units, lengths.values(), strict=True):
        object.__setattr__(unit.recording.source, "n_bytes", length)

    convert_units(units, space, workers=Workers(1), hook=lambda step: begun.append(step.what))

    assert [name[-1] for name in begun if name] == ["2", "5", "4", "1"]


def test_failures_are_told_in_the_same_order_whatever_ends_first(space, monkeypatch):
    def end_backwards(function, items, *, workers):
        return reversed(list(run_all(function, items)))

    units = [make_unit(space, n, name=BidsName("001", "", "rest", "", str(n), "eeg"))
             for n in (1, 2, 4)]  # fmt: skip
    monkeypatch.setattr(_stage, "convert_one", fail_always)
    monkeypatch.setattr(_stage, "run_all", end_backwards)

    staged = convert_units(units, space, workers=Workers(1), hook=None)

    assert list(staged.left_out) == ["rec-0001", "rec-0002", "rec-0004"]
    assert [f.place for f in staged.findings] == list(staged.left_out)


def test_a_half_written_file_of_a_killed_run_goes(space):
    convert_units([make_unit(space, 1)], space, workers=Workers(1), hook=None)
    (space.stage / "sub-001" / "eeg" / "half.edf").write_text("half")

    convert_units([make_unit(space, 1)], space, workers=Workers(1), hook=None)

    assert not (space.stage / "sub-001" / "eeg" / "half.edf").exists()


def test_a_finished_recording_whose_file_is_gone_is_done_again(space):
    convert_units([make_unit(space, 1)], space, workers=Workers(1), hook=None)
    next(space.stage.rglob("*.edf")).unlink()

    staged = convert_units([make_unit(space, 1)], space, workers=Workers(1), hook=None)

    assert staged.n_new == 1


def test_a_recording_that_the_plan_names_anew_leaves_its_old_name(space):
    convert_units([make_unit(space, 1)], space, workers=Workers(1), hook=None)
    renamed = make_unit(space, 1, name=BidsName("001", "", "nback", "", "", "eeg"))
    renamed = replace(renamed, job=replace(renamed.job, key="unit-new"))

    staged = convert_units([renamed], space, workers=Workers(1), hook=None)

    assert list(staged.entries) == ["sub-001/eeg/sub-001_task-nback_eeg.edf"]
    assert len(list(space.stage.rglob("*.edf"))) == 1


def test_a_new_session_does_not_take_the_name_of_an_old_one(space):
    same_name = BidsName("001", "", "rest", "", "", "eeg")
    convert_units([make_unit(space, 1, name=same_name)], space, workers=Workers(1), hook=None)

    [later] = _stage._free_names([make_unit(space, 2, name=same_name)], space)

    assert later.job.name.run == "02"


def test_steps_are_told_from_none_to_all(space):
    steps = []

    convert_units(
        [make_unit(space, 1), make_unit(space, 2)], space, workers=Workers(1), hook=steps.append
    )

    assert [(step.done, step.total) for step in steps] == [(0, 2), (1, 2), (2, 2)]


def test_eeg_and_meg_of_one_moment_may_have_one_name(space):
    eeg, meg = (BidsName("001", "", "rest", "", "", kind) for kind in ("eeg", "meg"))
    units = [make_unit(space, 1, name=eeg), make_unit(space, 2, name=meg)]
    entry = write_small(units[0].job) | {"stem": eeg.stem, "content": units[0].content}

    once = _stage._free_names(units, space)
    space.journal.record("unit-1", entry)
    again = _stage._free_names(units, space)

    assert [unit.job.name for unit in once] == [eeg, meg]
    assert [unit.job.name for unit in again] == [eeg, meg]


def test_images_that_differ_in_their_last_word_alone_are_no_runs_of_one_another(space):
    names = [BidsName("001", "", "", "", "", "fmap", suffix=suffix)
             for suffix in ("magnitude1", "magnitude2", "phasediff")]  # fmt: skip
    units = [make_unit(space, i, name=name) for i, name in enumerate(names, start=1)]
    path = f"{names[0].folder}/{names[0].stem}_magnitude1.nii.gz"
    entry = write_small(units[0].job) | {"bids_path": path, "stem": names[0].stem}

    once = _stage._free_names(units, space)
    space.journal.record("unit-1", entry | {"content": units[0].content})
    again = _stage._free_names(units, space)

    assert [unit.job.name for unit in once] == names
    assert [unit.job.name for unit in again] == names


def test_events_that_differ_between_versions_are_told_and_the_first_are_kept():
    staged, files = _stage.Staged(), {}
    path = "sub-01/meg/sub-01_task-rest_events.tsv"

    for onset in (b"1", b"1", b"2"):
        _stage._add_shared(files, path, b"onset\n" + onset + b"\n", staged)

    assert files == {path: b"onset\n1\n"}
    assert [(f.code, f.place) for f in staged.findings] == [("events.differ", path)]
