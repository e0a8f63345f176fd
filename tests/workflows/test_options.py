from pathlib import Path

import pytest

from fascicle.core import Finding, Severity
from fascicle.workflows import CheckResult, Published, ShareOptions, ShareResult


def make_result(**changes):
    values = {
        "out": Path("out"), "report": Path("out/report.html"), "owner_report": Path("p/r.html"),
        "plan_path": Path("p/plan.yaml"), "n_recordings": 1, "n_participants": 1, "n_new": 1,
        "published": Published("ds-1", "1"),
    }  # fmt: skip
    return ShareResult(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"refused": True, "published": None}, 1),
        ({"left_out": {"rec-0001": "broken"}}, 1),
        ({"published": None}, 1),
        ({"published": None, "asked_to_publish": False}, 0),
        ({"published": None, "asked_to_publish": False, "left_out": {"a": "b"}}, 1),
    ],
)
def test_the_exit_code_keeps_its_promise(changes, code):
    assert make_result(**changes).exit_code == code
    assert make_result(**changes).as_dict()["exit_code"] == code


def test_only_errors_fail_a_check():
    def finding(severity):
        return Finding("a.b", severity, "dataset", "Seen.", "Do.")

    assert CheckResult(Path(), (finding(Severity.WARNING),)).exit_code == 0
    assert CheckResult(Path(), (finding(Severity.ERROR),)).exit_code == 1


def test_options_answer_questions_by_their_ids():
    options = ShareOptions(line_hz=60.0, consent="GRU", species="mouse")

    assert options.answers() == {"line_hz": "60", "consent": "GRU", "species": "mouse"}
