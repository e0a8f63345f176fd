"""The right dataset comes first, in an order that never wavers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import pytest

from fascicle.core import Dataset, Tier
from fascicle.discover import Query, count_facets, find, parse_query, rank
from fascicle.govern import Filters, Hit, open_commons
from fascicle.testing import ReleaseShape, make_release

DATASETS = (
    Dataset("ds-rest", "Resting state of adults", tasks=("rest",), modalities=("eeg",),
            species=("homo sapiens",), n_participants=31),
    Dataset("ds-mouse", "Resting hippocampus", "Local fields; no EEG was taken from any human.",
            tasks=("rest",), modalities=("ieeg",), species=("mus musculus",), n_participants=6),
    Dataset("ds-sleep", "Whole nights", tasks=("sleep",), modalities=("eeg",),
            species=("homo sapiens",), n_participants=20, keywords=("polysomnography",)),
    Dataset("ds-meg", "Words heard and read", tasks=("language",), modalities=("meg",),
            species=("homo sapiens",), n_participants=27),
)  # fmt: skip


@pytest.fixture(scope="module")
def commons(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("find")
    with closing(open_commons(folder / "commons", agent="ada", create=True)) as commons:
        for dataset in DATASETS:
            made = make_release(folder / dataset.id, _shape(dataset))
            commons.publish(made.release, made.folder)
        yield commons


def _shape(dataset: Dataset) -> ReleaseShape:
    return ReleaseShape(labels=("01",), dataset=dataset, n_bytes=11)


def ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.dataset.id for hit in hits]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("resting eeg human", "ds-rest"),
        ("rest electroencephalography people", "ds-rest"),
        ("mouse", "ds-mouse"),
        ("intracranial eeg", "ds-mouse"),
        ("psg", "ds-sleep"),
        ("magnetoencephalography", "ds-meg"),
        ("hippoc", "ds-mouse"),
        ("modality:meg", "ds-meg"),
        ("eeg n<=20", "ds-sleep"),
    ],
)
def test_what_was_meant_comes_first(text: str, first: str, commons) -> None:
    assert ids(find(commons, text))[0] == first


def test_all_words_come_before_some_of_them(commons) -> None:
    hits = find(commons, "resting hippocampus")

    assert ids(hits)[0] == "ds-mouse"
    assert set(ids(hits)) == {"ds-mouse", "ds-rest"}
    assert hits[0].score > hits[1].score


def test_nothing_that_a_filter_excludes_slips_in(commons) -> None:
    hits = find(commons, "resting eeg human species:mouse")

    assert set(ids(hits)) <= {"ds-mouse"}
    assert find(commons, "n>=1000") == ()


def test_a_limit_is_kept_and_no_words_find_everything(commons) -> None:
    assert len(find(commons, "", 3)) == 3
    assert set(ids(find(commons, ""))) == {dataset.id for dataset in DATASETS}
    assert find(commons, Query(filters=Filters(task="sleep")))[0].dataset.id == "ds-sleep"


def test_a_fact_weighs_more_than_a_mention() -> None:
    query = parse_query("eeg")
    mention = Hit(Dataset("ds-a", "Maze", "no eeg"), 1.0)
    fact = Hit(Dataset("ds-b", "Maze", modalities=("eeg",)), 0.9)

    assert ids(rank([mention, fact], query)) == ["ds-b", "ds-a"]


def test_equal_hits_stand_in_the_order_of_their_ids() -> None:
    hits = [Hit(Dataset(name, "Maze"), 1.0) for name in ("ds-c", "ds-a", "ds-b")]

    assert ids(rank(hits, parse_query("maze"))) == ["ds-a", "ds-b", "ds-c"]


def test_facets_are_counted_most_first(commons) -> None:
    facets = count_facets(find(commons, ""))

    assert facets["modality"] == {"eeg": 2, "ieeg": 1, "meg": 1}
    assert list(facets["task"]) == ["rest", "language", "sleep"]
    assert facets["tier"] == {Tier.CONTROLLED.value: 4}
