"""Points on a head are not shown by accident."""

from fascicle.core import HeadShape


def test_its_text_form_shows_no_point():
    shape = HeadShape((0.0, 0.1017, 0.0), None, None, ((0.0123, 0.0456, 0.0789),) * 3)

    assert repr(shape) == "HeadShape(3 points)"
