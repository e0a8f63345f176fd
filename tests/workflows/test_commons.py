import pytest

from fascicle.errors import InputError, Refusal
from fascicle.workflows import find, publish, show
from fascicle.workflows._commons import _split
from fascicle.workflows._workspace import Workspace


@pytest.fixture
def commons(shared, tmp_path):
    publish(shared.out, commons=tmp_path / "commons")
    return tmp_path / "commons"


def test_a_name_may_carry_a_version():
    assert _split("ds-1@2") == ("ds-1", "2")
    assert _split("ds-1") == ("ds-1", "")


@pytest.mark.parametrize(
    ("words", "filters", "n"),
    [
        (["eeg"], {}, 1),
        ([], {"modality": "eeg", "species": "human"}, 1),
        ([], {"modality": "meg"}, 0),
        ([], {"min_participants": 3}, 1),
        ([], {"min_participants": 4}, 0),
        (["n>=4"], {}, 0),
        (["nothing-like-this"], {}, 0),
    ],
)
def test_words_and_filters_narrow_the_search(commons, words, filters, n):
    assert len(find(*words, commons=commons, **filters)) == n


def test_conditions_are_said_in_plain_words(commons):
    [hit] = find("eeg", commons=commons)

    described = show(hit.dataset.id, commons=commons)

    assert any("research" in sentence for sentence in described.conditions.explain())
    assert described.versions == ("1",)


def test_an_unknown_dataset_is_told_so(commons):
    with pytest.raises(InputError, match="FSC153"):
        show("ds-000000000000", commons=commons)


def test_an_invalid_dataset_is_not_published(shared, tmp_path):
    space = Workspace(shared.out)
    space.write_record(space.read_record() | {"n_bids_errors": 1})

    with pytest.raises(Refusal, match="FSC550"):
        publish(shared.out, commons=tmp_path / "commons")


def test_a_new_key_is_accepted_once_the_publisher_says_so(shared, tmp_path, monkeypatch):
    from fascicle.workflows._sealed import prove_again

    commons = tmp_path / "commons"
    first = publish(shared.out, commons=commons)
    monkeypatch.setenv("FASCICLE_HOME", str(tmp_path / "new-home"))
    prove_again(Workspace(shared.out), None)

    with pytest.raises(Refusal, match="--accept-key"):
        publish(shared.out, commons=commons)

    assert publish(shared.out, commons=commons, accept_key=True).id == first.id
