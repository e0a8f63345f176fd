"""One scan of a session leads the others: T1-weighted anatomy, the best-aligned of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fascicle.core import Header, Modality
from fascicle.protect import Alignment
from fascicle.workflows._deface_volume import Leader
from fascicle.workflows._head_order import (
    HeadScan,
    choose_leader,
    find_turns,
    list_leaders,
    rank_head,
)
from fascicle.workflows._headers import format_header

ALIGNED = Alignment(np.eye(4), 0.7, 5.0, 0.95, 1.0, 1.0, (1.0, 1.0, 1.0))


def lead(name, suffix, information):
    header = Header(Modality.ANAT, suffix=suffix)
    return Leader(Path(name), header, replace(ALIGNED, information=information))


def test_scans_wait_for_those_of_their_own_session_that_lead():
    turns = find_turns([
        HeadScan("pet", "sub-1/ses-1", 2, "c"), HeadScan("t2", "sub-1/ses-1", 1, "b"),
        HeadScan("t1", "sub-1/ses-1", 0, "a"), HeadScan("flair", "sub-1/ses-2", 1, "d"),
        HeadScan("ct", "sub-1/ses-2", 2, "e"),
    ])  # fmt: skip

    assert {key: turn.number for key, turn in turns.items()} == {
        "t1": 0, "t2": 1, "pet": 2, "flair": 0, "ct": 1,
    }  # fmt: skip
    assert turns["pet"].leaders == ("a", "b")
    assert turns["ct"].leaders == ("d",)


def test_the_best_aligned_of_the_best_kind_leads():
    known = [lead("a", "T2w", 0.9), lead("b", "T1w", 0.6), lead("c", "T1w", 0.7)]

    assert choose_leader(known, 2).path == Path("c")
    assert choose_leader(known, 1).path == Path("c")
    assert choose_leader(known, 0) is None
    assert choose_leader([known[0]], 2).path == Path("a")
    assert choose_leader([known[0]], 1) is None


@pytest.mark.parametrize(
    ("modality", "suffix"), [(Modality.PET, "pet"), (Modality.FUNC, "bold"), (Modality.ANAT, "CT")]
)
def test_what_is_no_anatomical_mri_leads_nobody(modality, suffix):
    other = replace(lead("a", "T1w", 0.9), header=Header(modality, suffix=suffix))

    assert rank_head(modality, suffix) == 2
    assert choose_leader([other], 2) is None


def test_the_journal_tells_who_leads_in_a_session(tmp_path):
    header = format_header(Header(Modality.ANAT, suffix="T1w"))
    entries = [
        {"bids_path": f"sub-1/{session}/anat/x_T1w.nii.gz", "header": header, "placed": placed}
        for session, placed in (
            ("ses-1", ALIGNED.as_dict()), ("ses-2", ALIGNED.as_dict()), ("ses-1", {}),
        )
    ]  # fmt: skip

    (one,) = list_leaders(entries, "sub-1/ses-1", tmp_path)

    assert one.path == tmp_path / "sub-1/ses-1/anat/x_T1w.nii.gz"
    assert one.header.suffix == "T1w"
    assert np.array_equal(one.alignment.matrix, np.eye(4))
