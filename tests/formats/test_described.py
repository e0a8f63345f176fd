"""Raw counts with a JSON description through the contract."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from fascicle.core import Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, read_written_header, recognise, write_recording
from fascicle.testing import FormatContract, Planted, Shape, make_described, read_all, released


class TestDescribed(FormatContract):
    format_name = "described"
    tolerance = 1e-9

    def make_recording(self, root: Path) -> Path:
        return make_described(root / "sorting", seed=7, planted=Planted())

    def read_oracle(self, path: Path) -> NDArray[np.float64] | None:
        shape = Shape((2503,) * 7, n_seconds=3)
        return shape.counts(7) * 0.5


def find_source(root: Path) -> Source:
    (source,) = (s for s in recognise(root).sources if s.format == "described")
    return source


def make_tridesclous(folder: Path, **said: object) -> None:
    about = {"sample_rate": 15000.0, "shape": [-1, 3], "dtype": "int16"} | said
    (folder / "info.json").write_text(json.dumps(about), "utf-8")
    for trial in (1, 2):
        counts = np.arange(3 * 1009 * trial, dtype="<i2")
        (folder / f"trial_{trial}.raw").write_bytes(counts.tobytes())


def test_files_of_one_description_are_stretches_of_one_recording(tmp_path: Path) -> None:
    make_tridesclous(tmp_path)
    source = find_source(tmp_path)

    header = read_header(tmp_path, source)

    assert header.n_times == 3 * 1009
    assert not header.is_continuous


def test_counts_without_a_scale_are_written_and_read_as_such(tmp_path: Path) -> None:
    make_tridesclous(tmp_path)
    source = find_source(tmp_path)

    write_recording(tmp_path, source, read_header(tmp_path, source), tmp_path, "sub-01_ecephys")

    path = tmp_path / "sub-01_ecephys.nwb"
    assert {channel.unit for channel in read_written_header(path).channels} == {"n/a"}
    with h5py.File(path) as file:
        said = file["acquisition/ElectricalSeriesPart1"].attrs["description"]
    assert said.startswith("Counts as they were recorded")


def test_a_scale_that_is_stated_is_used(tmp_path: Path) -> None:
    make_tridesclous(tmp_path, bit_to_microVolt=0.25)
    source = find_source(tmp_path)

    write_recording(tmp_path, source, read_header(tmp_path, source), tmp_path, "sub-01_ecephys")

    path = tmp_path / "sub-01_ecephys.nwb"
    assert read_written_header(path).channels[0].unit == "uV"
    np.testing.assert_allclose(read_all(path)[:, 1], [0.75, 1.0, 1.25])


@pytest.mark.parametrize(
    "said", [{"dtype": "object"}, {"dtype": "nonsense"}, {"shape": [-1, 0]}, {"sample_rate": "x"}]
)
def test_a_description_that_cannot_be_is_refused(tmp_path: Path, said: dict[str, object]) -> None:
    make_tridesclous(tmp_path, **said)

    with pytest.raises(FormatError):
        read_header(tmp_path, find_source(tmp_path))


@pytest.mark.data
def test_a_real_recording_goes_through(signals: Path, tmp_path: Path) -> None:
    root = signals / "ephys" / "locust_tetrode"
    source = find_source(root)

    written = write_recording(
        root, source, released(read_header(root, source)), tmp_path, "sub-01_ecephys"
    )

    raw = np.fromfile(next(root.rglob("*.raw")), "<i2").reshape(-1, 4)
    np.testing.assert_array_equal(read_all(tmp_path / written.files[0]), raw.T)
