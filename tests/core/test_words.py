import pytest

from fascicle.core import say_count


@pytest.mark.parametrize(
    ("n", "said"), [(0, "0 people"), (1, "1 person"), (2, "2 people"), (12345, "12,345 people")]
)
def test_a_noun_agrees_with_its_number(n, said):
    assert say_count(n, "person", "people") == said


def test_most_nouns_take_an_s():
    assert [say_count(n, "file") for n in (1, 3)] == ["1 file", "3 files"]
