"""Many byte patterns in one pass over a file, at the speed of its disk."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ._needles import MIN_NEEDLE, Needle

_TABLE_BITS = 22
_HASH = np.uint32(0x9E3779B1)
_HASH_WIDE = np.uint64(0x9E3779B97F4A7C15)
_FOLD_3 = np.uint32(0x00202020)
_MASK_3 = np.uint32(0x00FFFFFF)
_FOLD_6 = 0x202020202020
_CHUNK = 1 << 20


class NeedleIndex:
    """Finds every needle in a block of bytes.

    Each needle is at least six bytes long, so one of its first four three-byte groups starts at
    an address that is a multiple of four. Only these addresses are looked at: a quarter of all
    bytes, by a table of hashed groups; what the table lets through is compared in full.
    """

    def __init__(self, needles: Sequence[Needle]) -> None:
        self._needles = [n for n in needles if len(n.pattern) >= MIN_NEEDLE]
        # First six bytes, folded; then length; then the pattern.
        self._by_key: dict[int, dict[int, dict[bytes, list[Needle]]]] = {}
        self._table = np.zeros(1 << _TABLE_BITS, dtype=np.bool_)
        self._wide = np.zeros(1 << _TABLE_BITS, dtype=np.bool_)
        groups: set[int] = set()
        for needle in self._needles:
            key = int.from_bytes(needle.pattern[:MIN_NEEDLE], "little") | _FOLD_6
            by_length = self._by_key.setdefault(key, {})
            by_length.setdefault(len(needle.pattern), {}).setdefault(needle.pattern, []).append(
                needle
            )
            groups.update((key >> (8 * offset)) & 0xFFFFFF for offset in range(4))
        self._keys = np.array(sorted(self._by_key), dtype=np.uint64)
        self._table[_hash_groups(np.array(sorted(groups), dtype=np.uint32))] = True
        self._wide[_hash_keys(self._keys)] = True
        # A pattern of k bytes stands at 1 of 256**k places; letters count in six cases (small,
        # capital, title, and joined words of which each begins with a capital).
        self.chance = sum(6.0 * math.ldexp(1.0, -8 * len(n.pattern)) for n in self._needles)
        self.longest = max((len(n.pattern) for n in self._needles), default=0)

    def __len__(self) -> int:
        return len(self._needles)

    def find(self, block: bytes | bytearray | memoryview) -> Iterator[tuple[int, Needle]]:
        """Yield the place and the needle of every occurrence, in order of places."""
        raw = np.frombuffer(block, dtype=np.uint8)
        if not self._needles or raw.size < MIN_NEEDLE:
            return
        for start in self._candidates(raw):
            key = int.from_bytes(bytes(block[start : start + MIN_NEEDLE]), "little") | _FOLD_6
            for length, patterns in self._by_key[key].items():
                piece = bytes(block[start : start + length])
                small = piece.lower()
                for needle in patterns.get(small, ()):
                    if not needle.exact and _is_bounded(block, start, needle):
                        yield start, needle
                for needle in patterns.get(piece, ()):
                    if needle.exact:
                        yield start, needle

    def _candidates(self, raw: NDArray[np.uint8]) -> list[int]:
        """Return the places at which the first six bytes are those of a needle."""
        words = raw[: raw.size & ~3].view("<u4")
        found = []
        for first in range(0, words.size, _CHUNK // 4):
            hits = np.flatnonzero(self._table[_hash_groups(words[first : first + _CHUNK // 4])])
            found.append(self._confirm(raw, (hits + first) * 4))
        # The last bytes fill no word: look at each of their places.
        found.append(self._confirm(raw, np.arange(max(0, words.size * 4 - 4), raw.size)))
        return sorted(set(np.concatenate(found).tolist()))

    def _confirm(self, raw: NDArray[np.uint8], anchors: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the places, up to three bytes before the anchors, where six bytes are known."""
        starts = np.concatenate([anchors - offset for offset in range(4)])
        starts = starts[(starts >= 0) & (starts <= raw.size - MIN_NEEDLE)]
        # Overlapping views of two and four bytes at every address.
        low = np.lib.stride_tricks.as_strided(raw[:4].view("<u4"), (raw.size - 3,), (1,))
        high = np.lib.stride_tricks.as_strided(raw[:2].view("<u2"), (raw.size - 1,), (1,))
        keys = low[starts].astype(np.uint64)
        keys |= high[starts + 4].astype(np.uint64) << np.uint64(32)
        keys |= np.uint64(_FOLD_6)
        maybe = self._wide[_hash_keys(keys)]
        starts, keys = starts[maybe], keys[maybe]
        places = np.searchsorted(self._keys, keys)
        places[places == self._keys.size] = 0
        confirmed: NDArray[np.int64] = starts[self._keys[places] == keys]
        return confirmed


def _hash_groups(words: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Hash the first three bytes of each word, capitals folded."""
    folded = words | _FOLD_3
    folded &= _MASK_3
    folded *= _HASH
    folded >>= np.uint32(32 - _TABLE_BITS)
    return folded


def _hash_keys(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Hash six folded bytes."""
    return (keys * _HASH_WIDE) >> np.uint64(64 - _TABLE_BITS)


def _is_bounded(block: bytes | bytearray | memoryview, start: int, needle: Needle) -> bool:
    """Tell whether nothing stands beside the needle that makes it a part of something else."""
    if not needle.bound:
        return True
    end = start + len(needle.pattern)
    before, after = bytes(block[max(0, start - 2) : start]), bytes(block[end : end + 2])
    if needle.bound == "alnum" and (before[-1:].isalnum() or after[:1].isalnum()):
        return False
    if before[-1:].isdigit() or after[:1].isdigit():
        return False
    # A part of a decimal number is a measurement.
    is_decimal = (before[-1:] == b"." and before[:1].isdigit()) or (
        after[:1] == b"." and after[1:].isdigit()
    )
    return not is_decimal
