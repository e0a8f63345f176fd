"""Measures of an image in one pass."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from fascicle.formats import open_volume_file
from fascicle.quality._volume_measures import measure_volume


def save(tmp_path, values):
    nib.save(nib.Nifti1Image(values, np.eye(4)), tmp_path / "a.nii.gz")
    return open_volume_file(tmp_path / "a.nii.gz")


def make_series(n=21):
    rng = np.random.default_rng(7)
    values = rng.normal(30, 3, (13, 11, 7, n)).astype(np.float32)
    values[3:10, 2:9, 1:6] += rng.normal(900, 12, (7, 7, 5, n))
    return values


@pytest.mark.parametrize("slab_bytes", [600, 1 << 24])
def test_measures_over_time_are_those_of_the_whole_array(tmp_path, monkeypatch, slab_bytes):
    monkeypatch.setattr("fascicle.formats._volume_reader._SLAB_BYTES", slab_bytes)
    values = make_series()

    found = measure_volume(save(tmp_path, values), over_time=True)

    mask = values[..., 0] > 0.2 * np.percentile(values[..., 0], 98)
    inside = values[mask].astype(np.float64)  # (n_voxels, n_volumes)
    change = np.sqrt(np.mean(np.diff(inside, axis=1) ** 2, axis=0))
    np.testing.assert_array_equal(found.mask, mask)
    np.testing.assert_allclose(found.signal, inside.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(found.dvars[1:], 100 * change / inside.mean(), rtol=1e-5)
    assert np.isnan(found.dvars[0])
    tsnr = inside.mean(axis=1) / inside.std(axis=1, ddof=1)
    np.testing.assert_allclose(found.tsnr[mask], tsnr, rtol=1e-3)
    np.testing.assert_allclose(found.average, values.mean(axis=3), rtol=1e-4)
    assert set(found.traces[:, 0]) <= set(values[mask][:, 0])


def test_planes_are_the_middle_ones_whatever_the_slabs(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("fascicle.formats._volume_reader._SLAB_BYTES", 700)
    values = make_series(1)[..., 0]

    found = measure_volume(save(tmp_path, values), over_time=False)

    for plane, expected in zip(
        found.planes, (values[6], values[:, 5], values[:, :, 3]), strict=True
    ):
        np.testing.assert_array_equal(plane, expected)


def test_values_that_are_no_numbers_are_counted_and_left_out(tmp_path) -> None:
    values = make_series(3)
    values[0, 0, :5, 1] = np.nan
    values[1, 0, 0, 1] = np.inf

    found = measure_volume(save(tmp_path, values), over_time=False)

    assert found.not_finite.tolist() == [0, 6, 0]
    clean = values[..., 1][np.isfinite(values[..., 1])]
    assert found.mean[1] == pytest.approx(clean.mean(), rel=1e-6)
    assert found.highest[1] == clean.max()


def test_a_volume_that_repeats_the_one_before_is_seen(tmp_path) -> None:
    values = make_series(5)
    values[..., 3] = values[..., 2]

    found = measure_volume(save(tmp_path, values), over_time=False)

    assert found.is_repeated.tolist() == [False, False, False, True, False]


@pytest.mark.parametrize(("n", "expected"), [(2, 2), (64, 64), (90, 65)])
def test_different_values_are_counted_up_to_a_limit(tmp_path, n, expected) -> None:
    values = (np.arange(40 * 41 * 3).reshape(40, 41, 3, order="F") % n).astype(np.int16)

    assert measure_volume(save(tmp_path, values), over_time=False).n_values == expected


def test_fractions_are_no_labels(tmp_path) -> None:
    values = np.full((5, 6, 7), 0.5, np.float32)

    assert measure_volume(save(tmp_path, values), over_time=False).n_values == 0
