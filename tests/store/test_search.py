"""Words find what is described; where they stand matters; filters are exact."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.core import Dataset
from fascicle.jobs import clone_file
from fascicle.store import Filters, NewVersion, open_store
from fascicle.store._search import format_match

DATASETS = (
    Dataset("ds-a", "Resting EEG of adults", "Eyes closed.", tasks=("rest",), modalities=("eeg",),
            species=("homo sapiens",), n_participants=31, ages_years=(19.0, 44.0),
            sexes={"F": 20, "M": 11}),
    Dataset("ds-b", "Oddball in sleep", "It begins with a resting block.", keywords=("auditory",),
            tasks=("oddball",), modalities=("eeg", "meg"), species=("homo sapiens",),
            n_participants=12, ages_years=(60.0, 83.0), sexes={"F": 12, "M": 0}),
    Dataset("ds-c", "Maze", "Mice run.", keywords=("resting",), tasks=("maze",),
            modalities=("ieeg",), species=("mus musculus",), n_participants=5),
    Dataset("ds-d", "Müdigkeit und Schläfrigkeit", authors=("Grace Hopper",)),
)  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("search") / "commons"
    with closing(open_store(folder, clone=clone_file, create=True)) as store:
        for dataset in DATASETS:
            store.add_version(NewVersion(dataset, (), {}, (), {}, "ada", "00"))
        yield store


def found(store, *groups: list[str], **filters: object) -> list[str]:
    return [match.dataset.id for match in store.search(groups, Filters(**filters), 10)]


def test_a_word_weighs_most_in_the_name_then_in_keywords_then_in_the_text(store) -> None:
    assert found(store, ["resting"]) == ["ds-a", "ds-c", "ds-b"]


def test_words_are_matched_by_their_stem_without_accents_and_by_their_beginning(store) -> None:
    assert found(store, ["adult"]) == ["ds-a"]
    assert found(store, ["mudigkeit"]) == ["ds-d"]
    assert found(store, ["schlaf*"]) == ["ds-d"]
    assert found(store, ["hopper"]) == ["ds-d"]


def test_every_group_must_be_met_by_one_of_its_words(store) -> None:
    assert found(store, ["eeg"], ["sleep", "nap"]) == ["ds-b"]
    assert found(store, ["eeg"], ["maze"]) == []
    assert found(store, ["eyes closed"]) == ["ds-a"]
    assert found(store, ["closed eyes"]) == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"modality": "EEG"}, {"ds-a", "ds-b"}),
        ({"modality": "meg", "species": "Homo sapiens"}, {"ds-b"}),
        ({"species": "mus musculus"}, {"ds-c"}),
        ({"task": "rest"}, {"ds-a"}),
        ({"sex": "m"}, {"ds-a"}),
        ({"n_min": 12}, {"ds-a", "ds-b"}),
        ({"n_min": 12, "n_max": 12}, {"ds-b"}),
        ({"age_years": (40.0, 50.0)}, {"ds-a"}),
        ({"age_years": (44.0, 60.0)}, {"ds-a", "ds-b"}),
        ({"age_years": (45.0, 59.0)}, set()),
    ],
)
def test_filters_are_exact(store, filters: dict[str, object], expected: set[str]) -> None:
    assert set(found(store, **filters)) == expected


def test_without_words_the_largest_stand_first(store) -> None:
    assert found(store) == ["ds-a", "ds-b", "ds-c", "ds-d"]
    assert {match.score for match in store.search([], Filters(), 10)} == {0.0}
    assert [match.dataset.id for match in store.search([], Filters(), 2)] == ["ds-a", "ds-b"]


def test_a_new_version_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "c", clone=clone_file, create=True)) as store:
        for name in ("Old words", "Fresh words"):
            store.add_version(NewVersion(Dataset("ds-1", name), (), {}, (), {}, "ada", "00"))

        assert found(store, ["old"]) == []
        assert [match.dataset.version for match in store.search([["fresh"]], Filters(), 5)] == ["2"]


@given(st.lists(st.lists(st.text(max_size=9), max_size=3), max_size=3))
def test_nothing_that_is_typed_is_taken_for_syntax(store, groups: list[list[str]]) -> None:
    store.search(groups, Filters(), 5)


def test_signs_alone_ask_for_nothing() -> None:
    assert format_match([['"', "*"], ["eeg", "-"]]) == '("eeg")'
