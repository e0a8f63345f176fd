"""The one writer of NWB: valid, the same twice, and with nothing but what the header says."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
import pytest

from fascicle.core import Event, Header, Modality, Subject
from fascicle.formats._nwb_write import NwbDraft, format_age, parse_age, write_nwb

STEM = "sub-001_ses-2_ecephys"
HEADER = Header(
    Modality.ECEPHYS,
    30000.0,
    10007,
    measured_at=datetime(2001, 2, 3, 4, 5, tzinfo=UTC),
    events=(Event(0.1, 0.0, "S 1", 1), Event(0.2, 0.05, "S 2")),
    subject=Subject(code="001", species="mus musculus", sex="F", age_years=0.25),
)
COUNTS = np.random.default_rng(7).integers(-999, 999, (10007, 70)).astype("<i2")


def build(draft: NwbDraft) -> None:
    from pynwb.ecephys import ElectricalSeries

    device = draft.file.create_device("probe", description="Silicon probe.")
    group = draft.file.create_electrode_group(
        "probe0", description="All electrodes.", location="unknown", device=device
    )
    for i in range(COUNTS.shape[1]):
        draft.file.add_electrode(location="unknown", group=group, rel_x=0.0, rel_y=20.0 * i)
    electrodes = draft.file.create_electrode_table_region(list(range(70)), "All electrodes.")
    data = draft.stream(COUNTS.shape, "<i2", lambda: np.array_split(COUNTS, 31))
    draft.file.add_acquisition(
        ElectricalSeries(
            name="ElectricalSeries", data=data, electrodes=electrodes, rate=30000.0,
            conversion=1.95e-7, description="Voltage as recorded.",
        )
    )  # fmt: skip
    draft.add_events()


def test_a_plain_reader_without_plugins_gets_the_samples_back(tmp_path: Path) -> None:
    path = tmp_path / f"{STEM}.nwb"
    write_nwb(path, HEADER, build)
    script = (
        "import sys, h5py, hashlib\n"
        "data = h5py.File(sys.argv[1])['acquisition/ElectricalSeries/data'][:]\n"
        "print(hashlib.sha256(data.tobytes()).hexdigest(), 'hdf5plugin' in sys.modules)\n"
    )

    told = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True)

    import hashlib

    assert told.stdout.split() == [hashlib.sha256(COUNTS.tobytes()).hexdigest(), "False"]


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_the_same_header_and_samples_give_the_same_bytes(tmp_path: Path, compression: str) -> None:
    first, second = tmp_path / "a" / f"{STEM}.nwb", tmp_path / "b" / f"{STEM}.nwb"
    first.parent.mkdir()
    second.parent.mkdir()

    write_nwb(first, HEADER, build, compression=compression)
    write_nwb(second, HEADER, build, compression=compression)

    assert first.read_bytes() == second.read_bytes()


def test_other_samples_give_other_ids(tmp_path: Path) -> None:
    path = tmp_path / f"{STEM}.nwb"

    write_nwb(path, HEADER, build)
    with h5py.File(path) as file:
        first = file["identifier"][()], file.attrs["object_id"]
    COUNTS[3, 5] += 1
    write_nwb(path, HEADER, build)
    COUNTS[3, 5] -= 1
    with h5py.File(path) as file:
        second = file["identifier"][()], file.attrs["object_id"]

    assert first[0] != second[0]
    assert first[1] != second[1]


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_the_file_is_valid_nwb_and_the_inspector_has_no_error(
    tmp_path: Path, compression: str
) -> None:
    import nwbinspector
    import pynwb

    path = tmp_path / f"{STEM}.nwb"

    write_nwb(path, HEADER, build, compression=compression)

    assert pynwb.validate(path=str(path)) == []
    messages = list(
        nwbinspector.inspect_nwbfile(
            nwbfile_path=path, config=nwbinspector.load_config("dandi"),
            importance_threshold=nwbinspector.Importance.CRITICAL,
        )
    )  # fmt: skip
    assert messages == []


def test_session_and_subject_are_those_of_the_header(tmp_path: Path) -> None:
    from pynwb import NWBHDF5IO

    path = tmp_path / f"{STEM}.nwb"

    write_nwb(path, HEADER, build)

    with NWBHDF5IO(path, "r") as io:
        file = io.read()
        assert file.session_start_time == HEADER.measured_at
        assert file.file_create_date[0] == HEADER.measured_at
        assert (file.session_id, file.subject.subject_id) == ("2", "001")
        assert (file.subject.species, file.subject.sex) == ("Mus musculus", "F")
        assert file.subject.age == "P91D"
        table = file.events["events"].to_dataframe()
        assert table["annotation"].tolist() == ["S 1", "S 2"]
        assert table["value"].tolist() == [1, -1]
        assert file.experimenter is file.institution is file.lab is None


def test_the_only_moment_in_the_file_is_the_one_of_the_header(tmp_path: Path) -> None:
    path = tmp_path / f"{STEM}.nwb"

    write_nwb(path, HEADER, build)

    days = set(re.findall(rb"(?:19|20)\d\d-\d\d-\d\d", path.read_bytes()))
    assert days == {b"2001-02-03"}


def test_the_schema_is_in_the_file_and_its_words_are_packed(tmp_path: Path) -> None:
    path = tmp_path / f"{STEM}.nwb"

    write_nwb(path, HEADER, build)

    with h5py.File(path) as file:
        assert "core" in file[file.attrs[".specloc"]]
    assert b"neurodata_type_def" not in path.read_bytes()


@pytest.mark.parametrize(
    ("age_years", "text"), [(34.0, "P34Y"), (0.25, "P91D"), (1.5, "P548D"), (0.0, "P0D")]
)
def test_an_age_is_written_as_a_duration_and_read_back(age_years: float, text: str) -> None:
    assert format_age(age_years) == text
    assert parse_age(text) == pytest.approx(age_years, abs=0.002)


def test_an_age_that_is_none_is_not_read() -> None:
    assert parse_age("adult") is None
    assert parse_age("") is None


def test_a_file_that_cannot_be_finished_is_taken_away(tmp_path: Path) -> None:
    from fascicle.errors import FormatError

    def build_short(draft: NwbDraft) -> None:
        from pynwb import TimeSeries

        data = draft.stream((1009, 3), "<i2", lambda: [COUNTS[:17, :3]])
        draft.file.add_acquisition(TimeSeries(name="wheel", data=data, unit="n.a.", rate=1.0))

    with pytest.raises(FormatError, match="FSC263"):
        write_nwb(tmp_path / f"{STEM}.nwb", HEADER, build_short)

    assert list(tmp_path.iterdir()) == []


def test_an_extension_that_was_loaded_for_another_file_is_not_stored(tmp_path) -> None:
    import h5py
    import ndx_pose  # noqa: F401 - it registers itself

    header = Header(Modality.BEH, subject=Subject(code="001", species="mus musculus"))

    write_nwb(tmp_path / "a.nwb", header, lambda draft: None)

    with h5py.File(tmp_path / "a.nwb") as file:
        assert set(file["specifications"]) == {"core", "hdmf-common", "hdmf-experimental"}
