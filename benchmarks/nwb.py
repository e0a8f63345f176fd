"""Writing probes as NWB beside bare NeuroConv, on the same samples.

    python benchmarks/nwb.py [--megabytes 192] [--seed 1] [--large-megabytes 4000]

Two recordings: 64 channels of generated background and spikes at 30 kHz, and, where real data are
there, four channels of a real tetrode, repeated to the same size. *Fascicle* is `write_recording`
from raw counts to a whole file; *NeuroConv* is its `write_recording_to_nwbfile` with its defaults,
given the same counts through SpikeInterface. Throughput is raw megabytes for each second of
processor time, all threads together, after a first small file; the ratio is raw size beside stored
size of the samples. *Equal* says that the samples read back bit by bit. *Large* writes a recording
ten times larger than the memory that the process may have for its data.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from _results import write_results

from fascicle.core import Header
from fascicle.formats import read_header, recognise

RATE_HZ = 30_000
N_CHANNELS = 64
WRITERS = ("fascicle gzip", "fascicle zstd", "neuroconv")


def make_counts(n_times: int, seed: int) -> np.ndarray:
    """Return counts like those of a silicon probe: slow fields, white noise, spikes."""
    rng = np.random.default_rng(seed)
    slow = np.cumsum(rng.normal(0, 0.6, (n_times, 8)), axis=0)
    slow -= np.linspace(0, 1, n_times)[:, np.newaxis] * slow[-1]
    mixed = (np.clip(slow, -120, 120) @ rng.normal(0, 0.4, (8, N_CHANNELS))).astype("<f4")
    counts = mixed + rng.normal(0, 6, (n_times, N_CHANNELS)).astype("<f4")
    wave = -40 * np.exp(-(np.linspace(-3, 4, 40) ** 2))
    for unit in range(N_CHANNELS):
        for start in rng.integers(0, n_times - 40, n_times // 3000):
            counts[start : start + 40, unit] += wave
    return counts.astype("<i2")


def write_raw(folder: Path, counts: np.ndarray, megabytes: int) -> Path:
    """Write counts again and again up to a size, with a description beside them."""
    folder.mkdir(parents=True)
    n_repeats = max(1, round(megabytes * 1e6 / counts.nbytes))
    with (folder / "counts.raw").open("wb") as stream:
        for _ in range(n_repeats):
            stream.write(counts.tobytes())
    about = {"sample_rate": RATE_HZ, "shape": [-1, counts.shape[1]], "dtype": "int16",
             "bit_to_microVolt": 0.195}  # fmt: skip
    (folder / "info.json").write_text(json.dumps(about), "utf-8")
    return folder


def write_by_fascicle(root: Path, path: Path, compression: str) -> None:
    from fascicle.formats._ecephys import _build
    from fascicle.formats._nwb_write import write_nwb
    from fascicle.formats._registry import registry

    (source,) = recognise(root).sources
    header: Header = read_header(root, source)
    opened = registry()[source.format].open_probe(root, source.files)  # type: ignore[attr-defined]
    write_nwb(path, header, lambda draft: _build(draft, opened), compression=compression)  # type: ignore[arg-type]


def write_by_neuroconv(root: Path, path: Path) -> None:
    from datetime import UTC, datetime

    from neuroconv.tools.spikeinterface import write_recording_to_nwbfile
    from spikeinterface.core import BinaryRecordingExtractor

    about = json.loads((root / "info.json").read_text("utf-8"))
    recording = BinaryRecordingExtractor(
        root / "counts.raw", RATE_HZ, "int16", num_channels=about["shape"][1],
        gain_to_uV=0.195, offset_to_uV=0.0,
    )  # fmt: skip
    metadata = {"NWBFile": {"session_start_time": datetime(2001, 1, 1, tzinfo=UTC)}}
    write_recording_to_nwbfile(recording, nwbfile_path=path, metadata=metadata, overwrite=True)


def run_writer(writer: str, root: Path, path: Path) -> None:
    name, _, compression = writer.partition(" ")
    if name == "fascicle":
        write_by_fascicle(root, path, compression)
    else:
        write_by_neuroconv(root, path)


def measure(writer: str, root: Path, small: Path) -> dict[str, Any]:
    """Write one recording in a process of its own, after a small one."""
    command = [sys.executable, __file__, "--child", writer, str(root), str(small)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def child(writer: str, root: Path, small: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=root.parent) as folder:
        run_writer(writer, small, Path(folder) / "small_ecephys.nwb")
        path = Path(folder) / "sub-01_ecephys.nwb"
        wall, processor = time.perf_counter(), time.process_time()
        run_writer(writer, root, path)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        n_bytes = (root / "counts.raw").stat().st_size
        stored, equal = compare(root, path)
    return {
        "mb_per_cpu_s": n_bytes / 1e6 / processor,
        "mb_per_s": n_bytes / 1e6 / wall,
        "ratio": n_bytes / stored,
        "equal": equal,
    }


def compare(root: Path, path: Path) -> tuple[int, bool]:
    """Return how many bytes the samples take, and whether they are those of the raw file."""
    import h5py
    import hdf5plugin  # noqa: F401 - for what was packed with Zstandard

    with h5py.File(path) as file:
        (series,) = file["acquisition"].values()
        data = series["data"]
        raw = np.memmap(root / "counts.raw", "<i2", "r").reshape(-1, data.shape[1])
        step = 1 << 18
        equal = len(raw) == len(data) and all(
            np.array_equal(raw[i : i + step], data[i : i + step]) for i in range(0, len(raw), step)
        )
        return data.id.get_storage_size(), bool(equal)


def measure_large(folder: Path, counts: np.ndarray, megabytes: int) -> dict[str, Any]:
    """Write a recording ten times larger than the memory that a process may have."""
    root = write_raw(folder / "large", counts, megabytes)
    limit = megabytes // 10
    command = [sys.executable, __file__, "--limited", str(limit), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    figures = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {}
    return {"raw_mb": megabytes, "limit_mb": limit, "written": done.returncode == 0} | figures


def limited(limit_mb: int, root: Path) -> dict[str, Any]:
    """Write under a limit of memory for data; maps of files do not count, they can be dropped."""
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (limit_mb << 20, limit_mb << 20))
    path = root.parent / "sub-01_ecephys.nwb"
    write_by_fascicle(root, path, "gzip")
    status = Path("/proc/self/status").read_text("utf-8")
    sizes = dict(line.split(":", 1) for line in status.splitlines())
    data = int(sizes["VmData"].split()[0]) / 1000
    _, equal = compare(root, path)
    path.unlink()
    return {"data_mb_at_end": round(data), "equal": equal}


def real_tetrode() -> np.ndarray | None:
    """Return the samples of a real tetrode, if real data are there."""
    here = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("FASCICLE_TEST_DATA", here)) / "signals/ephys/locust_tetrode"
    raw = next(iter(sorted(folder.rglob("*.raw"))), None)
    return None if raw is None else np.fromfile(raw, "<i2").reshape(-1, 4)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=int, default=192)
    parser.add_argument("--large-megabytes", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", nargs=3)
    parser.add_argument("--limited", nargs=2)
    options = parser.parse_args()
    if options.child:
        writer, root, small = options.child
        print(json.dumps(child(writer, Path(root), Path(small))))
        return
    if options.limited:
        print(json.dumps(limited(int(options.limited[0]), Path(options.limited[1]))))
        return
    values: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        counts = make_counts(RATE_HZ * 10, options.seed)
        recordings = {"generated": counts, "real tetrode": real_tetrode()}
        for title, samples in recordings.items():
            if samples is None:
                continue
            root = write_raw(folder / title.replace(" ", "_"), samples, options.megabytes)
            small = write_raw(folder / f"small_{samples.shape[1]}", samples[:1009], 1)
            values[title] = {w: measure(w, root, small) for w in WRITERS}
            (root / "counts.raw").unlink()
        values["large"] = measure_large(folder, counts, options.large_megabytes)
    values["versions"] = {
        name: version(name) for name in ("neuroconv", "h5py", "hdf5plugin", "isal")
    }
    print(json.dumps(values, indent=2))
    write_results("nwb", values, seed=options.seed)


if __name__ == "__main__":
    main()
