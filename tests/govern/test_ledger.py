"""The gate of the budget: nobody gets more than is left, whoever asks, at whatever moment."""

from __future__ import annotations

import multiprocessing
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from fascicle.core import Mechanism, Noise, say_at_least
from fascicle.errors import InputError, Refusal
from fascicle.govern import affordable_rho, open_commons
from fascicle.testing import ReleaseShape, make_release

pytest.importorskip("dp_accounting")

DELTA = 1e-5
PEOPLE = ["first", "second", "third"]


def noise(epsilon: float, delta: float = DELTA) -> list[Mechanism]:
    return [Mechanism(Noise.GAUSSIAN, (2 * affordable_rho(epsilon, delta)) ** -0.5)]


@pytest.fixture
def commons(tmp_path: Path):
    with open_commons(tmp_path / "commons", agent="ada", create=True) as commons:
        commons.set_budget("ds-1", 3.0, DELTA)
        yield commons


def test_a_settled_spend_stands_with_who_what_and_how_much(commons) -> None:
    with commons.spend("ds-1", PEOPLE, noise(1.0), "mean age"):
        pass

    budget = commons.budget("ds-1")

    (spend,) = budget.spends
    assert (spend.agent, spend.what, spend.state, spend.n_people) == (
        "ada",
        "mean age",
        "settled",
        3,
    )
    assert spend.epsilon == pytest.approx(1.0, rel=1e-3)
    assert spend.mechanisms == tuple(noise(1.0))
    assert budget.epsilon_spent == pytest.approx(1.0, rel=1e-3)
    assert 0.8 < budget.epsilon_tight < budget.epsilon_spent
    assert 2.3 < budget.epsilon_left < 3
    assert set(budget.share_by_person) == set(PEOPLE)
    assert "second" not in str(budget.as_dict())


def test_over_budget_is_refused_with_what_was_asked_and_what_is_left(commons) -> None:
    with commons.spend("ds-1", PEOPLE, noise(2.0), "first"):
        pass
    left = commons.budget("ds-1").epsilon_left

    with (
        pytest.raises(Refusal, match=rf"FSC530.*epsilon 2\.5 where {say_at_least(left)} is left"),
        commons.spend("ds-1", ["third"], noise(2.5), "second"),
    ):
        pytest.fail("it must not be released")

    assert [entry.event for entry in commons.log()][-1] == "refuse"
    assert len(commons.budget("ds-1").spends) == 1


def test_a_budget_can_be_spent_to_the_end_and_not_further(commons) -> None:
    with commons.spend("ds-1", PEOPLE, noise(3.0), "all of it"):
        pass

    assert commons.budget("ds-1").share_spent == pytest.approx(1.0, abs=1e-6)
    with (
        pytest.raises(Refusal, match="FSC530"),
        commons.spend("ds-1", ["second"], noise(0.01), "a crumb"),
    ):
        pytest.fail("it must not be released")


def test_an_error_while_releasing_abandons_the_spend_and_it_counts(commons) -> None:
    with pytest.raises(ZeroDivisionError), commons.spend("ds-1", PEOPLE, noise(1.0), "mean age"):
        raise ZeroDivisionError

    budget = commons.budget("ds-1")
    assert [spend.state for spend in budget.spends] == ["abandoned"]
    assert budget.epsilon_spent == pytest.approx(1.0, rel=1e-3)


def _die(folder: str) -> None:
    import os

    with (
        open_commons(Path(folder), agent="grace") as commons,
        commons.spend("ds-1", PEOPLE, noise(1.0), "mean age"),
    ):
        os._exit(9)


def test_a_process_that_dies_while_releasing_has_spent(commons, tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(
        target=_die, args=(str(tmp_path / "commons"),)
    )
    process.start()
    process.join()

    budget = commons.budget("ds-1")
    assert process.exitcode == 9
    assert [spend.state for spend in budget.spends] == ["reserved"]
    assert budget.epsilon_spent == pytest.approx(1.0, rel=1e-3)
    assert commons.verify() == ()


def test_32_spenders_at_once_cannot_overspend(commons, tmp_path: Path) -> None:
    # Each asks for a tenth of the budget's divergence: just ten of them may have it.
    tenth = [Mechanism(Noise.GAUSSIAN, (2 * affordable_rho(3.0, DELTA) / 10.001) ** -0.5)]
    gate = threading.Barrier(32)
    outcomes: list[str] = []

    def ask(number: int) -> None:
        with open_commons(tmp_path / "commons", agent=f"agent {number}") as mine:
            gate.wait()
            try:
                with mine.spend("ds-1", ["first", f"other{number}"], tenth, "mean age"):
                    outcomes.append("released")
            except Refusal as refusal:
                outcomes.append(refusal.code)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    budget = commons.budget("ds-1")
    assert sorted(set(outcomes)) == ["FSC530", "released"]
    assert (outcomes.count("released"), len(outcomes)) == (10, 32)
    assert len(budget.spends) == 10
    assert budget.share_spent <= 1
    assert commons.verify() == ()


def test_without_a_budget_nothing_is_released(commons) -> None:
    with (
        pytest.raises(Refusal, match=r"FSC531.*fascicle budget set"),
        commons.spend("ds-2", PEOPLE, noise(1.0), "mean age"),
    ):
        pytest.fail("it must not be released")
    assert commons.budget("ds-2") is None


def test_somebody_stands_for_it(tmp_path: Path) -> None:
    with open_commons(tmp_path / "c", agent="", create=True) as commons:
        with pytest.raises(Refusal, match="FSC500"):
            commons.set_budget("ds-1", 3.0, DELTA)
        with (
            pytest.raises(Refusal, match="FSC500"),
            commons.spend("ds-1", PEOPLE, noise(1.0), "mean age"),
        ):
            pytest.fail("it must not be released")


def test_only_the_steward_who_set_a_budget_changes_it(commons, tmp_path: Path) -> None:
    with open_commons(tmp_path / "commons", agent="eve") as other:
        with pytest.raises(Refusal, match="FSC533"):
            other.set_budget("ds-1", 100.0, DELTA)
        with other.spend("ds-1", PEOPLE, noise(0.5), "mean age"):
            pass

    budget = commons.budget("ds-1")
    assert (budget.epsilon, budget.steward) == (3.0, "ada")
    assert [one.agent for one in budget.spends] == ["eve"]


def test_nobody_is_charged_for_nobody(commons) -> None:
    with (
        pytest.raises(InputError, match="FSC162"),
        commons.spend("ds-1", [], noise(1.0), "mean age"),
    ):
        pytest.fail("it must not be released")


def test_a_published_dataset_has_the_people_that_it_has(tmp_path: Path) -> None:
    made = make_release(tmp_path / "out")
    dataset = ReleaseShape().dataset.id
    labels = list(made.release.consents)
    with open_commons(tmp_path / "commons", agent="ada", create=True) as commons:
        commons.publish(made.release, made.folder)
        commons.set_budget(dataset, 3.0, DELTA)

        with commons.spend(dataset, labels, noise(1.0), "mean age"):
            pass
        with (
            pytest.raises(InputError, match=r"FSC162.*1 of 2 labels"),
            commons.spend(dataset, [labels[0], "stranger"], noise(1.0), "mean age"),
        ):
            pytest.fail("it must not be released")

        assert set(commons.budget(dataset).share_by_person) == set(labels)


def test_who_has_withdrawn_is_not_learnt_from(tmp_path: Path, monkeypatch) -> None:
    made = make_release(tmp_path / "out")
    dataset = ReleaseShape().dataset.id
    first, *others = made.release.consents
    with open_commons(tmp_path / "commons", agent="ada", create=True) as commons:
        commons.publish(made.release, made.folder)
        commons.set_budget(dataset, 3.0, DELTA)
        found = commons._store.read_version(dataset)
        gone = {first: replace(found.consents[first], withdrawn=date(2026, 1, 2))}
        monkeypatch.setattr(
            commons._store,
            "read_version",
            lambda *_: replace(found, consents=found.consents | gone),
        )

        with (
            pytest.raises(Refusal, match=r"FSC532.*1 of"),
            commons.spend(dataset, [first, *others], noise(1.0), "mean age"),
        ):
            pytest.fail("it must not be released")
        with commons.spend(dataset, others, noise(1.0), "mean age"):
            pass


def test_a_budget_that_is_changed_counts_what_was_spent_before(commons) -> None:
    with commons.spend("ds-1", PEOPLE, noise(2.0), "first"):
        pass

    commons.set_budget("ds-1", 1.0, 1e-6)
    assert commons.budget("ds-1").epsilon_left == 0
    with (
        pytest.raises(Refusal, match=r"where 0 is left.*0\.0% left"),
        commons.spend("ds-1", PEOPLE, noise(0.1), "second"),
    ):
        pytest.fail("it must not be released")
    commons.set_budget("ds-1", 6.0, DELTA)
    with commons.spend("ds-1", PEOPLE, noise(3.0), "second"):
        pass


def test_reconstruction_by_many_questions_works_without_a_budget_and_is_stopped_by_it(
    tmp_path: Path,
) -> None:
    # Dinur & Nissim (2003), doi:10.1145/773153.773173: random sums, then least squares.
    rng = np.random.default_rng(5)
    n_people = 61
    secret = rng.integers(0, 2, n_people)
    people = [f"{number:02d}" for number in range(n_people)]
    sigma = 2.0
    single = [Mechanism(Noise.GAUSSIAN, sigma)]

    def hits(questions: list[np.ndarray], answers: list[float]) -> float:
        guess, *_ = np.linalg.lstsq(np.array(questions), np.array(answers), rcond=None)
        return float(np.mean((guess > 0.5) == secret))

    asked = [rng.integers(0, 2, n_people) for _ in range(2000)]
    free = hits(asked, [float(q @ secret + rng.normal(0, sigma)) for q in asked])

    answered: list[tuple[np.ndarray, float]] = []
    with open_commons(tmp_path / "commons", agent="eve", create=True) as commons:
        commons.set_budget("ds-1", 3.0, DELTA)
        for question in asked[:60]:
            try:
                with commons.spend("ds-1", people, single, "a random sum"):
                    answered.append((question, float(question @ secret + rng.normal(0, sigma))))
            except Refusal as refusal:
                assert refusal.code == "FSC530"
        n_refused = 60 - len(answered)

    assert free == 1.0
    assert n_refused > 50
    assert hits(*map(list, zip(*answered, strict=True))) < 0.85
