import pytest
from scipy import stats

from fascicle.errors import InputError
from fascicle.maths import proportion_interval, wilson_interval


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
@pytest.mark.parametrize(("n_hits", "n_trials"), [(0, 7), (7, 7), (3, 11), (199, 200), (1, 1)])
def test_the_interval_is_scipys_exact_one(n_hits, n_trials, confidence):
    expected = stats.binomtest(n_hits, n_trials).proportion_ci(confidence, method="exact")

    interval = proportion_interval(n_hits, n_trials, confidence=confidence)

    assert interval == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_without_any_hit_the_upper_bound_is_the_closed_form():
    assert proportion_interval(0, 59)[1] == pytest.approx(1 - 0.025 ** (1 / 59))


def test_no_trials_say_nothing():
    assert proportion_interval(0, 0) == wilson_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("n_hits", "n_trials"), [(-1, 5), (6, 5)])
def test_impossible_counts_are_refused(n_hits, n_trials):
    with pytest.raises(InputError, match="FSC123"):
        proportion_interval(n_hits, n_trials)
    with pytest.raises(InputError, match="FSC123"):
        wilson_interval(n_hits, n_trials)


@pytest.mark.parametrize(("hits", "trials"), [(0, 7), (2, 10), (150, 151), (9, 9)])
def test_wilsons_interval_is_that_of_scipy(hits, trials):
    expected = stats.binomtest(hits, trials).proportion_ci(method="wilson")

    assert wilson_interval(hits, trials) == pytest.approx((expected.low, expected.high))
