"""Groups of sensors and their places."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.core import Channel, Header, Modality
from fascicle.maths import find_scalp_positions
from fascicle.quality._artifact_layout import eye_rows, find_places, group_sensors, heart_rows

NAMES = ("Fp1", "Fp2", "F7", "F8", "C3", "Cz", "P4", "O1")


def make_channels(names, positions=None, kind="EEG", unit="uV", rate=250.0):
    at = [None] * len(names) if positions is None else [tuple(p) for p in positions]
    return tuple(
        Channel(name, kind, unit, rate, position_m=p) for name, p in zip(names, at, strict=True)
    )


def test_channels_of_one_kind_belong_together() -> None:
    channels = (
        *make_channels(NAMES), *make_channels(("MEG1", "MEG3"), kind="MEGMAG", unit="fT"),
        *make_channels(("V", "H"), kind="EOG"), *make_channels(("E",), kind="ECG"),
        *make_channels(("slow",), rate=1.0), *make_channels(("T",), kind="TRIG"),
    )  # fmt: skip
    header = Header(Modality.EEG, 250.0, 1000, channels)

    groups = group_sensors(header)

    assert [(group.kind, group.names) for group in groups] == [
        ("EEG", NAMES), ("MEGMAG", ("MEG1", "MEG3")),
    ]  # fmt: skip
    assert groups[1].scale.ravel().tolist() == [1e-15, 1e-15]
    assert eye_rows(header).tolist() == [10, 11]
    assert heart_rows(header).tolist() == [12]


@pytest.mark.parametrize(
    ("frame", "turn"),
    [("CapTrak", lambda p: p), ("EEGLAB", lambda p: np.column_stack([p[:, 1], -p[:, 0], p[:, 2]]))],
)
def test_places_come_from_positions_where_names_tell_nothing(frame, turn) -> None:
    known = find_scalp_positions(NAMES)
    measured = np.add(turn(0.09 * known), [0.01, -0.02, 0.03])
    names = [f"E{n}" for n in range(len(NAMES))]

    places = find_places(make_channels(names, measured), frame)

    np.testing.assert_allclose(places, known, atol=1e-6)


def test_names_come_first() -> None:
    wrong = np.random.default_rng(0).standard_normal((len(NAMES), 3))

    places = find_places(make_channels(NAMES, wrong), "CapTrak")

    np.testing.assert_array_equal(places, find_scalp_positions(NAMES))


def test_without_names_and_positions_nothing_is_known() -> None:
    assert np.isnan(find_places(make_channels(["E1", "E2", "E3"]), "")).all()
