"""Contrast, noise, entropy and smoothness of a structural image."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.stats import median_abs_deviation

from fascicle.maths import (
    TissueValues,
    air_signal_to_noise,
    artefact_share,
    contrast_to_noise,
    focus_entropy,
    foreground_energy,
    joint_variation,
    signal_to_noise,
    smoothness_voxels,
    white_to_top,
)

DATA = Path(os.environ.get("FASCICLE_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
ABIDE = DATA / "signals" / "cohort" / "mriqc_abide" / "abide.tsv.gz"


def test_values_of_a_tissue_are_those_that_scipy_gives() -> None:
    values = np.random.default_rng(7).gamma(3, 40, (7, 11, 13)).astype(np.float32)

    found = TissueValues.of(values)

    assert found.median == pytest.approx(float(np.median(values)))
    assert found.spread == pytest.approx(float(values.astype(float).std()))
    assert found.robust_spread == pytest.approx(
        median_abs_deviation(values.astype(float), axis=None, scale="normal")
    )
    assert found.n_voxels == 1001


def test_a_tissue_without_voxels_has_no_values() -> None:
    found = TissueValues.of(np.zeros(0))

    assert np.isnan([found.median, found.spread, found.robust_spread]).all()
    assert np.isnan(signal_to_noise(found))


def test_ratios_do_not_depend_on_the_unit_of_the_image() -> None:
    rng = np.random.default_rng(7)
    white, grey, air = rng.normal(900, 40, 997), rng.normal(600, 60, 991), rng.rayleigh(9, 983)

    for scale in (1.0, 1e-3, 5e4):
        w, g, a = (TissueValues.of(scale * values) for values in (white, grey, air))
        assert joint_variation(w, g) == pytest.approx(100 / 300, rel=0.1)
        assert contrast_to_noise(w, g, a.spread) == pytest.approx(300 / 72.3, rel=0.1)
        assert signal_to_noise(w) == pytest.approx(22.5, rel=0.1)


def test_noise_of_the_air_is_that_of_the_channels_below_it() -> None:
    rng = np.random.default_rng(7)
    air = TissueValues.of(np.hypot(*rng.normal(0, 5.0, (2, 200_003))))

    # The robust spread of Rayleigh magnitudes is near their standard deviation, not the same.
    by_spread = air_signal_to_noise(
        TissueValues(1000.0, 1.0, 1.0, 9), TissueValues(air.median, air.spread, 0.0, air.n_voxels)
    )

    assert by_spread == pytest.approx(200, rel=0.01)
    assert air_signal_to_noise(TissueValues(1000.0, 1, 1, 9), air) == pytest.approx(200, rel=0.03)


def test_air_that_was_set_to_zero_is_told() -> None:
    white, nothing = TissueValues(1000.0, 1.0, 1.0, 9), TissueValues.of(np.zeros(101))
    head = np.arange(11) < 4

    assert air_signal_to_noise(white, nothing) == np.inf
    assert foreground_energy(np.where(head, 100.0, 0.0), head) == -1
    assert foreground_energy(np.ones(11), np.ones(11, bool)) == -1


def test_energy_is_the_ratio_of_median_squares() -> None:
    rng = np.random.default_rng(7)
    volume, head = rng.normal(0, 3, (7, 9, 11)), np.zeros((7, 9, 11), bool)
    head[2:5, 3:7, 4:8] = True
    volume[head] += 50

    found = foreground_energy(volume, head)

    assert found == pytest.approx(np.median(volume[head] ** 2) / np.median(volume[~head] ** 2))


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_entropy_of_an_image_that_is_partly_even_has_a_closed_form(share: float) -> None:
    volume = np.zeros((10, 10, 10))
    volume.ravel()[: round(1000 * share)] = 7.0

    found = focus_entropy(volume)

    n = 1000 * share
    assert found == pytest.approx(
        np.sqrt(n) * np.log(np.sqrt(n)) / (np.sqrt(1e3) * np.log(1e3) / 2)
    )


def test_blur_and_ghosts_raise_the_entropy() -> None:
    rng = np.random.default_rng(7)
    volume = np.abs(rng.normal(0, 1, (31, 29, 27)))
    volume[9:20, 8:19, 7:18] += 200

    ghosted = volume + 0.15 * np.roll(volume, 15, axis=1)

    assert focus_entropy(ghosted) > 1.05 * focus_entropy(volume)
    assert np.isnan(focus_entropy(np.zeros((3, 3, 3))))


def test_white_matter_over_the_top_uses_the_last_voxels_but_a_few() -> None:
    volume = np.ones(100_000)
    volume[:40] = 9e9
    volume[40:100] = 4.0

    assert white_to_top(volume, TissueValues(2.0, 1, 1, 9)) == pytest.approx(0.5)


def test_a_share_of_artefacts_counts_only_the_air() -> None:
    air = np.arange(20) < 16

    assert artefact_share(air, np.arange(20) >= 12) == 0.25
    assert artefact_share(np.zeros(20, bool), air) == -1


@pytest.mark.parametrize("sd", [1.5, 3.0])
def test_smoothness_is_that_of_the_filter_that_made_it(sd: float) -> None:
    noise = np.random.default_rng(7).normal(0, 1, (81, 79, 77))
    widths = (sd, 2.0, 1.2)
    smooth = gaussian_filter(noise, widths, mode="wrap")
    mask = np.ones(smooth.shape, bool)
    mask[:5] = False

    found = smoothness_voxels(1000 + 9 * smooth, mask)

    np.testing.assert_allclose(found, 2.3548 * np.array(widths), rtol=0.05)


def test_noise_and_an_even_image_have_no_smoothness() -> None:
    noise = np.random.default_rng(7).permutation(np.tile([0.0, 1.0], 500)).reshape(10, 10, 10)
    chequers = (np.indices((7, 8, 9)).sum(axis=0) % 2).astype(float)
    everywhere = np.ones((10, 10, 10), bool)

    assert np.isnan(smoothness_voxels(chequers, np.ones(chequers.shape, bool))).all()
    assert np.isnan(smoothness_voxels(np.ones((10, 10, 10)), everywhere)).all()
    rough = np.array(smoothness_voxels(noise, everywhere))
    assert (rough[np.isfinite(rough)] < 1.2).all()


@pytest.mark.data
@pytest.mark.skipif(not ABIDE.is_file(), reason="needs the MRIQC table under FASCICLE_TEST_DATA")
def test_formulas_give_what_mriqc_published_of_a_thousand_images() -> None:
    with gzip.open(ABIDE, "rt", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))

    wrong = {"cjv": 0, "cnr": 0, "snr_wm": 0, "snrd_wm": 0}
    for row in rows:
        white, grey, air = (tissue_of(row, name) for name in ("wm", "gm", "bg"))
        ours = {
            "cjv": joint_variation(white, grey),
            "cnr": contrast_to_noise(white, grey, air.spread),
            "snr_wm": signal_to_noise(white),
            "snrd_wm": air_signal_to_noise(white, air),
        }
        for name, value in ours.items():
            # MRIQC takes the plain spread of nearly silent air, and writes 0 for none.
            silent = name == "snrd_wm" and air.robust_spread <= 1
            wrong[name] += not silent and value != pytest.approx(float(row[name]), rel=1e-4)

    assert len(rows) == 1101
    assert wrong == {"cjv": 0, "cnr": 0, "snr_wm": 0, "snrd_wm": 0}


def tissue_of(row: dict[str, str], name: str) -> TissueValues:
    median, spread, robust, n = (
        float(row[f"summary_{name}_{what}"]) for what in ("median", "stdv", "mad", "n")
    )
    return TissueValues(median, spread, robust, int(n))
