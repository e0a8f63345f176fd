"""A private twin is paid for before the data are looked at, and says nothing that was measured."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from tests.workflows.test_twin_inputs import make_dataset
from tests.workflows.test_twins import write_people

from fascicle.core import Progress
from fascicle.errors import InputError, JobError, Refusal
from fascicle.govern import affordable_rho
from fascicle.protect import PublicColumn
from fascicle.workflows import TwinOptions, TwinPrivacy, budget, set_budget, synthesize
from fascicle.workflows._twin_inputs import read_twin_source
from fascicle.workflows._twin_private import plan_privacy

pytest.importorskip("dp_accounting", reason="needs the extra private")

PUBLIC = {"age": PublicColumn(18, 90), "sex": PublicColumn(levels=("F", "M"))}


def options(folder: Path, epsilon: float = 2.0) -> TwinOptions:
    privacy = TwinPrivacy(epsilon, 1e-6, PUBLIC, "study", folder / "commons")
    return TwinOptions("gaussian", privacy=privacy, seed=1)


def test_the_noise_costs_what_was_asked_for(tmp_path: Path) -> None:
    source = read_twin_source(make_dataset(tmp_path / "ds"))
    privacy = TwinPrivacy(2.0, 1e-6, {"age": PUBLIC["age"]})

    plan = plan_privacy(source, ("age",), privacy, "gan")

    rho = sum(one.steps / one.multiplier**2 / 2 for one in plan.mechanisms)
    assert rho == pytest.approx(affordable_rho(2.0, 1e-6))
    assert rho <= affordable_rho(2.0, 1e-6) * (1 + 1e-9)


def test_a_private_twin_is_charged_and_tells_nothing_that_was_measured(tmp_path: Path) -> None:
    people = write_people(tmp_path / "people.tsv", 120)
    set_budget("study", 3.0, 1e-6, commons=tmp_path / "commons", agent="steward")

    result = synthesize(people, tmp_path / "twin", options(tmp_path))

    assert result.exit_code == 0
    assert budget("study", commons=tmp_path / "commons").epsilon_spent == pytest.approx(2, abs=0.01)
    told = json.loads((tmp_path / "twin" / "twin_audit.json").read_text("utf-8"))
    assert told["privacy"]["epsilon"] == 2.0
    assert not {"audits", "utility", "taught", "verdict", "n_trained"} & told.keys()
    words = (tmp_path / "twin" / "README.md").read_text("utf-8")
    assert "AUC" not in words
    rows = (tmp_path / "twin" / "people.tsv").read_text("utf-8").splitlines()
    assert rows[0] == "participant_id\tage\tsex\tscore"
    assert all(row.endswith("\tn/a") for row in rows[1:])


def test_sidecars_that_one_person_could_change_stay_behind(tmp_path: Path) -> None:
    real = make_dataset(tmp_path / "ds", 120)
    set_budget("study", 3.0, 1e-6, commons=tmp_path / "commons", agent="steward")
    privacy = TwinPrivacy(2.0, 1e-6, {"age": PUBLIC["age"]}, "study", tmp_path / "commons")

    result = synthesize(real, tmp_path / "twin", TwinOptions("gaussian", privacy=privacy))

    assert result.is_written
    names = {path.name.split("_")[-1] for path in (tmp_path / "twin").rglob("sub-twin*_*")}
    assert names == {"relmat.tsv"}
    assert (tmp_path / "twin" / "dataset_description.json").exists()


def test_folders_of_groups_are_not_told_and_a_run_that_has_to_wait_is_not_charged(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(4)
    for at in range(40):
        path = tmp_path / "real" / ("ill", "well")[at % 2] / f"S{at:02d}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savetxt(path, np.corrcoef(rng.normal(size=(4, 60))), delimiter=",")
    set_budget("study", 6.0, 1e-6, commons=tmp_path / "commons", agent="steward")
    privacy = TwinPrivacy(2.0, 1e-6, account="study", commons=tmp_path / "commons")
    told = TwinOptions("gaussian", privacy=privacy, seed=1)
    waited = []

    def run_again(step: Progress) -> None:
        if step.done == 2:
            with pytest.raises(JobError) as found:
                synthesize(tmp_path / "real", tmp_path / "twin", told)
            waited.append(found.value.code)

    result = synthesize(tmp_path / "real", tmp_path / "twin", told, on_progress=run_again)

    assert waited == ["FSC704"]
    assert budget("study", commons=tmp_path / "commons").epsilon_spent == pytest.approx(2, abs=0.01)
    assert ["--epsilon" in one.reason for one in result.findings] == [True]
    assert not [path for path in (tmp_path / "twin").iterdir() if path.is_dir()]


def test_a_second_one_beyond_the_budget_is_refused_and_not_made(tmp_path: Path) -> None:
    people = write_people(tmp_path / "people.tsv", 120)
    set_budget("study", 2.5, 1e-6, commons=tmp_path / "commons", agent="steward")
    synthesize(people, tmp_path / "one", options(tmp_path))

    with pytest.raises(Refusal, match="FSC530"):
        synthesize(people, tmp_path / "two", options(tmp_path))

    assert not (tmp_path / "two").exists()
    assert math.isclose(
        budget("study", commons=tmp_path / "commons").epsilon_spent, 2, abs_tol=0.01
    )


@pytest.mark.parametrize("odd", ['"', "\r", ">90"])
def test_one_persons_cell_decides_on_nobody_else(tmp_path: Path, odd: str) -> None:
    people = write_people(tmp_path / "people.tsv", 60)
    lines = people.read_text("utf-8").splitlines()
    lines[7] = lines[7].replace("\t", f"\t{odd}", 1)
    people.write_text("\n".join(lines) + "\n", "utf-8", newline="")
    set_budget("study", 3.0, 1e-6, commons=tmp_path / "commons", agent="steward")

    try:
        result = synthesize(people, tmp_path / "twin", options(tmp_path))
    except InputError as error:
        assert error.code in {"FSC111", "FSC145", "FSC149", "FSC180"}
        assert budget("study", commons=tmp_path / "commons").epsilon_spent == 0
    else:
        assert result.n_trained + result.n_held_out == 60


def test_without_a_budget_nothing_is_learnt(tmp_path: Path) -> None:
    people = write_people(tmp_path / "people.tsv", 30)
    set_budget("other", 2.5, 1e-6, commons=tmp_path / "commons", agent="steward")

    with pytest.raises(Refusal, match="FSC531"):
        synthesize(people, tmp_path / "twin", options(tmp_path))


def test_signals_and_classes_are_refused(tmp_path: Path) -> None:
    signals = make_dataset(tmp_path / "ds", signals=True)

    with pytest.raises(InputError, match="FSC149"):
        synthesize(signals, tmp_path / "twin", TwinOptions(privacy=TwinPrivacy(1.0)))
    with pytest.raises(InputError, match="FSC146"):
        TwinOptions(label="sex", privacy=TwinPrivacy(1.0))
