"""BIDS names are parted and joined without a loss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.core import BIDS_KEYS, Modality, join_bids_name, needs_task, split_bids_name

ENTITIES = st.dictionaries(
    st.sampled_from(BIDS_KEYS), st.from_regex(r"[A-Za-z0-9]{1,5}", fullmatch=True), min_size=1
)


@given(ENTITIES, st.sampled_from(["T1w", "bold", "eeg"]))
def test_what_was_joined_is_parted_again(entities: dict[str, str], suffix: str) -> None:
    name = f"{join_bids_name(entities)}_{suffix}.nii.gz"

    assert split_bids_name(name) == (
        {key: entities[key] for key in BIDS_KEYS if key in entities},
        suffix,
    )


@pytest.mark.parametrize(
    "name",
    ["", "bold.nii", "sub-01.nii", "sub-01_run-1_task-x_bold.nii", "sub-01_sub-02_bold.nii",
     "sub-01_who-me_bold.nii", "sub-_bold.nii", "sub-01__bold.nii", "sub-01_bold-x.nii"],
)  # fmt: skip
def test_what_is_no_bids_name_has_no_parts(name: str) -> None:
    assert split_bids_name(name) == ({}, "")


def test_images_of_bodies_and_tissue_have_no_task_but_functional_ones() -> None:
    assert [m.value for m in Modality if not needs_task(m)] == [
        "anat", "dwi", "perf", "fmap", "pet", "micr", "omics"
    ]  # fmt: skip


def test_every_modality_has_a_family() -> None:
    assert all(modality.family for modality in Modality)
