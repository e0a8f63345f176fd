"""Who looks for artefacts in the benchmark: the annotator, MNE-Python, autoreject, a threshold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from _artifact_scenes import Event, Source

from fascicle.core import Channel, Header, Modality
from fascicle.maths import find_scalp_positions, split_bands
from fascicle.quality._artifact_detector import ArtifactDetector
from fascicle.quality._artifact_networks import load_networks
from fascicle.quality._artifact_reading import ChapterMaker
from fascicle.quality._artifacts import conclude
from fascicle.quality._measures import choose_block_s, measure_blocks


def make_header(source: Source, *, eyes: bool) -> tuple[Header, np.ndarray]:
    kept = np.array([eyes or kind != "EOG" for kind in source.kinds])
    channels = tuple(
        Channel(name, kind, "uV", source.sfreq_hz)
        for name, kind, keep in zip(source.names, source.kinds, kept, strict=True)
        if keep
    )
    return Header(Modality.EEG, source.sfreq_hz, source.samples.shape[1], channels), kept


def run_fascicle(source: Source, samples: np.ndarray, *, eyes: bool = False) -> list[Event]:
    """Label a recording in memory, as the annotator labels a file."""
    header, kept = make_header(source, eyes=eyes)
    detector = ArtifactDetector(header, load_networks())
    maker = ChapterMaker(len(header.channels), header.sfreq_hz, detector.take)
    n_block = round(choose_block_s(header) * header.sfreq_hz)
    parts = (
        samples[kept, start : start + n_block] for start in range(0, samples.shape[1], n_block)
    )
    annotation = conclude(detector, measure_blocks(maker.watch(parts), header))
    return [
        (label.kind, label.evidence.get("peak_s", label.onset_s), label.duration_s)
        for label in annotation.labels
        if not label.is_whole
    ]


def as_raw(source: Source, samples: np.ndarray) -> object:
    import mne

    info = mne.create_info(
        [name.strip(".") for name in source.names], source.sfreq_hz,
        [kind.lower() for kind in source.kinds],
    )  # fmt: skip
    return mne.io.RawArray(samples * 1e-6, info, verbose="error")


def run_mne_blinks(source: Source, samples: np.ndarray) -> list[Event]:
    """`find_eog_events` with its own thresholds on the most frontal channel."""
    import mne

    if source.reference:  # a headband has its reference between the eyes: against the ear
        samples = samples.copy()
        samples[source.names.index("AF7")] -= samples[source.names.index("TP9")]
    raw = as_raw(source, samples)
    events = mne.preprocessing.find_eog_events(
        raw, ch_name=source.front.strip("."), verbose="error"
    )
    return [("blink", float(at / source.sfreq_hz), 0.2) for at in events[:, 0]]


def run_mne_muscle(source: Source, samples: np.ndarray) -> list[Event]:
    """`annotate_muscle_zscore` in the band that the sampling rate leaves."""
    import mne

    raw = as_raw(source, samples)
    top_hz = min(140.0, source.sfreq_hz / 2 - 2)
    found, _ = mne.preprocessing.annotate_muscle_zscore(
        raw, ch_type="eeg", threshold=4.0, min_length_good=0.1,
        filter_freq=(min(110.0, 0.5 * top_hz), top_hz), verbose="error",
    )  # fmt: skip
    return [("muscle", float(a["onset"]), float(a["duration"])) for a in found]


def run_mne_amplitude(source: Source, samples: np.ndarray) -> list[Event]:
    """`annotate_amplitude`: channels that move by 150 microvolts from sample to sample."""
    import mne

    raw = as_raw(source, samples).filter(1.0, None, verbose="error")
    found, _ = mne.preprocessing.annotate_amplitude(
        raw, peak=150e-6, bad_percent=100.0, min_duration=0.005, picks="eeg", verbose="error"
    )
    return [("any", float(a["onset"]), float(a["duration"])) for a in found]


def run_threshold(source: Source, samples: np.ndarray) -> list[Event]:
    """Seconds in which a channel's peaks are 150 microvolts apart, above 1 Hz: the plain way."""
    slow = split_bands(samples[source.is_scalp], source.sfreq_hz, [(1.0, np.inf)])[0]
    n_second = int(source.sfreq_hz)
    starts = range(0, slow.shape[1] - n_second + 1, n_second)
    bad = [np.ptp(slow[:, start : start + n_second], axis=1).max() > 150.0 for start in starts]
    return [("any", place * n_second / source.sfreq_hz, 1.0) for place in np.flatnonzero(bad)]


def run_autoreject(source: Source, samples: np.ndarray) -> list[Event]:
    """Seconds that autoreject (local) drops or mends, with places by the 10-20 system."""
    import autoreject
    import mne

    raw = as_raw(source, samples).pick("eeg").filter(1.0, None, verbose="error")
    places = find_scalp_positions(raw.ch_names) * 0.095
    montage = mne.channels.make_dig_montage(
        dict(zip(raw.ch_names, places, strict=True)), coord_frame="head"
    )
    raw.set_montage(montage, verbose="error")
    epochs = mne.make_fixed_length_epochs(raw, 1.0, preload=True, verbose="error")
    method = autoreject.AutoReject(
        n_interpolate=[1, 2, 4], cv=5, random_state=1, n_jobs=1, verbose=False
    )
    log = method.fit(epochs).get_reject_log(epochs)
    bad = log.bad_epochs | (np.nan_to_num(log.labels) > 0).any(axis=1)
    return [("any", float(place), 1.0) for place in np.flatnonzero(bad)]


# --- scores --------------------------------------------------------------------------------------


def available() -> dict[str, Callable[[Source, np.ndarray], list[Event]]]:
    """Return the peers that are installed, by name."""
    peers = {
        "mne find_eog_events": run_mne_blinks,
        "mne annotate_muscle_zscore": run_mne_muscle,
        "mne annotate_amplitude": run_mne_amplitude,
        "150 microvolts peak to peak": run_threshold,
    }
    try:
        import autoreject  # noqa: F401

        peers["autoreject"] = run_autoreject
    except ImportError:
        print("autoreject is not installed")
    return peers
