"""Which channels and series may hold words that were spoken."""

from __future__ import annotations

import re
from typing import Final

SPEECH_HZ: Final = 1000.0
"""From this rate on speech may be understood: below 500 Hz no more than its melody is left."""

_SOUND = re.compile(
    r"microph|mikro(?:ph|f)|audio|(?<!in)voice|speech|acoust|(?<!ultra)sound"
    r"|(?<![a-z])mics?(?![a-z])",
    re.IGNORECASE,
)
_SOUND_WITHIN = re.compile(r"[a-z]Mics?(?![a-z])")
_SLACK = 0.999
"""Rates that are measured by timestamps are a little off."""


def holds_speech(name: str, rate_hz: float, *, kind: str = "") -> bool:
    """Tell whether samples may hold speech, by what they are called and how fast they are.

    Parameters
    ----------
    name : str
        Of a channel, or the path of a series in its file.
    rate_hz : float
        Samples in a second.
    kind : str
        Type of the channel, as BIDS calls it.

    Returns
    -------
    bool
        False for a microphone that no name tells, and for slow ones.

    Notes
    -----
    Telephones pass 300 to 3400 Hz; words are still understood when only what lies below some
    500 to 1000 Hz is left, which samples at 1 to 2 kHz hold.

    References
    ----------
    Intelligibility: N. R. French & J. C. Steinberg (1947), doi:10.1121/1.1916407.

    Examples
    --------
    >>> holds_speech("MIC1", 2000.0), holds_speech("MIC1", 250.0), holds_speech("EMG1", 2000.0)
    (True, False, False)
    """
    is_called = bool(_SOUND.search(name) or _SOUND_WITHIN.search(name)) or kind == "AUDIO"
    return is_called and rate_hz >= _SLACK * SPEECH_HZ
