"""Where a measure becomes a warning or a failure, each with its source.

"Ours" means that no published value exists for the measure: the value was set so that clean
recordings pass, and ``benchmarks/quality.py`` measures what it finds and what it calls falsely.
"""

from __future__ import annotations

from typing import Final

FLAT_WARN_SHARE: Final = 0.05
"""Share of a channel's time without any change: warn. MNE-Python, ``annotate_amplitude``, 5 %."""
FLAT_FAIL_SHARE: Final = 0.5
"""The same: the channel holds more nothing than signal. Ours."""
FLAT_BIN_S: Final = 0.1
"""Length of a stretch that must not be constant, in seconds. Ours."""

CLIPPED_WARN_SHARE: Final = 0.001
"""Share of samples in runs at a channel's extreme: warn. Ours."""
CLIPPED_FAIL_SHARE: Final = 0.05
"""The same: fail. Ours, after MNE-Python's 5 % for segments out of range."""
CLIPPED_MIN_RUN: Final = 3
"""Equal extreme samples in a row that count as clipped. Ours: two occur by rounding alone."""

NOT_FINITE_FAIL_SHARE: Final = 0.05
"""Share of NaN or infinite samples: fail; a single one warns. Ours."""

DEVIATION_Z: Final = 5.0
"""Robust z of amplitude or of high-frequency noise among channels of one kind.

PREP, N. Bigdely-Shamlo et al. (2015), doi:10.3389/fninf.2015.00016."""
MIN_GROUP: Final = 6
"""Channels of one kind from which a deviation among them means something. Ours."""
MIN_WINDOWS: Final = 5
"""Windows of 2 s below which noise and mains are not judged: too few to average. Ours."""
LOUD_RATIO: Final = 3.0
"""Amplitude beside the median channel: a z alone accuses channels that agree closely. Ours."""
QUIET_RATIO: Final = 0.1
"""The same for a channel that hardly records. Ours."""
NOISE_RATIO: Final = 2.0
"""High-frequency ratio beside the median channel, for the same reason. Ours."""
NOISE_MAX: Final = 1.0
"""High-frequency ratio of an EEG or iEEG channel, whatever the others do.

As much above 50 Hz as below it, which white noise has and no brain signal. Ours."""

LINE_WARN_RATIO: Final = 0.5
"""Share of the power above 1 Hz that is mains: more than everything else together. Ours."""
LINE_SEEN_RATIO: Final = 0.02
"""The same in the worst channel, from which 50 or 60 Hz is believed to be the mains. Ours."""

DROPPED_MIN_S: Final = 0.008
"""Time for which all channels stand still at once, in seconds; at least 3 samples. Ours."""
DROPPED_MIN_CHANNELS: Final = 4
"""Channels below which standing still together may be chance. Ours."""
DROPPED_FAIL_SHARE: Final = 0.05
"""Share of the recording that was lost: fail; any loss warns. Ours."""

BAD_CHANNELS_FAIL_SHARE: Final = 0.25
"""Share of channels that failed or are noisy: the recording fails. Ours."""

N_WINDOWS: Final = 120
"""Windows that the spectrum is averaged over, spread evenly: enough for a stable mean
(relative SD 1/sqrt(120) = 9 %), and the same work for a minute and for a night."""
WINDOW_S: Final = 2.0
"""Their length, in seconds: resolution 0.5 Hz."""
N_SAMPLED: Final = 64
"""Values of each window that the robust amplitude is taken from."""

PREVIEW_BINS: Final = 200
"""Stretches of the preview, each with its lowest and highest value."""
SPECTRUM_TOP_HZ: Final = 130.0
"""Frequencies above it are measured but not kept: the first harmonic of the mains is below."""
BLOCK_BYTES: Final = 2**22
"""Aim for the size of a block: it stays in a processor's cache."""
