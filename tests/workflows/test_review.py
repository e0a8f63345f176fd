"""A person's word on labels: kept with who and when, never over the label itself."""

from __future__ import annotations

import json
import stat
import sys

import pytest
from tests.workflows.labelling import LoudestSecond

from fascicle.core import Decision
from fascicle.errors import InputError
from fascicle.quality import LABELS
from fascicle.workflows import annotate, check, list_labels, review


@pytest.fixture
def method(monkeypatch):
    method = LoudestSecond()
    for module in ("_annotate", "_review"):
        monkeypatch.setattr(f"fascicle.workflows.{module}.ANNOTATORS", (method,))
    return method


@pytest.fixture
def labelled(shared, method):
    annotate(shared.out, n_jobs=1)
    return shared.out


def test_a_decision_is_kept_with_who_and_when_for_the_owner_alone(labelled):
    label, *_ = list_labels(labelled)

    (after,) = review(labelled, {label.key: Decision("reject")}, by="Ada Reviewer")

    log = labelled.with_name("out.private") / "decisions.jsonl"
    (entry,) = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert after.decision == Decision("reject")
    assert (entry["by"], entry["verdict"], entry["recording"]) == (
        "Ada Reviewer", "reject", label.place,
    )  # fmt: skip
    assert entry["at"].endswith("+00:00")
    assert not any(b"Ada Reviewer" in p.read_bytes() for p in labelled.rglob("*") if p.is_file())
    if sys.platform != "win32":
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert check(labelled).sealed is True


def test_a_later_decision_counts_and_the_earlier_one_stays_in_the_log(labelled):
    key = list_labels(labelled)[0].key

    review(labelled, {key: Decision("reject")}, by="A")
    (after,) = review(labelled, {key: Decision("change", "muscle")}, by="B")

    log = labelled.with_name("out.private") / "decisions.jsonl"
    assert after.decision == Decision("change", "muscle")
    assert [json.loads(line)["by"] for line in log.read_text("utf-8").splitlines()] == ["A", "B"]


def test_decided_labels_come_last_and_stay_decided_when_labelled_again(labelled):
    first, *others = list_labels(labelled)
    review(labelled, {first.key: Decision("accept")}, by="A")

    annotate(labelled, again=True, n_jobs=1)

    after = list_labels(labelled)
    assert (after[-1].key, after[-1].decision) == (first.key, Decision("accept"))
    assert {one.key for one in after[:-1]} == {one.key for one in others}
    table = next((labelled / LABELS).rglob(f"{first.place.split('/')[-1].rsplit('_', 1)[0]}*.tsv"))
    assert "accept" in table.read_text("utf-8")


def test_a_dataset_without_a_workspace_has_its_log_beside_it(labelled, tmp_path):
    import shutil

    loose = tmp_path / "loose"
    shutil.copytree(labelled, loose)
    key = list_labels(loose)[0].key

    review(loose, {key: Decision("accept")}, by="A")

    assert (tmp_path / "loose.decisions.jsonl").is_file()
    assert not (tmp_path / "loose.private").exists()


@pytest.mark.parametrize(
    ("decisions", "by"),
    [
        ({"label-000000000000": Decision("accept")}, "A"),
        ({}, "A"),
        ({"known": Decision("accept")}, " "),
        ({"known": Decision("change")}, "A"),
        ({"known": Decision("change", "a\tb")}, "A"),
        ({"known": Decision("change", "a\nb")}, "A"),
        ({"known": Decision("change", "n/a")}, "A"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_changed(labelled, decisions, by):
    known = list_labels(labelled)[0].key
    asked = {known if key == "known" else key: said for key, said in decisions.items()}

    with pytest.raises(InputError, match="FSC129"):
        review(labelled, asked, by=by)

    assert not (labelled.with_name("out.private") / "decisions.jsonl").exists()


def test_a_damaged_log_is_told(labelled):
    (labelled.with_name("out.private") / "decisions.jsonl").write_text('{"recording": 3}\n')

    with pytest.raises(InputError, match="FSC135"):
        list_labels(labelled)
