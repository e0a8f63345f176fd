"""FieldTrip raw structures."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from fascicle.core import FileHead, Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, registry
from fascicle.testing import FormatContract, Planted, Shape, make_fieldtrip
from fascicle.testing._mat_files import write_mat


class TestFieldTrip(FormatContract):
    format_name = "fieldtrip"
    tolerance = 1e-4
    kind = "5"

    def make_recording(self, root: Path) -> Path:
        planted = Planted()
        return make_fieldtrip(root / "a.mat", planted=planted, kind=self.kind)

    def read_oracle(self, path: Path) -> np.ndarray:
        return Shape().microvolts(7)


class TestVersion73(TestFieldTrip):
    kind = "7.3"


def source(name: str) -> Source:
    return Source("fieldtrip", (PurePosixPath(name),), 1)


@pytest.mark.parametrize("kind", ["5", "7.3"])
def test_trials_follow_one_another_with_a_seam_between_them(tmp_path, kind) -> None:
    make_fieldtrip(tmp_path / "a.mat", n_trials=4, kind=kind)

    header = read_header(tmp_path, source("a.mat"))

    length = Shape().microvolts(7).shape[1]
    assert header.n_times == length
    assert [event.label for event in header.events] == ["BAD_ACQ_SKIP"] * 3
    assert header.events[0].onset_s == pytest.approx(length // 4 / header.sfreq_hz)
    assert not header.is_continuous


def test_both_versions_give_the_same_header(tmp_path) -> None:
    for kind in ("5", "7.3"):
        make_fieldtrip(tmp_path / f"{kind}.mat", planted=Planted(), kind=kind)

    old, new = (read_header(tmp_path, source(f"{kind}.mat")) for kind in ("5", "7.3"))

    assert old == new


def test_one_trial_is_one_stretch(tmp_path) -> None:
    make_fieldtrip(tmp_path / "a.mat", n_trials=1)

    header = read_header(tmp_path, source("a.mat"))

    assert header.is_continuous
    assert header.events == ()


def test_a_matlab_file_of_something_else_is_no_recording(tmp_path) -> None:
    write_mat(tmp_path / "a.mat", {"results": np.ones((3, 5)), "label": ["x"]})

    found = recognise(tmp_path)

    assert found.sources == ()


@pytest.mark.parametrize("kind", ["5", "7.3"])
def test_it_is_recognised_among_other_files(tmp_path, kind) -> None:
    make_fieldtrip(tmp_path / "a.mat", kind=kind)

    found = recognise(tmp_path)

    assert [(s.format, str(s.primary)) for s in found.sources] == [("fieldtrip", "a.mat")]


def test_meg_is_refused_with_what_to_do(tmp_path) -> None:
    write_mat(
        tmp_path / "a.mat",
        {"data": {"label": "MEG1", "trial": np.ones((1, 9)), "time": np.arange(9.0),
                  "fsample": 100.0, "grad": {"unit": "cm"}}},
    )  # fmt: skip

    with pytest.raises(FormatError, match="FSC271"):
        read_header(tmp_path, source("a.mat"))


def test_structures_of_other_channels_in_one_file_are_refused(tmp_path) -> None:
    one = {"label": "Cz", "trial": np.ones((1, 9)), "time": np.arange(9.0), "fsample": 100.0}
    write_mat(tmp_path / "a.mat", {"first": one, "second": one | {"label": "Pz"}})

    with pytest.raises(FormatError, match="FSC272"):
        read_header(tmp_path, source("a.mat"))


def test_without_a_stated_rate_the_times_tell_it(tmp_path) -> None:
    write_mat(
        tmp_path / "a.mat",
        {"data": {"label": "Cz", "trial": np.ones((1, 50)), "time": np.arange(50) / 250.0}},
    )

    assert read_header(tmp_path, source("a.mat")).sfreq_hz == pytest.approx(250.0)


def test_what_is_too_large_for_memory_is_not_claimed() -> None:
    head = FileHead(PurePosixPath("a.mat"), b"MATLAB 5.0 MAT-file".ljust(200), 3 << 30)

    assert not registry()["fieldtrip"].recognises(head)


def test_errors_hold_no_value_of_the_file(tmp_path) -> None:
    path = make_fieldtrip(tmp_path / "a.mat", planted=Planted())
    path.write_bytes(path.read_bytes()[:900])

    with pytest.raises(FormatError) as caught:
        read_header(tmp_path, source("a.mat"))

    assert not any(word in json.dumps(str(caught.value)) for word in Planted().words())
