"""Fingerprints are taken from recordings, images and series, over what all people have."""

from __future__ import annotations

import edfio
import numpy as np
import pytest

from fascicle.formats import open_volume_file
from fascicle.maths import (
    WelchSpectrum,
    connectome_fingerprint,
    match_people,
    spectrum_fingerprint,
)
from fascicle.workflows._risk_prints import average_cells, collect_prints

SFREQ_HZ = 128
NAMES = ("Fz", "Cz", "Oz")


def write_eeg(folder, label, session, seed, *, names=NAMES, seconds=21, sfreq_hz=SFREQ_HZ):
    """EEG whose alpha peak and whose slope are the person's own, whatever the session."""
    person, chance = np.random.default_rng(sum(map(ord, label))), np.random.default_rng(seed)
    freqs = np.fft.rfftfreq(seconds * sfreq_hz, 1 / sfreq_hz)
    shape = 1 / np.maximum(freqs, 1) ** person.uniform(0.5, 1.5) + person.uniform(0.2, 1) * np.exp(
        -((freqs - person.uniform(8, 13)) ** 2)
    )
    signals = []
    for name in names:
        noise = np.fft.rfft(chance.normal(size=seconds * sfreq_hz)) * np.sqrt(shape)
        data = 50 * np.fft.irfft(noise)
        signals.append(edfio.EdfSignal(
            data, sfreq_hz, label=f"EEG {name}", physical_dimension="uV",
            physical_range=(-500, 500),
        ))  # fmt: skip
    part = f"_ses-{session}" if session else ""
    place = folder / f"sub-{label}" / (f"ses-{session}" if session else "") / "eeg"
    place.mkdir(parents=True, exist_ok=True)
    edfio.Edf(signals).write(place / f"sub-{label}{part}_task-rest_eeg.edf")


def make_eeg_dataset(folder, n=7, sessions=("1", "2")):
    for number in range(n):
        for at, session in enumerate(sessions):
            write_eeg(folder, f"P{number:02d}x", session, 100 * number + at)
    return folder


def test_spectra_name_people_between_halves_and_between_sessions(tmp_path):
    (prints,), n_failed = collect_prints(make_eeg_dataset(tmp_path), None)

    assert (prints.what, n_failed) == ("EEG spectrum", 0)
    for pair in (prints.pair_halves(), prints.pair_sessions()):
        assert pair[0].shape == (7, len(NAMES) * 39)
        assert match_people(*pair).sum() >= 5
    assert list(prints.means()) == [f"P{number:02d}x" for number in range(7)]


def test_halves_are_halves_of_the_recording(tmp_path):
    (prints,), _ = collect_prints(make_eeg_dataset(tmp_path, n=2, sessions=("",)), None)

    path = next(tmp_path.glob("sub-P00x/eeg/*.edf"))
    data = np.stack([signal.data for signal in edfio.read_edf(path).signals])
    windows = [data[:, at : at + 256] for at in range(0, data.shape[1] - 255, 256)]
    for half, some in zip(prints.pair_halves(), (windows[:5], windows[5:]), strict=True):
        welch = WelchSpectrum(3, SFREQ_HZ, 256)
        for window in some:  # the middle one, at ten seconds of 21, ends after the middle
            welch.add(window)
        expected = spectrum_fingerprint(welch.density(), welch.freqs_hz)
        assert half[0] == pytest.approx(expected, abs=1e-6)
    assert prints.pair_sessions() is None


def test_only_the_channels_that_all_have_are_compared(tmp_path):
    make_eeg_dataset(tmp_path, n=2, sessions=("",))
    write_eeg(tmp_path, "odd", "", 5, names=("Oz", "Cz", "Pz"))

    (prints,), _ = collect_prints(tmp_path, None)

    (alone,), _ = collect_prints(make_eeg_dataset(tmp_path / "alone", n=2, sessions=("",)), None)
    shared = prints.pair_halves()[0]
    assert shared.shape == (3, 2 * 39)
    assert shared[:2] == pytest.approx(alone.pair_halves()[0][:, 39:])  # without Fz


def test_an_odd_recording_does_not_take_the_channels_from_all_others(tmp_path):
    make_eeg_dataset(tmp_path, n=4, sessions=("",))
    write_eeg(tmp_path, "odd", "", 5, names=("Oz", "X1", "X2", "X3"))

    (prints,), n_failed = collect_prints(tmp_path, None)

    assert n_failed == 1
    assert prints.pair_halves()[0].shape == (4, len(NAMES) * 39)


def test_people_without_a_common_channel_are_not_compared(tmp_path):
    write_eeg(tmp_path, "a", "", 5, names=("Oz",))
    write_eeg(tmp_path, "b", "", 6, names=("Cz",))

    assert collect_prints(tmp_path, None) == ((), 2)


def test_what_is_too_slow_too_short_or_broken_is_counted(tmp_path):
    make_eeg_dataset(tmp_path, n=2, sessions=("",))
    write_eeg(tmp_path, "slow", "", 5, sfreq_hz=50)
    write_eeg(tmp_path, "short", "", 5, seconds=3)
    (tmp_path / "sub-bad" / "eeg").mkdir(parents=True)
    (tmp_path / "sub-bad" / "eeg" / "sub-bad_task-rest_eeg.edf").write_bytes(b"0       no")

    (prints,), n_failed = collect_prints(tmp_path, None)

    assert n_failed == 3
    assert len(prints.means()) == 2


def write_series(folder, n=5, sessions=("1", "2"), n_times=101, n_regions=11):
    folder.mkdir(exist_ok=True)
    for number in range(n):
        load = np.random.default_rng(number).normal(size=(4, n_regions))
        for session in sessions:
            chance = np.random.default_rng([number, int(session)])
            series = chance.normal(size=(n_times, 4)) @ load + chance.normal(
                size=(n_times, n_regions)
            )
            np.save(folder / f"sub-{number}_ses-{session}_timeseries.npy", series)
    return folder


def test_series_of_regions_name_people(tmp_path):
    steps = []

    (prints,), n_failed = collect_prints(
        None, write_series(tmp_path / "series"), on_progress=steps.append
    )

    assert n_failed == 0
    assert [(step.done, step.total) for step in steps] == [(at, 10) for at in range(10)]
    first, second = prints.pair_halves()
    series = np.load(tmp_path / "series" / "sub-0_ses-1_timeseries.npy")
    assert first[0] == pytest.approx(connectome_fingerprint(series[:50].T))
    assert second[0] == pytest.approx(connectome_fingerprint(series[50:].T))
    assert match_people(*prints.pair_sessions()).all()


def test_matrices_and_short_series_are_no_series(tmp_path):
    folder = write_series(tmp_path / "series", n=2)
    np.save(folder / "sub-8.npy", np.eye(61))
    np.save(folder / "sub-9.npy", np.random.default_rng(0).normal(size=(30, 11)))

    (prints,), n_failed = collect_prints(None, folder)

    assert n_failed == 2
    assert len(prints.means()) == 2


def write_bold(folder, label, n_volumes=61, shape=(13, 17, 11)):
    nibabel = pytest.importorskip("nibabel")
    person, chance = np.random.default_rng(sum(map(ord, label))), np.random.default_rng(1)
    load = person.normal(size=(*shape, 3))
    values = 1000 + 40 * load @ chance.normal(size=(3, n_volumes))
    values[:2] = 0  # air
    place = folder / f"sub-{label}" / "func"
    place.mkdir(parents=True)
    image = nibabel.Nifti1Image(values.astype(np.float32), np.diag([3, 3, 4, 1]))
    path = place / f"sub-{label}_task-rest_bold.nii.gz"
    image.to_filename(path)
    return path, values


def test_cells_of_a_grid_are_means_of_their_voxels(tmp_path):
    path, values = write_bold(tmp_path, "a")

    found = average_cells(open_volume_file(path))

    corner = values[-2:, :3, :2]  # the last of 13, the first of 17 and of 11, in six parts
    assert found.shape == (216, 61)
    assert found[5 * 36] == pytest.approx(corner.mean(axis=(0, 1, 2)), rel=1e-5)
    assert found.mean() == pytest.approx(np.mean([found[cell].mean() for cell in range(216)]))


def test_images_over_time_name_people(tmp_path):
    for label in ("a", "b", "c"):
        write_bold(tmp_path, label)
    write_bold(tmp_path, "short", n_volumes=20)

    (prints,), n_failed = collect_prints(tmp_path, None)

    assert (prints.what, n_failed) == ("fMRI connectome", 1)
    assert match_people(*prints.pair_halves()).all()


@pytest.mark.data
def test_real_connectomes_are_named_between_halves(signals, tmp_path):
    import tarfile

    with tarfile.open(signals / "connectivity" / "abide_cc200_shared" / "rois_cc200.tar.xz") as tar:
        tar.extractall(tmp_path, filter="data")

    (prints,), n_failed = collect_prints(None, tmp_path)

    assert n_failed == 0
    hits = match_people(*prints.pair_halves())
    assert (hits.sum(), hits.size) == (24, 24)
