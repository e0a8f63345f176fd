"""Generated recordings and datasets for the tests of this room."""

from __future__ import annotations

import json
from pathlib import Path

import edfio
import numpy as np

from fascicle.core import Channel, Header, Modality
from fascicle.quality._measures import measure_blocks
from fascicle.quality._metadata import check_header
from fascicle.quality._recording import judge_recording

SFREQ_HZ = 250.0


def make_eeg(n_channels=19, n_times=15_017, *, seed=0, sfreq_hz=SFREQ_HZ, step=0.1):
    """Make signals like scalp EEG, in microvolts: 1/f, 20 uV, some amplifier noise, quantised."""
    rng = np.random.default_rng(seed)
    freqs_hz = np.fft.rfftfreq(n_times, 1 / sfreq_hz)
    shape = (n_channels, freqs_hz.size)
    waves = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    samples = np.fft.irfft(waves / np.maximum(freqs_hz, 1.0), n_times)
    samples *= 20.0 / samples.std(axis=1, keepdims=True)
    samples += rng.standard_normal(samples.shape)
    return np.round(samples / step) * step


def make_header(
    samples, *, kinds=None, unit="uV", sfreq_hz=SFREQ_HZ, modality=Modality.EEG, **more
):
    """Make the header that belongs to samples."""
    kinds = kinds or ["EEG"] * samples.shape[0]
    channels = tuple(
        Channel(f"{kind}{number}", kind, unit, sfreq_hz) for number, kind in enumerate(kinds, 1)
    )
    return Header(modality, sfreq_hz, samples.shape[1], channels, **more)


def cut(samples, n_block=1000):
    """Yield samples in blocks."""
    for start in range(0, samples.shape[1], n_block):
        yield samples[:, start : start + n_block]


def judge_samples(samples, header, *, line_hz=None):
    """Judge a recording that is in memory, as `check_recording` judges a file."""
    return judge_recording(
        measure_blocks(cut(samples), header), header, "recording", line_hz=line_hz,
        findings=check_header(header, "recording"),
    )  # fmt: skip


def write_edf(path: Path, samples, *, sfreq_hz=250):
    """Write samples as an EDF file; whole seconds only."""
    samples = samples[:, : samples.shape[1] // sfreq_hz * sfreq_hz]
    signals = [
        edfio.EdfSignal(
            channel, sfreq_hz, label=f"EEG{number}", physical_dimension="uV",
            physical_range=(-500.0, 500.0),
        )
        for number, channel in enumerate(samples, 1)
    ]  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    edfio.Edf(signals).write(path)


def make_dataset(root: Path, *, labels=("01", "02"), n_channels=5, n_seconds=21) -> Path:
    """Write a small BIDS dataset in which the official validator finds no error or warning."""
    root.mkdir(parents=True, exist_ok=True)
    write_json(
        root / "dataset_description.json",
        {"Name": "Made up", "BIDSVersion": "1.11.1", "DatasetType": "raw", "License": "CC0",
         "Authors": ["A. Made", "B. Up"]},
    )  # fmt: skip
    (root / "README.md").write_text("A dataset that was made up for a test. " * 10, "utf-8")
    write_tsv(root / "participants.tsv", ["participant_id\tage", *(f"sub-{x}\t33" for x in labels)])
    write_json(root / "participants.json", {"age": {"Description": "Age", "Units": "year"}})
    for seed, label in enumerate(labels):
        stem = root / f"sub-{label}" / "eeg" / f"sub-{label}_task-rest"
        samples = make_eeg(n_channels, n_seconds * 250, seed=seed)
        write_edf(stem.with_name(stem.name + "_eeg.edf"), samples)
        write_json(
            stem.with_name(stem.name + "_eeg.json"),
            {"TaskName": "rest", "EEGReference": "n/a", "SamplingFrequency": 250,
             "PowerLineFrequency": 50, "SoftwareFilters": "n/a", "EEGChannelCount": n_channels,
             "RecordingDuration": n_seconds, "RecordingType": "continuous"},
        )  # fmt: skip
        write_tsv(
            stem.with_name(stem.name + "_channels.tsv"),
            ["name\ttype\tunits", *(f"EEG{n}\tEEG\tuV" for n in range(1, n_channels + 1))],
        )
        write_tsv(
            stem.with_name(stem.name + "_events.tsv"), ["onset\tduration", "1.5\t0", "2.25\t0"]
        )
    return root


def write_json(path: Path, fields) -> None:
    path.write_text(json.dumps(fields), "utf-8")


def write_tsv(path: Path, lines) -> None:
    path.write_bytes(("\n".join(lines) + "\n").encode())


def snapshot(root: Path) -> dict[str, bytes]:
    """Return the bytes of every file."""
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
