import json
from dataclasses import replace

import pytest

from fascicle.core import Consent
from fascicle.describe import (
    JSONLD_NAME,
    FairContext,
    Publication,
    assess_fair,
    describe_dataset,
    format_jsonld,
    make_jsonld,
)

CONSENTS = {"01": Consent(("DUO:0000042",)), "02": Consent(("DUO:0000006",))}
BEST = FairContext(CONSENTS, "10.1000/abc", is_published=True, is_sealed=True, n_bids_errors=0)


def describe(folder, **changes):
    dataset = replace(describe_dataset(folder), **changes)
    known = Publication(doi="10.1000/abc", content_url="https://x.org/d")
    page = make_jsonld(dataset, consents=CONSENTS, publication=known)
    (folder / JSONLD_NAME).write_bytes(format_jsonld(page))
    return dataset


def failed(score):
    return {test.id for test in score.tests if not test.passed}


def edit(folder, **changes):
    path = folder / "dataset_description.json"
    about = json.loads(path.read_text("utf-8")) | changes
    path.write_text(json.dumps({k: v for k, v in about.items() if v is not None}))


def test_a_complete_published_dataset_has_every_point(dataset_folder):
    score = assess_fair(dataset_folder, describe(dataset_folder), BEST)

    assert failed(score) == set()
    assert score.score == 100.0
    assert score.letters == dict.fromkeys("FAIR", 100.0)
    assert score.findings() == ()


def test_before_publishing_only_what_publishing_gives_is_missing(dataset_folder):
    dataset = describe_dataset(dataset_folder)
    page = make_jsonld(dataset, consents=CONSENTS)
    (dataset_folder / JSONLD_NAME).write_bytes(format_jsonld(page))

    score = assess_fair(dataset_folder, dataset, replace(BEST, doi="", is_published=False))

    assert failed(score) == {"F1-02", "F4-02", "A1-02", "A1.1-01", "A2-01"}
    assert all(t.after_publishing for t in score.tests if not t.passed)
    assert score.within_reach == score.score < 100


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"is_sealed": False}, {"R1.2-02"}),
        ({"n_bids_errors": None}, {"R1.3-01"}),
        ({"n_bids_errors": 2}, {"R1.3-01"}),
        ({"consents": {}}, {"R1.1-03"}),
        ({"consents": CONSENTS | {"02": Consent()}}, {"R1.1-03"}),
    ],
)
def test_each_missing_piece_of_the_run_fails_its_own_test(dataset_folder, changes, missing):
    dataset = describe(dataset_folder)

    assert failed(assess_fair(dataset_folder, dataset, replace(BEST, **changes))) == missing


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"ReferencesAndLinks": None}, {"I3-01"}),
        ({"GeneratedBy": None}, {"R1.2-01"}),
        ({"GeneratedBy": [{"Name": "x"}]}, {"R1.2-01"}),
        ({"GeneratedBy": "x"}, {"R1.2-01"}),
        ({"License": "mine"}, {"F2-01", "R1.1-02"}),
        ({"License": None}, {"F2-01", "R1.1-01", "R1.1-02"}),
        ({"Authors": None}, {"F2-01", "R1.2-03"}),
    ],
)
def test_each_missing_field_fails_its_own_test(dataset_folder, changes, missing):
    edit(dataset_folder, **changes)

    score = assess_fair(dataset_folder, describe(dataset_folder), BEST)

    assert failed(score) == missing
    assert all(test.fix for test in score.tests if not test.passed)


def test_a_lost_description_costs_all_that_it_said(dataset_folder):
    dataset = describe(dataset_folder)
    (dataset_folder / JSONLD_NAME).unlink()

    assert failed(assess_fair(dataset_folder, dataset, BEST)) == {
        "F2-01", "F3-01", "F3-02", "F4-01", "A1-01", "A1-02", "A2-01", "I1-01",
    }  # fmt: skip


def test_points_are_shared_out_where_a_part_is_known(dataset_folder):
    (dataset_folder / "task-oddball_eeg.json").write_text('{"SamplingFrequency": 500}')

    score = assess_fair(dataset_folder, describe(dataset_folder), BEST)

    (test,) = (t for t in score.tests if t.id == "R1-02")
    assert test.points == pytest.approx(2 * 3 / 12)  # one of four, in three recordings
    assert "3 of 12" in test.reason


def test_a_remote_context_does_not_count(dataset_folder):
    dataset = describe(dataset_folder)
    page = json.loads((dataset_folder / JSONLD_NAME).read_text("utf-8"))
    page["@context"] = "https://schema.org/"
    (dataset_folder / JSONLD_NAME).write_text(json.dumps(page))

    assert failed(assess_fair(dataset_folder, dataset, BEST)) == {"F4-01"}


def test_about_twenty_tests_cover_every_letter_and_say_what_they_saw(dataset_folder):
    score = assess_fair(dataset_folder, describe(dataset_folder), BEST)

    assert 20 <= len(score.tests) <= 30
    assert [t.id for t in score.tests] == sorted(
        {t.id for t in score.tests}, key=lambda i: ("FAIR".index(i[0]), i.partition("-"))
    )
    assert all(t.reason.endswith(".") and t.title for t in score.tests)


def test_an_empty_folder_scores_low_and_raises_nothing(tmp_path, dataset_folder):
    dataset = replace(describe_dataset(dataset_folder), species=(), modalities=(), authors=())

    score = assess_fair(tmp_path / "none", dataset, FairContext({}))

    assert score.score < 20
    assert len(score.findings()) > 15


def test_animals_lack_no_consent(dataset_folder):
    dataset = describe(dataset_folder, species=("Mus musculus",))

    assert failed(assess_fair(dataset_folder, dataset, replace(BEST, consents={}))) == set()
