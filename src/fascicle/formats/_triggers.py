"""Events that amplifiers keep as numbers on a channel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Event

TRIGGER_BITS = 0xFFFF
"""The bits of a status channel that hold triggers; those above tell of the amplifier's state."""


def find_triggers(
    blocks: Iterable[NDArray[np.int32]], sfreq_hz: float, *, mask: int = TRIGGER_BITS
) -> Iterator[Event]:
    """Yield an event wherever the value on a trigger channel rises, as MNE-Python finds them.

    Parameters
    ----------
    blocks : iterable of ndarray of int32, shape (n_block,)
        The channel, in order.
    sfreq_hz : float
        Its sampling rate, in hertz.
    mask : int
        Bits that hold triggers.

    Yields
    ------
    Event
        With the new value as code and label. The value that the channel begins with is no event:
        nothing tells when it was set.

    Examples
    --------
    >>> blocks = [np.array([0, 0, 5]), np.array([5, 0, 7])]
    >>> [(event.onset_s, event.value) for event in find_triggers(blocks, 10.0)]
    [(0.2, 5), (0.5, 7)]
    """
    n_before = 0
    last: int | None = None
    for block in blocks:
        values = block & mask
        if len(values) == 0:
            continue
        previous = np.concatenate(([values[0] if last is None else last], values[:-1]))
        for i in np.flatnonzero(values > previous):
            code = int(values[i])
            yield Event((n_before + int(i)) / sfreq_hz, 0.0, str(code), code)
        n_before += len(values)
        last = int(values[-1])
