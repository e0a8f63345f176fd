"""DICOM files parted into recordings."""

from __future__ import annotations

from pathlib import PurePosixPath

import numpy as np
from tests.formats.instances import make_instance

from fascicle.core import Severity
from fascicle.errors import FormatError
from fascicle.formats._dicom_instances import Instance
from fascicle.formats._dicom_parts import part_series
from fascicle.formats._gathered import Gathered

SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)


def stack(
    n_slices: int = 7, n_volumes: int = 1, folder: str = "a", **changes: object
) -> list[Instance]:
    """Slices of volumes one after the other."""
    return [
        make_instance(**{
            "path": PurePosixPath(f"{folder}/{v:02d}{z:02d}"),
            "uid": f"{folder}{v}.{z}{changes.get('series', '')}{changes.get('echo', '')}"
                   f"{changes.get('part', '')}",
            "instance": v * n_slices + z + 1,
            "temporal": v + 1 if n_volumes > 1 else None,
            "position_mm": (0.0, 0.0, 2.5 * z),
        } | changes)
        for v in range(n_volumes)
        for z in range(n_slices)
    ]  # fmt: skip


def part(*stacks: list[Instance], seed: int = 1) -> Gathered:
    files = [instance for files in stacks for instance in files]
    np.random.default_rng(seed).shuffle(files)  # type: ignore[arg-type]
    return part_series([(instance.path, instance) for instance in files])


def names(gathered: Gathered) -> list[list[str]]:
    return [[path.as_posix() for path in paths] for paths in gathered.recordings]


def paths_of(files: list[Instance]) -> list[str]:
    return [instance.path.as_posix() for instance in files]


def test_a_stack_is_one_recording_in_the_order_of_the_scan() -> None:
    gathered = part(stack())

    assert names(gathered) == [paths_of(stack())]
    assert gathered.findings == ()
    assert gathered.left_out == ()


def test_mixed_series_in_one_folder_are_parted() -> None:
    first, second = stack(series="1.1"), stack(series="1.2", n_slices=5)
    renamed = [
        make_instance(**{
            f: getattr(i, f) for f in i.__dataclass_fields__
        } | {"path": PurePosixPath(f"a/x{i.path.name}")})
        for i in second
    ]  # fmt: skip

    gathered = part(first, renamed)

    assert names(gathered) == [paths_of(first), paths_of(renamed)]


def test_a_series_over_several_folders_is_one_recording() -> None:
    files = stack(n_volumes=2)
    moved = [
        make_instance(**{
            f: getattr(i, f) for f in i.__dataclass_fields__
        } | {"path": PurePosixPath(f"disc{i.temporal}/{i.path.name}")})
        for i in files
    ]  # fmt: skip

    gathered = part(moved)

    assert names(gathered) == [paths_of(moved)]


def test_two_people_are_never_one_recording_even_under_the_same_series() -> None:
    gathered = part(stack(person=("1", "A")), stack(person=("2", "B"), folder="b"))

    assert len(gathered.recordings) == 2


def test_echoes_and_parts_of_the_signal_are_recordings_of_their_own() -> None:
    gathered = part(
        stack(folder="a", echo_ms=4.92, echo=1),
        stack(folder="b", echo_ms=7.38, echo=2),
        stack(folder="c", echo_ms=7.38, echo=2, part="phase"),
    )

    assert [len(paths) for paths in gathered.recordings] == [7, 7, 7]
    assert {paths[0].parts[0] for paths in gathered.recordings} == {"a", "b", "c"}


def test_orientations_are_parted_but_not_by_rounding() -> None:
    tilted = (1.0, 0.0, 0.0, 0.0, 1.0, 1e-5)

    gathered = part(
        stack(folder="a", n_slices=3),
        stack(folder="b", n_slices=3, orientation=SAGITTAL),
        [make_instance(path=PurePosixPath("a/9"), uid="9", instance=9, orientation=tilted,
                       position_mm=(0.0, 0.0, 7.5))],
    )  # fmt: skip

    assert sorted(len(paths) for paths in gathered.recordings) == [3, 4]


def test_exposures_of_ct_differ_within_one_recording() -> None:
    files = stack(modality="CT", sop_class="1.2.840.10008.5.1.4.1.1.2", echo_ms=None, echo=None)

    assert len(part(files).recordings) == 1


def test_copies_of_a_series_count_once() -> None:
    copies = stack(folder="b")
    same = [
        make_instance(**{
            f: getattr(i, f) for f in i.__dataclass_fields__
        } | {"path": PurePosixPath(f"copy/{i.path.name}")})
        for i in copies
    ]  # fmt: skip

    gathered = part(copies, same)

    assert names(gathered) == [paths_of(copies)]
    assert [path.as_posix() for path in gathered.left_out] == paths_of(same)
    (finding,) = gathered.findings
    assert (finding.code, finding.severity) == ("dicom.copy", Severity.NOTE)
    assert "7 copies" in finding.reason


def test_other_kinds_are_left_out_with_one_finding_for_each_series() -> None:
    gathered = part(
        stack(),
        stack(folder="b", series="9", image_type=("DERIVED", "PRIMARY", "DIFFUSION", "ADC")),
        stack(folder="c", series="8", image_type=("ORIGINAL", "PRIMARY", "LOCALIZER")),
    )

    assert len(gathered.recordings) == 1
    assert len(gathered.left_out) == 14
    assert sorted(f.code for f in gathered.findings) == ["dicom.derived", "dicom.localizer"]
    assert all("7 files" in f.reason for f in gathered.findings)
    assert {f.raw_place for f in gathered.findings} == {
        "b/0000 and 6 more files", "c/0000 and 6 more files",
    }  # fmt: skip


def test_a_stack_that_lacks_a_slice_is_left_out() -> None:
    files = stack(n_slices=9)
    del files[4]

    gathered = part(files)

    assert gathered.recordings == ()
    assert len(gathered.left_out) == 8
    (finding,) = gathered.findings
    assert (finding.code, finding.severity) == ("dicom.missing-slices", Severity.ERROR)


def test_a_last_volume_that_broke_off_is_dropped() -> None:
    files = stack(n_volumes=4)[:-3]

    gathered = part(files)

    assert names(gathered) == [paths_of(files[:21])]
    assert [path.as_posix() for path in gathered.left_out] == paths_of(files[21:])
    assert [f.code for f in gathered.findings] == ["dicom.broke-off"]


def test_a_last_volume_is_dropped_also_where_volumes_are_not_counted() -> None:
    files = stack(n_volumes=4, temporal=None)[:-3]

    gathered = part(files)

    assert names(gathered) == [paths_of(files[:21])]


def test_a_series_that_lacks_a_slice_of_some_volume_is_left_out() -> None:
    for changes in ({}, {"temporal": None}):
        files = stack(n_volumes=4, **changes)
        del files[9]

        gathered = part(files)

        assert gathered.recordings == ()
        assert [f.code for f in gathered.findings] == ["dicom.missing-slices"]


def test_uneven_steps_of_ct_are_no_missing_slices() -> None:
    files = stack(n_slices=9, modality="CT", sop_class="1.2.840.10008.5.1.4.1.1.2")
    del files[4]

    assert len(part(files).recordings) == 1


def test_mosaics_and_frames_hold_volumes_of_their_own() -> None:
    mosaic = stack(n_slices=1, n_volumes=3, image_type=("ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"))
    frames = stack(n_slices=1, folder="b", n_frames=35, position_mm=(), orientation=(), series="7")

    gathered = part(mosaic, frames)

    assert names(gathered) == [paths_of(mosaic), paths_of(frames)]


def test_text_that_the_header_says_is_burnt_in_is_found() -> None:
    gathered = part(stack(has_burnt_in=True))

    assert len(gathered.recordings) == 1
    assert [f.code for f in gathered.findings] == ["image.burnt-in-text"]


def test_files_that_cannot_be_read_are_left_out() -> None:
    error = FormatError("FSC203", "Expected a.", "Do b.")

    gathered = part_series([(PurePosixPath("x"), error), *((i.path, i) for i in stack())])

    assert len(gathered.recordings) == 1
    assert gathered.left_out == (PurePosixPath("x"),)
    assert [(f.code, f.severity) for f in gathered.findings] == [("dicom.broken", Severity.ERROR)]


def test_no_finding_shares_a_name_of_a_file() -> None:
    gathered = part(stack(folder="Meier_Anna", has_burnt_in=True), stack(folder="Meier_Anna")[:3])

    assert all("Meier" not in f"{f.place}{f.reason}{f.fix}" for f in gathered.findings)
