from dataclasses import replace

import pytest

from fascicle.prepare._field_map_groups import Scan, group_field_maps, same_shim

BACK, FRONT = (0.0, -1.0, 0.0), (0.0, 1.0, 0.0)


def epi(number, towards, at_s):
    path = f"sub-1/fmap/sub-1_run-{number}_epi.nii.gz"
    return Scan(path, "fmap", "epi", run=str(number), towards=towards, at_s=at_s)


def gradient(run, suffix, at_s):
    path = f"sub-1/fmap/sub-1_run-{run}_{suffix}.nii.gz"
    return Scan(path, "fmap", suffix, run=str(run), at_s=at_s)


def run_at(at_s):
    return Scan(f"sub-1/func/sub-1_run-{at_s:.0f}_bold.nii.gz", "func", "bold", at_s=at_s)


def members(*scans):
    """The run numbers of the images of each map."""
    return sorted(sorted(s.run for s in group.scans) for group in group_field_maps(scans))


def test_a_pair_is_closed_by_the_next_pair():
    scans = [epi(1, BACK, 0.0), epi(2, FRONT, 30.0), epi(3, BACK, 60.0), epi(4, FRONT, 90.0)]

    assert members(*scans) == [["1", "2"], ["3", "4"]]


def test_a_map_that_was_begun_twice_is_one():
    assert members(epi(1, BACK, 0.0), epi(2, BACK, 30.0), epi(3, FRONT, 60.0)) == [["1", "2", "3"]]


def test_single_directions_with_runs_between_are_maps_of_their_own():
    scans = [epi(1, FRONT, 0.0), run_at(30.0), epi(2, FRONT, 400.0), run_at(430.0)]

    assert members(*scans) == [["1"], ["2"]]


def test_directions_on_both_sides_of_a_run_are_a_pair():
    assert members(epi(1, BACK, 0.0), run_at(30.0), epi(2, FRONT, 400.0)) == [["1", "2"]]


def test_what_lies_an_hour_apart_is_no_pair():
    assert members(epi(1, BACK, 0.0), epi(2, FRONT, 3600.0)) == [["1"], ["2"]]


def test_another_shim_or_examination_begins_another_map():
    one, other = epi(1, BACK, 0.0), epi(2, FRONT, 30.0)

    shims = replace(one, shim=(100.0, 5.0)), replace(other, shim=(100.0, 9.0))
    studies = replace(one, study="a"), replace(other, study="b")

    assert members(*shims) == members(*studies) == [["1"], ["2"]]


def test_magnitudes_and_phases_of_one_moment_are_one_map():
    kinds = ("magnitude1", "magnitude2", "phasediff")
    scans = [gradient(n, kind, 500.0 * n) for n in (1, 2) for kind in kinds]

    groups = group_field_maps(scans, "03")

    assert [(g.label, len(g.scans)) for g in groups] == [
        ("phasediff1_ses03", 3), ("phasediff2_ses03", 3),
    ]  # fmt: skip


def test_without_times_the_runs_of_names_tell():
    scans = [replace(gradient(n, kind, None)) for n in (1, 2) for kind in ("magnitude1", "phase1")]

    assert members(*scans) == [["1", "1"], ["2", "2"]]


@pytest.mark.parametrize(
    ("suffixes", "kind", "is_whole"),
    [
        (("magnitude1", "phase1", "phase2"), "twophase", True),
        (("magnitude1", "phase1"), "twophase", False),
        (("magnitude1", "magnitude2"), "magnitude", False),
        (("magnitude", "fieldmap"), "direct", True),
        (("magnitude1", "phasediff"), "phasediff", True),
    ],
)
def test_kind_and_wholeness_follow_from_the_parts(suffixes, kind, is_whole):
    (group,) = group_field_maps([gradient(1, suffix, 0.0) for suffix in suffixes])

    assert (group.kind, group.is_whole) == (kind, is_whole)


def test_maps_of_the_radio_frequency_are_none():
    assert group_field_maps([gradient(1, "TB1TFL", 0.0), gradient(1, "RB1COR", 0.0)]) == []


@pytest.mark.parametrize(
    ("shim", "same"),
    [((), 0), ((1.0, 2.0), 0), ((-3717.0, 15233.0, 97.0), 1), ((-3717.0, 15191.0, 97.0), -1)],
)
def test_a_shim_is_the_same_if_all_currents_are(shim, same):
    one = Scan("a", "fmap", "epi", shim=(-3717.0, 15233.0, 97.0))

    assert same_shim(one, Scan("b", "func", "bold", shim=shim)) == same
