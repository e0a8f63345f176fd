"""Recordings that are there twice."""

from __future__ import annotations

from pathlib import PurePosixPath

import numpy as np

from fascicle.core import Source
from fascicle.formats._duplicates import find_duplicates


def make(root, contents):
    sources = []
    for name, content in contents.items():
        (root / name).write_bytes(content)
        sources.append(Source("edf", (PurePosixPath(name),), len(content)))
    return sources


def places(root, sources):
    return [finding.raw_place for finding in find_duplicates(root, sources)]


def test_the_same_bytes_are_told_for_every_copy_but_the_first(tmp_path):
    content = np.random.default_rng(3).bytes(20_011)
    sources = make(tmp_path, {"a": content, "b": content, "c": content, "d": content[:-1]})

    assert places(tmp_path, sources) == ["b", "c"]


def test_equal_ends_are_not_enough(tmp_path):
    content = bytearray(np.random.default_rng(3).bytes(20_011))
    other = bytearray(content)
    other[10_007] ^= 1
    sources = make(tmp_path, {"a": bytes(content), "b": bytes(other)})

    assert places(tmp_path, sources) == []


def test_equal_bytes_of_another_format_are_no_copy(tmp_path):
    one, other = make(tmp_path, {"a": b"x" * 99, "b": b"x" * 99})

    assert places(tmp_path, [one, Source("bdf", other.files, 99)]) == []


def test_the_file_with_the_samples_is_compared(tmp_path):
    samples = np.random.default_rng(3).bytes(9001)
    for name in ("a", "b"):
        (tmp_path / f"{name}.vhdr").write_text(f"header of {name}")
        (tmp_path / f"{name}.eeg").write_bytes(samples)
    sources = [
        Source("brainvision", (PurePosixPath(f"{n}.vhdr"), PurePosixPath(f"{n}.eeg")), 9012)
        for n in ("a", "b")
    ]

    assert places(tmp_path, sources) == ["b.vhdr"]


def test_a_file_that_went_away_is_no_copy(tmp_path):
    sources = make(tmp_path, {"a": b"x" * 99, "b": b"x" * 99})
    (tmp_path / "a").unlink()

    assert places(tmp_path, sources) == []
