import pytest

from fascicle.core import say_at_least, say_count


@pytest.mark.parametrize(
    ("n", "said"), [(0, "0 people"), (1, "1 person"), (2, "2 people"), (12345, "12,345 people")]
)
def test_a_noun_agrees_with_its_number(n, said):
    assert say_count(n, "person", "people") == said


def test_most_nouns_take_an_s():
    assert [say_count(n, "file") for n in (1, 3)] == ["1 file", "3 files"]


@pytest.mark.parametrize(
    ("value", "said"),
    [(2.776, "2.77"), (2.78, "2.78"), (0.57, "0.57"), (99.99, "99.9"), (3.2e-5, "3.2e-05")],
)
def test_what_is_left_is_never_said_to_be_more(value, said):
    assert say_at_least(value) == said
    assert float(say_at_least(value)) <= value


def test_nothing_is_left_of_what_is_overdrawn():
    assert say_at_least(-0.1) == say_at_least(0.0) == "0"
