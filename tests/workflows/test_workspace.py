import os

import pytest

from fascicle.core import Identifier
from fascicle.errors import InputError
from fascicle.workflows._workspace import Workspace


@pytest.fixture
def space(tmp_path):
    workspace = Workspace(tmp_path / "out")
    workspace.prepare()
    return workspace


@pytest.mark.skipif(os.name != "posix", reason="modes are a POSIX thing")
def test_only_the_owner_can_enter(space):
    assert space.folder.stat().st_mode & 0o777 == 0o700


def test_a_file_as_output_is_refused(tmp_path):
    (tmp_path / "out").write_text("")

    with pytest.raises(InputError, match="FSC102"):
        Workspace(tmp_path / "out").prepare()


def test_a_kill_between_the_two_renames_brings_the_old_dataset_back(space):
    space.out.mkdir()
    (space.out / "old").write_text("old")
    space.stage.mkdir()
    space.out.rename(space.previous)

    space.recover()

    assert (space.out / "old").read_text() == "old"
    assert not space.previous.exists()


def test_a_kill_after_the_second_rename_keeps_the_new_dataset(space):
    space.previous.mkdir()
    space.out.mkdir()
    (space.out / "new").write_text("new")

    space.recover()

    assert (space.out / "new").exists()
    assert not space.previous.exists()


def test_the_stage_takes_the_place_of_the_dataset(space):
    space.out.mkdir()
    (space.out / "old").write_text("old")
    space.stage.mkdir()
    (space.stage / "new").write_text("new")

    space.swap_in()

    assert [path.name for path in space.out.iterdir()] == ["new"]
    assert not space.stage.exists()


def test_identifiers_and_records_come_back_as_they_were(space):
    found = (Identifier("name", "Änne", "table"), Identifier("id", "4711", "header"))
    space.write_identifiers(found)
    space.write_record({"policy": "animal"})

    assert space.read_identifiers() == found
    assert space.read_record() == {"policy": "animal"}


def test_a_dataset_without_its_workspace_is_told_so(tmp_path):
    with pytest.raises(InputError, match="FSC104"):
        Workspace(tmp_path / "elsewhere").read_record()
