"""Maps of the field and their runs, from raw folders to sidecars that the validator takes."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from fascicle.core import Inferred, Modality, Severity
from fascicle.errors import PlanError
from fascicle.prepare import MAPS_SETTING, read_plan, write_plan
from fascicle.testing import Planted, VolumeShape, make_dicom, make_nifti
from fascicle.workflows import ShareOptions, share

pytest.importorskip("nibabel", reason="needs the extra mri")

OPTIONS = ShareOptions(name="Maps", authors=("Ada Q.",), participants="confirmed", publish=False)
EPI = VolumeShape((24, 22, 9, 3))
RUN = VolumeShape((24, 22, 9, 12))
SHIMS = ([-3717, 15233, -14833, -265, 97], [-3717, 15191, -14790, -212, 104])


def about(moment: str, direction: str, shim: list[int], **more: object) -> dict[str, object]:
    """What a converter writes beside an echo-planar image."""
    return {
        "Modality": "MR", "Manufacturer": "Siemens", "ScanningSequence": "EP",
        "PhaseEncodingDirection": direction, "TotalReadoutTime": 0.03, "EchoTime": 0.03,
        "RepetitionTime": 2.0, "ShimSetting": shim, "AcquisitionDateTime": f"2019-11-23T{moment}",
        **more,
    }  # fmt: skip


def make_session(folder: Path, *, day: str = "s1", shims: tuple[list[int], ...] = SHIMS) -> Path:
    """Two pairs of maps, each with a run of its own shim; the run of the first comes last."""
    files = (
        ("fieldmap_AP_1", "topup_AP", "10:00:00", "j-", 0), ("fieldmap_PA_1", "topup_PA",
         "10:01:00", "j", 0), ("fieldmap_AP_2", "topup_AP", "10:20:00", "j-", 1),
        ("fieldmap_PA_2", "topup_PA", "10:21:00", "j", 1), ("nback_bold", "nback", "10:23:00",
         "j-", 1), ("rest_bold", "rest", "10:40:00", "j-", 0),
    )  # fmt: skip
    first = 100 * (day == "s2")
    for seed, (name, protocol, moment, direction, shim) in enumerate(files, start=first):
        path = folder / "P07" / day / f"{name}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        is_map = protocol.startswith("topup")
        sidecar = about(moment, direction, shims[shim], ProtocolName=protocol)
        sidecar |= {"ScanningSequence": ["EP", "SE"]} if is_map else {}
        make_nifti(path, seed=seed, shape=EPI if is_map else RUN, sidecar=sidecar)
    return folder


def sidecars(out: Path) -> dict[str, dict[str, object]]:
    """Sidecars of images by their name without the participant."""
    return {
        path.stem.partition("_")[2]: json.loads(path.read_text("utf-8"))
        for path in sorted(out.glob("sub-*/**/*.json"))
    }


def links(out: Path) -> dict[str, tuple[object, ...]]:
    """Fields of the links by the name of the image."""
    fields = ("B0FieldIdentifier", "B0FieldSource", "IntendedFor")
    found = {name: tuple(about.get(f) for f in fields) for name, about in sidecars(out).items()}
    return {name: values for name, values in found.items() if any(values)}


def files(out: Path) -> dict[str, bytes]:
    return {
        p.relative_to(out).as_posix(): p.read_bytes()
        for p in out.rglob("*")
        if p.is_file() and p.name != "report.html"
    }


def test_each_run_is_linked_with_the_pair_of_its_shim(tmp_path: Path, home: Path) -> None:
    """The validator takes the fields, and reminds of nothing that is missing."""
    result = share(make_session(tmp_path / "raw"), tmp_path / "out", OPTIONS)

    codes = {finding.code for finding in result.findings}
    assert not [f.code for f in result.findings if f.severity is Severity.ERROR]
    assert "field-map.linked" in codes
    assert not {"bids.b0-field-identifier-recommended", "bids.validator-failed"} & codes
    found = links(tmp_path / "out")
    assert {name: about[1] for name, about in found.items() if about[1]} == {
        next(n for n in found if "nback" in n): "pepolar2" + session_ending(found),
        next(n for n in found if "rest" in n): "pepolar1" + session_ending(found),
    }
    assert [len(about[2]) for about in found.values() if about[2]] == [1, 1, 1, 1]
    for about in found.values():
        for uri in about[2] or ():
            assert (tmp_path / "out" / uri.removeprefix("bids::")).is_file()


def session_ending(found: dict[str, tuple[object, ...]]) -> str:
    """The ending of labels: that of the session, if the names have one."""
    label = next(iter(found)).partition("ses-")[2].partition("_")[0]
    return f"_ses{label}" if label else ""


def test_a_second_run_and_a_second_session_change_no_link(tmp_path: Path, home: Path) -> None:
    raw = make_session(tmp_path / "raw")
    share(raw, tmp_path / "out", OPTIONS)
    first = files(tmp_path / "out")

    share(raw, tmp_path / "out", OPTIONS)
    again = files(tmp_path / "out")
    share(make_session(tmp_path / "next", day="s2"), tmp_path / "out", OPTIONS)
    both = files(tmp_path / "out")

    assert again == first
    own = [name for name in first if name.endswith("_epi.json")]
    assert own
    assert all(both[name] == first[name] for name in own)
    assert sum(name.endswith("_epi.json") for name in both) == 2 * len(own)
    labels = {str(about[0]) for about in links(tmp_path / "out").values() if about[0]}
    assert len(labels) == 4


def test_where_the_shim_was_changed_a_person_is_asked_and_the_answer_is_kept(
    tmp_path: Path, home: Path
) -> None:
    raw = tmp_path / "raw"
    make_session(raw)
    for name in ("fieldmap_AP_2", "fieldmap_PA_2"):
        for path in raw.rglob(f"{name}.*"):
            path.unlink()

    asked = share(raw, tmp_path / "out", OPTIONS)

    assert "field-map.unsure" in {finding.code for finding in asked.findings}
    assert not [n for n, about in links(tmp_path / "out").items() if "nback" in n and about[1]]
    plan = read_plan(asked.plan_path)
    keys = {str(r.source.primary): r.key for r in plan.recordings}
    run = next(key for path, key in keys.items() if "nback" in path)
    one = next(key for path, key in keys.items() if "fieldmap_PA" in path)
    answered = replace(plan, settings={**plan.settings, MAPS_SETTING: {run: one}})
    write_plan(answered, tmp_path / "plan.yaml")

    share(raw, tmp_path / "out", replace(OPTIONS, plan=tmp_path / "plan.yaml"))
    share(make_session(tmp_path / "next", day="s2"), tmp_path / "out", OPTIONS)

    assert [n for n, about in links(tmp_path / "out").items() if "nback" in n and about[1]]


def test_an_answer_about_no_recording_is_refused(tmp_path: Path, home: Path) -> None:
    raw = make_session(tmp_path / "raw")
    plan = read_plan(share(raw, tmp_path / "out", OPTIONS).plan_path)
    write_plan(
        replace(plan, settings={**plan.settings, MAPS_SETTING: {"rec-0001": "rec-9999"}}),
        tmp_path / "plan.yaml",
    )

    with pytest.raises(PlanError, match="FSC303"):
        share(raw, tmp_path / "out", replace(OPTIONS, plan=tmp_path / "plan.yaml"))


def test_what_is_left_out_is_named_by_no_map(tmp_path: Path, home: Path) -> None:
    raw = make_session(tmp_path / "raw")
    plan = read_plan(share(raw, tmp_path / "out", OPTIONS).plan_path)
    kept = tuple(replace(r, include="rest" not in str(r.source.primary)) for r in plan.recordings)
    write_plan(replace(plan, recordings=kept), tmp_path / "plan.yaml")

    share(raw, tmp_path / "new", replace(OPTIONS, plan=tmp_path / "plan.yaml", study="other"))

    named = [uri for about in links(tmp_path / "new").values() for uri in about[2] or ()]
    assert len(named) == 2
    assert all((tmp_path / "new" / uri.removeprefix("bids::")).is_file() for uri in named)


def test_what_a_bids_folder_stated_is_kept_under_its_new_names(tmp_path: Path, home: Path) -> None:
    raw = tmp_path / "raw"
    stem = "sub-01/{0}/sub-01_{1}"
    images = {
        stem.format("fmap", "dir-PA_epi"): (EPI, about("10:00:00", "j", SHIMS[0], IntendedFor=[
            "func/sub-01_task-rest_bold.nii.gz", "bids::sub-01/func/sub-01_task-gone_bold.nii"])),
        stem.format("func", "task-rest_bold"): (RUN, about("10:10:00", "j-", SHIMS[1],
                                                           TaskName="rest")),
        stem.format("func", "task-nback_bold"): (RUN, about("10:20:00", "j-", SHIMS[0],
                                                            TaskName="nback")),
    }  # fmt: skip
    for seed, (name, (shape, sidecar)) in enumerate(images.items()):
        path = raw / f"{name}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        make_nifti(path, seed=seed, shape=shape, sidecar=sidecar)
    (raw / "dataset_description.json").write_text('{"Name": "a", "BIDSVersion": "1.10.0"}')

    result = share(raw, tmp_path / "out", OPTIONS)

    assert not [f.code for f in result.findings if f.severity is Severity.ERROR]
    assert links(tmp_path / "out") == {
        "dir-PA_epi": ("pepolar1", None, ["bids::sub-01/func/sub-01_task-rest_bold.nii.gz"]),
        "task-rest_bold": ("pepolar1", "pepolar1", None),
    }


def test_a_calibration_names_the_series_that_it_is_for(tmp_path: Path, home: Path) -> None:
    """BIDS asks for it; a folder without maps of the field has it as well."""
    labelled = about(
        "10:00:00", "j-", SHIMS[0], ArterialSpinLabelingType="PCASL", M0Type="Separate",
        PostLabelingDelay=1.8, LabelingDuration=1.8, BackgroundSuppression=False, FlipAngle=90,
        SliceTiming=[0.05 * i for i in range(9)], MagneticFieldStrength=3, MRAcquisitionType="2D",
    )  # fmt: skip
    folder = tmp_path / "raw" / "P07"
    folder.mkdir(parents=True)
    make_nifti(folder / "brain7_pcasl.nii.gz", shape=VolumeShape((24, 22, 9, 4)), sidecar=labelled)
    (folder / "brain7_pcasl_aslcontext.tsv").write_text("volume_type\n" + "label\ncontrol\n" * 2)
    calibration = about("10:10:00", "j-", SHIMS[0], RepetitionTimePreparation=8.0)
    make_nifti(folder / "brain7_m0scan.nii.gz", shape=VolumeShape((24, 22, 9)), sidecar=calibration)

    result = share(tmp_path / "raw", tmp_path / "out", OPTIONS)

    assert not [f.reason for f in result.findings if f.severity is Severity.ERROR]
    assert result.n_recordings == 2
    (series,) = (tmp_path / "out").rglob("*_asl.nii.gz")
    uri = f"bids::{series.relative_to(tmp_path / 'out').as_posix()}"
    assert [about[2] for about in links(tmp_path / "out").values()] == [[uri]]


@pytest.mark.slow
def test_a_gradient_echo_map_in_dicom_is_linked(tmp_path: Path, home: Path) -> None:
    pytest.importorskip("dcm2niix", reason="needs the extra mri")
    planted = Planted(name="Xylander-Quorn")
    clocks = {"magnitude1": "100000", "magnitude2": "100000", "phasediff": "100000",
              "bold": "100300"}  # fmt: skip
    for number, (kind, clock) in enumerate(clocks.items(), start=1):
        changes = {"AcquisitionTime": clock, "SeriesNumber": str(number)}
        make_dicom(tmp_path / "raw" / kind, kind, seed=number, planted=planted, changes=changes)

    result = share(tmp_path / "raw", tmp_path / "out", OPTIONS)

    assert "field-map.linked" in {finding.code for finding in result.findings}
    found = links(tmp_path / "out")
    assert {about[0] for about in found.values() if about[0]} == {
        "phasediff1" + session_ending(found)
    }
    assert sum(bool(about[2]) for about in found.values()) == 3


@pytest.mark.data
def test_real_series_of_two_directions_are_a_pair_and_one_of_them_corrects_the_other(
    tmp_path: Path, home: Path, signals: Path
) -> None:
    """As they are, and with the second one as a run: by its real shim and direction."""
    pytest.importorskip("dcm2niix", reason="needs the extra mri")
    folder = signals / "mri" / "dcm_qa_siemens"
    archives = sorted(folder.glob("*_test2__*.tar.xz"))
    if not archives:
        pytest.skip("needs the series of dcm_qa_siemens in the shared data")
    for archive in archives:
        with tarfile.open(archive) as packed:
            packed.extractall(tmp_path / "raw", filter="data")

    pair = share(tmp_path / "raw", tmp_path / "pair", OPTIONS)
    plan = read_plan(pair.plan_path)
    as_run = tuple(
        replace(r, modality=Modality.FUNC, suffix=Inferred("bold"), further=(("dir", "PA"),))
        if ("dir", "PA") in r.further
        else r
        for r in plan.recordings
    )
    write_plan(replace(plan, recordings=as_run), tmp_path / "plan.yaml")
    share(tmp_path / "raw", tmp_path / "one", replace(OPTIONS, plan=tmp_path / "plan.yaml"))

    assert [about[0] for about in links(tmp_path / "pair").values()] == ["pepolar1"] * 2
    found = links(tmp_path / "one")
    assert {about[:2] for about in found.values()} == {
        ("pepolar1", None), ("pepolar1", "pepolar1"),
    }  # fmt: skip
