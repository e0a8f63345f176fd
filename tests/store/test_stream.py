"""Encrypted chunks cannot be changed, cut, moved, repeated, added to or opened with another key."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fascicle.errors import StoreError
from fascicle.store._stream import CHUNK, MAGIC, decrypt_blocks, encrypt_blocks

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
SEALED = CHUNK + 16
N_HEAD = len(MAGIC)


def make(n_bytes: int) -> bytes:
    return np.random.default_rng(n_bytes).bytes(n_bytes)


def encrypt(plain: bytes, key: bytes = KEY) -> bytes:
    return b"".join(encrypt_blocks([plain], key))


def decrypt(stored: bytes, key: bytes = KEY) -> bytes:
    return b"".join(map(bytes, decrypt_blocks([stored], key)))


@pytest.mark.parametrize(
    "n_bytes", [0, 1, 1009, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 1009]
)
def test_what_was_encrypted_comes_back(n_bytes: int) -> None:
    plain = make(n_bytes)

    stored = encrypt(plain)

    n_chunks = max(1, -(-n_bytes // CHUNK))
    assert len(stored) == N_HEAD + n_bytes + 16 * n_chunks
    assert decrypt(stored) == plain


@pytest.mark.parametrize("size", [1009, CHUNK, CHUNK + 17, 8 * CHUNK])
def test_the_sizes_of_the_blocks_do_not_matter(size: int) -> None:
    plain = make(2 * CHUNK + 77)
    blocks = [plain[start : start + size] for start in range(0, len(plain), size)]

    stored = b"".join(encrypt_blocks(blocks, KEY))
    pieces = [stored[start : start + size] for start in range(0, len(stored), size)]

    assert stored == encrypt(plain)
    assert b"".join(map(bytes, decrypt_blocks(pieces, KEY))) == plain


def test_each_chunk_is_plain_aes_gcm_under_a_counted_nonce() -> None:
    plain = make(CHUNK + 5)
    first, last = bytes(12), (1).to_bytes(11) + b"\1"

    expected = (
        MAGIC
        + AESGCM(KEY).encrypt(first, plain[:CHUNK], MAGIC + first)
        + AESGCM(KEY).encrypt(last, plain[CHUNK:], MAGIC + last)
    )

    assert encrypt(plain) == expected


def damage(stored: bytes, how: str) -> bytes:
    chunks = [stored[at : at + SEALED] for at in range(N_HEAD, len(stored), SEALED)]
    changed = {
        "bit of the text": stored[:500] + bytes([stored[500] ^ 1]) + stored[501:],
        "bit of a tag": stored[:-1] + bytes([stored[-1] ^ 128]),
        "bit of the head": b"X" + stored[1:],
        "cut by a byte": stored[:-1],
        "cut within the tag": stored[: N_HEAD + 9],
        "cut after a chunk": stored[: N_HEAD + 2 * SEALED],
        "cut after the head": stored[:N_HEAD],
        "cut within the head": stored[:7],
        "empty": b"",
        "longer by a byte": stored + b"\0",
        "longer by a chunk": stored + chunks[-1],
        "two chunks swapped": MAGIC + chunks[1] + chunks[0] + chunks[2],
        "a chunk twice": MAGIC + chunks[0] + chunks[0] + chunks[2],
        "a chunk less": MAGIC + chunks[0] + chunks[2],
        "a chunk of another file": MAGIC
        + chunks[0]
        + encrypt(make(3 * CHUNK), OTHER_KEY)[N_HEAD + SEALED : N_HEAD + 2 * SEALED]
        + chunks[2],
    }
    return changed[how]


@pytest.mark.parametrize(
    "how",
    [
        "bit of the text", "bit of a tag", "bit of the head", "cut by a byte", "cut within the tag",
        "cut after a chunk", "cut after the head", "cut within the head", "empty",
        "longer by a byte", "longer by a chunk", "two chunks swapped", "a chunk twice",
        "a chunk less", "a chunk of another file",
    ],
)  # fmt: skip
def test_damage_of_any_kind_is_refused(how: str) -> None:
    stored = encrypt(make(2 * CHUNK + 1009))

    with pytest.raises(StoreError, match="FSC605"):
        decrypt(damage(stored, how))


def test_a_file_that_ends_with_a_full_chunk_cannot_be_cut_there_or_go_on() -> None:
    stored = encrypt(make(2 * CHUNK))

    for changed in (stored[: N_HEAD + SEALED], stored + AESGCM(KEY).encrypt(bytes(12), b"", b"")):
        with pytest.raises(StoreError, match="FSC605"):
            decrypt(changed)


def test_another_key_opens_nothing() -> None:
    stored = encrypt(make(1009))

    with pytest.raises(StoreError, match="FSC605"):
        decrypt(stored, OTHER_KEY)


def test_what_is_yielded_before_an_error_is_the_true_beginning() -> None:
    plain = make(3 * CHUNK)
    stored = bytearray(encrypt(plain))
    stored[-1] ^= 1
    got = []

    with pytest.raises(StoreError, match="FSC605"):
        got.extend(bytes(block) for block in decrypt_blocks([bytes(stored)], KEY))

    assert b"".join(got) == plain[: 2 * CHUNK]


def test_memory_stays_flat_for_a_large_object() -> None:
    n_blocks, block = 64, make(CHUNK)
    digest = hashlib.sha256()

    def source() -> Iterator[memoryview]:
        for _ in range(n_blocks):
            yield memoryview(block)

    tracemalloc.start()
    for plain in decrypt_blocks(encrypt_blocks(source(), KEY), KEY):
        digest.update(plain)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert digest.digest() == hashlib.sha256(block * n_blocks).digest()
    assert peak < 16 * CHUNK
