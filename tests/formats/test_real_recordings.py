"""Every real recording goes through: recognised, read, written, read back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fascicle.core import Family, Source
from fascicle.errors import FormatError
from fascicle.formats import (
    read_blocks,
    read_header,
    read_written_header,
    recognise,
    registry,
    write_recording,
)

FOLDERS = ("eeg", "ieeg", "meg", "nirs")
REFUSED = {"empty_streams.xdf": "FSC236"}
"""Recordings that cannot be shared, and the code that says why."""
PROVEN = {
    "ant", "bdf", "brainvision", "bti", "cnt", "edf", "eeglab", "egi", "fif", "gdf", "mff",
    "muse", "neuralynx", "nirx", "persyst", "snirf", "xdf",
}  # fmt: skip

pytestmark = pytest.mark.data


def sources(signals: Path) -> list[tuple[Path, Source]]:
    return [
        (signals / name, source)
        for name in FOLDERS
        if (signals / name).is_dir()
        for source in recognise(signals / name).sources
    ]


def test_formats_that_are_proven_on_real_files_are_those_that_real_files_have(signals):
    met = {source.format for _, source in sources(signals)}

    assert met == PROVEN
    proven = {
        name
        for name, plugin in registry().items()
        if plugin.proven_on == "real" and plugin.modalities[0].family is Family.SIGNAL
    }
    assert proven == met


def test_no_recording_is_a_companion_of_another_or_an_orphan(signals):
    for name in FOLDERS:
        found = recognise(signals / name)
        files = [path for source in found.sources for path in source.files]
        primary = {source.primary for source in found.sources}
        companions = [path for source in found.sources for path in source.files[1:]]

        assert not primary & set(companions)
        assert not set(files) & set(found.others)
        assert not [f for f in found.findings if f.code in {"file.orphan", "file.unreadable"}]


@pytest.mark.slow
def test_every_recording_goes_through(signals, tmp_path):
    for i, (root, source) in enumerate(sources(signals)):
        out = tmp_path / str(i)
        out.mkdir()
        expected = REFUSED.get(source.primary.name)
        if expected:
            with pytest.raises(FormatError, match=expected):
                read_header(root, source)
            continue
        header = replace(read_header(root, source), identifiers=())

        written = write_recording(root, source, header, out, f"sub-01_{header.modality}")

        path = out / written.files[0]
        again = read_written_header(path)
        assert [c.name for c in again.channels] == [c.name for c in header.channels], source.primary
        assert again.n_times == header.n_times, source.primary
        assert np.isclose(again.sfreq_hz, header.sfreq_hz, rtol=1e-6), source.primary
        n_times = 0
        for block in read_blocks(path):
            assert block.shape[0] == len(header.channels), source.primary
            n_times += block.shape[1]
        assert n_times == header.n_times, source.primary
