"""Labels: what a statement on a recording must say, and what two of them share."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fascicle.core import Label
from fascicle.errors import InputError


@pytest.mark.parametrize(
    "wrong",
    [
        {"confidence": 1.01},
        {"confidence": -0.1},
        {"confidence": math.nan},
        {"confidence": 1.0, "onset_s": math.inf},
        {"confidence": 1.0, "onset_s": math.nan},
        {"confidence": 1.0, "duration_s": -1.0},
        {"confidence": 1.0, "duration_s": math.nan},
    ],
)
def test_a_label_without_confidence_or_times_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="FSC131"):
        Label("blink", **wrong)


def test_the_key_is_that_of_the_statement_not_of_how_sure_it_is() -> None:
    sure = Label("pop", 0.9, onset_s=1.0004, duration_s=0.2, channels=("C3", "Cz"))
    unsure = Label(
        "pop", 0.1, onset_s=1.0, duration_s=0.2, channels=("Cz", "C3"), evidence={"z": 3}
    )

    assert sure.key == unsure.key
    assert len({sure.key, *(other.key for other in (
        Label("blink", 0.9, onset_s=1.0, duration_s=0.2, channels=("C3", "Cz")),
        Label("pop", 0.9, onset_s=1.1, duration_s=0.2, channels=("C3", "Cz")),
        Label("pop", 0.9, onset_s=1.0, duration_s=0.3, channels=("C3", "Cz")),
        Label("pop", 0.9, onset_s=1.0, channels=("C3", "Cz")),
        Label("pop", 0.9, onset_s=1.0, duration_s=0.2, channels=("C3",)),
    ))}) == 6  # fmt: skip


def test_the_key_is_that_of_the_times_as_they_are_written_to_the_millisecond() -> None:
    # At 2000 Hz, every second sample lies half-way between two milliseconds.
    for n in range(1, 4001, 2):
        label = Label("pop", 0.5, onset_s=n / 2000, duration_s=n / 2000)
        written = Label(
            "pop", 0.5, onset_s=float(f"{n / 2000:.3f}"), duration_s=float(f"{n / 2000:.3f}")
        )

        assert label.key == written.key
