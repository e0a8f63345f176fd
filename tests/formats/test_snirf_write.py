"""Writing SNIRF."""

from __future__ import annotations

import numpy as np

from fascicle.core import Channel, Header, Modality
from fascicle.formats import read_written_header
from fascicle.formats._snirf_write import SnirfLayout, write_snirf


def make_layout() -> SnirfLayout:
    rows = [
        {"sourceIndex": 1, "detectorIndex": 1, "wavelengthIndex": w, "dataType": 99999,
         "dataTypeLabel": label}
        for w, label in ((1, "HbO"), (2, "HbR"), (1, "dOD"))
    ]  # fmt: skip
    probe = {
        "wavelengths": np.array([760.0, 850.0]),
        "sourcePos3D": np.array([[0.01, 0.02, 0.03]]),
        "detectorPos3D": np.array([[0.03, 0.02, 0.01]]),
    }
    return SnirfLayout(rows, probe)


def test_processed_data_keep_their_types(tmp_path):
    channels = tuple(Channel(f"c{i}", "NIRSCWHBO", "M", 4.0) for i in range(3))
    header = Header(Modality.NIRS, 4.0, 11, channels)
    values = np.arange(33.0).reshape(11, 3)

    write_snirf(tmp_path / "a.snirf", header, make_layout(), np.arange(11) / 4, [values])

    again = read_written_header(tmp_path / "a.snirf")
    assert [c.kind for c in again.channels] == ["NIRSCWHBO", "NIRSCWHBR", "NIRSCWOPTICALDENSITY"]
    assert [c.name for c in again.channels] == ["S1_D1 hbo", "S1_D1 hbr", "S1_D1 760"]
    assert again.channels[0].position_m == (0.02, 0.02, 0.02)
    assert again.measured_at is None


def test_the_same_input_gives_the_same_bytes(tmp_path):
    channels = tuple(Channel(f"c{i}", "NIRSCWHBO", "M", 4.0) for i in range(3))
    header = Header(Modality.NIRS, 4.0, 11, channels)

    for name in ("a", "b"):
        rows = [np.ones((5, 3)), np.zeros((6, 3))]
        write_snirf(tmp_path / name, header, make_layout(), np.arange(11) / 4, rows)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
