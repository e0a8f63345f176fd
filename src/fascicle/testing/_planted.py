"""What synthetic recordings are made of: their shape, and the identifiers planted in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

PLANTED = "Xylander-Quorn"
"""A name that a contract's recording must carry wherever its header has room for it."""


@dataclass(frozen=True, slots=True)
class Planted:
    """Identifiers to plant in every field of a header that can hold one; nobody has them.

    Attributes
    ----------
    name, code, operator, institution, serial, place, text : str
        A patient's name and number, who measured, where, with what, and a remark.
    birth : date
        Day of birth.
    start : datetime
        When the recording began.
    """

    name: str = PLANTED
    code: str = "MRN-7712034"
    operator: str = "Brunhilde-Vok"
    institution: str = "Kestrel-Klinik"
    serial: str = "SN-448812-KX"
    place: str = "Oberwiesel-Nord"
    text: str = "left-handed-piano-tuner"
    birth: date = date(1951, 5, 2)
    start: datetime = datetime(2019, 11, 23, 14, 31, 7, tzinfo=UTC)

    def words(self) -> Iterator[str]:
        """Yield every planted text."""
        yield from (getattr(self, f.name) for f in fields(self) if f.type == "str")


@dataclass(frozen=True, slots=True)
class Shape:
    """Channels and length of a synthetic recording.

    Attributes
    ----------
    rates_hz : tuple of int
        Sampling rate of each channel, in hertz; formats with one rate take the first.
    labels : tuple of str
        Names of the channels; ``"Ch1"`` and on where there are fewer.
    n_seconds : int
        Length, in seconds.
    """

    rates_hz: tuple[int, ...] = (251,) * 7
    labels: tuple[str, ...] = ("Fp1", "Fp2", "C3", "C4", "O1", "O2", "HEOG")
    n_seconds: int = 11

    def label(self, i: int) -> str:
        """Return the name of a channel."""
        return self.labels[i] if i < len(self.labels) else f"Ch{i + 1}"

    @property
    def names(self) -> list[str]:
        """The name of every channel."""
        return [self.label(i) for i in range(len(self.rates_hz))]

    def samples(self, seed: int) -> list[NDArray[np.int16]]:
        """Return stored values of every channel: an alpha wave of its own height, and noise."""
        rng = np.random.default_rng(seed)
        channels = []
        for i, rate_hz in enumerate(self.rates_hz):
            t = np.arange(rate_hz * self.n_seconds) / rate_hz
            wave = 300 * (i + 1) * np.sin(2 * np.pi * (8 + i / 7) * t)
            channels.append((wave + rng.normal(0, 100, t.size)).astype(np.int16))
        return channels

    def counts(self, seed: int) -> NDArray[np.int16]:
        """Return stored values where all channels have one rate, shape (n_channels, n_times)."""
        return np.stack(self.samples(seed))

    def microvolts(self, seed: int) -> NDArray[np.float64]:
        """Return the same in microvolts, a tenth for each count."""
        return self.counts(seed) / 10
