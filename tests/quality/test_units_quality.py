"""The check of sorted units finds what was put into them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from fascicle.core import Drawing, Header, Modality
from fascicle.formats import read_header, recognise, write_recording
from fascicle.maths import isi_violations, presence_ratio
from fascicle.quality._neurodata import check_neurodata
from fascicle.quality._units_quality import check_units, read_units
from fascicle.testing import make_phy, released_neurodata

HEADER = Header(Modality.ECEPHYS)


def write(tmp_path: Path, **arrays: Any) -> Path:
    raw = tmp_path / "raw"
    folder = make_phy(raw).parent
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    (source,) = recognise(raw).sources
    header = released_neurodata(read_header(raw, source))
    write_recording(raw, source, header, tmp_path, "sub-01_ecephys")
    return tmp_path / "sub-01_ecephys.nwb"


def codes(path: Path) -> set[str]:
    return {finding.code for finding in check_units(path, HEADER).findings}


def test_units_have_their_measures_and_pictures(tmp_path: Path) -> None:
    path = write(tmp_path)

    quality = check_neurodata(path, HEADER)

    units = read_units(path)
    start_s = min(times[0] for times in units.times_s)
    duration_s = max(times[-1] for times in units.times_s) - start_s
    assert quality.extra["n_units"] == 4
    assert quality.extra["n_good_units"] == 2
    assert quality.extra["n_spikes"] == 1009
    assert quality.extra["firing_rate_median_hz"] == pytest.approx(
        np.median([times.size / duration_s for times in units.times_s])
    )
    assert quality.extra["isi_violation_ratio_median"] == pytest.approx(
        np.median([isi_violations(times, duration_s)[1] for times in units.times_s])
    )
    assert quality.extra["presence_ratio_median"] == pytest.approx(
        np.median([presence_ratio(times - start_s, duration_s) for times in units.times_s])
    )
    raster, waves = quality.pictures
    assert (raster.drawing, waves.drawing) == (Drawing.RASTER, Drawing.OVERLAY)
    assert raster.arrays["times"].size == 1009
    assert waves.arrays["y"].shape == (4, 61)
    assert {"nwb.inspector", "recording.no-signal"}.isdisjoint(
        f.code for f in quality.findings if f.severity.value == "error"
    )


def test_a_good_unit_that_fires_too_often_in_a_moment_is_said(tmp_path: Path) -> None:
    times = np.repeat(np.arange(505) * 600, 2)[:1009]
    times[1::2] += 20

    found = codes(write(tmp_path, spike_times=times, spike_clusters=np.zeros(1009, int)))

    assert "units.violations" in found


def test_a_good_unit_that_falls_silent_is_said(tmp_path: Path) -> None:
    clusters = np.zeros(1009, int)
    clusters[500:] = 1

    assert "units.presence" in codes(write(tmp_path, spike_clusters=clusters))


def test_spikes_that_stand_twice_are_said(tmp_path: Path) -> None:
    times = np.arange(1009) * 500
    times[7] = times[6]

    found = codes(write(tmp_path, spike_times=times, spike_clusters=np.zeros(1009, int)))

    assert "units.duplicate-spikes" in found


def test_units_that_nobody_looked_at_are_said(tmp_path: Path) -> None:
    assert "units.not-curated" in codes(write(tmp_path, spike_clusters=np.full(1009, 9)))


def test_a_file_without_units_fails(tmp_path: Path) -> None:
    import h5py

    path = write(tmp_path)
    with h5py.File(path, "a") as file:
        del file["units"]

    quality = check_units(path, HEADER)

    assert quality.verdict == "fail"
    assert [f.code for f in quality.findings] == ["units.none"]


def test_units_of_a_labs_own_file_need_no_order_no_labels_and_no_contacts(tmp_path: Path) -> None:
    import h5py

    path = write(tmp_path)
    with h5py.File(path, "a") as file:
        table = file["units"]
        table["spike_times"][:3] = [9.0, np.nan, 1.0]
        del table["quality"]
        flat = table["waveform_mean"][:, :, 0]
        del table["waveform_mean"]
        table["waveform_mean"] = flat
        table["waveform_mean"].attrs["sampling_rate"] = 30000.0

    units = read_units(path)

    assert all((np.diff(times) >= 0).all() for times in units.times_s)
    assert units.labels == ["unsorted"] * 4
    np.testing.assert_array_equal(units.waveforms, flat)
    assert check_units(path, HEADER).extra["n_spikes"] == 1008


def change(path: Path, name: str, make: Callable[[np.ndarray], np.ndarray]) -> None:
    """Replace a column of units by what a lab's own file may hold."""
    with h5py.File(path, "a") as file:
        node = file["units"][name]
        node[...] = make(node[()])


def test_a_clock_that_started_before_the_recording_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path)
    before = check_units(path, HEADER)

    change(path, "spike_times", lambda times: times + 4096.0)

    after = check_units(path, HEADER)
    assert after.extra == pytest.approx(before.extra)
    assert [f.code for f in after.findings] == [f.code for f in before.findings]


def test_contacts_and_units_without_a_waveform_are_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path)
    whole = read_units(path).waveforms

    def forget(waves: np.ndarray) -> np.ndarray:
        seen = int(np.argmax(np.ptp(waves[0], axis=0)))
        waves[0][:, np.arange(waves.shape[2]) != seen] = np.nan
        waves[1] = np.nan
        return waves

    change(path, "waveform_mean", forget)

    found = read_units(path).waveforms
    amplitudes = [np.ptp(whole[i]) for i in (0, 2, 3)]
    np.testing.assert_array_equal(found[0], whole[0])
    assert check_units(path, HEADER).extra["template_amplitude_median"] == pytest.approx(
        np.median(amplitudes)
    )
