"""Reading and copying bytes."""

from __future__ import annotations

import os
from pathlib import PurePosixPath

import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats import _files
from fascicle.formats._files import (
    Folder,
    as_folder,
    copy_span,
    file_size,
    open_source,
    read_exactly,
)

NAMES = ["raw/A.vhdr", "raw/a.EEG", "raw/b.eeg", "raw/B.eeg", "raw/c.set"]


@pytest.mark.parametrize("in_kernel", [True, False])
def test_a_span_is_copied_byte_for_byte(tmp_path, monkeypatch, in_kernel):
    if not in_kernel:
        monkeypatch.delattr(os, "copy_file_range", raising=False)
        monkeypatch.setattr(_files, "BLOCK_BYTES", 4099)
    content = np.random.default_rng(5).bytes(100_003)
    (tmp_path / "a").write_bytes(content)

    with open_source(tmp_path / "a") as source, (tmp_path / "b").open("wb") as target:
        target.write(b"header")
        copy_span(source, 17, 90_001, target)
        target.write(b"end")

    assert (tmp_path / "b").read_bytes() == b"header" + content[17:90_018] + b"end"


def test_a_span_past_the_end_is_told(tmp_path):
    (tmp_path / "a").write_bytes(b"short")

    with (
        open_source(tmp_path / "a") as source,
        (tmp_path / "b").open("wb") as target,
        pytest.raises(FormatError, match="FSC202"),
    ):
        copy_span(source, 0, 6, target)


def test_missing_files_and_missing_bytes_are_told_without_names(tmp_path):
    with pytest.raises(FormatError, match="FSC201") as missing, open_source(tmp_path / "jane.edf"):
        pass
    with pytest.raises(FormatError, match="FSC201"):
        file_size(tmp_path / "jane.edf")
    (tmp_path / "a").write_bytes(b"abc")
    with open_source(tmp_path / "a") as stream, pytest.raises(FormatError, match="FSC202"):
        read_exactly(stream, 4, "header")

    assert "jane" not in str(missing.value)


def test_siblings_are_found_by_name_and_stem_whatever_the_case():
    folder = Folder([PurePosixPath(name) for name in NAMES])

    assert folder.named("b.eeg") == PurePosixPath("raw/b.eeg")
    assert folder.named("B.eeg") == PurePosixPath("raw/B.eeg")
    assert folder.named("A.eeg") == PurePosixPath("raw/a.EEG")
    assert folder.named("d.eeg") is None


def test_siblings_are_a_sequence():
    paths = [PurePosixPath(name) for name in NAMES]
    folder = as_folder(paths)

    assert list(folder) == paths
    assert folder[1] == paths[1]
    assert folder[1:3] == tuple(paths[1:3])
    assert len(folder) == len(paths)
    assert PurePosixPath("raw/c.set") in folder
    assert PurePosixPath("raw/d.set") not in folder
    assert as_folder(folder) is folder
