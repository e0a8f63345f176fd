"""Labels of a dataset: made once, kept with the proof, made again where something changed."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
from dataclasses import replace

import pytest
from tests.report.test_labels import PICTURE
from tests.workflows.labelling import LoudestSecond

from fascicle.core import Annotation, Decision, Measure
from fascicle.errors import DependencyError, InputError, PrivacyError
from fascicle.quality import LABELS, validate_bids
from fascicle.workflows import ShareOptions, annotate, check, list_labels, review, share

SHARED = ShareOptions(publish=False, consent="GRU", participants="confirmed", line_hz=50.0)


@pytest.fixture
def method(monkeypatch):
    method = LoudestSecond()
    for module in ("_annotate", "_review"):
        monkeypatch.setattr(f"fascicle.workflows.{module}.ANNOTATORS", (method,))
    return method


def test_every_recording_is_labelled_and_the_dataset_stays_proven(shared, method):
    before = {
        path: path.read_bytes()
        for path in shared.out.rglob("*")
        if path.is_file() and LABELS not in path.as_posix()
    }

    result = annotate(shared.out, n_jobs=1)

    assert len(result.labelled) == method.n_read > 1
    assert result.exit_code == 0
    assert json.dumps(result.as_dict())
    assert check(shared.out).sealed is True
    assert all(path.read_bytes() == content for path, content in before.items())
    tables = list((shared.out / LABELS).rglob("*_desc-loudest_events.tsv"))
    assert len(tables) == len(result.labelled)


def test_the_same_bytes_come_from_several_processes(shared, method, tmp_path):
    shutil.copytree(shared.out, tmp_path / "loose")
    annotate(shared.out, n_jobs=1)

    result = annotate(tmp_path / "loose", n_jobs=2)

    assert len(result.labelled) == method.n_read
    for path in (shared.out / LABELS).rglob("*.*"):
        other = tmp_path / "loose" / path.relative_to(shared.out)
        assert path.is_dir() or path.read_bytes() == other.read_bytes()


def test_the_official_validator_accepts_the_labels(shared, method):
    annotate(shared.out, n_jobs=1)

    findings = [*validate_bids(shared.out / LABELS), *validate_bids(shared.out)]

    assert [f for f in findings if f.severity == "error"] == []


def test_a_second_run_labels_nothing_a_changed_recording_alone_or_all_when_asked(
    shared, method, tmp_path
):
    loose = tmp_path / "loose"
    shutil.copytree(shared.out, loose)
    first = annotate(loose, n_jobs=1)

    assert (annotate(loose).labelled, method.n_read) == ((), len(first.labelled))
    assert annotate(loose).n_kept == len(first.labelled)
    changed = next(one.place for one in first.labelled if one.place.endswith(".edf"))
    content = (loose / changed).read_bytes()
    (loose / changed).write_bytes(content[:-2] + bytes(b ^ 1 for b in content[-2:]))
    os.utime(loose / changed, ns=(1, 1))
    assert [one.place for one in annotate(loose, n_jobs=1).labelled] == [changed]
    assert len(annotate(loose, again=True, n_jobs=1).labelled) == len(first.labelled)


def test_another_version_of_the_method_labels_anew(shared, method, monkeypatch):
    n_all = len(annotate(shared.out, n_jobs=1).labelled)
    monkeypatch.setattr(method, "version", "2", raising=False)

    assert len(annotate(shared.out, n_jobs=1).labelled) == n_all


def test_a_killed_run_goes_on_where_it_stopped(shared, method):
    def stop(progress):
        if progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        annotate(shared.out, n_jobs=1, on_progress=stop)
    assert check(shared.out).sealed is False

    result = annotate(shared.out, n_jobs=1)

    assert result.n_kept == 2
    assert check(shared.out).sealed is True


def test_a_run_that_was_killed_before_its_proof_is_proven_by_the_next(shared, method):
    def stop(progress):
        if progress.stage == "annotate" and progress.done == progress.total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        annotate(shared.out, n_jobs=1, on_progress=stop)

    result = annotate(shared.out, n_jobs=1)

    assert (result.labelled, result.n_kept) == ((), method.n_read)
    assert check(shared.out).sealed is True


def test_what_a_killed_run_labelled_stays_when_the_dataset_is_shared_again(
    shared, method, shared_once
):
    def stop(progress):
        if progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        annotate(shared.out, n_jobs=1, on_progress=stop)
    annotate(shared.out, n_jobs=1)

    share(shared_once[0] / "raw", shared.out, SHARED)

    assert annotate(shared.out).n_kept == method.n_read
    assert len(list((shared.out / LABELS).rglob("*_events.tsv"))) == method.n_read


def test_labels_of_who_left_leave_too(shared, method, shared_once, tmp_path):
    annotate(shared.out, n_jobs=1)
    consents = tmp_path / "consents.csv"
    consents.write_text("participant_id,duo\nHaberstroh_B,GRU\nQuandt_L,GRU\nWiesengrund_O,\n")

    share(shared_once[0] / "raw", shared.out, replace(SHARED, consent=str(consents)))

    people = {path.name for path in shared.out.glob("sub-*")}
    assert len(people) == 2
    assert {path.name for path in (shared.out / LABELS).glob("sub-*")} == people
    assert check(shared.out).sealed is True


def test_labels_stay_when_the_dataset_is_shared_again(shared, method, tmp_path, shared_once):
    annotate(shared.out, n_jobs=1)
    tables = sorted((shared.out / LABELS).rglob("*.tsv"))
    before = [path.read_bytes() for path in tables]

    result = share(shared_once[0] / "raw", shared.out, SHARED)

    assert result.exit_code == 0
    assert [path.read_bytes() for path in tables] == before
    assert check(shared.out).sealed is True


def test_something_else_that_was_changed_is_not_sealed_along(shared, method):
    (shared.out / "README.md").write_text("changed")

    with pytest.raises(PrivacyError, match="FSC451"):
        annotate(shared.out, n_jobs=1)

    assert not (shared.out / LABELS).exists()


def test_a_broken_recording_is_a_finding_and_the_others_are_labelled(shared, method, tmp_path):
    shutil.copytree(shared.out, tmp_path / "loose")
    broken = sorted((tmp_path / "loose").glob("sub-*/eeg/*.edf"))[0]
    broken.write_bytes(broken.read_bytes()[:100])

    result = annotate(tmp_path / "loose", n_jobs=1)

    assert [f.place for f in result.findings] == [broken.relative_to(tmp_path / "loose").as_posix()]
    assert result.exit_code == 1
    assert sum(bool(one.annotation.labels) for one in result.labelled) == method.n_read - 1
    again = annotate(tmp_path / "loose", n_jobs=1)
    assert (again.findings, again.exit_code) == (result.findings, 1)
    assert (len(again.labelled), again.n_kept) == (1, len(result.labelled) - 1)


def test_a_method_that_fails_is_a_finding_that_shows_no_value(shared, method, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError("Okonjo")

    monkeypatch.setattr(method, "annotate", fail)

    result = annotate(shared.out, n_jobs=1)

    assert {finding.code for finding in result.findings} == {"label.failed"}
    assert "Okonjo" not in json.dumps(result.as_dict())


def test_what_our_own_errors_say_is_told_with_the_remedy(shared, method, monkeypatch):
    def fail(*_):
        raise DependencyError("FSC801", "Expected a library.", "Install it: pip install x.")

    monkeypatch.setattr(method, "annotate", fail)

    first, *_ = annotate(shared.out, n_jobs=1).findings

    assert "Expected a library." in first.reason
    assert first.fix == "Install it: pip install x."


def test_a_recording_whose_content_is_elsewhere_is_told_and_the_others_are_labelled(
    shared, method, tmp_path
):
    loose = tmp_path / "loose"
    shutil.copytree(shared.out, loose)
    away = sorted(loose.glob("sub-*/eeg/*.edf"))[0]
    away.unlink()
    try:
        away.symlink_to(loose / ".git" / "annex" / "objects" / "x")
    except OSError:
        pytest.skip("this system makes no links")

    result = annotate(loose, n_jobs=1)

    assert [(f.code, f.place) for f in result.findings] == [
        ("label.not-here", away.relative_to(loose).as_posix())
    ]
    assert len(result.labelled) == method.n_read > 1
    assert [f.code for f in annotate(loose).findings] == ["label.not-here"]


def test_a_split_recording_is_labelled_once_by_its_first_part(shared, method, tmp_path):
    loose = tmp_path / "loose"
    shutil.copytree(shared.out, loose)
    whole = sorted(loose.glob("sub-*/eeg/*_eeg.edf"))[0]
    for n in ("02", "01", "3"):
        shutil.copy(whole, whole.with_name(whole.name.replace("_eeg.", f"_split-{n}_eeg.")))
    whole.unlink()

    result = annotate(loose, n_jobs=1)

    split = [one.place for one in result.labelled if "split" in one.place]
    assert len(split) == 1
    assert "_split-01_" in split[0]
    assert [one.place for one in list_labels(loose) if "split" in one.place] == split


def test_what_is_said_to_machines_is_json_whatever_was_measured(shared, method, monkeypatch):
    class Unmeasured(LoudestSecond):
        def annotate(self, dataset, place):
            return Annotation("loudest", "1", measures={"x": Measure(math.nan, "s", "None.")})

    monkeypatch.setattr("fascicle.workflows._annotate.ANNOTATORS", (Unmeasured(),))

    result = annotate(shared.out, n_jobs=1)

    told = json.dumps(result.as_dict(), allow_nan=False)
    assert json.loads(told)["labelled"][0]["measures"] == {"x": None}


def test_pictures_are_kept_only_for_a_page(shared, method, monkeypatch, tmp_path):
    class Drawn(LoudestSecond):
        def annotate(self, dataset, place):
            return replace(super().annotate(dataset, place), pictures=(PICTURE,))

    monkeypatch.setattr("fascicle.workflows._annotate.ANNOTATORS", (Drawn(),))

    plain = annotate(shared.out, n_jobs=1)
    paged = annotate(shared.out, n_jobs=1, report=tmp_path / "labels.html")

    assert not any(one.annotation.pictures for one in plain.labelled)
    assert all(one.annotation.pictures for one in paged.labelled)
    assert "Mean blink" in (tmp_path / "labels.html").read_text("utf-8")


def test_decisions_in_a_dataset_whose_log_is_elsewhere_stay(shared, method, tmp_path):
    annotate(shared.out, n_jobs=1)
    one, other, *_ = list_labels(shared.out)
    review(shared.out, {one.key: Decision("reject"), other.key: Decision("accept")}, by="A")
    got = tmp_path / "got"
    shutil.copytree(shared.out, got)

    annotate(got, again=True, n_jobs=1)
    review(got, {other.key: Decision("reject")}, by="B")
    annotate(got, again=True, n_jobs=1)

    said = {label.key: label.decision for label in list_labels(got)}
    assert (said[one.key], said[other.key]) == (Decision("reject"), Decision("reject"))
    assert not (tmp_path / "got.private").exists()


def test_a_damaged_table_is_told_and_left_and_the_others_are_labelled(shared, method, tmp_path):
    loose = tmp_path / "loose"
    shutil.copytree(shared.out, loose)
    annotate(loose, n_jobs=1)
    table, *others = sorted((loose / LABELS).rglob("*_events.tsv"))
    table.write_text("onset\tdecision\n1\taccept\n")

    result = annotate(loose, again=True, n_jobs=1)

    (finding,) = result.findings
    assert "FSC133" in finding.reason
    assert table.name in finding.reason
    assert table.read_text() == "onset\tdecision\n1\taccept\n"
    assert len(result.labelled) == len(others)
    table.unlink()
    assert len(annotate(loose, n_jobs=1).labelled) == 1


def test_the_folder_may_be_named_from_within(shared, method, monkeypatch):
    monkeypatch.chdir(next(shared.out.glob("sub-*")))

    annotate("..", n_jobs=1)

    assert check(shared.out).sealed is True


def test_the_page_shows_what_was_said(shared, method, tmp_path):
    page = tmp_path / "labels.html"

    annotate(shared.out, report=page, n_jobs=1)

    words = page.read_text("utf-8")
    assert "The loudest second of a recording." in words
    assert "More happens here than anywhere else." in words
    assert "en/latest/explanations/what-is-guaranteed.html" in words
    assert len(re.findall(r"<article", words)) == method.n_read
    with pytest.raises(InputError, match="FSC189"):
        annotate(shared.out, report=shared.out / "labels.html")


def test_a_method_that_there_is_not_is_refused(shared, method):
    with pytest.raises(InputError, match="FSC134"):
        annotate(shared.out, ["muscles"])


def test_a_folder_that_is_no_dataset_is_refused(tmp_path):
    with pytest.raises(InputError, match="FSC105"):
        annotate(tmp_path)
