"""What leaves a site is under control unless somebody says otherwise."""

from __future__ import annotations

import dataclasses

import pytest

from fascicle.core import Asset, Dataset, Release, Request, Tier


def test_a_dataset_is_controlled_unless_somebody_opens_it() -> None:
    assert Dataset("ds-1", "Rest").tier is Tier.CONTROLLED


def test_a_request_claims_nothing_by_default() -> None:
    request = Request("somebody")

    assert (request.purpose, request.commercial, request.ai_training) == ("", False, False)


def test_a_release_has_no_consent_and_no_seal_of_its_own() -> None:
    release = Release(Dataset("ds-1", "Rest"), (Asset("a.tsv", "0" * 64, 3, "table"),))

    assert release.consents == {}
    assert release.seal == {}
    assert release.assets[0].participants == ()


@pytest.mark.parametrize("field", ["id", "tier", "n_participants"])
def test_a_dataset_cannot_be_changed(field: str) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(Dataset("ds-1", "Rest"), field, None)
