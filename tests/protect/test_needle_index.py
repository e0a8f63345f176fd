"""Many patterns, one pass: beside the plain search of each pattern."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.protect._needle_index import NeedleIndex
from fascicle.protect._needles import Needle


def plain_search(needles: list[Needle], block: bytes) -> set[tuple[int, bytes]]:
    """The oracle: bytes.find for every pattern."""
    found = set()
    for needle in needles:
        text = block if needle.exact else block.lower()
        start = text.find(needle.pattern)
        while start >= 0:
            found.add((start, needle.pattern))
            start = text.find(needle.pattern, start + 1)
    return found


@given(
    st.lists(st.text("abAB\x00z", min_size=6, max_size=11), min_size=1, max_size=23),
    st.text("abABz\x00", max_size=301),
    st.booleans(),
)
def test_it_finds_what_a_plain_search_finds(patterns: list[str], text: str, is_exact: bool) -> None:
    words = {p if is_exact else p.lower() for p in patterns}
    needles = [Needle(word.encode(), "id", "", exact=is_exact) for word in sorted(words)]
    block = (text + "".join(patterns[:3]) + "z").encode()

    found = {(start, needle.pattern) for start, needle in NeedleIndex(needles).find(block)}

    assert found == plain_search(needles, block)


@pytest.mark.parametrize("place", [0, 1, 2, 3, 4, 1 << 20, (1 << 20) - 3, (1 << 21) + 995])
def test_a_needle_is_found_at_every_address(place: int) -> None:
    rng = np.random.default_rng(place)
    block = bytearray(rng.integers(0, 256, (1 << 21) + 1001, dtype=np.uint8).tobytes())
    block[place : place + 6] = b"MEIERX"
    index = NeedleIndex([Needle(b"meierx", "name", "UTF-8")])

    assert [start for start, _ in index.find(bytes(block))] == [place]


def test_patterns_shorter_than_six_bytes_are_not_searched_in_bytes() -> None:
    index = NeedleIndex([Needle(b"meier", "name", "UTF-8")])

    assert len(index) == 0
    assert list(index.find(b"meier meier")) == []


@pytest.mark.parametrize(
    ("text", "bound", "is_found"),
    [(b"x 123456 y", "digit", True), (b"MRN123456y", "digit", True), (b"91234567", "digit", False),
     (b"0.123456", "digit", False), (b"123456.7", "digit", False), (b"no.123456.", "digit", True),
     (b"a123456b", "alnum", False), (b"a 123456-", "alnum", True), (b"123456", "alnum", True)],
)  # fmt: skip
def test_numbers_are_found_unless_they_are_part_of_another(
    text: bytes, bound: str, is_found: bool
) -> None:
    index = NeedleIndex([Needle(b"123456", "id", "", bound=bound)])  # type: ignore[arg-type]

    assert bool(list(index.find(text))) is is_found


def test_it_needs_no_needles_and_no_bytes() -> None:
    assert list(NeedleIndex([]).find(b"anything at all")) == []
    assert list(NeedleIndex([Needle(b"meierx", "name", "")]).find(b"")) == []


def test_the_expected_number_of_chance_hits_falls_with_the_length() -> None:
    short, long = (NeedleIndex([Needle(p, "id", "")]) for p in (b"abcdef", b"x" * 400))

    assert short.chance == pytest.approx(3 / 256**6)
    assert long.chance == 0.0
