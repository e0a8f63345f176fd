"""Time and size of DICOM conversion, beside bare dcm2niix on the same series.

Ours is what `share` does for a series: read the header, convert, write the image anew under a clean
header, packed. Checks of quality and the proof are not in it; dcm2niix has none. dcm2niix packs by
itself (``-z i``, its zlib) and leaves names, dates and places in what it writes.

Run: ``python benchmarks/dicom.py`` (FASCICLE_TEST_DATA adds the real series).
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dcm2niix
import nibabel as nib
import numpy as np

from fascicle.core import Source
from fascicle.formats import read_header, recognise, write_recording
from fascicle.formats._dicom_instances import _read_once
from fascicle.testing import make_dicom
from fascicle.testing._dicom_files import PROTOCOLS, Protocol

sys.path.insert(0, str(Path(__file__).parent))
from _results import write_results

SEED = 7
N_ROUNDS = 5
DATA = Path(os.environ.get("FASCICLE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
SIZES = {"T1w": (256, 256, 176, 1), "bold": (64, 64, 36, 100)}


def make_series(folder: Path) -> dict[str, Path]:
    """Series of ordinary sizes, and the real ones that are there."""
    series = {}
    for kind, shape in SIZES.items():
        plain = PROTOCOLS[kind]
        PROTOCOLS[kind] = Protocol(plain.name, plain.tags, shape, plain.each)
        make_dicom(folder / kind, kind, seed=SEED)
        PROTOCOLS[kind] = plain
        series[f"{kind}, generated"] = folder / kind
    archive = DATA / "signals" / "mri" / "datalad_dicom_fmri_18vol" / "dicoms.tar.xz"
    if archive.is_file():
        with tarfile.open(archive) as tar:
            tar.extractall(folder / "real", filter="data")
        series["bold, real (80 x 80 x 35 x 18)"] = folder / "real"
    return series


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds, those of child processes too."""
    before = cpu_s()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start, cpu_s() - before


def cpu_s() -> float:
    used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def ours(folder: Path, source: Source, out: Path) -> None:
    """Convert as a worker does that sees the series for the first time."""
    _read_once.cache_clear()
    header = read_header(folder, source)
    write_recording(folder, source, header, out, "ours")


def bare(folder: Path, out: Path, pack: str, stem: str) -> None:
    command = [dcm2niix.bin, "-b", "y", "-ba", "y", "-z", pack, "-g", "i", "-f", stem,
               "-o", str(out), str(folder)]  # fmt: skip
    subprocess.run(command, capture_output=True, check=True)


def measure(folder: Path) -> dict[str, Any]:
    """Convert one series in each way, in turn."""
    (source,) = (s for s in recognise(folder).sources if s.format == "dicom")
    walls: dict[str, list[float]] = {"ours": [], "packed": [], "plain": []}
    cpus: dict[str, list[float]] = {"ours": [], "packed": [], "plain": []}
    found: dict[str, Any] = {}
    for _ in range(N_ROUNDS):
        with tempfile.TemporaryDirectory() as name:
            out = Path(name)
            ways: dict[str, Callable[[], object]] = {
                "ours": partial(ours, folder, source, out),
                "packed": partial(bare, folder, out, "i", "packed"),
                "plain": partial(bare, folder, out, "n", "plain"),
            }
            for way, call in ways.items():
                wall, cpu = timed(call)
                walls[way].append(wall)
                cpus[way].append(cpu)
            found = compare(out)
    wall_s = {way: statistics.median(times) for way, times in walls.items()}
    return {
        "n_files": len(source.files),
        "n_bytes": source.n_bytes,
        "ours_wall_s": round(wall_s["ours"], 4),
        "dcm2niix_packed_wall_s": round(wall_s["packed"], 4),
        "dcm2niix_plain_wall_s": round(wall_s["plain"], 4),
        "ours_cpu_s": round(statistics.median(cpus["ours"]), 4),
        "dcm2niix_packed_cpu_s": round(statistics.median(cpus["packed"]), 4),
        "ours_over_dcm2niix_packed": round(wall_s["ours"] / wall_s["packed"], 3),
        **found,
    }


def compare(out: Path) -> dict[str, Any]:
    """Return the sizes of what was written, after showing that the voxels are the same."""
    mine, theirs = (nib.load(out / f"{stem}.nii.gz") for stem in ("ours", "packed"))
    assert np.array_equal(np.asanyarray(mine.dataobj), np.asanyarray(theirs.dataobj))
    assert np.allclose(mine.affine, theirs.affine)
    return {
        "ours_bytes": (out / "ours.nii.gz").stat().st_size,
        "dcm2niix_packed_bytes": (out / "packed.nii.gz").stat().st_size,
        "dcm2niix_plain_bytes": (out / "plain.nii").stat().st_size,
        "voxels_equal": True,
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        series = make_series(Path(folder))
        values: dict[str, Any] = {name: measure(path) for name, path in series.items()}
    values["dcm2niix"] = version("dcm2niix")
    for name, found in values.items():
        print(name, found)
    write_results("dicom", values, seed=SEED)


if __name__ == "__main__":
    main()
