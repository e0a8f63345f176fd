"""Every family that is written is checked by a function of its own."""

from __future__ import annotations

from importlib import import_module

import pytest

from fascicle.core import Header, Modality
from fascicle.errors import FormatError
from fascicle.quality import _families
from fascicle.quality._families import check_content


@pytest.mark.parametrize("target", _families._CHECKS.values())
def test_a_registered_check_is_there(target: str) -> None:
    module, _, name = target.partition(":")

    assert callable(getattr(import_module(f"fascicle.quality.{module}"), name))


def test_what_cannot_be_read_again_fails_with_a_finding(tmp_path, monkeypatch) -> None:
    def refuse(path, header):
        raise FormatError("FSC202", "Expected 4 bytes, got 3.", "Copy it again.")

    monkeypatch.setitem(_families._CHECKS, Modality.ANAT.family, "_families:refuse")
    monkeypatch.setattr(_families, "refuse", refuse, raising=False)

    quality = check_content(tmp_path / "sub-01_T1w.nii.gz", Header(Modality.ANAT))

    assert quality.verdict == "fail"
    assert [finding.code for finding in quality.findings] == ["recording.unreadable"]
