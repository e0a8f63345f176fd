from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.core import (
    ENTITIES,
    Inferred,
    Modality,
    Plan,
    PlannedParticipant,
    PlannedRecording,
    Question,
    Source,
    Subject,
)
from fascicle.errors import PlanError
from fascicle.prepare import BidsName, assign_names
from fascicle.prepare._bids_input import read_bids_name, read_rest


def recording(at: int, modality: Modality = Modality.EEG, **values: str) -> PlannedRecording:
    entities = {name: Inferred(values.get(name, "")) for name in ENTITIES}
    source = Source("edf", (PurePosixPath(f"{at}.edf"),), 9)
    return PlannedRecording(f"rec-{at:04d}", source, modality, entities)


def plan(*recordings: PlannedRecording, names: tuple[str, ...] = (), task: str = "") -> Plan:
    people = dict.fromkeys(r.entities["participant"].value for r in recordings)
    participants = tuple(
        PlannedParticipant(p, Subject(name=n))
        for p, n in zip(people, [*names, *[""] * len(people)], strict=False)
    )
    questions = (Question("task", "?", "", "unnamed", "--task", answer=task),)
    return Plan(
        "raw", "study", datetime(2026, 1, 1, tzinfo=UTC), recordings, participants, questions
    )


def stems(made: Plan, labels: dict[str, str] | None = None) -> list[str]:
    people = dict.fromkeys(r.entities["participant"].value for r in made.recordings)
    labels = labels or {p: f"{i + 1:03d}" for i, p in enumerate(people)}
    return [name.stem for name in assign_names(made, labels).values()]


def test_a_name_has_its_entities_in_the_order_of_bids() -> None:
    made = plan(recording(1, participant="S1", session="pre", task="eyes open",
                          acquisition="500hz", run="02"))  # fmt: skip

    assert stems(made) == ["sub-001_ses-pre_task-eyesOpen_acq-500hz_run-2"]


def test_dates_are_numbered_in_their_order_because_they_identify() -> None:
    made = plan(recording(1, participant="S1", session="2019-04-01", task="rest"),
                recording(2, participant="S1", session="2019-03-12", task="rest"),
                recording(3, participant="S2", session="2018-01-01", task="rest"))  # fmt: skip

    assert stems(made) == ["sub-001_ses-02_task-rest", "sub-001_ses-01_task-rest",
                           "sub-002_ses-01_task-rest"]  # fmt: skip


@pytest.mark.parametrize("task", ["schmidt", "Schmidt_rest", "restSchmidt", "VP03", "2019-03-12"])
def test_no_label_holds_a_participants_name_or_id_or_a_day(task: str) -> None:
    made = plan(recording(1, participant="VP03", task=task), names=("Anna Schmidt",), task="zorg")

    assert stems(made) == ["sub-001_task-zorg"]


def test_a_session_word_that_identifies_is_numbered() -> None:
    made = plan(recording(1, participant="S1", session="schmidt", task="rest"),
                recording(2, participant="S1", session="zwei", task="rest"),
                names=("Schmidt",))  # fmt: skip

    assert all("schmidt" not in stem.lower() for stem in stems(made))
    assert len(set(stems(made))) == 2


def test_equal_names_are_counted_as_runs() -> None:
    made = plan(*(recording(i, participant="S1", task="rest") for i in range(3)),
                recording(4, participant="S2", task="rest"))  # fmt: skip

    assert stems(made) == ["sub-001_task-rest_run-1", "sub-001_task-rest_run-2",
                           "sub-001_task-rest_run-3", "sub-002_task-rest"]  # fmt: skip


def test_a_number_that_was_given_is_kept_beside_new_ones() -> None:
    made = plan(recording(1, participant="S1", task="rest"),
                recording(2, participant="S1", task="rest", run="1"))  # fmt: skip

    assert stems(made) == ["sub-001_task-rest_run-2", "sub-001_task-rest_run-1"]


def test_meg_and_eeg_of_one_moment_need_no_run() -> None:
    made = plan(recording(1, participant="S1", task="rest"),
                recording(2, Modality.MEG, participant="S1", task="rest"))  # fmt: skip

    assert stems(made) == ["sub-001_task-rest", "sub-001_task-rest"]


def test_a_rigs_folders_are_no_tasks_but_what_animals_do_is() -> None:
    made = plan(recording(1, Modality.ECEPHYS, participant="S1", task="Xylander"),
                recording(2, Modality.OPHYS, participant="S1", task="rest"))  # fmt: skip

    assert stems(made) == ["sub-001_task-unnamed", "sub-001_task-rest"]


def test_what_is_left_out_gets_no_name() -> None:
    made = plan(recording(1, participant="S1", task="rest"),
                replace(recording(2, participant="S2", task="rest"), include=False))  # fmt: skip

    assert list(assign_names(made, {"S1": "9"})) == ["rec-0001"]


def test_a_bids_folder_keeps_its_names_to_the_letter() -> None:
    kept = replace(recording(1, participant="01", session="EEG", task="rest", run="02"),
                   bids_path="sub-01/...")  # fmt: skip
    made = replace(plan(kept), bids_input=True)

    assert stems(made, {"01": "01"}) == ["sub-01_ses-EEG_task-rest_run-02"]


@pytest.mark.parametrize("labels", [{}, {"S1": "1", "S2": "1"}, {"S1": "a_b", "S2": "c"}])
def test_every_participant_needs_a_label_of_its_own(labels: dict[str, str]) -> None:
    made = plan(recording(1, participant="S1"), recording(2, participant="S2"))

    with pytest.raises(PlanError, match="FSC320"):
        assign_names(made, labels)


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.text(max_size=6), st.text(max_size=6),
                  st.text(max_size=3)),
        min_size=1, max_size=8,
    )
)  # fmt: skip
def test_names_are_always_unique_and_plain(rows: list[tuple[str, str, str, str]]) -> None:
    made = plan(*(recording(i, participant=p, session=s, task=t, run=r)
                  for i, (p, s, t, r) in enumerate(rows)))  # fmt: skip

    names = stems(made)

    assert len(set(names)) == len(rows)
    assert all(part.split("-")[1].isalnum() and part.isascii()
               for name in names for part in name.split("_"))  # fmt: skip


def test_the_folder_follows_the_session() -> None:
    assert BidsName("01", "", "rest", "", "", "meg").folder == "sub-01/meg"
    assert BidsName("01", "pre", "rest", "", "", "eeg").folder == "sub-01/ses-pre/eeg"


def kept(*paths: PurePosixPath) -> list[BidsName]:
    """Return the names that the recordings of a BIDS folder get."""
    recordings = []
    for at, path in enumerate(paths):
        entities = read_bids_name(path)
        assert entities is not None, path
        suffix, further = read_rest(path)
        known = recording(at, Modality(path.parent.name))
        recordings.append(
            replace(known, entities=entities, bids_path=path.as_posix(), suffix=suffix,
                    further=further)
        )  # fmt: skip
    made = replace(plan(*recordings), bids_input=True)
    people = {r.entities["participant"].value for r in recordings}
    return list(assign_names(made, {person: person for person in people}).values())


def test_versions_of_one_recording_are_told_apart_by_their_processing_and_not_as_runs() -> None:
    folder = PurePosixPath("sub-01/meg")
    files = ("sub-01_task-x_meg.fif", "sub-01_task-x_proc-filt_meg.fif",
             "sub-01_task-x_proc-sss_meg.fif")  # fmt: skip

    names = kept(*(folder / file for file in files))

    assert [f"{name.stem}_meg.fif" for name in names] == list(files)


LABELS = st.from_regex(r"[A-Za-z0-9]{1,6}", fullmatch=True)
INDICES = st.from_regex(r"0{0,2}[0-9]{1,2}", fullmatch=True)


KINDS = [
    *((name, name) for name in ("eeg", "meg", "ieeg", "nirs")),
    ("anat", "T1w"), ("anat", "T2star"), ("func", "bold"), ("fmap", "epi"),
]  # fmt: skip


@st.composite
def bids_paths(draw: st.DrawFn) -> PurePosixPath:
    """Any place of a recording that BIDS allows."""
    datatype, suffix = draw(st.sampled_from(KINDS))
    subject, session = draw(LABELS), draw(st.none() | LABELS)
    is_image = suffix != datatype
    values = {
        "sub": subject, "ses": session,
        "task": draw(LABELS) if datatype not in {"anat", "fmap"} else None,
        "acq": draw(st.none() | LABELS),
        "dir": draw(st.none() | LABELS) if is_image else None,
        "run": draw(st.none() | INDICES),
        "echo": draw(st.none() | INDICES) if is_image else None,
        "proc": draw(st.none() | LABELS) if datatype == "meg" else None,
    }  # fmt: skip
    stem = "_".join(f"{key}-{label}" for key, label in values.items() if label is not None)
    folders = [f"sub-{subject}", *([f"ses-{session}"] if session is not None else []), datatype]
    return PurePosixPath(*folders, f"{stem}_{suffix}.fif")


@given(st.lists(bids_paths(), min_size=1, max_size=12, unique=True))
def test_every_valid_name_of_a_bids_folder_is_kept_to_the_letter(
    paths: list[PurePosixPath],
) -> None:
    names = kept(*paths)

    assert [f"{name.folder}/{name.stem}_{name.last_word}.fif" for name in names] == [
        path.as_posix() for path in paths
    ]


def test_further_entities_of_a_header_or_a_name_tell_of_nobody() -> None:
    further = (
        ("ce", "gadolinium"), ("rec", "meier"), ("echo", "8831777421"), ("inv", "2"),
        ("part", "phase"), ("trc", "a/b"),
    )  # fmt: skip
    image = replace(
        recording(1, Modality.ANAT, participant="S1"), further=further,
        suffix=Inferred("MP2RAGE", 1.0),
    )  # fmt: skip

    assert stems(plan(image, names=("Meier^Anna",))) == ["sub-001_ce-gadolinium_inv-2_part-phase"]
