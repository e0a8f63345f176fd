"""Vendors that Neo reads, through the contract; values as the layouts have them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fascicle.core import Source
from fascicle.formats import read_header, recognise
from fascicle.formats._neo import _is_neural
from fascicle.testing import (
    FormatContract,
    Planted,
    Shape,
    make_axona,
    make_blackrock,
    make_mcs_raw,
    make_openephys_legacy,
    make_plexon,
)


def counts(n_channels: int, rate_hz: int = 20_000) -> NDArray[np.float64]:
    return Shape((rate_hz,) * n_channels, n_seconds=1).counts(7).astype(np.float64)


class TestBlackrock(FormatContract):
    format_name = "blackrock"
    tolerance = 1e-6

    def make_recording(self, root: Path) -> Path:
        return make_blackrock(root / "a.ns5", seed=7, planted=Planted())

    def read_oracle(self, path: Path) -> NDArray[np.float64] | None:
        return counts(7, 30_000) * 8191 / 32764


class TestOpenEphysLegacy(FormatContract):
    format_name = "openephys-legacy"
    tolerance = 1e-6

    def make_recording(self, root: Path) -> Path:
        return make_openephys_legacy(root / "node", seed=7, planted=Planted())

    def read_oracle(self, path: Path) -> NDArray[np.float64] | None:
        return counts(6)[:, : 19 * 1024] * 0.195


class TestPlexon(FormatContract):
    format_name = "plexon"
    tolerance = 1e-6

    def make_recording(self, root: Path) -> Path:
        return make_plexon(root / "a.plx", seed=7, planted=Planted())

    def read_oracle(self, path: Path) -> NDArray[np.float64] | None:
        # Millivolts at the input: 5000 mV over half the range of 16 bits, amplified 1000 times.
        return counts(5) * 5000 / 32768 / 1000 * 1000


class TestAxona(FormatContract):
    format_name = "axona"
    tolerance = 1e-5

    def make_recording(self, root: Path) -> Path:
        return make_axona(root / "a.set", seed=7, planted=Planted())

    def read_oracle(self, path: Path) -> NDArray[np.float64] | None:
        return counts(4, 48_000) * 1000 * 1500 / (4000 * 32768)


class TestMcsRaw(FormatContract):
    format_name = "mcs-raw"
    tolerance = 1e-6

    def make_recording(self, root: Path) -> Path:
        return make_mcs_raw(root / "a.raw", seed=7, planted=Planted())

    def read_oracle(self, path: Path) -> NDArray[np.float64] | None:
        return counts(7) * 0.1042


def find_source(root: Path) -> Source:
    (source,) = recognise(root).sources
    return source


@pytest.mark.parametrize(
    ("make", "name"),
    [(make_blackrock, "a.ns5"), (make_plexon, "a.plx"), (make_axona, "a.set"),
     (make_openephys_legacy, "node")],
)  # fmt: skip
def test_the_day_is_read_and_reported(tmp_path: Path, make: object, name: str) -> None:
    make(tmp_path / name, planted=Planted())  # type: ignore[operator]

    header = read_header(tmp_path, find_source(tmp_path))

    assert header.measured_at == Planted().start
    assert any(i.kind == "date" for i in header.identifiers)


@pytest.mark.parametrize(
    ("stream", "channel", "unit", "neural"),
    [
        ("RHD2000 amplifier channel", "A-001", "uV", True),
        ("RHD2000 auxiliary input channel", "A-AUX1", "V", False),
        ("RHD2000 supply voltage channel", "A-VDD1", "V", False),
        ("USB board ADC input channel", "ADC-00", "V", False),
        ("USB board digital input channel", "DIN-00", "", False),
        ("Signals", "El_12", "uV", True),
        ("100", "ADC1", "V", False),
        ("WB-Wideband", "WB01", "mV", True),
        ("nsx5", "ainp1", "mV", False),
        ("nsx5", "chan1", "uV", True),
    ],
)
def test_electrodes_are_told_from_inputs_beside_them(
    stream: str, channel: str, unit: str, neural: bool
) -> None:
    assert _is_neural(stream, channel, unit) is neural
