"""Defacing under attack: who is still named, what it does to the brain, what it costs.

Simulated people (one source head, bent into as many as wanted: ``fascicle.testing.make_head``) are
scanned twice, in four orientations and two voxel sizes. The first scan with its face is what the
attackers know; the second, defaced, is what they search for. Beside our two ways stand a shear
plane in the way of Quickshear (the brain's true outline, 10 mm away, at 45 degrees) and a mask of
the face alone, as pydeface uses one, placed by our alignment, and the true brain cut out with 3 mm
around it, which shows what a brain's own outline gives away. The scan as it was shows that the
attacks can succeed. Then every real head under FASCICLE_TEST_DATA, each searched for among the
heads that ship.

Run: ``python benchmarks/deface.py [--heads 100] [--jobs 2] [--keep FOLDER]``; scans and alignments
are kept in the folder, so that other masks can be tried on the same ones.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from _results import write_results
from numpy.typing import NDArray

from fascicle.maths import proportion_interval
from fascicle.protect import (
    ATTACKERS,
    COARSE_MM,
    Alignment,
    FaceTraits,
    align_head,
    attack_face,
    deface,
    describe_faces,
    head_template,
    make_plain,
    rank_own,
    scan_face,
)
from fascicle.protect._deface_checks import settle_alignment
from fascicle.testing import make_head

ORIENTATIONS = ("RAS", "LPI", "PSR", "SLA")
VOXELS_MM = (2.0, 1.5)
WAYS = ("as it was", "shear plane", "face mask", "brain alone", "remove", "replace")
REAL = ("niivue_chris/chris_t1.nii.gz", "niivue_register/register/T1_head_ext2.nii.gz")
DATA = Path(os.environ.get("FASCICLE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heads", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--only-scan", action="store_true", help="fill the folder and stop")
    args = parser.parse_args()
    seeds = range(args.heads)
    with ProcessPoolExecutor(args.jobs) as pool:
        if args.only_scan:
            list(pool.map(partial(scan_person, keep=args.keep), seeds))
            return
        tried = list(pool.map(partial(try_person, keep=args.keep), seeds))
    people = [person for person in tried if person is not None]
    known = describe_faces(np.stack([person["known"] for person in people]))
    rows = {way: sum_way(way, people, known) for way in WAYS}
    for way, row in rows.items():
        print(f"{way:12}", row)
    values = {
        "n_heads": args.heads,
        "n_in_doubt": args.heads - len(people),
        "chance": round(1 / len(people), 3),
        "orientations": ORIENTATIONS,
        "voxels_mm": VOXELS_MM,
        "ways": rows,
        "cpu_s_median": median_of(people, "cpu_s"),
        "wall_s_median": median_of(people, "wall_s"),
        "real_heads": {
            path.partition("/")[0]: try_real(DATA / "signals" / "mri" / path)
            for path in REAL
            if (DATA / "signals" / "mri" / path).is_file()
        },
    }
    print(values)
    write_results("deface", values, seed=0)


def median_of(people: list[dict[str, Any]], what: str) -> float:
    return round(float(np.median([person["cost"][what] for person in people])), 2)


def scan_person(seed: int, keep: Path | None = None) -> dict[str, Any]:
    """Scan somebody twice, and find the head in both scans."""
    kept = keep / f"{seed}.npz" if keep else None
    if kept is not None and kept.is_file():
        with np.load(kept) as stored:
            scanned = {name: stored[name] for name in stored.files}
        about = json.loads(str(scanned.pop("about")))
        found = Alignment.from_dict(about["alignment"]) if about["alignment"] else None
        return scanned | {"cost": about["cost"], "alignment": found}
    how = {"orientation": ORIENTATIONS[seed % 4], "voxel": VOXELS_MM[seed // 4 % 2]}
    values, affine, _, _ = make_head(seed, session=0, **how)
    found = align_head(make_plain(values, affine, voxel_mm=COARSE_MM))
    known = scan_face(values, affine, found)
    values, affine, brain, _ = make_head(seed, session=1, **how)
    wall, cpu = time.perf_counter(), time.process_time()
    found, _, doubts = settle_alignment(make_plain(values, affine, voxel_mm=COARSE_MM), "head")
    cost = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    arrays = {"known": known, "values": values, "affine": affine, "brain": brain}
    alignment = None if doubts else found
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        about = {"cost": cost, "alignment": alignment.as_dict() if alignment else None}
        part = kept.with_name(f"part-{os.getpid()}.npz")
        np.savez(part, about=np.array(json.dumps(about)), **arrays)
        part.replace(kept)
    return arrays | {"cost": cost, "alignment": alignment}


def try_person(seed: int, keep: Path | None = None) -> dict[str, Any] | None:
    """Scan somebody twice; take the face out of the second scan in every way.

    None if the head's place was in doubt, so that nothing would be written.
    """
    scanned = scan_person(seed, keep)
    values, affine, brain = (scanned[name] for name in ("values", "affine", "brain"))
    found = scanned["alignment"]
    if found is None:
        return None
    person: dict[str, Any] = {"known": scanned["known"]}
    wall, cpu = time.perf_counter(), time.process_time()
    replaced = deface(values, affine, method="replace", alignment=found).values
    person["cost"] = {
        "cpu_s": scanned["cost"]["cpu_s"] + time.process_time() - cpu,
        "wall_s": scanned["cost"]["wall_s"] + time.perf_counter() - wall,
    }
    after = {
        "as it was": values,
        "shear plane": np.where(is_sheared(affine, brain), 0, values),
        "face mask": np.where(is_face(values.shape, affine, found), 0, values),
        "brain alone": np.where(is_near(brain, affine, 3.0), values, 0),
        "remove": deface(values, affine, method="remove", alignment=found).values,
        "replace": replaced,
    }
    for way, scan in after.items():
        person[way] = {
            "n_brain_changed": int((brain & (scan != values)).sum()),
            "surface": scan_face(scan, affine, found),
        }
    return person


def is_sheared(affine: NDArray[np.float64], brain: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return what lies before a plane that touches the brain's hull from below and in front."""
    facing = np.array([0.0, 1.0, -1.0]) / np.sqrt(2)
    step = facing @ affine[:3, :3]
    i, j, k = np.indices(brain.shape, sparse=True)
    height = step[0] * i + step[1] * j + step[2] * k
    return height > height[brain].max() + 10.0


def is_near(
    brain: NDArray[np.bool_], affine: NDArray[np.float64], reach_mm: float
) -> NDArray[np.bool_]:
    """Return the brain and what is close to it."""
    from scipy import ndimage

    sizes_mm = np.linalg.norm(affine[:3, :3], axis=0)
    return ndimage.distance_transform_edt(~brain, sampling=sizes_mm) <= reach_mm


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


def sum_way(way: str, people: list[dict[str, Any]], known: FaceTraits) -> dict[str, Any]:
    """Return hits and damage of one way over all people."""
    results = [person[way] for person in people]
    probes = describe_faces(np.stack([result["surface"] for result in results]))
    trials = rank_own(probes, known, np.arange(len(people)))
    row: dict[str, Any] = {}
    for attacker in ATTACKERS:
        n_hits = sum(trial.is_hit for trial in trials if trial.attacker == attacker)
        low, high = proportion_interval(n_hits, len(people))
        row[attacker] = {"n_hits": n_hits, "interval": [round(low, 3), round(high, 3)]}
    row["n_with_brain_changed"] = sum(result["n_brain_changed"] > 0 for result in results)
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
