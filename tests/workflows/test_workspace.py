import os
from datetime import UTC, datetime

import pytest

from fascicle.core import Identifier
from fascicle.errors import InputError
from fascicle.workflows._workspace import Workspace

MOMENT = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


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

    space.swap_in(MOMENT, {"n": 2}, {"n": 2})

    assert [path.name for path in space.out.iterdir()] == ["new"]
    assert not space.stage.exists()


def test_times_of_files_do_not_tell_in_which_order_they_were_made(space):
    (space.stage / "sub-001").mkdir(parents=True)
    for name in ("a", "sub-001/b"):
        (space.stage / name).write_text("x")

    space.swap_in(MOMENT, {"n": 2}, {"n": 2})

    assert {path.stat().st_mtime for path in space.out.rglob("*")} == {MOMENT.timestamp()}


@pytest.mark.parametrize("is_swapped", [True, False])
def test_seal_and_record_belong_to_the_dataset_that_stands_after_a_kill(space, is_swapped):
    space.write_record({"policy": "before"})
    (space.folder / "papers").mkdir()
    (space.folder / "papers" / "record.json").write_text('{"policy": "after"}')
    space.out.mkdir()
    if not is_swapped:
        space.stage.mkdir()

    space.recover()

    assert space.read_record() == {"policy": "after" if is_swapped else "before"}
    assert not (space.folder / "papers").exists()


def test_identifiers_and_records_come_back_as_they_were(space):
    found = (Identifier("name", "Änne", "table"), Identifier("id", "4711", "header"))
    space.write_identifiers(found)
    space.write_record({"policy": "animal"})

    assert space.read_identifiers() == found
    assert space.read_record() == {"policy": "animal"}


def test_a_dataset_without_its_workspace_is_told_so(tmp_path):
    with pytest.raises(InputError, match="FSC104"):
        Workspace(tmp_path / "elsewhere").read_record()


@pytest.mark.parametrize("name", ["plan.yaml", "identifiers.json", "record.json"])
def test_what_was_damaged_in_the_workspace_is_told_by_its_name(space, name):
    space.folder.joinpath(name).write_text("[{")

    with pytest.raises(InputError, match=f"FSC128.*{name}"):
        {
            "plan.yaml": space.read_plan,
            "identifiers.json": space.read_identifiers,
            "record.json": space.read_record,
        }[name]()


@pytest.mark.parametrize(
    ("raw", "out"),
    [
        ("raw", "raw"),
        ("raw", "raw/out"),
        ("out/raw", "out"),
        ("out.private", "out"),
        ("out.private/raw", "out"),
        ("raw", "raw/../raw/deep/out"),
        ("link", "raw/out"),
    ],
)
def test_an_output_in_the_raw_folder_or_around_it_is_refused(tmp_path, raw, out):
    (tmp_path / "raw").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "raw", target_is_directory=True)

    with pytest.raises(InputError, match="FSC109"):
        Workspace(tmp_path / out).require_apart(tmp_path / raw)


@pytest.mark.parametrize("commons", ["raw/commons", "out/commons", "out.private/commons", "."])
def test_a_commons_within_what_is_replaced_is_refused(tmp_path, commons):
    with pytest.raises(InputError, match="FSC109"):
        Workspace(tmp_path / "out").require_apart(tmp_path / "raw", tmp_path / commons)


def test_folders_beside_one_another_are_fine(tmp_path):
    Workspace(tmp_path / "raw2").require_apart(tmp_path / "raw", tmp_path / "commons")
