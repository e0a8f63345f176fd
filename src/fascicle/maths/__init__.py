"""Functions on arrays: spectra, amplitudes, runs, envelopes, clocks, shifts, burnt-in text; pure.

Arrays are time-last, ``(n_channels, n_times)``. What must be summed over a long recording comes as
an accumulator: it is fed block after block, its memory does not grow, and its result does not
depend on where the blocks were cut.
"""

from ._alignment import MIN_PULSES, Alignment, ClockTest, align_pulses, compare_clocks
from ._amplitudes import robust_scale, robust_z
from ._burnt_text import BurntText, StillPixels, find_burnt_text
from ._envelopes import Envelope
from ._intervals import proportion_interval
from ._runs import ExtremeRuns, FlatBins, HeldSamples
from ._shifts import Shift, find_shift
from ._spectra import WelchSpectrum, high_frequency_ratio, line_noise_ratio
from ._spikes import find_spikes, spike_noise
from ._units import REFRACTORY_S, isi_violations, presence_ratio

__all__ = [
    "MIN_PULSES",
    "REFRACTORY_S",
    "Alignment",
    "BurntText",
    "ClockTest",
    "Envelope",
    "ExtremeRuns",
    "FlatBins",
    "HeldSamples",
    "Shift",
    "StillPixels",
    "WelchSpectrum",
    "align_pulses",
    "compare_clocks",
    "find_burnt_text",
    "find_shift",
    "find_spikes",
    "high_frequency_ratio",
    "isi_violations",
    "line_noise_ratio",
    "presence_ratio",
    "proportion_interval",
    "robust_scale",
    "robust_z",
    "spike_noise",
]
