"""What is typed becomes groups of words and exact filters, or a message that says what to type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.discover import parse_query
from fascicle.errors import InputError
from fascicle.govern import Filters


def heads(text: str) -> list[str]:
    return [group[0] for group in parse_query(text).groups]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("modality:eeg", Filters(modality="eeg")),
        ("modality:ECoG", Filters(modality="ieeg")),
        ("datatype=fnirs", Filters(modality="nirs")),
        ("task:rest", Filters(task="rest")),
        ('species:"Homo sapiens"', Filters(species="homo sapiens")),
        ("species:human", Filters(species="homo sapiens")),
        ("species:mouse", Filters(species="mus musculus")),
        ("sex:female", Filters(sex="f")),
        ("age:20-40", Filters(age_years=(20.0, 40.0))),
        ("age:65+", Filters(age_years=(65.0, 150.0))),
        ("age:7.5", Filters(age_years=(7.5, 7.5))),
        ("n>=20", Filters(n_min=20)),
        ("n > 20", Filters(n_min=21)),
        ("n<=100", Filters(n_max=100)),
        ("n<100", Filters(n_max=99)),
        ("n:20-40", Filters(n_min=20, n_max=40)),
        ("n=20", Filters(n_min=20, n_max=20)),
        ("participants>=20 modality : meg", Filters(n_min=20, modality="meg")),
        ("n>=5 n<=9", Filters(n_min=5, n_max=9)),
    ],
)
def test_filters_are_exact(text: str, expected: Filters) -> None:
    query = parse_query(text)

    assert query.filters == expected
    assert query.groups == ()


def test_plain_words_are_groups_of_all_that_mean_the_same() -> None:
    query = parse_query("resting EEG human n>=20")

    assert [group[0] for group in query.groups] == ["resting", "eeg", "human"]
    assert "electroencephalography" in query.groups[1]
    assert "homo sapiens" in query.groups[2]
    assert query.filters == Filters(n_min=20)


def test_phrases_of_the_table_stay_together() -> None:
    assert heads("resting state data of the motor imagery") == ["resting state", "motor imagery"]
    assert heads("near infrared spectroscopy infant") == ["near infrared spectroscopy", "infant"]


def test_of_the_last_word_the_beginning_is_enough() -> None:
    assert parse_query("eeg hippocamp").groups[-1] == ("hippocamp", "hippocamp*")
    assert parse_query("hippocamp eeg").groups[0] == ("hippocamp",)
    assert parse_query("abc").groups == (("abc",),)  # too short to guess


def test_arguments_of_a_command_line_are_read_like_one_text() -> None:
    assert parse_query(["resting", "species:homo sapiens", "n>=5"]) == parse_query(
        'resting species:"homo sapiens" n>=5'
    )


def test_nothing_but_small_words_asks_for_everything() -> None:
    assert parse_query("find me the data of") == parse_query("")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("colour:red", "FSC155"),
        ("age:old", "FSC156"),
        ("age:40-20", "FSC156"),
        ("n>=many", "FSC156"),
        ("n>=5-9", "FSC156"),
        ("n:2.5", "FSC156"),
        ("sex:maybe", "FSC156"),
        ("modality>eeg", "FSC156"),
    ],
)
def test_a_filter_that_is_not_understood_is_told(text: str, code: str) -> None:
    with pytest.raises(InputError, match=code):
        parse_query(text)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_read_or_refused_in_our_words(text: str) -> None:
    try:
        query = parse_query(text)
    except InputError:
        return

    assert all(word for group in query.groups for word in group)
