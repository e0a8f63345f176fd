"""What the checks of recordings find, what they call falsely, and what they cost.

    python benchmarks/quality.py [--seeds 100] [--megabytes 256]

*Found*: one fault of a stated strength is planted in one channel of a simulated EEG (in all for
dropped samples), and the check must name that fault in that channel. *False*: any warning or
failure on simulated EEG without faults, by channel and by recording. The simulation has 1/f
activity with spatial mixing, alpha rhythm, blinks, weak muscle, slow drift and unequal gains; its
seeds are none that thresholds were set on. Intervals are exact (Clopper-Pearson, 95 %).

*Speed*: one pass over a 16-bit EDF on one core, beside MNE-Python loading the same file and
computing Welch's spectrum; peak memory of each in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from _results import write_results

from fascicle.core import Channel, Header, Modality
from fascicle.formats import read_written_header
from fascicle.maths import proportion_interval
from fascicle.quality import check_recording
from fascicle.quality._measures import measure_blocks
from fascicle.quality._recording import judge_recording

N_CHANNELS, SFREQ_HZ, N_TIMES = 19, 250.0, 15_000
FIRST_SEED = 10_000
CHANNEL = 7
Plant = Callable[[np.ndarray, float, np.random.Generator], None]


def simulate(seed: int) -> np.ndarray:
    """Make one minute of clean scalp EEG, in microvolts, quantised as a 16-bit recorder does."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(N_TIMES) / SFREQ_HZ
    freqs_hz = np.fft.rfftfreq(N_TIMES, 1 / SFREQ_HZ)
    shape = (N_CHANNELS + 6, freqs_hz.size)
    waves = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    exponent = rng.uniform(0.8, 1.4, size=(shape[0], 1))
    sources = np.fft.irfft(waves / np.maximum(freqs_hz, 0.5) ** exponent, N_TIMES)
    sources /= sources.std(axis=1, keepdims=True)
    mixing = np.eye(N_CHANNELS, shape[0]) + 0.3 * rng.standard_normal((N_CHANNELS, shape[0]))
    samples = 12.0 * mixing @ sources
    place = np.linspace(0, 1, N_CHANNELS)[:, None]  # front to back
    envelope = 1 + np.sin(2 * np.pi * 0.1 * times_s + rng.uniform(0, 6))
    samples += 8.0 * place * envelope * np.sin(2 * np.pi * rng.uniform(9, 11) * times_s)
    for onset_s in rng.uniform(0, times_s[-1], size=rng.integers(5, 20)):
        samples += 120.0 * (1 - place) ** 4 * np.exp(-(((times_s - onset_s) / 0.1) ** 2))
    muscle = np.diff(rng.standard_normal((N_CHANNELS, N_TIMES + 1)), axis=1)
    samples += rng.uniform(0.2, 1.5, size=(N_CHANNELS, 1)) * muscle
    samples += rng.uniform(0, 10, size=(N_CHANNELS, 1)) * np.sin(2 * np.pi * 0.05 * times_s)
    samples += rng.uniform(0.2, 2.0) * np.sin(2 * np.pi * 50.0 * times_s)
    samples *= rng.lognormal(0.0, 0.2, size=(N_CHANNELS, 1))
    return np.round(samples / 0.1) * 0.1


def plant_flat(samples: np.ndarray, share: float, rng: np.random.Generator) -> None:
    n_flat = round(share * N_TIMES)
    start = rng.integers(0, N_TIMES - n_flat)
    samples[CHANNEL, start : start + n_flat] = samples[CHANNEL, start]


def plant_clipped(samples: np.ndarray, limit_sd: float, _: np.random.Generator) -> None:
    limit = limit_sd * samples[CHANNEL].std()
    samples[CHANNEL] = np.clip(samples[CHANNEL], -limit, limit)


def plant_noise(samples: np.ndarray, ratio: float, rng: np.random.Generator) -> None:
    samples[CHANNEL] += ratio * samples[CHANNEL].std() * rng.standard_normal(N_TIMES)


def plant_loud(samples: np.ndarray, factor: float, _: np.random.Generator) -> None:
    samples[CHANNEL] *= factor


def plant_line(samples: np.ndarray, ratio: float, _: np.random.Generator) -> None:
    wave = np.sqrt(2) * np.sin(2 * np.pi * 50.0 * np.arange(N_TIMES) / SFREQ_HZ)
    samples[CHANNEL] += ratio * samples[CHANNEL].std() * wave


def plant_dropped(samples: np.ndarray, n_samples: float, rng: np.random.Generator) -> None:
    start = rng.integers(1, N_TIMES - int(n_samples))
    samples[:, start : start + int(n_samples)] = samples[:, start - 1 : start]


FAULTS: dict[str, tuple[str, str, Plant, tuple[float, ...]]] = {
    "flat": ("channel.flat", "share of time", plant_flat, (0.02, 0.06, 0.1, 0.3)),
    "clipped": ("channel.clipped", "limit in SD", plant_clipped, (4, 3, 2, 1)),
    "noisy": ("channel.noisy", "white noise, in SD of the signal", plant_noise, (0.25, 0.5, 1, 2)),
    "loud": ("channel.noisy", "gain", plant_loud, (2, 4, 8, 16)),
    "line": ("channel.line-noise", "mains, in SD of the signal", plant_line, (0.25, 0.5, 1, 2)),
    "dropped": ("recording.dropped-samples", "samples", plant_dropped, (2, 4, 25, 250)),
}


def judge(samples: np.ndarray) -> tuple[set[tuple[str, str]], str]:
    """Return code and channel of everything that was found, and the verdict."""
    channels = tuple(Channel(f"E{n}", "EEG", "uV", SFREQ_HZ) for n in range(N_CHANNELS))
    header = Header(Modality.EEG, SFREQ_HZ, samples.shape[1], channels)
    blocks: Iterator[np.ndarray] = iter(np.array_split(samples, 4, axis=1))
    measures = measure_blocks(blocks, header)
    quality = judge_recording(measures, header, "recording", line_hz=50.0, findings=[])
    found = {(code, c.name) for c in quality.channels for code in c.codes}
    found |= {(f.code, "") for f in quality.findings if f.code.startswith("recording.")}
    return found, quality.verdict


def count(hits: int, trials: int) -> dict[str, object]:
    """Return a share with its interval."""
    low, high = proportion_interval(hits, trials)
    return {"hits": hits, "trials": trials, "share": hits / trials if trials else None,
            "interval_95": [round(low, 4), round(high, 4)]}  # fmt: skip


def measure_detection(n_seeds: int) -> dict[str, object]:
    """Plant each fault at each strength, and count how often it is named in its place."""
    results: dict[str, object] = {}
    for name, (code, unit, plant, strengths) in FAULTS.items():
        rows = []
        for strength in strengths:
            hits = 0
            for seed in range(FIRST_SEED, FIRST_SEED + n_seeds):
                samples = simulate(seed)
                plant(samples, strength, np.random.default_rng([seed, 1]))
                place = "" if code.startswith("recording.") else f"E{CHANNEL}"
                hits += (code, place) in judge(samples)[0]
            rows.append({"strength": strength, **count(hits, n_seeds)})
            print(name, rows[-1])
        results[name] = {"code": code, "strength_is": unit, "found": rows}
    return results


def measure_false_alarms(n_seeds: int) -> dict[str, object]:
    """Count what is called falsely on recordings without faults."""
    channels: set[tuple[int, str]] = set()
    recordings = 0
    codes: dict[str, int] = {}
    for seed in range(2 * FIRST_SEED, 2 * FIRST_SEED + n_seeds):
        found, verdict = judge(simulate(seed))
        recordings += verdict != "pass"
        channels |= {(seed, name) for _, name in found if name}
        for code, _ in found:
            codes[code] = codes.get(code, 0) + 1
    result = {
        "channels": count(len(channels), n_seeds * N_CHANNELS),
        "recordings": count(recordings, n_seeds),
        "codes": dict(sorted(codes.items())),
    }
    print("false alarms", result)
    return result


def write_large(path: Path, megabytes: int) -> None:
    """Write a 64-channel EDF at 1000 Hz of about this size, block by block."""
    import edfio

    n_channels, sfreq_hz = 64, 1000
    n_seconds = max(60, megabytes * 10**6 // (2 * n_channels * sfreq_hz))
    minute = np.vstack([simulate(seed) for seed in range(4)])[:n_channels]
    samples = np.resize(minute, (n_channels, n_seconds * sfreq_hz))
    signals = [
        edfio.EdfSignal(row, sfreq_hz, label=f"E{n}", physical_dimension="uV",
                        physical_range=(-3276.8, 3276.7))
        for n, row in enumerate(samples)
    ]  # fmt: skip
    edfio.Edf(signals).write(path)


def run_once(way: str, path: Path) -> dict[str, float]:
    """Measure one way in this process: seconds of processor time, and peak memory."""
    started = time.process_time()
    if way == "fascicle":
        check_recording(path, read_written_header(path), line_hz=50.0)
    elif way == "read only":
        from fascicle.formats import read_blocks

        for _ in read_blocks(path, block_s=8.0):
            pass
    else:
        import mne

        warnings.simplefilter("ignore")
        started = time.process_time()
        raw = mne.io.read_raw_edf(path, preload=True, verbose="error")
        raw.compute_psd(method="welch", n_fft=2000, verbose="error")
    seconds = time.process_time() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu_s": round(seconds, 3), "peak_mb": round(peak_mb, 1)}


def measure_speed(megabytes: int) -> dict[str, object]:
    """Measure each way three times in processes of their own; report the fastest."""
    results: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in (megabytes // 4, megabytes):
            path = Path(folder) / f"sub-01_task-{size}_eeg.edf"
            # In a process of its own: the peak memory of a child counts what its parent held.
            command = [sys.executable, __file__, "--write", str(size), str(path)]
            subprocess.run(command, check=True)
            n_mb = path.stat().st_size / 1e6
            for way in ("fascicle", "read only", "mne welch"):
                command = [sys.executable, __file__, "--one", way, str(path)]
                runs = [
                    json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
                    for _ in range(3)
                ]
                best = min(runs, key=lambda run: run["cpu_s"])
                best["mb_per_s"] = round(n_mb / best["cpu_s"], 1)
                results[f"{way}, {n_mb:.0f} MB"] = best
                print(way, round(n_mb), best)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--write", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        write_large(Path(options.write[1]), int(options.write[0]))
        return
    if options.one:
        print(json.dumps(run_once(options.one[0], Path(options.one[1]))))
        return
    speed = measure_speed(options.megabytes)
    values = {
        "found": measure_detection(options.seeds),
        "false_alarms": measure_false_alarms(5 * options.seeds),
        "speed": speed,
    }
    print(write_results("quality", values, seed=FIRST_SEED))


if __name__ == "__main__":
    main()
