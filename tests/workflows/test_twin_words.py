"""The statement that goes with a twin says what was measured, and names nobody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.workflows.test_twin_inputs import write_series
from tests.workflows.test_twins import write_people

from fascicle.workflows import TwinOptions, TwinResult, synthesize
from fascicle.workflows._twin_words import AUDIT_NAME, describe_twin


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> TwinResult:
    folder = tmp_path_factory.mktemp("twin")
    people = write_people(folder / "people.tsv", 60)
    options = TwinOptions(label="sex", accept_unproven=True, seed=2)
    return synthesize(people, folder / "twin", options)


def test_the_statement_says_how_it_was_made_what_attacks_found_and_what_it_is_worth(
    made: TwinResult,
) -> None:
    words = describe_twin(made)

    for said in (
        "60 people who never were", "from 45 people", "15 who were held out", made.words,
        "Whoever learns the class", "AUC", "What it cannot show",
    ):  # fmt: skip
        assert said in words


def test_every_figure_stands_in_the_audit_and_is_valid_json(made: TwinResult) -> None:
    told = json.loads((made.target / AUDIT_NAME).read_text("utf-8"))

    assert told["verdict"] == str(made.verdict)
    assert told["n_trained"] + told["n_held_out"] == 60
    assert set(told["audits"]) == {"participants"}
    assert 0 <= told["taught"]["twin"]["accuracy"] <= 1


@pytest.mark.parametrize(
    ("repetition_s", "said"),
    [(2.0, "from 0.0156 to 0.25 Hz"), (None, "from 0.0312 to 0.5 cycles per sample")],
)
def test_spectra_are_told_with_their_frequencies(
    tmp_path: Path, repetition_s: float | None, said: str
) -> None:
    real = write_series(tmp_path / "real", dict.fromkeys("abcdefghijkl", repetition_s))

    made = synthesize(real, tmp_path / "twin", TwinOptions("gaussian", seed=1))

    assert f"correlation of mean spectra (decibels) {said} " in describe_twin(made)


def test_no_cell_of_a_real_row_stands_in_statement_or_audit(made: TwinResult) -> None:
    real = Path(made.target).with_name("people.tsv").read_text("utf-8").splitlines()[1:]
    told = (made.target / AUDIT_NAME).read_text("utf-8") + describe_twin(made)

    assert not any(row.split("\t")[0] in told for row in real)
