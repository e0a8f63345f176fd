"""One pattern."""

from __future__ import annotations

from fascicle.protect._needles import Needle


def test_a_needle_does_not_show_its_pattern() -> None:
    assert "meier" not in repr(Needle(b"meierx", "name", "UTF-8"))
