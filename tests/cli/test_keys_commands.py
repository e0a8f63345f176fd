"""Commands on keys: nothing is destroyed without a word of consent, nothing printed that opens."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from fascicle.cli import app
from fascicle.core import Tier
from fascicle.govern import open_commons
from fascicle.testing import ReleaseShape, make_release

ID = ReleaseShape().dataset.id


@pytest.fixture
def commons(tmp_path: Path) -> Path:
    made = make_release(tmp_path / "out")
    with open_commons(tmp_path / "commons", agent="owner", create=True) as handle:
        handle.publish(made.release, made.folder)
    return tmp_path / "commons"


def run(commons: Path, *words: str, answer: str = ""):
    return CliRunner().invoke(app, ["keys", *words, "--commons", str(commons)], input=answer)


def test_the_state_is_shown(commons: Path) -> None:
    shown = run(commons, "show")
    told = json.loads(run(commons, "show", "--json").output)

    assert "No passphrase protects them." in shown.output
    assert told["n_people"] == 4
    assert told["is_locked"] is False


def test_a_key_is_destroyed_only_after_yes(commons: Path) -> None:
    no = run(commons, "destroy", ID, "sub-02", answer="n\n")
    assert json.loads(run(commons, "show", "--json").output)["n_destroyed"] == 0

    yes = run(commons, "destroy", ID, "sub-02", answer="y\n")

    assert no.exit_code != 0
    assert (yes.exit_code, "exports" in yes.output) == (0, True)
    assert "1 key destroyed" in run(commons, "show").output
    again = run(commons, "destroy", ID, "sub-03", "--yes", "--json")
    told = json.loads(again.output)
    assert told["n_keys"] >= 1
    assert told["n_clear_files"] == 0


def test_what_a_destroyed_key_did_not_hide_is_told(commons: Path, tmp_path: Path) -> None:
    shape = ReleaseShape(dataset=replace(ReleaseShape().dataset, tier=Tier.OPEN))
    opened = make_release(tmp_path / "open", shape)
    with open_commons(commons, agent="owner") as handle:
        handle.publish(opened.release, opened.folder)

    gone = run(commons, "destroy", ID, "sub-02", "--yes")

    assert "still lie in the commons as they are" in gone.output


def test_a_new_passphrase_is_typed_twice(commons: Path, monkeypatch) -> None:
    differs = run(commons, "rotate", "--new-passphrase", answer="words\nword\n")
    assert json.loads(run(commons, "show", "--json").output)["is_locked"] is False

    typed = run(commons, "rotate", "--new-passphrase", answer="words\nwords\n")

    assert (differs.exit_code != 0, typed.exit_code) == (True, 0)
    assert "FASCICLE_KEYS_PASSPHRASE has to be the new" in typed.output
    assert "words" not in typed.output
    assert "FSC612" in run(commons, "show").output
    monkeypatch.setenv("FASCICLE_KEYS_PASSPHRASE", "words")
    assert json.loads(run(commons, "show", "--json").output)["is_locked"] is True
    assert run(commons, "rotate", "--new-passphrase", "").exit_code == 0
    monkeypatch.delenv("FASCICLE_KEYS_PASSPHRASE")
    assert json.loads(run(commons, "show", "--json").output)["is_locked"] is False


def test_keys_are_rotated(commons: Path) -> None:
    assert "New keys open" in run(commons, "rotate", ID).output
    assert "new master key" in run(commons, "rotate").output
    told = json.loads(run(commons, "rotate", ID, "--encrypt-anew", "--json").output)
    assert told["n_objects"] > 0


@pytest.mark.parametrize("words", [["--encrypt-anew"], [ID, "--new-passphrase", "x"]])
def test_options_that_do_not_fit_are_told_so(words: list[str], commons: Path) -> None:
    assert run(commons, "rotate", *words).exit_code == 2


def test_an_export_is_typed_twice_and_comes_back(commons: Path, tmp_path: Path) -> None:
    file = str(tmp_path / "keys.fascicle")

    exported = run(commons, "export", file, answer="long one\nlong one\n")
    wrong = run(commons, "import", file, answer="short one\n")
    back = run(commons, "import", file, answer="long one\n")

    assert (exported.exit_code, wrong.exit_code, back.exit_code) == (0, 1, 0)
    assert "FSC612" in wrong.output
    assert "0 keys brought back" in back.output
