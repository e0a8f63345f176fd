"""A run goes on from what the same work wrote, and from nothing else."""

import json

import pytest

from fascicle.workflows._restore import drop_held, empty_stage, restore_stage
from fascicle.workflows._workspace import Workspace

PATH = "sub-001/anat/sub-001_T1w.nii.gz"


@pytest.fixture
def space(tmp_path):
    """A workspace whose journal knows one image, made by one unit of work."""
    space = Workspace(tmp_path / "out")
    space.folder.mkdir()
    space.journal.record("unit-2", {"unit": "unit-2", "bids_path": PATH, "files": [PATH]})
    return space


def write(folder, content):
    (folder / PATH).parent.mkdir(parents=True)
    (folder / PATH).write_bytes(content)


def publish(space, unit):
    """Let OUT hold the image as a unit of work made it."""
    write(space.out, unit.encode())
    record = {"policy": "x", "recordings": {PATH: {"unit": unit} if unit else {}}}
    space.record.write_text(json.dumps(record))


def test_what_the_same_work_wrote_is_taken_from_out(space):
    publish(space, "unit-2")

    restore_stage(space.journal.entries(), space)

    assert (space.stage / PATH).read_bytes() == b"unit-2"
    assert "unit-2" in space.journal.entries()


@pytest.mark.parametrize("unit", ["unit-1", ""])
def test_what_other_work_left_in_out_is_not_taken_for_it(space, unit):
    publish(space, unit)

    restore_stage(space.journal.entries(), space)

    assert not (space.stage / PATH).exists()
    assert space.journal.entries() == {}


def test_a_refused_stage_is_forgotten_though_out_has_a_file_of_that_name(space):
    publish(space, "unit-1")
    write(space.stage, b"refused")

    empty_stage(space)

    assert space.journal.entries() == {}
    assert not space.stage.exists()


def test_a_refused_stage_of_what_out_holds_is_remembered(space):
    publish(space, "unit-2")
    write(space.stage, b"unit-2")

    empty_stage(space)

    assert list(space.journal.entries()) == ["unit-2"]


def test_what_was_held_before_the_work_changed_never_comes_back(space):
    write(space.held, b"with its face")
    write(space.stage, b"without")

    drop_held([PATH, "sub-001/anat/sub-001_T1w.json"], space)
    restore_stage(space.journal.entries(), space)

    assert (space.stage / PATH).read_bytes() == b"without"
    assert not (space.held / PATH).exists()


def test_what_is_held_and_known_goes_on(space):
    write(space.held, b"unit-2")

    restore_stage(space.journal.entries(), space)

    assert (space.stage / PATH).read_bytes() == b"unit-2"
    assert list(space.journal.entries()) == ["unit-2"]
