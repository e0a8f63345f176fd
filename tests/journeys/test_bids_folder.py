"""A folder that is valid BIDS, through the whole command: its names stay what they are."""

import json

import pytest

from fascicle import look, share
from fascicle.core import Event, Severity
from fascicle.quality import validate_bids
from fascicle.testing import Shape, make_edf, make_eeglab, make_fif
from fascicle.workflows import ShareOptions

pytestmark = pytest.mark.journey

OPTIONS = ShareOptions(
    publish=False, consent="GRU", participants="confirmed", line_hz=50.0, name="Eyes"
)
EVENTS = [Event(0.5 + at, 0.0, "go") for at in range(3)]
MEG = (
    "sub-01/meg/sub-01_task-rest_run-01_meg.fif",
    "sub-01/meg/sub-01_task-rest_run-01_proc-filt_meg.fif",
    "sub-01/meg/sub-01_task-rest_run-01_proc-sss_meg.fif",
    "sub-02/ses-pre/meg/sub-02_ses-pre_task-rest_meg.fif",
)
EEG = (
    "sub-02/ses-pre/eeg/sub-02_ses-pre_task-rest_eeg.edf",
    "sub-02/ses-pre/eeg/sub-02_ses-pre_task-rest_acq-big_run-003_eeg.set",
)


def describe(raw):
    words = {"Name": "Eyes", "BIDSVersion": "1.10.0", "Authors": ["Ada Q.", "Bo R."]}
    (raw / "dataset_description.json").write_text(json.dumps(words))
    (raw / "README").write_text("Three people looked at a wall. " * 9)


def write_sidecar(recording, **more):
    fields = {
        "TaskName": "rest", "SamplingFrequency": 250, "PowerLineFrequency": 50,
        "SoftwareFilters": "n/a",
    }  # fmt: skip
    stem = recording.name.split(".")[0]
    recording.with_name(f"{stem}.json").write_text(json.dumps(fields | more))


@pytest.fixture
def raw(tmp_path):
    """MEG with two processed versions, EEG beside MEG, leading zeros; no two the same."""
    folder = tmp_path / "raw"
    for at, path in enumerate((*MEG, *EEG)):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix == ".fif":
            make_fif(target, seed=at, events=EVENTS)
            write_sidecar(target, DewarPosition="upright", DigitizedLandmarks=False,
                          DigitizedHeadPoints=False)  # fmt: skip
        else:
            make = make_edf if target.suffix == ".edf" else make_eeglab
            make(target, seed=at, shape=Shape(n_seconds=5))
            write_sidecar(target, EEGReference="Cz")
    for path in {(folder / path).parent for path in MEG}:
        stem = "_".join(path.relative_to(folder).parts[:-1])
        system = {"MEGCoordinateSystem": "ElektaNeuromag", "MEGCoordinateUnits": "m"}
        (path / f"{stem}_coordsystem.json").write_text(json.dumps(system))
    describe(folder)
    return folder


def list_recordings(folder):
    """Every recording of a dataset, by its path in it."""
    found = {path.relative_to(folder).as_posix() for path in folder.glob("sub-*/**/*")}
    return {path for path in found if path.endswith(("meg.fif", "eeg.edf", "eeg.set"))}


def errors(folder):
    found = validate_bids(folder)
    assert not {f.code for f in found} & {"bids.validator-missing", "bids.validator-failed"}
    return [(f.code, f.place) for f in found if f.severity is Severity.ERROR]


def test_a_valid_bids_folder_keeps_every_name_and_stays_valid(raw, tmp_path, home):
    assert errors(raw) == []

    result = share(raw, tmp_path / "out", OPTIONS)

    assert result.exit_code == 0, result.as_dict()
    assert list_recordings(tmp_path / "out") == {*MEG, *EEG}
    assert errors(tmp_path / "out") == []
    events = {path.name for path in (tmp_path / "out" / "sub-01").rglob("*_events.tsv")}
    assert events == {"sub-01_task-rest_run-01_events.tsv"}


def test_sharing_a_bids_folder_again_changes_no_name(raw, tmp_path, home):
    share(raw, tmp_path / "out", OPTIONS)

    again = share(raw, tmp_path / "out", OPTIONS)

    assert again.n_new == 0
    assert list_recordings(tmp_path / "out") == {*MEG, *EEG}


def test_events_that_mne_bids_names_by_processing_get_the_name_that_bids_has(raw, tmp_path, home):
    table = "onset\tduration\ttrial_type\n1.25\t0\tgo\n"
    for label in ("filt", "sss"):
        path = raw / f"sub-01/meg/sub-01_task-rest_run-01_proc-{label}_events.tsv"
        path.write_text(table)

    share(raw, tmp_path / "out", OPTIONS)

    [kept] = (tmp_path / "out" / "sub-01").rglob("*_events.tsv")
    assert kept.name == "sub-01_task-rest_run-01_events.tsv"
    assert "1.25" in kept.read_text()
    assert errors(tmp_path / "out") == []


def test_a_name_in_the_way_of_processing_does_not_leave(raw, tmp_path, home):
    for path in list(raw.rglob("*proc-sss*")):
        path.rename(path.with_name(path.name.replace("proc-sss", "proc-byAnnaMeier")))

    result = share(raw, tmp_path / "out", OPTIONS)

    assert "bids.labels-renamed" in {finding.code for finding in result.findings}
    renamed = {path.replace("proc-sss", "proc-proc1") for path in (*MEG, *EEG)}
    assert list_recordings(tmp_path / "out") == renamed
    for path in (tmp_path / "out").rglob("*"):
        assert "annameier" not in path.as_posix().lower()
        assert not path.is_file() or b"annameier" not in path.read_bytes().lower(), path.name


def test_what_lies_in_source_data_and_derivatives_is_left_out_and_said(raw, tmp_path, home):
    aside = ("sourcedata/AnnaMeier.edf", "derivatives/clean/sub-01/eeg/sub-01_task-rest_eeg.edf")
    for at, path in enumerate(aside):
        (raw / path).parent.mkdir(parents=True)
        make_edf(raw / path, seed=90 + at)

    plan = look(raw).plan
    result = share(raw, tmp_path / "out", OPTIONS)

    assert [f.raw_place for f in plan.findings if f.code == "file.aside"] == sorted(aside)
    assert {p.raw_id for p in plan.participants} == {"01", "02"}
    assert result.n_participants == 2
    assert list_recordings(tmp_path / "out") == {*MEG, *EEG}


def test_a_session_that_only_the_folder_names_is_named_in_the_file(tmp_path, home):
    for at, session in enumerate(("01", "02")):
        folder = tmp_path / "raw" / "sub-01" / f"ses-{session}" / "eeg"
        folder.mkdir(parents=True)
        make_edf(folder / "sub-01_task-rest_eeg.edf", seed=at, shape=Shape(n_seconds=5))
    describe(tmp_path / "raw")

    share(tmp_path / "raw", tmp_path / "out", OPTIONS)

    found = sorted(list_recordings(tmp_path / "out"))
    assert [path.split("/")[1] for path in found] == [path.split("_")[1] for path in found]
    assert len(found) == 2
    assert errors(tmp_path / "out") == []


def test_contacts_in_the_brain_stay_so_though_their_format_cannot_tell(tmp_path, home):
    folder = tmp_path / "raw" / "sub-01" / "ieeg"
    folder.mkdir(parents=True)
    make_edf(folder / "sub-01_task-rest_ieeg.edf", seed=5, shape=Shape(n_seconds=5))
    write_sidecar(folder / "sub-01_task-rest_ieeg.edf", iEEGReference="Cz")
    names = ("Fp1", "Fp2", "Cz")
    (folder / "sub-01_task-rest_channels.tsv").write_text(
        "name\ttype\tunits\tlow_cutoff\thigh_cutoff\n"
        + "".join(f"{name}\tSEEG\tuV\t0.1\t75\n" for name in names)
    )
    (folder / "sub-01_space-ACPC_electrodes.tsv").write_text(
        "name\tx\ty\tz\tsize\n" + "".join(f"{name}\t1\t2\t3\t5\n" for name in names)
    )
    (folder / "sub-01_space-ACPC_coordsystem.json").write_text(
        json.dumps({"iEEGCoordinateSystem": "ACPC", "iEEGCoordinateUnits": "mm"})
    )
    describe(tmp_path / "raw")

    share(tmp_path / "raw", tmp_path / "out", OPTIONS)

    assert not (tmp_path / "out" / "sub-01" / "eeg").exists()
    kept = {path.name for path in (tmp_path / "out" / "sub-01" / "ieeg").iterdir()}
    assert kept == {path.name for path in folder.iterdir()}
    assert errors(tmp_path / "out") == errors(tmp_path / "raw") == []


def test_a_name_in_two_formats_is_shared_once_and_without_a_run(raw, tmp_path, home):
    twin = raw / EEG[0].replace(".edf", ".set")
    make_eeglab(twin, seed=99, shape=Shape(n_seconds=5))

    plan = look(raw).plan
    share(raw, tmp_path / "out", OPTIONS)

    told = [f.raw_place for f in plan.findings if f.code == "file.same-name"]
    assert told == [twin.relative_to(raw).as_posix()]
    assert list_recordings(tmp_path / "out") == {*MEG, *EEG}
