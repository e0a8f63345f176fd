"""Defacing under attack: who is still named, what it does to the brain, what it costs.

Simulated people (one source head, bent into as many as wanted: ``fascicle.testing.make_head``) are
scanned twice, in four orientations and two voxel sizes. The first scan with its face is what the
attackers know; the second, defaced, is what they search for. Beside our two ways stand a shear
plane in the way of Quickshear (the brain's true outline, 10 mm away, at 45 degrees) and a mask of
the face alone, as pydeface uses one, placed by our alignment. The scan as it was shows that the
attacks can succeed. Then every real head under FASCICLE_TEST_DATA, each searched for among the
heads that ship.

Run: ``python benchmarks/deface.py [--heads 100] [--jobs 2]``
"""

from __future__ import annotations

import argparse
import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from _results import write_results
from numpy.typing import NDArray

from fascicle.maths import proportion_interval
from fascicle.protect import (
    Alignment,
    align_head,
    attack_face,
    deface,
    describe_faces,
    head_template,
    make_plain,
    rank_own,
    scan_face,
)
from fascicle.testing import make_head

ORIENTATIONS = ("RAS", "LPI", "PSR", "SLA")
VOXELS_MM = (2.0, 1.5)
WAYS = ("as it was", "shear plane", "face mask", "remove", "replace")
REAL = ("niivue_chris/chris_t1.nii.gz", "niivue_register/register/T1_head_ext2.nii.gz")
DATA = Path(os.environ.get("FASCICLE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heads", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    with ProcessPoolExecutor(args.jobs) as pool:
        people = list(pool.map(try_person, range(args.heads)))
    known = describe_faces(np.stack([person["known"] for person in people]))
    rows = {way: sum_way(way, people, known) for way in WAYS}
    for way, row in rows.items():
        print(f"{way:12}", row)
    real = {
        path.split("/")[0]: try_real(DATA / "signals" / "mri" / path)
        for path in REAL
        if (DATA / "signals" / "mri" / path).is_file()
    }
    print(real)
    values = {
        "n_heads": args.heads,
        "orientations": ORIENTATIONS,
        "voxels_mm": VOXELS_MM,
        "ways": rows,
        "real_heads": real,
    }
    write_results("deface", values, seed=0)


def try_person(seed: int) -> dict[str, Any]:
    """Scan somebody twice; take the face out of the second scan in every way."""
    how = {"orientation": ORIENTATIONS[seed % 4], "voxel": VOXELS_MM[seed // 4 % 2]}
    values, affine, _, _ = make_head(seed, session=0, **how)
    found = align_head(make_plain(values, affine, voxel_mm=4.0))
    person: dict[str, Any] = {"known": scan_face(values, affine, found)}
    values, affine, brain, _ = make_head(seed, session=1, **how)
    found = align_head(make_plain(values, affine, voxel_mm=4.0))
    for way in WAYS:
        wall, cpu = time.perf_counter(), time.process_time()
        after = take_out(way, values, affine, brain, found)
        if after is None:
            person[way] = None
            continue
        person[way] = {
            "cpu_s": time.process_time() - cpu,
            "wall_s": time.perf_counter() - wall,
            "n_brain_changed": int((brain & (after != values)).sum()),
            "surface": scan_face(after, affine, found),
        }
    return person


def take_out(
    way: str,
    values: NDArray[Any],
    affine: NDArray[np.float64],
    brain: NDArray[np.bool_],
    found: Alignment,
) -> NDArray[Any] | None:
    """Return a scan without its face; None if the alignment was in doubt."""
    if way == "as it was":
        return values
    if way == "shear plane":
        return np.where(is_sheared(affine, brain), 0, values)
    if way == "face mask":
        return np.where(is_face(values.shape, affine, found), 0, values)
    return deface(values, affine, method=way).values  # with an alignment of its own, timed


def is_sheared(affine: NDArray[np.float64], brain: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return what lies before a plane that touches the brain's hull from below and in front."""
    facing = np.array([0.0, 1.0, -1.0]) / np.sqrt(2)
    step = facing @ affine[:3, :3]
    i, j, k = np.indices(brain.shape, sparse=True)
    height = step[0] * i + step[1] * j + step[2] * k
    return height > height[brain].max() + 10.0


def is_face(
    shape: tuple[int, ...], affine: NDArray[np.float64], found: Alignment
) -> NDArray[np.bool_]:
    """Return the template's face, placed in a scan."""
    from scipy import ndimage

    template = head_template()
    there = np.linalg.inv(found.matrix @ template.affine) @ affine
    placed = ndimage.affine_transform(
        template.face.astype(np.float32), there[:3, :3], there[:3, 3], output_shape=shape, order=1
    )
    return placed > 0.5


def sum_way(way: str, people: list[dict[str, Any]], known: Any) -> dict[str, Any]:
    """Return hits, damage and cost of one way over all people."""
    tried = [number for number, person in enumerate(people) if person[way] is not None]
    results = [people[number][way] for number in tried]
    probes = describe_faces(np.stack([result["surface"] for result in results]))
    trials = rank_own(probes, known, np.array(tried))
    row: dict[str, Any] = {"n": len(tried), "n_in_doubt": len(people) - len(tried)}
    for attacker in ("shape", "looks"):
        n_hits = sum(trial.is_hit for trial in trials if trial.attacker == attacker)
        low, high = proportion_interval(n_hits, len(tried))
        row[attacker] = {
            "n_hits": n_hits,
            "rate": round(n_hits / len(tried), 3),
            "interval": [round(low, 3), round(high, 3)],
        }
    row["chance"] = round(1 / len(known), 3)
    row["n_with_brain_changed"] = sum(result["n_brain_changed"] > 0 for result in results)
    row["cpu_s_median"] = round(float(np.median([result["cpu_s"] for result in results])), 2)
    row["wall_s_median"] = round(float(np.median([result["wall_s"] for result in results])), 2)
    return row


def try_real(path: Path) -> dict[str, Any]:
    """Deface a real head both ways, and search for it among the heads that ship."""
    import nibabel as nib

    image = nib.load(path)
    values, affine = np.asarray(image.dataobj), image.affine
    row: dict[str, Any] = {}
    for way in ("remove", "replace"):
        done = deface(values, affine, method=way)
        if done.values is None or done.alignment is None:
            row[way] = "in doubt"
            continue
        before = scan_face(values, affine, done.alignment)
        for name, after in (
            ("as it was", before),
            (way, scan_face(done.values, affine, done.alignment)),
        ):
            row[name] = {trial.attacker: trial.rank for trial in attack_face(before, after)}
        row[way]["n_brain_changed"] = done.n_brain_changed
    return row


if __name__ == "__main__":
    main()
