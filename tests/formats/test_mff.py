"""EGI MFF."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from fascicle.core import Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, registry
from fascicle.formats._mff import open_signal_blocks
from fascicle.testing import FormatContract, Planted, Shape, make_mff

pytest.importorskip("mffpy")
SHAPE = Shape(rates_hz=(250,) * 7)


def expected_uv() -> np.ndarray:
    return (np.stack(SHAPE.samples(7)) / 10).astype(np.float32)


class TestMff(FormatContract):
    format_name = "mff"
    test_an_empty_file_is_refused = None  # a folder has no first file
    tolerance = 1e-4

    def make_recording(self, root: Path) -> Path:
        return make_mff(root / "a.mff", planted=Planted())

    def read_oracle(self, path: Path) -> np.ndarray:
        return expected_uv()


def read(root: Path):
    return read_header(root, Source("mff", (PurePosixPath("a.mff"),), 0))


def test_a_folder_is_one_recording(tmp_path):
    make_mff(tmp_path / "a.mff")

    found = recognise(tmp_path)

    assert [source.files for source in found.sources] == [(PurePosixPath("a.mff"),)]
    assert found.others == ()


def test_side_files_that_mne_cannot_read_do_not_stop_the_samples(tmp_path):
    path = make_mff(tmp_path / "a.mff", planted=Planted())
    (path / "categories.xml").write_text(
        '<categories xmlns="http://www.egi.com/categories_mff"><cat><name>a</name><segments><seg>'
        "<beginTime>0</beginTime><endTime>G2</endTime><keys><key><keyCode>k</keyCode>"
        f'<data dataType="person">{Planted().code}</data></key></keys></seg></segments></cat>'
        "</categories>"
    )

    opened = registry()["mff"].open(tmp_path, (PurePosixPath("a.mff"),))

    assert [c.name for c in opened.header.channels] == list(SHAPE.labels)
    np.testing.assert_array_equal(opened.read(0, 2750), expected_uv())
    assert Planted().name in {i.value for i in opened.header.identifiers}


def test_blocks_are_read_in_any_part(tmp_path):
    path = make_mff(tmp_path / "a.mff")

    opened = open_signal_blocks(path, "EGI")

    assert opened.header.sfreq_hz == 250
    for start, stop in ((0, 1), (900, 930), (915, 917), (1000, 2750)):
        np.testing.assert_array_equal(opened.read(start, stop), expected_uv()[:, start:stop])


def test_epochs_are_parted_by_a_mark(tmp_path):
    path = make_mff(tmp_path / "a.mff")
    epochs = (path / "epochs.xml").read_text()
    second = "<epoch><beginTime>9</beginTime><endTime>10</endTime><firstBlock>2</firstBlock>"
    (path / "epochs.xml").write_text(
        epochs.replace("<lastBlock>2", "<lastBlock>1").replace(
            "</epochs>", f"{second}<lastBlock>2</lastBlock></epoch></epochs>"
        )
    )

    header = open_signal_blocks(path, "EGI").header

    assert not header.is_continuous
    assert [(e.onset_s, e.label) for e in header.events] == [(916 / 250, "BAD_ACQ_SKIP")]


def test_events_of_all_tracks_count_from_the_start(tmp_path):
    path = make_mff(tmp_path / "a.mff", planted=Planted())
    (path / "Events_one.xml").write_text(
        '<eventTrack xmlns="http://www.egi.com/event_mff"><event>'
        "<beginTime>2019-11-23T15:31:09.500000000+01:00</beginTime><duration>0</duration>"
        "<code>tone</code></event></eventTrack>"
    )

    header = open_signal_blocks(path, "EGI").header

    assert [(e.onset_s, e.label) for e in header.events] == [(2.5, "tone")]


def test_a_folder_without_samples_is_refused(tmp_path):
    path = make_mff(tmp_path / "a.mff")
    (path / "signal1.bin").unlink()

    with pytest.raises(FormatError, match="FSC239"):
        read(tmp_path)
