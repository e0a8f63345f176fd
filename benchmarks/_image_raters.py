"""Ratings by experts: who is judged leave-site-out, with what, and how well."""

from __future__ import annotations

import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import (
    area_under_curve,
    fit_logistic,
    framewise_displacement,
    proportion_interval,
)
from fascicle.quality._image_ratings import RATED_FEATURES

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
import train_image_ratings as training

Model = Callable[[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]], NDArray[np.float64]]
"""Learns from rows and what they are, and scores other rows."""
N_BOOTSTRAP = 300
RADIUS_MM = 50.0


def own_logistic(train: Any, truth: Any, test: Any) -> NDArray[np.float64]:
    return fit_logistic(train, truth, ridge=training.RIDGE).predict(test)


def peer_logistic(train: Any, truth: Any, test: Any) -> NDArray[np.float64]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.05, class_weight="balanced", max_iter=2000)
    )
    return model.fit(train, truth).predict_proba(test)[:, 1]


def peer_forest(train: Any, truth: Any, test: Any) -> NDArray[np.float64]:
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(
        150, min_samples_leaf=5, class_weight="balanced", random_state=0, n_jobs=1
    )
    return model.fit(train, truth).predict_proba(test)[:, 1]


def peer_trees(train: Any, truth: Any, test: Any) -> NDArray[np.float64]:
    from sklearn.ensemble import ExtraTreesClassifier

    model = ExtraTreesClassifier(
        300, min_samples_leaf=2, class_weight="balanced", random_state=0, n_jobs=1
    )
    return model.fit(train, truth).predict_proba(test)[:, 1]


def first_column(train: Any, truth: Any, test: Any) -> NDArray[np.float64]:
    return test[:, 0]


def leave_site_out(
    features: NDArray[np.float64], truth: NDArray[np.bool_], sites: NDArray[np.str_], model: Model
) -> NDArray[np.float64]:
    """Return scores of each image by a model that never saw its site."""
    scores = np.zeros(len(truth))
    for site in np.unique(sites):
        there = sites == site
        scores[there] = model(features[~there], truth[~there], features[there])
    return scores


def judge(
    scores: NDArray[np.float64], truth: NDArray[np.bool_], sites: NDArray[np.str_], seed: int
) -> dict[str, Any]:
    """Return areas: pooled, by site, and an interval in which sites are drawn anew."""
    area, low, high = area_under_curve(scores, truth)
    by_site = {
        str(site): round(area_under_curve(scores[sites == site], truth[sites == site])[0], 3)
        for site in np.unique(sites)
        if min(truth[sites == site].sum(), (~truth[sites == site]).sum()) >= 2
    }
    rng, names = np.random.default_rng(seed), np.unique(sites)
    rows = {site: np.flatnonzero(sites == site) for site in names}
    drawn = []
    for _ in range(N_BOOTSTRAP):
        chosen = np.concatenate([rows[site] for site in rng.choice(names, len(names))])
        if 2 <= truth[chosen].sum() <= len(chosen) - 2:
            drawn.append(area_under_curve(scores[chosen], truth[chosen])[0])
    return {
        "auc": area,
        "interval": [low, high],
        "interval_over_sites": np.percentile(drawn, [2.5, 97.5]).tolist(),
        "auc_mean_of_sites": float(np.mean(list(by_site.values()))) if by_site else None,
        "auc_by_site": by_site,
    }


def judge_structural(table: Path, seed: int) -> dict[str, Any]:
    """Judge models that rate T1-weighted images, against each rater."""
    rows = training.read_table(table)
    # Sizes of image and voxels tell the site, and nothing of quality.
    names = [n for n in list(rows[0])[5:] if not n.startswith(("size_", "spacing_"))]
    found: dict[str, Any] = {"raters": compare_raters(rows)}
    for rater in ("rater_3", "rater_1", "rater_2"):
        features, truth, sites = training.gather_rows(rows, rater)
        kept = [row for row in rows if row[rater] != "n/a"]
        everything = np.nan_to_num(
            np.array([[training.read_number(row[n]) for n in names] for row in kept])
        )
        runs = {
            "ours, five measures (shipped)": (features, own_logistic),
            f"ours, all {len(names)} of MRIQC": (everything, own_logistic),
            "scikit-learn logistic, all": (everything, peer_logistic),
            "scikit-learn random forest, all": (everything, peer_forest),
            "scikit-learn extra trees, all": (everything, peer_trees),
            "scikit-learn random forest, five measures": (features, peer_forest),
            "cjv alone": (features, first_column),
        }
        found[rater] = {"n": len(truth), "n_excluded": int(truth.sum()), "n_sites": len(set(sites))}
        for name, (inputs, model) in runs.items():
            if rater != training.RATER and model is peer_trees:
                continue  # for the raters of half of the images, one peer of its kind is enough
            scores = leave_site_out(inputs, truth, sites, model)
            found[rater][name] = judge(scores, truth, sites, seed)
            if "shipped" in name:
                found[rater][name] |= at_threshold(scores, truth)
            print(rater, name, round(found[rater][name]["auc"], 3), flush=True)
    found["measures"] = list(RATED_FEATURES)
    return found


def at_threshold(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> dict[str, Any]:
    """Return what happens at the threshold, and how true the probabilities are."""
    said = scores >= training.THRESHOLD
    n_hits, n_alarms = int((said & truth).sum()), int((said & ~truth).sum())
    bins = np.quantile(scores, np.linspace(0, 1, 6))
    at = np.clip(np.searchsorted(bins, scores, side="right") - 1, 0, 4)
    return {
        "sensitivity": n_hits / truth.sum(),
        "sensitivity_interval": proportion_interval(n_hits, int(truth.sum())),
        "false_alarm_rate": n_alarms / (~truth).sum(),
        "false_alarm_interval": proportion_interval(n_alarms, int((~truth).sum())),
        "precision": n_hits / max(n_hits + n_alarms, 1),
        "brier": float(np.mean((scores - truth) ** 2)),
        "brier_of_the_share": float(truth.mean() * (1 - truth.mean())),
        "calibration": [
            [float(scores[at == k].mean()), float(truth[at == k].mean())] for k in range(5)
        ],
    }


def compare_raters(rows: list[dict[str, str]]) -> dict[str, Any]:
    """Return how well one rater's word tells another's."""
    found = {}
    for one, other in (("rater_1", "rater_2"), ("rater_1", "rater_3"), ("rater_2", "rater_3")):
        both = [row for row in rows if "n/a" not in (row[one], row[other])]
        score = np.array([-float(row[one]) for row in both])
        truth = np.array([float(row[other]) == -1 for row in both])
        said = score == 1
        agree = float(np.mean(said == truth))
        chance = float(said.mean() * truth.mean() + (1 - said.mean()) * (1 - truth.mean()))
        area, low, high = area_under_curve(score, truth)
        found[f"{one} for {other}"] = {
            "n": len(both), "auc": area, "interval": [low, high],
            "kappa_of_excluded": (agree - chance) / (1 - chance),
        }  # fmt: skip
    return found


def judge_motion(archive: Path, people: Path, seed: int) -> dict[str, Any]:
    """Judge rules and a model on movement, against people's decisions on runs of fMRI."""
    traces, truth, numbers = read_traces(archive)
    site_of = dict(
        line.split(",")[:2] for line in people.read_text("utf-8").splitlines()[1:] if line
    )
    sites = np.array([site_of[number] for number in numbers])
    rows = np.array([describe_trace(trace) for trace in traces])
    rules = {"mean displacement": 0, "share above 0.2 mm": 1, "share above 0.5 mm": 2,
             "largest displacement": 3, "range of position": 4}  # fmt: skip
    found: dict[str, Any] = {"n": len(truth), "n_excluded": int(truth.sum())}
    found["n_sites"] = len(set(sites))
    for name, column in rules.items():
        found[f"rule: {name}"] = judge(rows[:, column], truth, sites, seed)
    for name, model in {
        "ours, logistic": own_logistic,
        "scikit-learn random forest": peer_forest,
    }.items():
        scores = leave_site_out(rows, truth, sites, model)
        found[name] = judge(scores, truth, sites, seed)
    for value in found.values():
        if isinstance(value, dict):
            value.pop("auc_by_site")  # three people a site: no areas
            value.pop("auc_mean_of_sites")
    return found


def read_traces(archive: Path) -> tuple[list[NDArray[np.float64]], NDArray[np.bool_], list[str]]:
    """Return realignment traces, whether a person excluded each, and whose they are."""
    traces, excluded, numbers = [], [], []
    with tarfile.open(archive) as packed:
        for member in sorted(packed.getmembers(), key=lambda one: one.name):
            stream = packed.extractfile(member) if member.name.endswith(".txt") else None
            if stream is not None:
                traces.append(np.loadtxt(stream))
                excluded.append("select0" in member.name)
                numbers.append(Path(member.name).name.partition("_")[0])
    return traces, np.array(excluded), numbers


def describe_trace(trace: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return measures of one trace: millimetres first, then degrees (no header says so)."""
    motion = np.column_stack([trace[:, :3], np.radians(trace[:, 3:])])
    steps = framewise_displacement(motion, radius_mm=RADIUS_MM)[1:]
    reach = np.ptp(np.column_stack([motion[:, :3], RADIUS_MM * motion[:, 3:]]), axis=0)
    return np.array([
        np.log(steps.mean()), np.mean(steps > 0.2), np.mean(steps > 0.5), np.log(steps.max()),
        np.log(reach.max()), np.log(np.percentile(steps, 75)), np.log(len(trace)),
    ])  # fmt: skip
