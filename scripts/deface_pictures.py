"""Draw the pictures of the page on defacing: simulated heads before and after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.protect import deface
from fascicle.testing import make_head

TARGET = Path(__file__).parents[1] / "docs/_static/deface.png"
HEADS = ((2, "T1w"), (23, "FLAIR"), (17, "T1w"))


def list_pictures(seed: int, contrast: str) -> list[NDArray[Any]]:
    """Return slices of a head as scanned, removed and replaced: sagittal and axial."""
    scan, affine, *_ = make_head(seed, contrast=contrast)
    done = [deface(scan, affine, method="remove"), deface(scan, affine, method="replace")]
    volumes = [scan, *(one.values for one in done if one.values is not None)]
    top = float(np.percentile(scan, 99.5))
    return [
        np.clip(cut.T[::-1] / top, 0, 1)
        for volume in volumes
        for cut in (volume[volume.shape[0] // 2], volume[:, :, int(0.42 * volume.shape[2])])
    ]


def main() -> None:
    """Write the picture."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(len(HEADS), 6, figsize=(11, 1.95 * len(HEADS)), facecolor="black")
    for row, (seed, contrast) in zip(axes, HEADS, strict=True):
        for place, picture in zip(row, list_pictures(seed, contrast), strict=True):
            place.imshow(picture, cmap="gray", vmin=0, vmax=1)
            place.axis("off")
    figure.subplots_adjust(0, 0, 1, 1, 0.01, 0.01)
    figure.savefig(TARGET, dpi=90, metadata={"Software": None})
    print(TARGET)


if __name__ == "__main__":
    main()
