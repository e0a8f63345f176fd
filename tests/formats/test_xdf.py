"""XDF."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from fascicle.core import Source
from fascicle.errors import FormatError
from fascicle.formats import read_header
from fascicle.testing import FormatContract, Planted, Shape, make_xdf

pytest.importorskip("pyxdf")


class TestXdf(FormatContract):
    format_name = "xdf"
    tolerance = 1e-5

    def make_recording(self, root: Path) -> Path:
        return make_xdf(root / "a.xdf", planted=Planted())

    def read_oracle(self, path: Path) -> np.ndarray:
        return (np.stack(Shape().samples(7)) / 10).astype(np.float32)


def test_markers_of_other_streams_become_events(tmp_path):
    make_xdf(tmp_path / "a.xdf", planted=Planted())

    header = read_header(tmp_path, Source("xdf", (PurePosixPath("a.xdf"),), 0))

    assert [e.label for e in header.events] == ["tone", "rest", "tone"]
    np.testing.assert_allclose([e.onset_s for e in header.events], [1, 4.5, 9], atol=1e-6)
    assert [c.name for c in header.channels] == list(Shape().labels)
    assert header.channels[6].kind == "EOG"
    assert header.measured_at == datetime(2019, 11, 23, 14, 31, 7, tzinfo=UTC)
    assert header.is_continuous


def test_a_file_without_eeg_says_so(tmp_path):
    path = make_xdf(tmp_path / "a.xdf")
    path.write_bytes(path.read_bytes().replace(b"<type>EEG</type>", b"<type>Eye</type>"))

    with pytest.raises(FormatError, match="FSC236"):
        read_header(tmp_path, Source("xdf", (PurePosixPath("a.xdf"),), 0))
