"""The statement says what protects people, in figures that hold."""

from __future__ import annotations

from fascicle.core import Mechanism, Noise
from fascicle.protect import Forecast, PrivateAnswer
from fascicle.workflows import PrivateOptions, PrivateRelease
from fascicle.workflows._private_words import write_statement

DONE = PrivateRelease(
    account="ds-1",
    statistic="mean",
    n_people=201,
    epsilon=1.0,
    delta=1e-6,
    forecast=Forecast("It will be good.", {"half_width": 2.0}, 0.2),
    n_needed=41,
    epsilon_needed=0.2,
    mechanisms=(Mechanism(Noise.DISCRETE_GAUSSIAN, 4.5),),
    answer=PrivateAnswer("mean", {"mean": 40.0}, "The mean is about 40."),
    line=7,
)


def test_the_statement_has_the_answer_its_worth_and_its_protection() -> None:
    text = write_statement(DONE, PrivateOptions("mean", 1.0, 1e-6, bounds=((18, 90),)))

    for words in (
        "The mean is about 40.",
        "It will be good.",
        "Epsilon 1 at a delta of 1e-06",
        "factor of 2.72",
        "18 to 90",
        "line 7",
        "All data of a person count as one",
    ):
        assert words in text


def test_the_record_holds_result_forecast_and_cost() -> None:
    record = DONE.as_dict()

    assert record["result"] == {"mean": 40.0}
    assert record["forecast"]["n_needed"] == 41
    assert record["privacy"]["mechanisms"][0]["multiplier"] == 4.5
    assert record["log_line"] == 7
