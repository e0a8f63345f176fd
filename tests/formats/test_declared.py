"""Vendors that MNE-Python reads."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from fascicle.core import FileHead, Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, registry
from fascicle.testing import (
    FormatContract,
    Planted,
    Shape,
    make_ant_head,
    make_cnt,
    make_curry,
    make_egi,
    make_gdf,
    make_nicolet,
    make_nihon,
)


def counts() -> np.ndarray:
    return np.stack(Shape().samples(7)).astype(float)


class TestGdf(FormatContract):
    format_name = "gdf"
    tolerance = 1e-3

    def make_recording(self, root: Path) -> Path:
        return make_gdf(root / "a.gdf", planted=Planted())

    def read_oracle(self, path: Path) -> np.ndarray:
        return counts() / 10


class TestNihonKohden(FormatContract):
    format_name = "nihon"
    tolerance = 1e-3

    def make_recording(self, root: Path) -> Path:
        return make_nihon(root / "a.EEG", planted=Planted())

    def read_oracle(self, path: Path) -> np.ndarray:
        # The published range of an electrode: 3200 microvolts either way in 65535 steps.
        step = (3199.902 + 3200) / 65535
        return counts() * step - 3200 + 32768 * step


class TestCurry(FormatContract):
    format_name = "curry"
    tolerance = 1e-3

    def make_recording(self, root: Path) -> Path:
        pytest.importorskip("curryreader")
        return make_curry(root / "a.dap", planted=Planted())

    def read_oracle(self, path: Path) -> np.ndarray:
        return counts() / 10


class _WithoutNames(FormatContract):
    """A format whose header has no room for a name."""

    def test_what_identifies_people_is_reported(self, tmp_path: Path) -> None:
        source = self.find_source(tmp_path, self.make_recording(tmp_path))

        header = read_header(tmp_path, source)

        assert header.measured_at is not None
        assert header.measured_at.date() == Planted().start.date()


class TestNicolet(_WithoutNames):
    format_name = "nicolet"
    tolerance = 1e-3

    def make_recording(self, root: Path) -> Path:
        return make_nicolet(root / "a.head", planted=Planted())

    def read_oracle(self, path: Path) -> np.ndarray:
        return counts() * 0.179


class TestEgiSimple(_WithoutNames):
    format_name = "egi"

    def make_recording(self, root: Path) -> Path:
        return make_egi(root / "a.raw", planted=Planted())


def head_of(path: Path) -> FileHead:
    return FileHead(PurePosixPath(path.name), path.read_bytes()[:4096], path.stat().st_size)


def test_two_makers_of_cnt_are_told_apart(tmp_path):
    ant, neuroscan = make_ant_head(tmp_path / "a.cnt"), make_cnt(tmp_path / "b.cnt")

    found = [
        [name for name, plugin in registry().items() if plugin.recognises(head_of(path))]
        for path in (ant, neuroscan)
    ]

    assert found == [["ant"], ["cnt"]]


def test_ant_is_read_in_a_process_of_its_own():
    assert registry()["ant"].isolated


@pytest.mark.parametrize(
    ("make", "name", "n_files"),
    [(make_nicolet, "a.head", 2), (make_nihon, "a.EEG", 3),
     (make_curry, "a.b.dap", 3)],
)  # fmt: skip
def test_companions_stay_together(tmp_path, make, name, n_files):
    make(tmp_path / name)

    found = recognise(tmp_path)

    (source,) = found.sources
    assert source.primary == PurePosixPath(name)
    assert len(source.files) == n_files
    assert found.others == ()


def test_every_word_of_the_nihon_patient_file_is_an_identifier(tmp_path):
    make_nihon(tmp_path / "a.EEG", planted=Planted())

    header = read_header(tmp_path, Source("nihon", (PurePosixPath("a.EEG"),), 0))

    said = {identifier.value for identifier in header.identifiers}
    assert {Planted().name, Planted().code} <= said
    assert [c.name for c in header.channels] == list(Shape().labels)


def test_egi_events_are_named_by_their_codes(tmp_path):
    make_egi(tmp_path / "a.raw")

    header = read_header(tmp_path, Source("egi", (PurePosixPath("a.raw"),), 0))

    assert [(round(e.onset_s * 251), e.label) for e in header.events] == [
        (101, "tone"),
        (1201, "tone"),
    ]


def test_nicolet_one_is_known_and_refused_with_a_way_out(tmp_path):
    tags = "".join(word.ljust(40, "\0") for word in ("ExtraDataTags", "SegmentStream"))
    (tmp_path / "a.e").write_bytes(bytes(176) + tags.encode("utf-16-le"))

    (source,) = recognise(tmp_path).sources

    assert source.format == "nicolet-e"
    with pytest.raises(FormatError, match="FSC241"):
        read_header(tmp_path, source)
