"""A locked secret opens with its passphrase alone, and not once a byte of it was changed."""

from __future__ import annotations

import pytest

from fascicle.core import is_locked, lock_bytes, unlock_bytes

MAGIC = b"TEST-1\n"


@pytest.fixture(scope="module")
def locked() -> bytes:
    return lock_bytes(b"a secret of 25 bytes long", "words", MAGIC)


def test_the_passphrase_opens_it_and_nothing_shows(locked: bytes) -> None:
    assert unlock_bytes(locked, "words", MAGIC) == b"a secret of 25 bytes long"
    assert b"secret" not in locked
    assert is_locked(locked, MAGIC)


@pytest.mark.parametrize("passphrase", ["", "word", "Words"])
def test_another_passphrase_opens_nothing(passphrase: str, locked: bytes) -> None:
    assert unlock_bytes(locked, passphrase, MAGIC) is None


@pytest.mark.parametrize("place", [30, 80, -30, -1])
def test_a_changed_byte_is_noticed_in_settings_and_text(place: int, locked: bytes) -> None:
    changed = bytearray(locked)
    changed[place] ^= 1

    assert unlock_bytes(bytes(changed), "words", MAGIC) is None


def test_two_lockings_of_one_secret_have_nothing_in_common(locked: bytes) -> None:
    again = lock_bytes(b"a secret of 25 bytes long", "words", MAGIC)

    assert again[-41:] != locked[-41:]


@pytest.mark.parametrize("stored", [b"", b"TEST-1\n", b"TEST-1\n{}\nx", b"OTHER-1\n{}\nx"])
def test_another_kind_of_file_is_not_locked(stored: bytes) -> None:
    assert not is_locked(stored, MAGIC)
    assert unlock_bytes(stored, "words", MAGIC) is None


@pytest.mark.parametrize(
    "numbers",
    ['"n": 1099511627776', '"n": 65536, "r": 1000000', '"n": Infinity', '"p": 1000000000'],
)
def test_settings_that_would_take_all_memory_or_time_open_nothing(numbers: str) -> None:
    settings = f'{{"n": 2, "r": 8, "p": 1, "nonce": "{"00" * 12}", "salt": "00", {numbers}}}'

    assert unlock_bytes(MAGIC + settings.encode() + b"\n" + bytes(48), "words", MAGIC) is None


def test_a_passphrase_that_is_no_text_opens_what_it_locked() -> None:
    words = b"caf\xe9".decode("utf-8", "surrogateescape")  # as Latin-1 terminals give it

    locked = lock_bytes(b"secret", words, MAGIC)

    assert unlock_bytes(locked, words, MAGIC) == b"secret"
    assert unlock_bytes(locked, "caf", MAGIC) is None
