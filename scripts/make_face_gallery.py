"""Make the heads among which the survival test searches: ``protect/data/faces.npz``.

They are simulated (``fascicle.testing.make_head``), so that none is a person's. Takes some minutes:

    python scripts/make_face_gallery.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fascicle.protect import align_head, describe_faces, make_plain, scan_face
from fascicle.testing import make_head

N_HEADS = 120
FIRST_SEED = 700_000
"""Far from the seeds of tests and benchmarks: a head is never searched for among itself."""
STEP_MM = 1.0
TARGET = Path(__file__).parents[1] / "src/fascicle/protect/data/faces.npz"


def main() -> None:
    """Simulate, describe and write them."""
    surfaces = []
    for number in range(N_HEADS):
        values, affine, _, _ = make_head(FIRST_SEED + number, voxel=2.0)
        found = align_head(make_plain(values, affine, voxel_mm=4.0))
        surfaces.append(scan_face(values, affine, found))
        print(f"{number + 1} of {N_HEADS}", end="\r", flush=True)
    traits = describe_faces(np.stack(surfaces))
    low = float(np.floor(traits.shape.min()))
    np.savez_compressed(
        TARGET,
        shape=np.rint((traits.shape - low) / STEP_MM).astype(np.uint8),
        step_mm=np.float32(STEP_MM),
        low_mm=np.float32(low),
        looks=traits.looks.astype(np.float16),
    )
    print(f"{N_HEADS} heads, {TARGET.stat().st_size / 1e3:.0f} kB in {TARGET.name}")


if __name__ == "__main__":
    main()
