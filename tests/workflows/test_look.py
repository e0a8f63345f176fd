import json

import pytest

from fascicle.errors import InputError
from fascicle.workflows import look


def test_a_look_writes_nothing_and_finds_everybody(raw):
    before = sorted(raw.rglob("*"))

    result = look(raw)

    assert sorted(raw.rglob("*")) == before
    people = {r.entities["participant"].value for r in result.plan.recordings}
    assert len(people) == 3
    assert len(result.questions) <= 5
    assert json.dumps(result.as_dict())


def test_a_plan_is_written_where_it_is_asked_for(raw, tmp_path):
    result = look(raw, plan_path=tmp_path / "plan.yaml")

    assert result.plan_path == tmp_path / "plan.yaml"
    assert "Quandt" in (tmp_path / "plan.yaml").read_text()


def test_a_folder_without_recordings_is_told_so(tmp_path):
    (tmp_path / "thesis.txt").write_text("words")

    with pytest.raises(InputError, match="Expected recordings, images or tables of cells"):
        look(tmp_path)


def test_answers_are_kept_in_the_plan(raw, tmp_path):
    asked = []

    def ask(question, _plan):
        asked.append(question.id)
        return "GRU" if question.id == "consent" else question.default

    look(raw, plan_path=tmp_path / "plan.yaml", ask=ask)

    assert asked[0] == "consent"
    assert "GRU" in (tmp_path / "plan.yaml").read_text("utf-8")
