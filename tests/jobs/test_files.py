import errno
import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fascicle.errors import JobError
from fascicle.jobs import (
    clone_file,
    make_private_folder,
    remove_tree,
    require_space,
    sha256_file,
    translate_os_error,
    write_atomic,
    write_private,
)


def test_an_atomic_write_leaves_the_old_file_when_it_fails(tmp_path):
    path = tmp_path / "note.txt"
    write_atomic(path, "first")

    with pytest.raises(UnicodeEncodeError):
        write_atomic(path, "\ud800")

    assert path.read_text() == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["note.txt"]


def test_a_file_that_cannot_get_its_name_leaves_nothing_behind(tmp_path):
    (tmp_path / "taken").mkdir()

    with pytest.raises(OSError):  # which one differs by system
        write_atomic(tmp_path / "taken", "x")

    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_text_is_written_with_line_feeds_and_utf8(tmp_path):
    write_atomic(tmp_path / "deep" / "note.txt", "ä\nb\n")

    assert (tmp_path / "deep" / "note.txt").read_bytes() == b"\xc3\xa4\nb\n"


@pytest.mark.skipif(os.name != "posix", reason="modes are a POSIX thing")
def test_files_in_a_private_folder_stay_private_and_others_can_be_read(tmp_path):
    private = make_private_folder(tmp_path / "private")
    write_atomic(private / "a", "x")
    public = tmp_path / "public"
    public.mkdir(mode=0o755)
    write_atomic(public / "a", "x")

    assert private.stat().st_mode & 0o777 == 0o700
    assert (private / "a").stat().st_mode & 0o777 == 0o600
    assert (public / "a").stat().st_mode & 0o777 == 0o644


@pytest.mark.skipif(os.name != "posix", reason="masks are a POSIX thing")
def test_who_hides_files_from_others_has_them_hidden(tmp_path):
    tmp_path.chmod(0o755)
    before = os.umask(0o077)
    try:
        write_atomic(tmp_path / "plan.yaml", "x")
    finally:
        os.umask(before)

    assert (tmp_path / "plan.yaml").stat().st_mode & 0o777 == 0o600


def test_a_secret_is_replaced_whole_and_is_its_owners_alone_wherever_it_lies(tmp_path):
    tmp_path.chmod(0o755)
    path = tmp_path / "a"

    write_private(path, b"one")
    write_private(path, b"two")

    assert path.read_bytes() == b"two"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


def test_what_a_killed_writer_of_a_secret_left_is_overtaken_by_the_next(tmp_path):
    path = tmp_path / "a"
    code = (
        "import os, sys; from pathlib import Path; from fascicle.jobs import write_private\n"
        "Path.replace = lambda *_: os._exit(9)\n"
        "write_private(Path(sys.argv[1]), b'older secret')"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    left = [p.read_bytes() for p in tmp_path.iterdir()]

    write_private(path, b"newer")

    assert killed.returncode == 9
    assert left == [b"older secret"]
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"newer"]


@pytest.mark.skipif(os.name != "posix", reason="only POSIX systems put a folder on the disk")
def test_a_secret_is_on_the_disk_with_its_name_before_the_next_step(tmp_path, monkeypatch):
    steps = []
    fsync, replace = os.fsync, Path.replace

    def note_fsync(descriptor):
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        steps.append("folder" if is_folder else "bytes")
        fsync(descriptor)

    def note_replace(self, target):
        steps.append("name")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "replace", note_replace)

    write_private(tmp_path / "a", b"secret")

    assert steps == ["bytes", "name", "folder"]


def test_space_is_asked_for_where_not_even_the_drive_is_there(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "exists", lambda self: False)

    require_space(tmp_path / "out", 0)  # came back


def test_too_little_space_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(JobError, match="FSC701"):
        require_space(tmp_path / "not" / "there" / "yet", 1 << 62)

    assert list(tmp_path.iterdir()) == []


def test_a_clone_has_the_same_bytes_and_an_edit_does_not_reach_the_original(tmp_path):
    source = tmp_path / "source.bin"
    source.write_bytes((bytes(range(251)) * 400)[:100_003])
    digest = hashlib.sha256(source.read_bytes()).hexdigest()

    clone_file(source, tmp_path / "new" / "copy.bin")
    (tmp_path / "new" / "copy.bin").write_bytes(b"edited")

    assert sha256_file(source) == digest


def test_removing_what_is_not_there_is_no_error(tmp_path):
    remove_tree(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "FSC707"), (errno.EACCES, "FSC705"), (None, "FSC705")]
)
def test_what_the_system_says_is_told_without_the_path(number, code):
    error = OSError(number, "No luck", "Wiesengrund.edf") if number else OSError("Wiesengrund")

    ours = translate_os_error(error)

    assert ours.code == code
    assert "Wiesengrund" not in str(ours)
