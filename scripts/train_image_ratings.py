"""Teach the model that rates T1-weighted images, and write its weights.

Source: ``abide.tsv`` of the repository nipreps/mriqc-learn (Apache-2.0): MRIQC's metrics of 1101
images of ABIDE, with experts' ratings. Learnt is whether the third rater, who saw all images,
excluded them. The digest of the table is checked; the same table gives the same bytes.

Usage: ``python scripts/train_image_ratings.py ABIDE_TABLE``, the table plain or as ``.gz``.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import Logistic, fit_logistic
from fascicle.quality._image_ratings import gather_features

TARGET = Path(__file__).parents[1] / "src/fascicle/quality/data/image_ratings.npz"
SHA256 = "7477e9a2d786e7a28fe62a2d16b8f1a1e56d6d7ee19e6317bf1a8b0683dadb14"
"""Of the table, unpacked."""
RATER = "rater_3"
EXCLUDED = -1.0
RIDGE = 20.0
THRESHOLD = 0.15
"""About the share of images that the rater excluded: from there on one is worse than usual."""
TAIL = 0.001


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of the table, if it is the one that is meant."""
    packed = path.read_bytes()
    plain = gzip.decompress(packed) if path.suffix == ".gz" else packed
    if hashlib.sha256(plain).hexdigest() != SHA256:
        raise SystemExit("This is not the table of nipreps/mriqc-learn that the card names.")
    return list(csv.DictReader(plain.decode("utf-8").splitlines(), delimiter="\t"))


def gather_rows(
    rows: list[dict[str, str]], rater: str = RATER
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.str_]]:
    """Return features, who was excluded, and the site of each image that this person rated."""
    features, excluded, sites = [], [], []
    for row in rows:
        if row[rater] == "n/a":
            continue
        found = gather_features({name: read_number(word) for name, word in row.items()})
        if found is None:
            continue
        features.append(found)
        excluded.append(float(row[rater]) == EXCLUDED)
        sites.append(row["site"])
    return np.array(features), np.array(excluded), np.array(sites)


def read_number(word: str) -> float:
    """Return a number of the table; NaN for none."""
    try:
        return float(word)
    except ValueError:
        return float("nan")


def teach(features: NDArray[np.float64], excluded: NDArray[np.bool_]) -> Logistic:
    """Fit the model."""
    return fit_logistic(features, excluded, ridge=RIDGE)


def main() -> None:
    """Write the weights."""
    features, excluded, sites = gather_rows(read_table(Path(sys.argv[1])))
    model = teach(features, excluded)
    lowest, highest = np.quantile(features, [TAIL, 1 - TAIL], axis=0)
    TARGET.parent.mkdir(exist_ok=True)
    np.savez(
        TARGET, centre=model.centre, scale=model.scale, weights=model.weights,
        intercept=np.array(model.intercept), lowest=lowest, highest=highest,
        threshold=np.array(THRESHOLD),
    )  # fmt: skip
    digest = hashlib.sha256(TARGET.read_bytes()).hexdigest()
    print(f"{len(features)} images of {len(set(sites))} sites, {excluded.sum()} excluded")
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
