import json
import subprocess
import sys

import pytest

from fascicle.workflows._demo import make_lab_folder


def run(*words, home=None, **options):
    import os

    env = os.environ | ({"FASCICLE_HOME": str(home)} if home else {}) | {"COLUMNS": "120"}
    return subprocess.run(
        [sys.executable, "-m", "fascicle", *map(str, words)],
        capture_output=True, text=True, check=False, env=env, timeout=300, **options,
    )  # fmt: skip


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    make_lab_folder(folder / "raw", duration_s=3.0)
    return folder


@pytest.fixture(scope="module")
def shared(lab):
    answer = run(
        "share", lab / "raw", lab / "out", "--yes", "--consent", "GRU", "--participants",
        "confirmed", "--commons", lab / "commons", "--json", home=lab / "home",
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr + answer.stdout
    return json.loads(answer.stdout)


COMMANDS = ["look", "share", "check", "fix", "publish", "find", "show", "get", "verify", "log",
            "demo", "completion", "vault find", "vault export", "vault import"]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example(command):
    answer = run(*command.split(), "--help")

    assert answer.returncode == 0
    assert "Example" in answer.stdout
    assert f"fascicle {command}" in answer.stdout


def test_look_says_what_is_there_and_what_it_was_taken_for(lab):
    answer = run("look", lab / "raw")

    assert answer.returncode == 0
    assert "6 recordings" in answer.stdout
    assert "eyesopen" in answer.stdout


def test_look_speaks_json(lab, tmp_path):
    answer = run("look", lab / "raw", "--json", "--plan", tmp_path / "plan.yaml")

    said = json.loads(answer.stdout)
    assert said["n_recordings"] == 6
    assert (tmp_path / "plan.yaml").exists()


def test_a_folder_without_neural_data_is_told_so_with_an_exit_code(tmp_path):
    (tmp_path / "thesis.txt").write_text("words")

    answer = run("look", tmp_path)

    assert answer.returncode == 2
    assert "FSC113" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_error_is_json_too_when_asked(tmp_path):
    answer = run("look", tmp_path, "--json")

    assert json.loads(answer.stdout)["error"]["code"] == "FSC113"


@pytest.mark.parametrize("words", [("look",), ("look", "/no/such/folder"), ("nonsense",),
                                   ("share", "."), ("get", "ds-1")])  # fmt: skip
def test_wrong_use_exits_with_2(words):
    assert run(*words).returncode == 2


def test_sharing_exits_with_0_and_says_where_to_look(shared):
    assert shared["exit_code"] == 0
    assert shared["published"]["version"] == "1"
    assert shared["report"].endswith("report.html")


def test_a_dataset_is_found_shown_fetched_logged_and_verified(shared, lab, tmp_path):
    commons, home = ("--commons", lab / "commons"), lab / "home"
    name = shared["published"]["id"]

    found = run("find", "eeg", *commons, "--json", home=home)
    shown = run("show", name, *commons, home=home)
    lineage = run("show", name, "--prov", *commons, home=home)
    refused = run("get", name, tmp_path / "no", *commons, "--as", "ada", home=home)
    fetched = run("get", name, tmp_path / "yes", "--purpose", "GRU", *commons, "--as", "ada",
                  home=home)  # fmt: skip
    logged = run("log", *commons, "--json", home=home)
    verified = run("verify", *commons, home=home)

    assert json.loads(found.stdout)[0]["id"] == name
    assert "3 participants" in shown.stdout
    assert "entity" in json.loads(lineage.stdout)
    assert (refused.returncode, "FSC520" in refused.stderr) == (1, True)
    assert fetched.returncode == 0
    assert (tmp_path / "yes" / "dataset_description.json").exists()
    assert {"publish", "refuse", "read"} <= {entry["action"] for entry in json.loads(logged.stdout)}
    assert verified.returncode == 0


def test_check_numbers_what_fix_can_mend(shared, lab):
    answer = run("check", lab / "out", "--json", home=lab / "home")

    assert answer.returncode == 0
    assert json.loads(answer.stdout)["sealed"] is True


def test_publishing_again_gives_the_same_version(shared, lab):
    answer = run("publish", lab / "out", "--commons", lab / "commons", "--json", home=lab / "home")

    assert json.loads(answer.stdout) == shared["published"]


def test_the_vault_finds_who_is_behind_a_pseudonym(shared, lab):
    answer = run("vault", "find", "out", "sub-001", "--json", home=lab / "home")

    assert json.loads(answer.stdout)["pseudonym"] == "sub-001"


def test_completion_is_a_script_of_the_shell():
    assert "_FASCICLE_COMPLETE" in run("completion", "bash").stdout


def test_the_version_is_printed():
    from fascicle import __version__

    assert run("--version").stdout == f"fascicle {__version__}\n"
