"""Lists are read out of pickles; whatever runs something is refused."""

import pickle  # noqa: TID251 - made here, read without it

import pytest

from fascicle.errors import FormatError
from fascicle.formats._unpickled import read_pickled_list

NAMES = [("Ann", "snout", "x"), ("Ann", "snout", "y"), ("Ann", "leftear", "x")]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_lists_of_every_protocol_are_read(protocol: int) -> None:
    assert read_pickled_list(pickle.dumps(NAMES, protocol)) == NAMES


@pytest.mark.parametrize("thing", [{"a": 1}, {1, 2}, print, 3, object()])
def test_anything_else_is_refused(thing: object) -> None:
    with pytest.raises(FormatError, match="FSC256"):
        read_pickled_list(pickle.dumps([thing] if thing != 3 else thing))


def test_noise_and_cut_off_pickles_are_refused() -> None:
    whole = pickle.dumps(NAMES, 0)
    for data in (b"", b"\x80", b"(((", b"](a.", b"](\x85a.", whole[:20], b"\xff" * 99):
        with pytest.raises(FormatError):
            read_pickled_list(data)
