"""What people have in common is found, and what they have not is told."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from fascicle.core import Channel, Header, Modality
from fascicle.errors import InputError
from fascicle.formats import write_signals
from fascicle.workflows._twin_inputs import MOST_VALUES, People, make_pattern, read_twin_source

N_PEOPLE, N_REGIONS = 19, 5


def make_dataset(folder: Path, n_people: int = N_PEOPLE, *, signals: bool = False) -> Path:
    """A BIDS dataset: a table, matrices with their sidecars, and (if asked for) EEG."""
    rng = np.random.default_rng(6)
    folder.mkdir(parents=True)
    (folder / "dataset_description.json").write_text(
        '{"Name": "Rest", "BIDSVersion": "1.10.0", "Authors": ["A. Okonjo"]}', "utf-8"
    )
    (folder / "participants.json").write_text('{"age": {"Units": "year"}}', "utf-8")
    (folder / "task-rest_relmat.json").write_text('{"EchoTime": 0.03}', "utf-8")
    (folder / "linking_key.json").write_text('{"p01": "Anna Okonjo"}', "utf-8")
    lines = ["participant_id\tage\tgroup\tscore"]
    for number in range(1, n_people + 1):
        label, is_ill = f"p{number:02d}", number % 2
        age = 30 + 10 * is_ill + int(rng.integers(-5, 6))
        lines.append(f"sub-{label}\t{age}\t{'ill' if is_ill else 'well'}\t{rng.normal(5):.2f}")
        write_person(folder, label, is_ill, rng, signals=signals)
    (folder / "participants.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def write_person(
    folder: Path, label: str, is_ill: int, rng: np.random.Generator, *, signals: bool
) -> None:
    times = rng.normal(size=(60, N_REGIONS))
    times[:, 1] += (1.5 - is_ill) * times[:, 0]
    stem = folder / f"sub-{label}" / "func" / f"sub-{label}_task-rest"
    stem.parent.mkdir(parents=True)
    np.savetxt(f"{stem}_relmat.tsv", np.corrcoef(times.T), delimiter="\t")
    about = {"RepetitionTime": 2.0, "FlipAngle": int(rng.integers(90)), "Operator": "Okonjo"}
    Path(f"{stem}_relmat.json").write_text(json.dumps(about), "utf-8")
    Path(f"{stem}_regions.tsv").write_text(f"name\tquality\nleft\t{label}\nright\tgood\n", "utf-8")
    if signals:
        channels = tuple(Channel(name, "EEG", "uV", 100.0) for name in ("Fz", "Cz", "Pz"))
        path = folder / f"sub-{label}" / "eeg" / f"sub-{label}_task-rest_eeg.vhdr"
        path.parent.mkdir()
        n_times = 1500 + int(rng.integers(0, 300))
        values = np.cumsum(rng.normal(scale=2.0, size=(3, n_times)), axis=1)
        write_signals(Header(Modality.EEG, 100.0, n_times, channels), values, path)


def test_people_have_the_table_and_every_part(tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "ds", signals=True)
    (folder / "sub-p03" / "func" / "sub-p03_task-rest_relmat.tsv").unlink()

    source = read_twin_source(folder)

    assert [(part.pattern, part.kind, part.sfreq_hz) for part in source.parts] == [
        ("sub-{}/eeg/sub-{}_task-rest_eeg.vhdr", "recording", 100.0),
        ("sub-{}/func/sub-{}_task-rest_relmat.tsv", "matrix", 1.0),
    ]
    assert len(source.labels) == N_PEOPLE - 1
    assert "p03" not in source.labels
    assert source.table is not None
    assert source.table.labels() == source.labels


def test_files_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    source = read_twin_source(make_dataset(tmp_path / "ds", signals=True))
    signals, matrices = (People(part, source.labels) for part in source.parts)

    shapes = {values.shape for values in matrices}

    assert shapes == {(N_REGIONS, N_REGIONS)}
    assert len(signals[2:5]) == 3
    assert signals[0].shape[1] == 3
    assert signals[0].size <= MOST_VALUES


def test_what_few_have_or_differs_between_people_is_left_out_and_told(tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "ds")
    for number in (1, 2, 3):
        extra = folder / f"sub-p{number:02d}" / "func" / f"sub-p{number:02d}_task-x_relmat.tsv"
        np.savetxt(extra, np.eye(4), delimiter="\t")
    for number in range(1, N_PEOPLE + 1):
        odd = folder / f"sub-p{number:02d}" / "func" / f"sub-p{number:02d}_task-odd_relmat.tsv"
        np.savetxt(odd, np.eye(3 + number % 3), delimiter="\t")

    source = read_twin_source(folder)

    assert [part.pattern for part in source.parts] == ["sub-{}/func/sub-{}_task-rest_relmat.tsv"]
    assert len(source.findings) == 2


def test_a_folder_of_series_named_after_people_is_a_source(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for label in "abcdefghij":
        np.savetxt(tmp_path / f"{label}.csv", rng.normal(size=(40, 3)), delimiter=",")

    source = read_twin_source(tmp_path)

    assert source.labels == tuple("abcdefghij")
    assert [(part.pattern, part.kind) for part in source.parts] == [("{}.csv", "series")]


def write_series(folder: Path, repetitions_s: dict[str, float | None]) -> Path:
    """Time series of people beside their sidecars."""
    rng = np.random.default_rng(0)
    folder.mkdir(exist_ok=True)
    for label, repetition_s in repetitions_s.items():
        np.savetxt(folder / f"{label}.tsv", rng.normal(size=(70, 3)), delimiter="\t")
        if repetition_s is not None:
            about = json.dumps({"RepetitionTime": repetition_s})
            (folder / f"{label}.json").write_text(about, "utf-8")
    return folder


def test_series_have_the_rate_that_sidecars_state(tmp_path: Path) -> None:
    stated = write_series(tmp_path / "a", dict.fromkeys("abcdefghij", 2.0))
    unstated = write_series(tmp_path / "b", dict.fromkeys("abcdefghij"))

    (timed,), (untimed,) = (read_twin_source(folder).parts for folder in (stated, unstated))

    assert (timed.sfreq_hz, timed.is_timed) == (0.5, True)
    assert (untimed.sfreq_hz, untimed.is_timed) == (1.0, False)


def test_who_states_no_rate_has_that_of_the_others_and_who_states_another_is_unlike(
    tmp_path: Path,
) -> None:
    rates: dict[str, float | None] = dict.fromkeys("abcdefghij", 2.0)
    folder = write_series(tmp_path / "a", rates | {"c": None, "f": 0.7})

    source = read_twin_source(folder)

    assert source.labels == tuple("abcdeghij")
    assert (source.parts[0].sfreq_hz, source.n_left_out) == (0.5, 1)


def test_people_who_lack_something_are_told(tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "ds")
    next((folder / "sub-p02").rglob("*_relmat.tsv")).unlink()

    source = read_twin_source(folder)

    assert source.n_left_out == 1
    assert [one.code for one in source.findings] == ["twin.people_left_out"]


def test_one_name_in_two_folders_is_refused(tmp_path: Path) -> None:
    for group in ("ill", "well"):
        for label in "abcdefgh":
            (tmp_path / group).mkdir(exist_ok=True)
            np.savetxt(tmp_path / group / f"{label}.csv", np.eye(5), delimiter=",")

    with pytest.raises(InputError, match="FSC145"):
        read_twin_source(tmp_path)


def test_images_and_events_are_told_from_tables_of_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(9):
        image = nib.Nifti1Image(rng.random((6, 5, 4)).astype(np.float32), np.eye(4))
        nib.save(image, tmp_path / f"p{number}_T1w.nii.gz")
        np.savetxt(tmp_path / f"p{number}_events.tsv", rng.random((7, 2)), delimiter="\t")

    source = read_twin_source(tmp_path)

    assert [(part.pattern, part.kind) for part in source.parts] == [("{}_T1w.nii.gz", "volume")]
    assert source.labels[:2] == ("p0", "p1")


def test_counts_are_no_correlations_and_left_out(tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "ds")
    for path in folder.rglob("*_relmat.tsv"):
        np.savetxt(path.with_name(path.name.replace("rest", "dwi")), 40 * np.eye(4))

    source = read_twin_source(folder)

    assert len(source.parts) == 1
    assert ["beyond -1 and 1" in one.reason for one in source.findings] == [True]


def test_folders_of_people_are_their_classes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for at, label in enumerate("abcdefghij"):
        path = tmp_path / ("ill", "well")[at % 2] / f"{label}.1D"
        path.parent.mkdir(exist_ok=True)
        np.savetxt(path, rng.normal(size=(40, 3)))

    source = read_twin_source(tmp_path)

    assert [part.pattern for part in source.parts] == ["{}.1D"]
    assert source.find_homes() == {
        label: ("ill", "well")[at % 2] for at, label in enumerate("abcdefghij")
    }


@pytest.mark.parametrize("n_people", [0, 7])
def test_too_few_people_are_refused(tmp_path: Path, n_people: int) -> None:
    with pytest.raises(InputError, match="FSC145"):
        read_twin_source(make_dataset(tmp_path / "ds", n_people) if n_people else tmp_path)


def test_one_label_that_begins_another_is_not_taken_for_it() -> None:
    found = make_pattern("sub-1/sub-1_task-sub1_acq-sub10_x.tsv", "sub-1", "1")

    assert found == "sub-{}/sub-{}_task-sub1_acq-sub10_x.tsv"
