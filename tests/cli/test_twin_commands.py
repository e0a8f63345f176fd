"""fascicle protect synthesize."""

import json

from click.testing import CliRunner
from tests.workflows.test_twins import write_people

from fascicle.cli import app


def run(tmp_path, *more):
    people = tmp_path / "people.tsv"
    if not people.exists():
        write_people(people, 40)
    arguments = ["protect", "synthesize", str(people), str(tmp_path / "twin"), "--seed", "4"]
    return CliRunner().invoke(app, [*arguments, *more])


def test_what_is_not_established_is_told_and_held(tmp_path):
    done = run(tmp_path)

    assert done.exit_code == 1
    assert "Not established" in done.output
    assert "--accept-unproven" in done.output
    assert not (tmp_path / "twin").exists()


def test_what_is_taken_on_is_written_and_told_for_machines(tmp_path):
    done = run(tmp_path, "--accept-unproven", "--people", "25", "--json")

    told = json.loads(done.output)
    assert done.exit_code == told["exit_code"] == 1
    assert (told["verdict"], told["n_synthetic"]) == ("not established", 25)
    assert len((tmp_path / "twin" / "people.tsv").read_text("utf-8").splitlines()) == 26


def test_a_column_that_is_not_there_is_wrong_use(tmp_path):
    done = run(tmp_path, "--label", "diagnosis")

    assert done.exit_code == 2
    assert "[FSC148]" in done.output


def test_a_private_twin_without_epsilon_is_wrong_use(tmp_path):
    done = run(tmp_path, "--bounds", "age", "18", "90")

    assert done.exit_code == 2
    assert "--epsilon" in done.output
    assert not (tmp_path / "twin").exists()
