"""Locks, private files, encryption."""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from fascicle.errors import PrivacyError
from fascicle.protect._vault_files import (
    FolderLock,
    decrypt,
    encrypt,
    is_encrypted,
    require_private,
)


def hold(path: Path, pipe: Connection) -> None:
    lock = FolderLock(path)
    lock.acquire()
    pipe.send("held")
    pipe.recv()


def test_another_process_waits_and_a_killed_one_gives_the_lock_back(tmp_path: Path) -> None:
    here, there = multiprocessing.get_context("spawn").Pipe()
    other = multiprocessing.get_context("spawn").Process(
        target=hold, args=(tmp_path / "lock", there)
    )
    other.start()
    assert here.recv() == "held"
    lock = FolderLock(tmp_path / "lock")

    with pytest.raises(PrivacyError, match="FSC413"):
        lock.acquire(wait_s=0.1)
    other.kill()
    other.join()

    lock.acquire(wait_s=5.0)
    lock.release()


def test_encryption_is_undone_and_never_the_same_twice() -> None:
    first, second = encrypt(b"plain", "pass"), encrypt(b"plain", "pass")

    assert first != second
    assert is_encrypted(first)
    assert not is_encrypted(b"{}")
    assert decrypt(first, "pass") == b"plain"


@pytest.mark.parametrize("place", [30, 60, -1])
def test_a_changed_byte_is_noticed(place: int) -> None:
    stored = bytearray(encrypt(b"plain" * 20, "pass"))
    stored[place] ^= 1

    with pytest.raises(PrivacyError, match="FSC41"):
        decrypt(bytes(stored), "pass")


def test_another_file_is_no_vault() -> None:
    with pytest.raises(PrivacyError, match="FSC412"):
        decrypt(b"hello world, this is no vault", "pass")


@pytest.mark.skipif(os.name != "posix", reason="access rights of POSIX systems")
def test_a_shared_folder_is_not_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    with pytest.raises(PrivacyError, match="FSC410"):
        require_private(tmp_path)
