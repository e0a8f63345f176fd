"""The results of other rooms have the shape that the report takes them by."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from fascicle import describe, protect, quality
from fascicle.report import Fairness, PolicyWords, Proof, Quality, Removed


def members(protocol: Any) -> set[str]:
    return {name for name, item in vars(protocol).items() if isinstance(item, property)}


@pytest.mark.parametrize(
    ("protocol", "result"),
    [
        (Quality, quality.RecordingQuality),
        (Proof, protect.ScanResult),
        (Removed, protect.Removal),
        (PolicyWords, protect.Policy),
        (Fairness, describe.FairScore),
    ],
)
def test_a_result_has_all_that_the_report_reads(protocol, result):
    fields = {f.name for f in dataclasses.fields(result)}
    computed = {name for name in dir(result) if isinstance(getattr(result, name, None), property)}

    assert members(protocol)
    assert members(protocol) <= fields | computed
