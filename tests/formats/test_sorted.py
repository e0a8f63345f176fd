"""Kilosort and Phy through the contract; params.py is read and never run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, write_recording
from fascicle.formats._sorted import read_params
from fascicle.testing import (
    NeurodataContract,
    Planted,
    make_phy,
    make_spikeglx,
    released_neurodata,
)


class TestPhy(NeurodataContract):
    format_name = "phy"
    test_a_header_of_another_recording_is_refused = None  # no size is taken from the header

    def make_recording(self, root: Path) -> Path:
        return make_phy(root / "kilosort", planted=Planted())


def convert(root: Path, out: Path) -> h5py.File:
    source = next(s for s in recognise(root).sources if s.format == "phy")
    header = released_neurodata(read_header(root, source))
    write_recording(root, source, header, out, "sub-01_ecephys")
    return h5py.File(out / "sub-01_ecephys.nwb")


def spikes_of(table: Any) -> list[np.ndarray]:
    return np.split(table["spike_times"][:], table["spike_times_index"][:-1])


def test_spikes_labels_contacts_and_templates_are_those_of_the_folder(tmp_path: Path) -> None:
    folder = make_phy(tmp_path / "raw").parent
    (tmp_path / "out").mkdir()
    times, clusters, templates = (
        np.load(folder / f"{name}.npy").reshape(-1)
        for name in ("spike_times", "spike_clusters", "spike_templates")
    )
    shapes = np.load(folder / "templates.npy")

    with convert(tmp_path / "raw", tmp_path / "out") as file:
        table = file["units"]
        found = spikes_of(table)
        labels = [value.decode() for value in table["quality"][:]]
        means, peaks = table["waveform_mean"][:], table["electrodes"][:]
        numbers = table["id"][:]
        assert table["waveform_mean"].attrs["unit"] == "n.a."
        places = file["general/extracellular_ephys/electrodes"]
        np.testing.assert_allclose(places["rel_y"][:], 20.0 * np.arange(7))

    assert numbers.tolist() == [0, 1, 2, 3]
    for number, own in zip(numbers, found, strict=True):
        np.testing.assert_allclose(own, times[clusters == number] / 30000.0)
    assert labels == ["good", "mua", "good", "noise"]  # what a person said goes before the sorter
    share = np.mean(templates[clusters == 1] == 4)
    np.testing.assert_allclose(means[1], (1 - share) * shapes[1] + share * shapes[4], atol=1e-5)
    assert peaks.tolist() == [0, 4 if share * 5 > (1 - share) * 2 else 1, 2, 3]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a = 7\nb = 'x'\nc = [1, 2.5]\n", {"a": 7, "b": "x", "c": [1, 2.5]}),
        ("import os\nos.remove('x')\na = 1", {"a": 1}),
        ("a = open('/etc/hostname').read()\nb = 2", {"b": 2}),
        ("a = b = 3\nc, d = 1, 2\ne: int = 4\nf = -25000.", {"f": -25000.0}),
        ("a = 1\na = 2", {"a": 2}),
        ("", {}),
    ],
)
def test_only_plain_values_are_read(tmp_path: Path, text: str, values: dict[str, Any]) -> None:
    (tmp_path / "params.py").write_text(text)

    assert read_params(tmp_path / "params.py") == values


def test_a_program_in_params_is_never_run(tmp_path: Path) -> None:
    params = make_phy(tmp_path)
    trace = tmp_path.parent / "trace"
    params.write_text(
        params.read_text() + f"\nopen({str(trace)!r}, 'w')\n__import__('os').mkdir({str(trace)!r})"
    )

    read_header(tmp_path, recognise(tmp_path).sources[0])

    assert not trace.exists()


@pytest.mark.parametrize("text", ["a = = 1", "(" * 5000, "x = 1\n" * 20_000, "a = '\0'"])
def test_a_text_that_is_no_python_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "params.py").write_text(text)

    with pytest.raises(FormatError, match="FSC276"):
        read_params(tmp_path / "params.py")


@pytest.mark.parametrize("name", ["spike_times", "spike_clusters"])
def test_arrays_of_objects_and_of_other_lengths_are_refused(tmp_path: Path, name: str) -> None:
    folder = make_phy(tmp_path).parent
    (source,) = recognise(tmp_path).sources
    for array in (np.zeros(3, int), np.array([{"a": 1}], dtype=object), np.array(["x"] * 1009)):
        np.save(folder / f"{name}.npy", array)

        with pytest.raises(FormatError):
            read_header(tmp_path, source)


def test_without_clusters_templates_are_the_units(tmp_path: Path) -> None:
    folder = make_phy(tmp_path).parent
    (folder / "spike_clusters.npy").unlink()

    header = read_header(tmp_path, recognise(tmp_path).sources[0])

    assert header.metadata["NumberOfUnits"] == 5


def test_params_without_spikes_beside_them_are_no_recording(tmp_path: Path) -> None:
    make_phy(tmp_path).with_name("spike_times.npy").unlink()

    assert [s for s in recognise(tmp_path).sources if s.format == "phy"] == []


def test_templates_that_name_their_contacts_are_put_there(tmp_path: Path) -> None:
    folder = make_phy(tmp_path / "raw").parent
    shapes = np.load(folder / "templates.npy")[:, :, :2]
    np.save(folder / "templates.npy", shapes)
    np.save(folder / "templates_ind.npy", np.array([[5, 6], [1, 0], [2, -1], [3, 9], [4, 1]]))
    (tmp_path / "out").mkdir()

    with convert(tmp_path / "raw", tmp_path / "out") as file:
        means = file["units/waveform_mean"][:]

    np.testing.assert_allclose(means[0][:, 5:], shapes[0], atol=1e-6)
    assert not means[0][:, :5].any()
    assert not means[2][:, [0, 1, 3, 4, 5, 6]].any()


@pytest.mark.data
def test_a_real_folder_goes_through(signals: Path, tmp_path: Path) -> None:
    root = signals / "ephys" / "phy_kwik" / "template"
    times = np.load(root / "spike_times.npy").reshape(-1)
    clusters = np.load(root / "spike_clusters.npy").reshape(-1)

    with convert(root, tmp_path) as file:
        found = dict(zip(file["units/id"][:].tolist(), spikes_of(file["units"]), strict=True))
        label = file["units/quality"][:][list(found).index(4)]

    assert sorted(found) == np.unique(clusters).tolist()
    for number, own in found.items():
        np.testing.assert_allclose(own, times[clusters == number] / 25000.0)
    assert label == b"good"


def test_a_unit_of_spikes_before_the_first_sample_stays_behind_and_is_told(tmp_path: Path) -> None:
    folder = make_phy(tmp_path / "raw").parent
    (tmp_path / "out").mkdir()
    samples, clusters = (np.load(folder / f"spike_{n}.npy") for n in ("times", "clusters"))
    many = np.resize(np.sort(samples.reshape(-1)), 300)
    np.save(folder / "spike_times.npy", np.append(many.astype(np.int64), -7))
    np.save(folder / "spike_clusters.npy", np.append(np.resize(clusters.reshape(-1), 300), 77))
    np.save(folder / "spike_templates.npy", np.zeros(301, np.uint32))

    with convert(tmp_path / "raw", tmp_path / "out") as file:
        numbers, means = file["units/id"][:], file["units/waveform_mean"][:]
        n_spikes = sum(map(len, spikes_of(file["units"])))

    (source,) = [s for s in recognise(tmp_path / "raw").sources if s.format == "phy"]
    assert 77 not in numbers
    assert n_spikes == 300
    np.testing.assert_allclose(
        means, np.broadcast_to(np.load(folder / "templates.npy")[0], means.shape)
    )
    assert "1 spike before" in read_header(tmp_path / "raw", source).evidence[1]


@pytest.mark.parametrize(
    ("path", "is_known"),
    [
        (r"D:\\mice\\Anna_g0\\Anna_g0_t0.imec0.ap.bin", True),
        ("../Anna_g0_t0.imec0.ap.cbin", True),
        ("temp_wh.dat", False),
        ("../Anna_g0_tcat.imec0.ap.bin", False),
    ],
)
def test_spikes_are_counted_in_the_samples_of_the_run_that_was_sorted(
    tmp_path: Path, path: str, is_known: bool
) -> None:
    run = make_spikeglx(tmp_path / "run", planted=Planted())
    params = make_phy(tmp_path / "sorted")
    path = path.replace("Anna_g0_t0.imec0.ap", run.stem)
    lines = params.read_text("utf-8").splitlines()[1:]
    params.write_text("\n".join([f"dat_path = {path!r}", *lines]) + "\n", "utf-8")
    sources = {source.format: source for source in recognise(tmp_path).sources}

    raw, units = (read_header(tmp_path, sources[name]) for name in ("spikeglx", "phy"))

    own = {clock.key for clock in raw.clocks}
    assert {clock.key in own for clock in units.clocks} == ({True} if is_known else set())
