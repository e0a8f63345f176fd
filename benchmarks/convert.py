"""Conversion beside a plain MNE-BIDS loop and beside a flushed copy of the same files.

    python benchmarks/convert.py [--megabytes 256] [--seed 1] [--runs 3] [--only-cores]

Every figure is the median of several runs on warm files. *Copy* reads and writes the same bytes
and flushes them to disk; *MNE-BIDS* is ``write_raw_bids(read_raw(...))``; *conversion* is what
Fascicle does to one recording (header, de-identified writing, sidecars, flush), on one core;
*whole command* is ``fascicle share`` with its checks, validator, proof and reports.

*Two cores* shares 24 recordings that differ, in turn on one core with one process and on two with
two, each time in a fresh interpreter that is held on these cores where the system can do that.
Its *convert* goes from the first to the last step of the conversion with the quality checks; the
processes start before it, beside the look at the folder, and that counts in *whole*. Seconds of
the processor stand beside those of the clock: where they are far fewer than the clock's times the
cores, the disk or other programs held the run up.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from _results import RESULTS, write_results

from fascicle import share
from fascicle.core import Progress, Source
from fascicle.formats import read_header, recognise, write_recording
from fascicle.prepare import BidsName
from fascicle.prepare._sidecars import make_sidecars
from fascicle.protect import POLICIES, Person, release_header

N_CHANNELS, SFREQ_HZ, N_RECORDINGS = 64, 1000.0, 24
READERS = {
    "edf": "read_raw_edf",
    "bdf": "read_raw_bdf",
    "brainvision": "read_raw_brainvision",
    "fif": "read_raw_fif",
}


def make_recordings(folder: Path, megabytes: int, seed: int) -> dict[str, Path]:
    """Write one recording in each format, of about the same size in samples."""
    import edfio
    import mne
    import pybv

    rng = np.random.default_rng(seed)
    names = [f"EEG{i:03d}" for i in range(N_CHANNELS)]
    seconds = max(int(megabytes * 1e6 / 2 / N_CHANNELS / SFREQ_HZ), 4)
    block = rng.standard_normal((N_CHANNELS, 1009)) * 30
    data = np.tile(block, (1, int(seconds * SFREQ_HZ) // 1009 + 1))[:, : int(seconds * SFREQ_HZ)]
    for name, make in (("edf", edfio.EdfSignal), ("bdf", edfio.BdfSignal)):
        signals = [
            make(row, SFREQ_HZ, label=label, physical_dimension="uV", physical_range=(-400, 400))
            for row, label in zip(data, names, strict=True)
        ]
        kind = edfio.Edf if name == "edf" else edfio.Bdf
        kind(signals, recording=edfio.Recording()).write(folder / f"a.{name}")
    pybv.write_brainvision(
        data=data * 1e-6, sfreq=SFREQ_HZ, ch_names=names, fname_base="b", folder_out=str(folder),
        fmt="binary_int16", resolution=0.05,
    )  # fmt: skip
    info = mne.create_info(names, SFREQ_HZ, "mag", verbose="ERROR")
    raw = mne.io.RawArray(data * 1e-15, info, verbose="ERROR")
    raw.save(folder / "c_raw.fif", fmt="single", verbose="ERROR", split_size="2GB")
    return {
        "edf": folder / "a.edf",
        "bdf": folder / "a.bdf",
        "brainvision": folder / "b.vhdr",
        "fif": folder / "c_raw.fif",
    }


def copy_flushed(source: Source, root: Path, target: Path) -> None:
    for relative in source.files:
        with (root / relative).open("rb") as reader, (target / relative.name).open("wb") as writer:
            shutil.copyfileobj(reader, writer, 8 << 20)
            writer.flush()
            os.fsync(writer.fileno())


def convert(source: Source, root: Path, target: Path) -> None:
    header = release_header(
        read_header(root, source), POLICIES["safe-harbour"], Person("001")
    ).header
    name = BidsName("001", "", "rest", "", "", header.modality.value)
    folder = target / name.folder
    folder.mkdir(parents=True)
    written = write_recording(root, source, header, folder, f"{name.stem}_{name.datatype}")
    sidecars = make_sidecars(folder / written.files[0], name, header, line_hz=50.0)
    for path, content in sidecars.items():
        (target / path).write_bytes(content)
    for path in folder.iterdir():
        with path.open("rb+") as handle:
            os.fsync(handle.fileno())


def convert_by_mne_bids(path: Path, form: str, target: Path) -> None:
    import mne
    import mne_bids

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw = getattr(mne.io, READERS[form])(path, verbose="ERROR")
        raw.info["line_freq"] = 50
        kind = "meg" if form == "fif" else "eeg"
        place = mne_bids.BIDSPath(root=target, subject="001", task="rest", datatype=kind)
        mne_bids.write_raw_bids(raw, place, overwrite=True, verbose="ERROR")
    for file in target.rglob("*"):
        if file.is_file():
            with file.open("rb+") as handle:
                os.fsync(handle.fileno())


def median_s(run: Callable[[Path], None], n: int = 3) -> float:
    times = []
    for _ in range(n):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            run(Path(folder))
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def whole_command_s(root: Path, n_jobs: int) -> float:
    """Time ``fascicle share`` as a user runs it, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        command = [sys.executable, "-m", "fascicle", "share", str(root), str(out), "--yes",
                   "--no-publish", "--json", "--jobs", str(n_jobs)]  # fmt: skip
        start = time.perf_counter()
        subprocess.run(
            command, check=True, capture_output=True,
            env=os.environ | {"FASCICLE_HOME": str(Path(folder) / "home")},
        )  # fmt: skip
        return time.perf_counter() - start


def share_s(root: Path, n_cores: int) -> dict[str, float]:
    """Time the conversion of a folder inside ``fascicle.share``, and the whole of it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:n_cores])
    steps: list[float] = []

    def hook(step: Progress) -> None:
        if step.stage == "convert":
            steps.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as folder:
        os.environ["FASCICLE_HOME"] = str(Path(folder) / "home")
        start, cpu_before = time.perf_counter(), sum(os.times()[:4])
        share(root, Path(folder) / "out", publish=False, line_hz=50.0, n_jobs=n_cores,
              on_progress=hook)  # fmt: skip
        return {
            "convert": steps[-1] - steps[0],
            "whole": time.perf_counter() - start,
            "whole_processor": sum(os.times()[:4]) - cpu_before,
        }


def share_apart_s(root: Path, n_cores: int) -> dict[str, float]:
    """Do the same in a fresh interpreter, which has imported nothing yet."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(share_s, root, n_cores).result()


def make_many(edf: Path, root: Path) -> int:
    """Write recordings that differ at their beginning and end, as any two do; return the bytes."""
    for number in range(N_RECORDINGS):
        path = root / f"p{number}.edf"
        shutil.copy(edf, path)
        with path.open("rb+") as handle:
            for where in (256 + N_CHANNELS * 256, path.stat().st_size - 64):
                handle.seek(where)
                handle.write(bytes([number + 1] * 64))
    return sum(path.stat().st_size for path in root.iterdir())


def measure_two_cores(edf: Path, n_runs: int) -> dict[str, object]:
    """Compare one core with two, in turn, so that a slow minute slows both."""
    times: dict[int, list[dict[str, float]]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as name:
        n_bytes = make_many(edf, Path(name))
        for _ in range(n_runs):
            for n_cores, runs in times.items():
                runs.append(share_apart_s(Path(name), n_cores))
                print(n_cores, {stage: round(value, 2) for stage, value in runs[-1].items()})
    report: dict[str, object] = {
        "n_recordings": N_RECORDINGS,
        "megabytes": round(n_bytes / 1e6, 1),
        "n_runs": n_runs,
        "held_on_cores": hasattr(os, "sched_setaffinity"),
    }
    for stage in ("convert", "whole", "whole_processor"):
        one, two = ([run[stage] for run in times[n]] for n in (1, 2))
        report[f"{stage}_one_core_s"] = round(statistics.median(one), 2)
        report[f"{stage}_two_cores_s"] = round(statistics.median(two), 2)
        if stage != "whole_processor":
            ratios = [a / b for a, b in zip(one, two, strict=True)]
            report[f"{stage}_ratio"] = round(statistics.median(ratios), 2)
            report[f"{stage}_ratio_range"] = [round(min(ratios), 2), round(max(ratios), 2)]
    return report


def measure_formats(root: Path, paths: dict[str, Path]) -> list[dict[str, object]]:
    """Compare each format with a copy and with MNE-BIDS."""
    sources = {source.format: source for source in recognise(root).sources}
    rows: list[dict[str, object]] = []
    for form, path in paths.items():
        source = sources[form]
        copy_s = median_s(lambda target, s=source: copy_flushed(s, root, target))
        ours_s = median_s(lambda target, s=source: convert(s, root, target))
        peer_s = median_s(lambda target, p=path, f=form: convert_by_mne_bids(p, f, target), n=1)
        with tempfile.TemporaryDirectory() as single:
            copy_flushed(source, root, Path(single))
            whole_s = whole_command_s(Path(single), 1)
        rows.append({
            "format": form,
            "megabytes": round(source.n_bytes / 1e6, 1),
            "copy_s": round(copy_s, 3),
            "conversion_s": round(ours_s, 3),
            "mne_bids_s": round(peer_s, 3),
            "whole_command_s": round(whole_s, 3),
            "conversion_to_copy": round(ours_s / copy_s, 2),
            "mne_bids_to_copy": round(peer_s / copy_s, 2),
        })  # fmt: skip
        print(rows[-1])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3, help="of one core and of two")
    parser.add_argument("--only-cores", action="store_true", help="keep the other results")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        paths = make_recordings(root, given.megabytes, given.seed)
        if given.only_cores:
            rows = json.loads((RESULTS / "convert.json").read_text("utf-8"))["results"]["rows"]
        else:
            rows = measure_formats(root, paths)
        two_cores = measure_two_cores(paths["edf"], given.runs)
    print(two_cores)
    write_results("convert", {"rows": rows, "two_cores": two_cores}, seed=given.seed)


if __name__ == "__main__":
    main()
