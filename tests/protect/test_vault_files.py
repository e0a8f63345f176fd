"""Private files, encryption."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fascicle.errors import PrivacyError
from fascicle.protect._vault_files import (
    decrypt,
    encrypt,
    is_encrypted,
    require_private,
)


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
