"""Options make a question, or say what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from fascicle.errors import InputError
from fascicle.protect import LinearQuestion, MeanQuestion
from fascicle.workflows import STATISTICS, PrivateOptions
from fascicle.workflows._private_questions import make_question

WHOLE = {
    "count": {"columns": ("sex",), "values": ("F",)},
    "mean": {"columns": ("age",), "bounds": ((18, 90),)},
    "histogram": {"columns": ("age",), "edges": (0, 50, 100)},
    "quantile": {"columns": ("age",), "bounds": ((18, 90),), "quantiles": (0.5,)},
    "linear": {"columns": ("age",), "bounds": ((18, 90), (1, 4)), "outcome": "thickness"},
    "logistic": {
        "columns": ("age",), "bounds": ((18, 90),), "outcome": "ill", "values": ("yes",)
    },
}  # fmt: skip


@pytest.mark.parametrize("statistic", WHOLE)
def test_whole_options_make_the_question_of_that_name(statistic: str) -> None:
    options = PrivateOptions(statistic, 1.0, 1e-6, **WHOLE[statistic])

    assert make_question(options).statistic == statistic
    assert options.explain().startswith(f"{statistic} of ")


@pytest.mark.parametrize(
    ("statistic", "lacking"),
    [(name, key) for name, whole in WHOLE.items() for key in whole if key != "quantiles"],
)
def test_whatever_is_left_out_is_told(statistic: str, lacking: str) -> None:
    rest = {key: value for key, value in WHOLE[statistic].items() if key != lacking}

    with pytest.raises(InputError, match=r"FSC185|FSC175"):
        make_question(PrivateOptions(statistic, 1.0, 1e-6, **rest))


def test_bounds_go_to_columns_in_order() -> None:
    mean = make_question(PrivateOptions("mean", 1.0, 1e-6, **WHOLE["mean"]))
    linear = make_question(PrivateOptions("linear", 1.0, 1e-6, **WHOLE["linear"]))

    assert isinstance(mean, MeanQuestion)
    assert (mean.low, mean.high) == (18, 90)
    assert isinstance(linear, LinearQuestion)
    assert (linear.features[0].high, linear.outcome.name, linear.outcome.high) == (
        90,
        "thickness",
        4,
    )


def test_an_unknown_statistic_is_told_with_those_that_there_are() -> None:
    with pytest.raises(InputError, match=r"FSC185.*mean.*connectivity"):
        make_question(PrivateOptions("variance", 1.0, 1e-6))
    assert set(WHOLE) | {"connectivity"} == set(STATISTICS)


def test_what_is_written_down_holds_no_path() -> None:
    options = PrivateOptions("connectivity", 1.0, 1e-6, prior=Path("lab/prior.tsv"), clip=20.0)

    assert options.as_dict()["prior"] is True
    assert "lab" not in str(options.as_dict())
