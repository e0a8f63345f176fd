"""A lab's own NWB file keeps every number and loses every word that is nobody's business."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from fascicle.core import Header, Subject
from fascicle.formats import read_header, read_written_header, recognise, write_recording
from fascicle.testing import Planted, make_nwb, released
from fascicle.workflows._terms import add_terms


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A lab's file, and the same written anew."""
    source = make_nwb(tmp_path / "lab.nwb", planted=Planted())
    return source, rewrite(tmp_path)


def rewrite(root: Path, **said: object) -> Path:
    (source,) = recognise(root).sources
    header: Header = replace(released(read_header(root, source)), **said)
    written = write_recording(root, source, header, root, "sub-01_ecephys")
    return root / written.files[0]


def test_no_planted_word_is_left(pair: tuple[Path, Path]) -> None:
    content = pair[1].read_bytes().lower()

    for word in Planted().words():
        assert word.lower().encode() not in content
    assert b"2019" not in content


def test_every_number_is_there(pair: tuple[Path, Path]) -> None:
    with h5py.File(pair[0]) as old, h5py.File(pair[1]) as new:
        for place in (
            "acquisition/ElectricalSeries/data", "units/spike_times", "units/spike_times_index",
            "intervals/trials/start_time", "units/electrodes",
        ):  # fmt: skip
            np.testing.assert_array_equal(old[place][:], new[place][:])
            assert old[place].dtype == new[place].dtype
        wheel = old["processing/behavior"][f"wheel {Planted().name}"]["data"][:]
        np.testing.assert_array_equal(new["processing/behavior/TimeSeries01/data"][:], wheel)


def test_the_file_is_valid_and_its_objects_point_to_one_another(pair: tuple[Path, Path]) -> None:
    import pynwb

    assert pynwb.validate(path=str(pair[1])) == []
    with pynwb.NWBHDF5IO(pair[1], "r") as io:
        file = io.read()
        electrodes = file.electrodes.to_dataframe()
        assert electrodes["group_name"].unique().tolist() == ["ElectrodeGroup01"]
        assert electrodes["group"].iloc[0].device is file.devices["Device01"]
        assert file.units["electrodes"][1].index.tolist() == [1]
        assert file.acquisition["ElectricalSeries"].electrodes.table is file.electrodes


def test_conditions_stay_and_other_words_become_levels(pair: tuple[Path, Path]) -> None:
    with h5py.File(pair[1]) as file:
        trials = file["intervals/trials"]
        assert trials["condition"].asstr()[:].tolist() == ["go", "nogo", "go", "nogo", "go"]
        assert set(trials["column_1"].asstr()[:]) == {"level 1"}
        assert trials.attrs["colnames"].tolist()[-1] == "column_1"


def test_regions_stay_only_if_the_header_lets_them(tmp_path: Path) -> None:
    make_nwb(tmp_path / "lab.nwb", planted=Planted())

    places = []
    for metadata in ({"BrainRegion": ["CA1"]}, {}):
        with h5py.File(rewrite(tmp_path, metadata=metadata)) as file:
            places.append(file["general/extracellular_ephys/electrodes/location"].asstr()[0])
        (tmp_path / "sub-01_ecephys.nwb").unlink()

    assert places == ["CA1", "unknown"]


def test_objects_of_extensions_stay_behind(tmp_path: Path) -> None:
    source = make_nwb(tmp_path / "lab.nwb", planted=Planted())
    with h5py.File(source, "r+") as file:
        extra = file.create_group("acquisition/Secrets")
        extra.attrs["namespace"] = "ndx-lab"
        extra.attrs["neurodata_type"] = "Secrets"

    header = read_header(tmp_path, recognise(tmp_path).sources[0])
    with h5py.File(rewrite(tmp_path)) as file:
        assert "Secrets" not in file["acquisition"]
    assert "extensions" in header.evidence[1]


def test_big_arrays_are_packed_anew_and_equal(tmp_path: Path) -> None:
    source = make_nwb(tmp_path / "lab.nwb", planted=Planted())
    values = np.random.default_rng(7).normal(size=(70_001, 3)).astype("<f4")
    with h5py.File(source, "r+") as file:
        series = file["acquisition"].create_group("lick sensor")
        series.attrs.update({"namespace": "core", "neurodata_type": "TimeSeries",
                             "description": "x", "comments": "y"})  # fmt: skip
        data = series.create_dataset("data", data=values)
        data.attrs.update({"unit": "volts", "conversion": 1.0, "resolution": -1.0, "offset": 0.0})
        time = series.create_dataset("starting_time", data=0.0)
        time.attrs.update({"rate": 1000.0, "unit": "seconds"})

    path = rewrite(tmp_path)

    with h5py.File(path) as file:
        data = file["acquisition/TimeSeries01/data"]
        assert (data.compression, data.shuffle) == ("gzip", True)
        np.testing.assert_array_equal(data[:], values)


def start_file() -> Any:
    from pynwb import NWBFile

    return NWBFile(
        session_description="Anna", identifier="Anna", experimenter="Anna",
        session_start_time=datetime(2019, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def make_ophys() -> Any:
    from pynwb.ophys import (
        Fluorescence,
        ImageSegmentation,
        OpticalChannel,
        TwoPhotonSeries,
    )

    rng = np.random.default_rng(7)
    file = start_file()
    device = file.create_device(name="scope of Anna")
    channel = OpticalChannel(name="Anna", description="Anna", emission_lambda=500.0)
    plane = file.create_imaging_plane(
        name="Anna", optical_channel=channel, imaging_rate=30.0, description="Anna",
        device=device, excitation_lambda=600.0, indicator="Anna", location="Anna",
    )  # fmt: skip
    frames = rng.integers(0, 99, (71, 13, 17)).astype("u2")
    file.add_acquisition(
        TwoPhotonSeries(name="Anna", data=frames, imaging_plane=plane, rate=30.0, unit="n.a.")
    )
    module = file.create_processing_module(name="ophys", description="Anna")
    segmentation = ImageSegmentation()
    module.add(segmentation)
    rois = segmentation.create_plane_segmentation(
        name="PlaneSegmentation", description="Anna", imaging_plane=plane
    )
    for i in range(3):
        rois.add_roi(pixel_mask=[(i, i, 1.0), (i + 1, i, 0.5)])
    region = rois.create_roi_table_region(region=[0, 1, 2], description="Anna")
    fluorescence = Fluorescence()
    module.add(fluorescence)
    fluorescence.create_roi_response_series(
        name="RoiResponseSeries", data=rng.normal(size=(71, 3)), rois=region, unit="n.a.", rate=30.0
    )
    return file


def make_icephys() -> Any:
    from pynwb.icephys import CurrentClampSeries, CurrentClampStimulusSeries

    file = start_file()
    device = file.create_device(name="amplifier of Anna")
    electrode = file.create_icephys_electrode(
        name="Anna", description="Anna", device=device, location="Anna", slice="Anna"
    )
    stimulus = CurrentClampStimulusSeries(
        name="Anna", data=[1.0, 2.0], rate=10e3, electrode=electrode, gain=0.1
    )
    response = CurrentClampSeries(
        name="Anna", data=[0.1, 0.2, 0.3], rate=20e3, electrode=electrode, gain=0.02
    )
    row = file.add_intracellular_recording(
        electrode=electrode, stimulus=stimulus, response=response
    )
    sweeps = [file.add_icephys_simultaneous_recording(recordings=[row])]
    file.add_icephys_sequential_recording(simultaneous_recordings=sweeps, stimulus_type="Anna")
    return file


def make_behaviour() -> Any:
    from pynwb.behavior import Position
    from pynwb.image import ImageSeries

    file = start_file()
    position = Position()
    file.create_processing_module(name="behavior", description="Anna").add(position)
    position.create_spatial_series(
        name="Anna", data=np.ones((31, 2)), reference_frame="Anna", timestamps=np.arange(31.0)
    )
    file.add_acquisition(
        ImageSeries(
            name="Anna", external_file=["/home/Anna/a.mp4"], format="external", rate=30.0,
            starting_frame=[0], num_samples=9, unit="n.a.",
        )
    )  # fmt: skip
    file.add_epoch(start_time=0.0, stop_time=1.0, tags=["Anna", "go"])
    return file


@pytest.mark.parametrize(
    ("make", "modality"),
    [(make_ophys, "ophys"), (make_icephys, "icephys"), (make_behaviour, "beh")],
)
def test_files_of_every_modality_stay_valid_and_name_nobody(
    tmp_path: Path, make: Callable[[], Any], modality: str
) -> None:
    import pynwb

    with pynwb.NWBHDF5IO(tmp_path / "lab.nwb", "w") as io:
        io.write(make())

    path = rewrite(tmp_path, metadata={})

    assert read_written_header(path).modality == modality
    assert pynwb.validate(path=str(path)) == []
    assert b"Anna" not in path.read_bytes()
    with pynwb.NWBHDF5IO(path, "r") as io:
        assert len(io.read().all_children()) > 8


def test_a_video_outside_of_the_file_stays_behind_and_is_said(tmp_path: Path) -> None:
    import pynwb

    with pynwb.NWBHDF5IO(tmp_path / "lab.nwb", "w") as io:
        io.write(make_behaviour())

    header = read_header(tmp_path, recognise(tmp_path).sources[0])
    with h5py.File(rewrite(tmp_path)) as file:
        assert list(file["acquisition"]) == []
    assert header.evidence[-1] == "Videos outside of the file stay behind: 1."


def test_rate_and_length_of_a_movie_are_read(tmp_path: Path) -> None:
    import pynwb

    with pynwb.NWBHDF5IO(tmp_path / "lab.nwb", "w") as io:
        io.write(make_ophys())

    header = read_header(tmp_path, recognise(tmp_path).sources[0])

    assert (header.sfreq_hz, header.n_times, header.shape) == (30.0, 71, (71, 13, 17))


def test_words_in_the_names_of_attributes_types_columns_and_values_stay_behind(
    tmp_path: Path,
) -> None:
    source = make_nwb(tmp_path / "lab.nwb", planted=Planted())
    with h5py.File(source, "r+") as file:
        file["acquisition/ElectricalSeries"].attrs["Quandt_Leonore"] = 7
        file["acquisition/ElectricalSeries"].create_group("Quandt_Leonore")
        table = np.array([(1, 2.0)] * 3, dtype=[("Quandt_Leonore", "<i4"), ("y", "<f8")])
        file["units"].create_dataset("sampled", data=table)
        kinds = h5py.enum_dtype({"Quandt_Leonore": 1}, basetype="u1")
        file["units"].create_dataset("chosen", data=np.ones(3, "u1"), dtype=kinds)
        odd = file.create_group("acquisition/odd")
        odd.attrs.update({"namespace": "core", "neurodata_type": "Quandt_Leonore"})
        file["units"].attrs["description"] = "Quandt_Leonore"

    path = rewrite(tmp_path)

    assert b"Quandt" not in path.read_bytes()
    with h5py.File(path) as file:
        assert sorted(file["acquisition"]) == ["ElectricalSeries"]


def test_numbers_of_patients_days_and_clocks_in_columns_of_a_lab_stay_behind(
    tmp_path: Path,
) -> None:
    import pynwb

    numbers = {
        "record": [8831777421] * 3, "delivered": [19510502] * 3, "here": [52.5163] * 3,
        "heard": [1583280000.25, 1583280004.5, 1583280009.0], "zest": [0.25, 0.75, 0.5],
    }  # fmt: skip
    file = start_file()
    for name in numbers:
        file.add_trial_column(name, "of the lab")
    for i in range(3):
        row = {name: values[i] for name, values in numbers.items()}
        file.add_trial(start_time=float(i), stop_time=i + 0.5, **row)
    with pynwb.NWBHDF5IO(tmp_path / "lab.nwb", "w") as io:
        io.write(file)

    path = rewrite(tmp_path)

    assert pynwb.validate(path=str(path)) == []
    with pynwb.NWBHDF5IO(path, "r") as io:
        trials = io.read().trials.to_dataframe()
    own = [name for name in trials if name not in {"start_time", "stop_time"}]
    assert [trials[name].tolist() for name in own] == [numbers["zest"]]


def test_a_long_column_is_looked_at_from_its_beginning(tmp_path: Path) -> None:
    from fascicle.formats._nwb_rewrite import _FEW, _tells

    rng = np.random.default_rng(6)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["record"] = np.full(_FEW + 7, 8831777421)
        file["zest"] = rng.normal(size=_FEW + 7)
        file["one"] = 8831777421

        assert [_tells(file[name]) for name in ("record", "zest", "one")] == [True, False, False]


def test_regions_of_electrodes_groups_and_planes_are_terms_in_the_file(tmp_path: Path) -> None:
    import pynwb

    make_nwb(tmp_path / "lab.nwb", planted=Planted())
    with h5py.File(tmp_path / "lab.nwb", "r+") as file:
        table = file["general/extracellular_ephys/electrodes/location"]
        table[0] = "Left CA3"
        table[1] = f"where {Planted().name} said"
    (source,) = recognise(tmp_path).sources
    raw = read_header(tmp_path, source)
    mouse = Subject(code="001", species="Mus musculus")
    header = replace(released(raw), subject=mouse, metadata={})
    with_terms = add_terms(header, raw)

    written = write_recording(tmp_path, source, with_terms, tmp_path, "sub-001_ecephys")

    with pynwb.NWBHDF5IO(tmp_path / written.files[0], "r") as io:
        file = io.read()
        herd = file.external_resources.to_dataframe()
        (group,) = file.electrode_groups.values()
        column = file.electrodes["location"]
        told = {(row.object_id, row.key): row.entity_id for row in herd.itertuples()}
        places = list(column.data[:])
        ids = file.subject.object_id, group.object_id, column.object_id
    assert told == {
        (ids[0], "Mus musculus"): "NCBITaxon:10090",
        (ids[1], "CA1"): "UBERON:0003881",
        (ids[2], "CA1"): "UBERON:0003881",
        (ids[2], "Left CA3"): "UBERON:0003883",
    }
    assert places[:3] == ["Left CA3", "unknown", "CA1"]
    assert pynwb.validate(path=str(tmp_path / written.files[0])) == []
