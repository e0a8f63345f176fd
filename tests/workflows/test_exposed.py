from datetime import UTC, datetime

import pytest

from fascicle.core import Finding, Plan, Severity
from fascicle.workflows import ShareOptions
from fascicle.workflows._exposed import find_still_out, hold_exposed
from fascicle.workflows._restore import empty_stage, restore_stage
from fascicle.workflows._settle import settle
from fascicle.workflows._stage import Staged
from fascicle.workflows._workspace import Workspace


def make_entry(number, exposes):
    name = f"sub-00{number}/anat/sub-00{number}_T1w.nii.gz"
    return {
        "label": f"00{number}", "raw_id": f"P{number}", "recording": f"rec-{number}",
        "bids_path": name, "files": [name], "header": {"exposes": exposes},
    }  # fmt: skip


@pytest.fixture
def space(tmp_path):
    return Workspace(tmp_path / "out")


@pytest.fixture
def staged(space):
    """Two recordings in the stage: the head of the first can be recognised."""
    entries = {}
    for entry in (make_entry(1, "head"), make_entry(2, "")):
        path = space.stage / entry["files"][0]
        path.parent.mkdir(parents=True)
        path.write_bytes(b"samples")
        entries[entry["files"][0]] = entry
        space.journal.record(entry["recording"], entry)
    return Staged(entries=entries)


def decide(species="human", **options):
    plan = Plan("/raw", "study", datetime(2026, 1, 1, tzinfo=UTC), ())
    settled = ShareOptions(species=species, protocol="A1", **options)
    return settle(plan, settled, None, default_name="out")


def names(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_persons_head_is_held_back_and_kept_for_the_owner(space, staged):
    hold_exposed(staged, decide(), space)

    assert names(space.stage) == ["sub-002_T1w.nii.gz"]
    assert names(space.held) == ["sub-001_T1w.nii.gz"]
    assert list(staged.left_out) == ["rec-1"]
    assert [finding.code for finding in staged.findings] == ["exposed.held"]
    assert list(staged.held) == ["sub-001/anat/sub-001_T1w.nii.gz"]


def test_it_is_told_why_a_face_could_not_be_taken_out(space, staged):
    doubt = Finding("deface.doubtful", Severity.WARNING, "sub-001/a.nii.gz", "A phantom.", "Look.")
    entry = staged.entries["sub-001/anat/sub-001_T1w.nii.gz"]
    entry["findings"] = [doubt.as_dict(owner=True)]

    hold_exposed(staged, decide(), space)

    told = next(finding for finding in staged.findings if finding.code == "deface.doubtful")
    assert (told.place, told.reason) == ("rec-1", "A phantom.")


def test_what_a_steward_signed_for_leaves_and_is_told(space, staged):
    hold_exposed(staged, decide(signed_by="Steward"), space)

    assert len(names(space.stage)) == 2
    assert staged.held == {}
    assert [finding.code for finding in staged.findings] == ["exposed.signed"]
    assert "Steward" not in staged.findings[0].reason


def test_an_animals_head_may_be_shown(space, staged):
    for entry in staged.entries.values():
        entry["is_animal"] = True

    hold_exposed(staged, decide("mus musculus"), space)

    assert len(names(space.stage)) == 2
    assert staged.findings == []


def test_a_mouse_beside_a_person_does_not_release_the_persons_head(space, staged):
    staged.entries["sub-002/anat/sub-002_T1w.nii.gz"] |= {"is_animal": True}

    hold_exposed(staged, decide("mus musculus"), space)

    assert list(staged.held) == ["sub-001/anat/sub-001_T1w.nii.gz"]


@pytest.mark.parametrize("exposes", ["text", "face", "voice"])
def test_words_and_people_in_the_picture_of_an_animal_are_held(space, staged, exposes):
    entry = next(iter(staged.entries.values()))
    entry["header"]["exposes"], entry["is_animal"] = exposes, True

    hold_exposed(staged, decide("mus musculus"), space)

    assert list(staged.held) == ["sub-001/anat/sub-001_T1w.nii.gz"]


def test_the_next_run_takes_what_was_held_from_where_it_lies(space, staged):
    hold_exposed(staged, decide(), space)
    empty_stage(space)

    restore_stage(space.journal.entries(), space)

    assert "rec-1" in space.journal.entries()
    assert names(space.stage) == ["sub-001_T1w.nii.gz"]
    assert names(space.held) == []


def test_what_an_earlier_out_still_holds_is_told_by_its_name(space, staged):
    signed, other = (entry["files"][0] for entry in staged.entries.values())
    for path in (signed, other):
        (space.out / path).parent.mkdir(parents=True)
        (space.out / path).write_bytes(b"samples")
    staged.withheld = (signed, "sub-003/anat/sub-003_T1w.nii.gz")

    (finding,) = find_still_out(staged, space)

    assert (finding.code, finding.severity) == ("out.still-holds", Severity.ERROR)
    assert signed in finding.reason
    assert other not in finding.reason and "sub-003" not in finding.reason
    assert "--sign-exposed" in finding.fix


def test_nothing_is_told_of_an_out_that_holds_nothing_of_it(space, staged):
    staged.withheld = tuple(staged.entries)

    assert find_still_out(staged, space) == []
