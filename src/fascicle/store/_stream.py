r"""Bytes of any length encrypted in chunks that cannot be cut, moved, repeated or added to.

The STREAM construction [1]_ with AES-256-GCM: chunk :math:`i` of 1 MiB is

.. math:: c_i = E_k(n_i, m \,\|\, n_i, p_i), \quad n_i = i \,\|\, l_i

with nonce :math:`n_i`, :math:`l_i` telling whether it is the last one, and :math:`m` what every
such file begins with. A key is drawn for each object and used for no other, so that counted nonces
never meet again.

.. [1] V. T. Hoang, R. Reyhanitabar, P. Rogaway, D. Vizár (2015), Online Authenticated-Encryption
   and its Nonce-Reuse Misuse-Resistance, doi:10.1007/978-3-662-47989-6_24
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fascicle.errors import StoreError

MAGIC = b"FASCICLE-OBJECT-1\n"
CHUNK = 1 << 20
"""Plain bytes of a chunk: large enough that the cipher, not calls, sets the pace."""

_N_TAG = 16


def encrypt_blocks(blocks: Iterable[bytes | memoryview], key: bytes) -> Iterator[bytes]:
    """Yield the encrypted form of plain blocks; an empty file is one empty last chunk.

    Parameters
    ----------
    blocks : iterable of bytes or memoryview
        Of any sizes; each needs to be valid only until the next one is asked for.
    key : bytes
        256 bits that encrypt nothing else.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(key)
    yield MAGIC
    for index, (chunk, is_last) in enumerate(_chunks(blocks, CHUNK)):
        yield cipher.encrypt(_nonce(index, is_last), chunk, _covered(index, is_last))


def decrypt_blocks(blocks: Iterable[bytes | memoryview], key: bytes) -> Iterator[memoryview]:
    """Yield the plain form of encrypted blocks, each chunk after its tag has held.

    Whoever writes them out has to take back what was written if this raises.

    Raises
    ------
    StoreError
        FSC605 if they were changed, cut, moved or added to, or the key is another one.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(key)
    try:
        for index, (chunk, is_last) in enumerate(_chunks(_body(blocks), CHUNK + _N_TAG)):
            plain = cipher.decrypt(_nonce(index, is_last), chunk, _covered(index, is_last))
            yield memoryview(plain)
    except InvalidTag as error:
        raise make_unreadable() from error


def make_unreadable() -> StoreError:
    """Return the error for what does not open with its key."""
    return StoreError(
        "FSC605",
        "Expected encrypted bytes that open with their key, found others.",
        "Run `fascicle verify` to see which files are affected; publish them again, or restore "
        "the commons and its keys from backups of the same time.",
    )


def _body(blocks: Iterable[bytes | memoryview]) -> Iterator[memoryview]:
    """Yield what follows the beginning that every encrypted file has."""
    head = b""
    for block in blocks:
        if len(head) < len(MAGIC):
            n_taken = len(MAGIC) - len(head)
            head += bytes(block[:n_taken])
            block = block[n_taken:]
            if not MAGIC.startswith(head):
                raise make_unreadable()
        yield memoryview(block)
    if head != MAGIC:
        raise make_unreadable()


def _chunks(blocks: Iterable[bytes | memoryview], size: int) -> Iterator[tuple[bytes, bool]]:
    """Yield chunks of one size and whether each is the last, which alone may be shorter."""
    held = b""
    for block in blocks:
        joined = memoryview(held + block)
        start = 0
        while len(joined) - start > size:  # what is just full may be the last
            yield bytes(joined[start : start + size]), False
            start += size
        held = bytes(joined[start:])
    yield held, True


def _nonce(index: int, is_last: bool) -> bytes:
    return index.to_bytes(11) + bytes([is_last])


def _covered(index: int, is_last: bool) -> bytes:
    return MAGIC + _nonce(index, is_last)
