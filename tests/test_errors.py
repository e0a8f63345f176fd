"""Errors are what a caller expects, say what to do, and survive the way between processes."""

from __future__ import annotations

import copy

import pytest

from fascicle import errors

KINDS = [
    (errors.InputError, ValueError),
    (errors.FormatError, ValueError),
    (errors.PlanError, ValueError),
    (errors.PrivacyError, RuntimeError),
    (errors.Refusal, PermissionError),
    (errors.StoreError, OSError),
    (errors.JobError, RuntimeError),
    (errors.DependencyError, ImportError),
]


@pytest.mark.parametrize(("kind", "built_in"), KINDS)
def test_an_error_is_also_the_built_in_one_that_a_caller_expects(kind, built_in) -> None:
    error = kind("FSC199", "Expected 3 names, got 2.", "Give one more.")

    assert isinstance(error, built_in)
    assert isinstance(error, errors.FascicleError)


@pytest.mark.parametrize(("kind", "built_in"), KINDS)
def test_every_error_prints_code_problem_and_remedy(kind, built_in) -> None:
    error = kind("FSC199", "Expected 3 names, got 2.", "Give one more.")

    assert str(error) == "[FSC199] Expected 3 names, got 2. Give one more."
    assert (error.code, error.problem, error.remedy) == (
        "FSC199",
        "Expected 3 names, got 2.",
        "Give one more.",
    )


@pytest.mark.parametrize(("kind", "built_in"), KINDS)
def test_an_error_of_a_worker_process_arrives_whole(kind, built_in) -> None:
    error = kind("FSC199", "Expected 3 names, got 2.", "Give one more.")

    # Copying goes the way that pickling does, without running what was read.
    arrived = copy.copy(error)

    assert type(arrived) is kind
    assert str(arrived) == str(error)


def test_all_errors_are_listed() -> None:
    assert set(errors.__all__) == {"FascicleError", *(kind.__name__ for kind, _ in KINDS)}
