import pytest

from fascicle.quality._kinds import BODY, BRAIN, expects_other_unit, find_range, split_unit


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("V", ("V", 1.0)),
        ("mV", ("V", 1e-3)),
        ("uV", ("V", 1e-6)),
        ("fT", ("T", 1e-15)),
        ("T/m", ("T/m", 1.0)),
        ("fT/cm", ("T/m", 1e-13)),
        ("mol/L", ("mol/L", 1.0)),
        ("xV", ("xV", 1.0)),
    ],
)
def test_a_unit_is_split_into_base_and_factor(unit, expected):
    base, factor = split_unit(unit)

    assert (base, factor) == (expected[0], pytest.approx(expected[1]))


def test_a_range_holds_for_the_unit_that_it_is_stated_in():
    assert find_range("EEG", "uV") is find_range("EEG", "mV") is not None
    assert find_range("EEG", "T") is None
    assert find_range("MISC", "V") is None


def test_a_unit_that_cannot_belong_to_a_kind_is_noticed_and_unknown_kinds_are_left_alone():
    assert expects_other_unit("EEG", "n/a")
    assert expects_other_unit("MEGMAG", "V")
    assert not expects_other_unit("MEGGRADAXIAL", "T")
    assert not expects_other_unit("NIRSCWAMPLITUDE", "V")


def test_no_kind_is_both_brain_and_body():
    assert not BRAIN & BODY
