"""EEGLAB."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from fascicle.core import Event, FileHead, Source
from fascicle.formats import (
    read_header,
    read_written_header,
    recognise,
    registry,
    write_recording,
)
from fascicle.testing import FormatContract, Planted, Shape, make_eeglab, read_all, released
from fascicle.testing._mat_files import write_mat
from fascicle.testing._vendor_containers import _eeg_fields

KINDS = ("set", "fdt", "top", "epochs", "7.3")


def expected_uv() -> np.ndarray:
    return (np.stack(Shape().samples(7)) / 10).astype(np.float32).astype(np.float64)


class TestEeglab(FormatContract):
    format_name = "eeglab"
    tolerance = 1e-5
    kind = "set"

    def make_recording(self, root: Path) -> Path:
        return make_eeglab(root / "a.set", planted=Planted(), kind=self.kind)

    def read_oracle(self, path: Path) -> np.ndarray:
        return expected_uv()


class TestWithFdt(TestEeglab):
    kind = "fdt"


class TestFieldsAtTheTop(TestEeglab):
    kind = "top"


class TestVersion73(TestEeglab):
    kind = "7.3"


@pytest.mark.parametrize("kind", ["set", "fdt", "top"])
def test_mne_reads_the_same(tmp_path, kind):
    import mne

    path = make_eeglab(tmp_path / "a.set", kind=kind)

    opened = registry()["eeglab"].open(tmp_path, (PurePosixPath("a.set"),))

    raw = mne.io.read_raw_eeglab(path, verbose="ERROR", montage_units="mm")
    np.testing.assert_allclose(opened.read(0, 2761), raw.get_data() * 1e6, rtol=1e-6, atol=1e-6)
    onsets = [event.onset_s for event in opened.header.events]
    np.testing.assert_allclose(onsets, raw.annotations.onset, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_all_kinds_say_the_same(tmp_path, kind):
    make_eeglab(tmp_path / "a.set", planted=Planted(), kind=kind)

    header = read_header(tmp_path, Source("eeglab", (PurePosixPath("a.set"),), 0))

    assert [c.name for c in header.channels] == list(Shape().labels)
    assert header.channels[6].kind == "EOG"
    assert header.channels[1].position_m == pytest.approx((0.079, -0.02, 0.041))
    assert header.coordinate_frame == "EEGLAB"
    assert header.subject.code == Planted().code
    labels = [event.label for event in header.events]
    assert [label for label in labels if label != "BAD_ACQ_SKIP"] == ["tone", "7"]
    assert labels.count("BAD_ACQ_SKIP") == (11 if kind == "epochs" else 1)
    assert not header.is_continuous


def test_epochs_follow_one_another(tmp_path):
    make_eeglab(tmp_path / "a.set", kind="epochs")

    opened = registry()["eeglab"].open(tmp_path, (PurePosixPath("a.set"),))

    np.testing.assert_array_equal(opened.read(0, 2761), expected_uv())


def test_a_matlab_file_of_another_kind_is_left_alone(tmp_path):
    from scipy.io import savemat

    savemat(tmp_path / "EEG.mat", {"EEG": np.arange(11.0)})

    head = FileHead(PurePosixPath("EEG.mat"), (tmp_path / "EEG.mat").read_bytes(), 300)

    assert not registry()["eeglab"].recognises(head)


def test_an_fdt_stays_with_its_set(tmp_path):
    make_eeglab(tmp_path / "a.set", kind="fdt")

    (source,) = recognise(tmp_path).sources

    assert source.files == (PurePosixPath("a.set"), PurePosixPath("a.fdt"))


@pytest.mark.parametrize("kind", ["set", "fdt"])
def test_a_bids_dataset_keeps_its_set_files(tmp_path, kind):
    import mne

    (tmp_path / "dataset_description.json").write_text("{}")
    make_eeglab(tmp_path / "sub-01_task-rest_eeg.set", planted=Planted(), kind=kind)
    source = Source("eeglab", (PurePosixPath("sub-01_task-rest_eeg.set"),), 0)
    events = (Event(0.5, 0.0, "tone", 1), Event(2.25, 1.0, "rest", 2))
    header = replace(released(read_header(tmp_path, source)), events=events)
    out = tmp_path / "out"
    out.mkdir()

    written = write_recording(tmp_path, source, header, out, "sub-07_task-rest_eeg")

    assert [str(f) for f in written.files] == [
        "sub-07_task-rest_eeg.set", "sub-07_task-rest_eeg.fdt",
    ]  # fmt: skip
    path = out / written.files[0]
    np.testing.assert_allclose(read_all(path), expected_uv(), rtol=1e-6)
    again = read_written_header(path)
    assert [e.label for e in again.events] == ["tone", "rest"]
    assert again.channels[1].position_m == pytest.approx(header.channels[1].position_m)
    raw = mne.io.read_raw_eeglab(path, verbose="ERROR", montage_units="mm")
    np.testing.assert_allclose(raw.annotations.onset, [0.5, 2.25])
    for word in (*Planted().words(), "Created on"):
        assert word.encode() not in path.read_bytes()


def test_points_without_data_stay_behind_whatever_they_are_called(tmp_path):
    places = np.zeros((1, 31), dtype=[(name, object) for name in ("labels", "type", "X", "Y", "Z")])
    for i in range(31):
        places[0, i] = (f"HSP{i}" if i else "Nz", "HSP", 61.4375 + i, -3.0 * i, 47.0 + i)
    shape = Shape((251,) * 7, n_seconds=3)
    fields = _eeg_fields(shape, None, shape.microvolts(7).astype(np.float32), 1)
    (tmp_path / "dataset_description.json").write_text("{}")
    path = tmp_path / "sub-01_task-rest_eeg.set"
    write_mat(path, {"EEG": fields | {"chaninfo": {"nodatchans": places}}})
    source = Source("eeglab", (PurePosixPath(path.name),), 0)
    header = released(read_header(tmp_path, source))
    (tmp_path / "out").mkdir()

    written = write_recording(tmp_path, source, header, tmp_path / "out", "sub-07_task-rest_eeg")

    content = (tmp_path / "out" / written.files[0]).read_bytes()
    for place in places[0]:
        assert np.float64(place["X"]).tobytes() in path.read_bytes()
        assert np.float64(place["X"]).tobytes() not in content
    assert b"HSP" not in content
    assert len(header.channels) == 7


def test_a_file_that_mne_exported_is_recognised(tmp_path):
    import mne

    samples = np.random.default_rng(3).normal(scale=1e-5, size=(7, 1009))
    info = mne.create_info(7, 250.0, "eeg")
    raw = mne.io.RawArray(samples, info, verbose="ERROR")
    raw.export(tmp_path / "exported.set", fmt="eeglab", verbose="ERROR")

    (source,) = recognise(tmp_path).sources

    assert source.format == "eeglab"
    assert read_header(tmp_path, source).n_times == 1009


def test_an_fdt_is_copied_and_a_stray_one_is_not(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    for kind in ("fdt", "set"):
        make_eeglab(tmp_path / "a.set", kind=kind)
        source = Source("eeglab", (PurePosixPath("a.set"), PurePosixPath("a.fdt")), 0)
        header = released(read_header(tmp_path, source))

        written = write_recording(tmp_path, source, header, out, "sub-01_eeg")

        assert written.copied == (kind == "fdt")
        np.testing.assert_array_equal(read_all(out / written.files[0]), expected_uv())
        (tmp_path / "a.fdt").write_bytes(b"\1" * 2761 * 7 * 4)


def test_labels_are_made_unique(tmp_path):
    make_eeglab(tmp_path / "a.set", shape=Shape(labels=("Cz", "Cz", "", "Pz", "Cz", "O1", "O2")))

    header = read_header(tmp_path, Source("eeglab", (PurePosixPath("a.set"),), 0))

    names = [c.name for c in header.channels]
    assert len(set(names)) == 7
    assert names[:1] == ["Cz"]
