import json

import pytest

from fascicle.core import Tier
from fascicle.workflows._release import _behind, _kind, make_release, read_seal
from fascicle.workflows._workspace import Workspace


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("sub-001/eeg/sub-001_task-x_eeg.edf", "recording"),
        ("sub-001/eeg/sub-001_task-x_eeg.json", "sidecar"),
        ("participants.tsv", "table"),
        ("README.md", "description"),
        ("derivatives/fascicle-quality/sub-001/eeg/a.tsv", "derivative"),
    ],
)
def test_every_file_has_a_kind(path, kind):
    assert _kind(path) == kind


def test_a_file_is_derived_from_those_whose_place_it_lies_in():
    record = {"people": {"001": {}, "002": {}}}

    assert _behind("sub-001/eeg/sub-001_task-x_eeg.edf", record) == ("001",)
    assert _behind("derivatives/x/sub-002/eeg/sub-002_a.tsv", record) == ("002",)
    assert _behind("participants.tsv", record) == ("001", "002")
    assert _behind("README.md", record) == ()


def test_a_release_holds_every_sealed_file_and_no_raw_name(shared):
    space = Workspace(shared.out)

    release = make_release(space, space.read_record(), "ada")

    on_disk = {p.relative_to(shared.out).as_posix() for p in shared.out.rglob("*") if p.is_file()}
    assert {asset.path for asset in release.assets} == on_disk
    assert release.dataset.tier is Tier.CONTROLLED
    assert {"convert", "de-identify", "verify"} <= {step.name for step in release.activities}
    spoken = json.dumps([step.parameters for step in release.activities]) + str(release.activities)
    assert "Quandt" not in spoken
    assert read_seal(space)["public_key"]
