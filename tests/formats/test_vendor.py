"""What formats that are decoded have in common."""

from __future__ import annotations

import errno
import logging
import os
import sys
import warnings
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np
import pytest

from fascicle.core import Channel, FileHead, Header, Identifier, Modality, Source
from fascicle.errors import DependencyError, FormatError
from fascicle.formats._vendor import (
    BLOCK_VALUES,
    Opened,
    VendorFormat,
    find_identifiers,
    foreign_reader,
    require_same_shape,
    require_samples,
    same_stem,
    with_identifiers,
)

HEADER = Header(
    Modality.EEG, 251.0, 1009, tuple(Channel(f"E{i}", "EEG", "uV", 251.0) for i in range(7))
)


class Counting(VendorFormat):
    """A format whose samples are their own places."""

    name = "counting"
    title = "Counting"

    def recognises(self, head):
        return head.head == b"counting"

    def open(self, root, files):
        def read(start, stop):
            return np.tile(np.arange(start, stop, dtype=float), (7, 1))

        return Opened(HEADER, read)


def fill_disk() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fill_disk_as_hdf5_does() -> None:
    try:
        fill_disk()
    finally:
        raise RuntimeError("Can't decrement id ref count")


SOURCE = Source("counting", (PurePosixPath("a"),), 8)


@pytest.mark.parametrize("fill", [fill_disk, fill_disk_as_hdf5_does])
def test_a_full_disk_is_no_fault_of_the_recording(fill, tmp_path, monkeypatch):
    monkeypatch.setattr(Counting, "write_opened", lambda *_: fill())

    with pytest.raises(OSError) as caught:
        Counting().write(tmp_path, SOURCE, HEADER, tmp_path, "sub-01_eeg")

    assert caught.value.errno == errno.ENOSPC


def test_a_format_needs_no_more_than_a_way_to_open_its_files(tmp_path):
    written = Counting().write(tmp_path, SOURCE, HEADER, tmp_path, "sub-01_eeg")

    assert written.files[0] == PurePosixPath("sub-01_eeg.vhdr")
    values = np.fromfile(tmp_path / "sub-01_eeg.eeg", "<f4").reshape(1009, 7)
    np.testing.assert_array_equal(values, np.tile(np.arange(1009)[:, None], 7))
    assert Counting().read_header(tmp_path, SOURCE) == HEADER
    assert Counting().companions(FileHead(PurePosixPath("a"), b"", 0), tmp_path, ()) == ()


def test_blocks_are_of_bounded_size_and_complete():
    long = replace(HEADER, n_times=BLOCK_VALUES // 3)
    opened = Opened(long, lambda start, stop: np.zeros((7, stop - start)))

    seen = [block.shape[1] for block in opened.blocks()]

    assert sum(seen) == long.n_times
    assert max(seen) * 7 <= BLOCK_VALUES
    assert len(seen) == 3


def test_foreign_failures_are_told_without_foreign_words():
    with (
        pytest.raises(FormatError, match=r"\[FSC230\].*\(KeyError\)") as caught,
        foreign_reader("Thing"),
    ):
        raise KeyError("Xylander-Quorn")

    assert "Xylander" not in str(caught.value)
    assert isinstance(caught.value.__cause__, KeyError)


def test_our_own_failures_pass_unchanged():
    ours = FormatError("FSC299", "One.", "Two.")

    with pytest.raises(FormatError) as caught, foreign_reader("Thing"):
        raise ours

    assert caught.value is ours


def test_a_missing_library_is_named_by_the_extra_that_brings_it():
    with (
        pytest.raises(DependencyError, match=r"pip install 'fascicle\[vendors\]'"),
        foreign_reader("Thing", "vendors"),
    ):
        import no_such_reader  # noqa: F401


def test_readers_are_silent_and_leave_logging_as_it_was(capsys):
    before = list(logging.root.handlers)

    with foreign_reader("Thing"):
        print("noise")  # noqa: T201 - what a reader might do
        warnings.warn("noise", stacklevel=1)
        logging.getLogger("mne").warning("noise")
        logging.root.addHandler(logging.StreamHandler(sys.stderr))

    assert capsys.readouterr() == ("", "")
    assert logging.root.handlers == before


@pytest.mark.parametrize(
    "changes", [{"n_times": 0}, {"channels": ()}, {"sfreq_hz": 0.0}, {"sfreq_hz": float("nan")}]
)
def test_nothing_recorded_is_refused(changes):
    with pytest.raises(FormatError, match="FSC232"):
        require_samples(replace(HEADER, **changes))


@pytest.mark.parametrize("changes", [{"n_times": 1008}, {"channels": HEADER.channels[1:]}])
def test_a_header_of_another_recording_is_refused(changes):
    with pytest.raises(FormatError, match="FSC231"):
        require_same_shape(HEADER, replace(HEADER, **changes))


def test_companions_are_found_whatever_the_case():
    head = FileHead(PurePosixPath("x/A.b.EEG"), b"", 0)
    siblings = [PurePosixPath(f"x/{name}") for name in ("A.b.EEG", "a.b.pnt", "A.b.21E", "A.PNT")]

    found = same_stem(head, siblings, (".PNT", ".21E", ".LOG"))

    assert found == (siblings[1], siblings[2])


def test_empty_words_are_no_identifiers():
    fields = [("name", "n", word) for word in ("", " ", "X", "Unspecified", "0", None, "n/a\0")]

    assert find_identifiers("header", [*fields, ("id", "i", 77)]) == [
        Identifier("id", "77", "header: i")
    ]


def test_identifiers_are_kept_once():
    one = Identifier("id", "77", "header: i")

    header = with_identifiers(with_identifiers(HEADER, [one]), [one])

    assert header.identifiers == (one,)
