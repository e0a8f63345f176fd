"""What the room that measures risks returns has the shape that the page takes it by."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from fascicle import protect
from fascicle.maths import RecordRisk
from fascicle.protect._risk_table import SensitiveRisk
from fascicle.report import RiskFound
from fascicle.report import _risk_shapes as shapes
from fascicle.workflows import RiskResult


def members(protocol: Any) -> set[str]:
    return {name for name, item in vars(protocol).items() if isinstance(item, property)}


@pytest.mark.parametrize(
    ("protocol", "result"),
    [
        (RiskFound, RiskResult),
        (shapes.RiskTable, protect.TableRisk),
        (shapes.RiskColumnShape, protect.RiskColumn),
        (shapes.RecordFigures, RecordRisk),
        (shapes.SensitiveFigures, SensitiveRisk),
        (shapes.RiskChange, protect.Change),
        (shapes.LinkageFigures, protect.Linkage),
        (shapes.TraitFigures, protect.TraitTold),
        (shapes.RiskAround, protect.RiskContext),
        (shapes.RiskReason, protect.Reason),
    ],
)
def test_a_result_has_all_that_the_page_reads(protocol, result):
    fields = {f.name for f in dataclasses.fields(result)}
    computed = {name for name in dir(result) if isinstance(getattr(result, name, None), property)}

    assert members(protocol)
    assert members(protocol) <= fields | computed
