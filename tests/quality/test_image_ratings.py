"""Ratings of T1-weighted images by the shipped model."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import train_image_ratings
from fascicle.maths import area_under_curve
from fascicle.quality._image_ratings import (
    LOGGED,
    RATED_FEATURES,
    gather_features,
    load_model,
    rate_image,
)

DATA = Path(os.environ.get("FASCICLE_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
ABIDE = DATA / "signals" / "cohort" / "mriqc_abide" / "abide.tsv.gz"


def middle() -> dict[str, float]:
    """Measures of an image in the middle of those that were learnt from."""
    centre = load_model().logistic.centre
    return {
        name: float(np.exp(value) if name in LOGGED else value)
        for name, value in zip(RATED_FEATURES, centre, strict=True)
    }


def test_an_image_in_the_middle_is_not_excluded() -> None:
    rating = rate_image(middle())

    assert rating is not None
    assert rating.probability < 0.2
    assert not rating.is_excluded
    assert rating.outside == ()
    assert max(map(abs, rating.contributions.values())) < 1e-9


@pytest.mark.parametrize(("name", "factor"), [("cjv", 1.9), ("fwhm_avg", 1.6), ("snr_wm", 0.7)])
def test_worse_measures_speak_for_leaving_it_out(name: str, factor: float) -> None:
    worse = middle()
    worse[name] *= factor

    rating, usual = rate_image(worse), rate_image(middle())

    assert rating is not None
    assert usual is not None
    assert rating.probability > usual.probability
    assert rating.contributions[name] > 0


def test_contributions_make_up_the_probability() -> None:
    measures = middle() | {"cjv": 0.55, "snr_wm": 14.0}

    rating = rate_image(measures)

    assert rating is not None
    odds = sum(rating.contributions.values()) + load_model().logistic.intercept
    assert rating.probability == pytest.approx(1 / (1 + np.exp(-odds)))


@pytest.mark.parametrize("name", RATED_FEATURES)
def test_what_was_never_learnt_from_is_told(name: str) -> None:
    rating = rate_image(middle() | {name: 1e4})

    assert rating is not None
    assert rating.outside == (name,)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), -1.0])
def test_without_a_feature_there_is_no_rating(value: float | None) -> None:
    measures = middle()
    if value is None:
        del measures["cjv"]
    else:
        measures["cjv"] = value

    assert rate_image(measures) is None
    assert gather_features(measures) is None


@pytest.mark.data
@pytest.mark.skipif(not ABIDE.is_file(), reason="needs the MRIQC table under FASCICLE_TEST_DATA")
def test_the_shipped_weights_are_those_that_the_script_teaches() -> None:
    features, excluded, sites = train_image_ratings.gather_rows(
        train_image_ratings.read_table(ABIDE)
    )

    model = train_image_ratings.teach(features, excluded)

    assert (len(features), len(set(sites)), int(excluded.sum())) == (1101, 17, 156)
    np.testing.assert_allclose(model.weights, load_model().logistic.weights, rtol=1e-6)
    assert model.intercept == pytest.approx(load_model().logistic.intercept)
    held_out = np.zeros(len(features))
    for site in set(sites):
        there = sites == site
        held_out[there] = train_image_ratings.teach(features[~there], excluded[~there]).predict(
            features[there]
        )
    assert area_under_curve(held_out, excluded)[0] > 0.85
