"""Would an expert leave an image out? A small model that learnt from experts' ratings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import Logistic

RATED_FEATURES: Final = ("cjv", "cnr", "fwhm_avg", "snr_wm", "wm2max")
"""What the model looks at; `fwhm_avg` in voxels. None needs air that was left as it was."""
LOGGED: Final = frozenset({"cjv", "fwhm_avg"})
"""Features whose logarithm is taken: they have long tails."""
_WEIGHTS: Final = "image_ratings.npz"


@dataclass(frozen=True, slots=True)
class RatingModel:
    """The model with the range of what it learnt from.

    Attributes
    ----------
    logistic : Logistic
        Log-odds of being excluded.
    lowest, highest : ndarray of float64, shape (n_features,)
        Of each feature among the images that it learnt from, but for the most extreme thousandth.
    threshold : float
        Probability from which on an image is called excluded.
    """

    logistic: Logistic
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]
    threshold: float


@dataclass(frozen=True, slots=True)
class Rating:
    """What the model says of one image.

    Attributes
    ----------
    probability : float
        That an expert excludes it.
    is_excluded : bool
        True from the model's threshold on.
    contributions : dict of str to float
        What each feature adds to the log-odds, beside an image in the middle of those that were
        learnt from.
    outside : tuple of str
        Features whose values are outside of what was learnt from: then the rating is a guess.
    """

    probability: float
    is_excluded: bool
    contributions: dict[str, float]
    outside: tuple[str, ...]


def rate_image(measures: Mapping[str, float], model: RatingModel | None = None) -> Rating | None:
    """Rate a T1-weighted image by its measures.

    Parameters
    ----------
    measures : mapping of str to float
        As `measure_structure` returns them.
    model : RatingModel or None
        None takes the one that comes with the package.

    Returns
    -------
    Rating or None
        None if a feature is missing.
    """
    features = gather_features(measures)
    if features is None:
        return None
    used = model or load_model()
    probability = float(used.logistic.predict(features[None])[0])
    added = used.logistic.contribute(features)
    is_far = (features < used.lowest) | (features > used.highest)
    return Rating(
        probability,
        probability >= used.threshold,
        {name: float(added[k]) for k, name in enumerate(RATED_FEATURES)},
        tuple(name for k, name in enumerate(RATED_FEATURES) if is_far[k]),
    )


def gather_features(measures: Mapping[str, float]) -> NDArray[np.float64] | None:
    """Return the features of an image as the model takes them; None if one is missing."""
    values = []
    for name in RATED_FEATURES:
        value = float(measures.get(name, np.nan))
        if not np.isfinite(value) or (name in LOGGED and value <= 0):
            return None
        values.append(np.log(value) if name in LOGGED else value)
    return np.array(values)


@cache
def load_model() -> RatingModel:
    """Return the model that comes with the package: arrays alone, nothing that runs."""
    with (files("fascicle.quality") / "data" / _WEIGHTS).open("rb") as stream:
        kept = np.load(stream, allow_pickle=False)
        logistic = Logistic(
            kept["centre"], kept["scale"], kept["weights"], float(kept["intercept"])
        )
        return RatingModel(logistic, kept["lowest"], kept["highest"], float(kept["threshold"]))
