"""Habits of labs with several kinds of recordings, for scoring only: nothing is tuned on them.

Whoever tunes on one of these moves it to the development habits and writes another.
"""

from __future__ import annotations

from ._mixed_draft import MixedDraft, mixed_habit
from ._mixed_habits import study_code, write_links


@mixed_habit(held_out=True)
def hospital_numbers_zeros(draft: MixedDraft) -> None:
    """``00412345`` in one place and ``412345`` in the other; two are alike but for zeros."""
    for person in draft.people:
        draft.signal(person, f"{person.hospital.lstrip('0')}/{{task}}", n_tasks=2)
        draft.scan(person, "PACS/{series}", person.hospital)


@mixed_habit(held_out=True)
def table_without_zeros(draft: MixedDraft) -> None:
    """``412345`` in the table for 00412345: a spreadsheet ate the zeros."""
    for person in draft.people:
        draft.signal(person, f"eeg/{person.code}_{{task}}")
        draft.scan(person, "pacs/{series}", person.hospital)
    pairs = [(p.code, p.hospital.lstrip("0")) for p in draft.people]
    write_links(draft, ("Versuchsperson", "PatientID"), pairs, "Alter")


@mixed_habit(held_out=True)
def numbers_in_three_kinds(draft: MixedDraft) -> None:
    """``eeg/1``, ``nifti/1`` and ``omics/1``: each kind counts its own people."""
    draft.unlinked = {person.number for person in draft.people}
    first, second = draft.order(len(draft.people)), draft.order(len(draft.people))
    for at, person in enumerate(draft.people):
        draft.signal(person, f"eeg/{at + 1}/{{task}}")
        draft.image(draft.people[first[at]], f"nifti/{at + 1}/{{kind}}")
        draft.cells(draft.people[second[at]], f"omics/{at + 1}_cells")


@mixed_habit(held_out=True)
def person_folders_of_numbers(draft: MixedDraft) -> None:
    """``7/eeg/rest``, ``7/mri/IM1``, ``7/micr/slice_1``: one folder for each person."""
    for at, person in enumerate(draft.people):
        draft.signal(person, f"{at + 1}/eeg/{{task}}")
        draft.scan(person, f"{at + 1}/mri/{{series}}", person.hospital)
        draft.slide(person, f"{at + 1}/micr/slice_{{run}}")


@mixed_habit(held_out=True)
def repeated_rows(draft: MixedDraft) -> None:
    """``VP03, 00412345`` repeats the patient number of the row above, by mistake."""
    draft.unlinked = {1, 2}  # one of the two rows is wrong, and nothing tells which
    for person in draft.people:
        draft.signal(person, f"eeg/{study_code(person, 'VP')}_{{task}}")
        draft.scan(person, "dicom/{series}", person.hospital, facts="code")
    pairs = [(study_code(p, "VP"), p.hospital) for p in draft.people]
    pairs[2] = (pairs[2][0], pairs[1][1])
    write_links(draft, ("VP", "MR-Nummer"), pairs)


@mixed_habit(held_out=True)
def recruited_twice(draft: MixedDraft) -> None:
    """``P01`` and ``P09`` are one person; images have one number of the hospital."""
    draft.facts = "person"
    first = draft.people[0]
    for person in draft.people:
        draft.signal(person, f"eeg/{study_code(person)}_{{task}}")
        draft.scan(person, "dicom/{series}", person.hospital)
    draft.signal(first, f"eeg/P{len(draft.people) + 1:02d}_{{task}}")
    pairs = [(study_code(p), p.hospital) for p in draft.people]
    write_links(draft, ("EEG-Code", "PatientID"),
                [*pairs, (f"P{len(draft.people) + 1:02d}", first.hospital)])  # fmt: skip


@mixed_habit(held_out=True)
def one_lab_of_mice(draft: MixedDraft) -> None:
    """``mouse07/ephys``, ``histology/mouse07_1`` and ``cells/mouse07``."""
    for person in draft.people:
        code = f"mouse{person.number + 1:02d}"
        draft.probe(person, f"{code}/ephys/rec{{run}}", code=code, species="Mus musculus")
        draft.slide(person, f"histology/{code}_{{run}}")
        draft.cells(person, f"cells/{code}")


@mixed_habit(held_out=True, same=1)
def initials(draft: MixedDraft) -> None:
    """``AB_rest`` and ``mri/AB_T1w``, where two people are AB."""
    half = len(draft.people) // 2
    for at, person in enumerate(draft.people):
        if at < half:
            draft.signal(person, f"eeg/{person.initials}_{{task}}")
        else:
            draft.image(person, f"mri/{person.initials}_{{kind}}")


@mixed_habit(held_out=True)
def number_of_the_day(draft: MixedDraft) -> None:
    """``K01`` stands as PatientID over two people; headers know births."""
    draft.unlinked = {0, 1}
    draft.facts = draft.pick("none", "person")
    for at, person in enumerate(draft.people):
        code = study_code(person, "K")
        draft.signal(person, f"eeg/{code}_{{task}}")
        number = study_code(draft.people[0], "K") if at == 1 else code
        draft.scan(person, "dicom/{series}", number)


@mixed_habit(held_out=True)
def wrong_folder(draft: MixedDraft) -> None:
    """``P03/dicom`` holds images of another person besides its own."""
    draft.unlinked = {1, 2}
    for at, person in enumerate(draft.people):
        draft.signal(person, f"P{person.number + 1:02d}/eeg/{{task}}")
        owner = draft.people[2] if at == 1 else person
        draft.scan(person, f"P{owner.number + 1:02d}/dicom/{{series}}", person.hospital)


@mixed_habit(held_out=True)
def numbers_with_births(draft: MixedDraft) -> None:
    """``eeg/01_rest`` and PatientID 01 are one person; headers know births."""
    draft.facts = draft.pick("birth", "person")
    for at, person in enumerate(draft.people):
        draft.signal(person, f"eeg/{at + 1:02d}_{{task}}")
        draft.scan(person, "dicom/{series}", f"{at + 1:02d}", facts="full")


@mixed_habit(held_out=True)
def groups_of_numbers(draft: MixedDraft) -> None:
    """``patients/eeg/sub1/rest`` and ``controls/mri/sub1_T1w``: each list counts from 1."""
    draft.unlinked = {person.number for person in draft.people}
    order = draft.order(len(draft.people))
    half = -(-len(draft.people) // 2)
    for at, person in enumerate(draft.people):
        group, number = divmod(at, half)
        folder = ("patients", "controls")[group]
        draft.signal(person, f"{folder}/eeg/{number + 1}/{{task}}")
        draft.image(draft.people[order[at]], f"{folder}/mri/{number + 1}/{{kind}}")


@mixed_habit(held_out=True)
def scans_by_day(draft: MixedDraft) -> None:
    """``mri/20190312`` is folder and PatientID; two people came on one day."""
    draft.unlinked = {person.number for person in draft.people}
    for at, person in enumerate(draft.people):
        day = f"{draft.day(draft.people[0] if at == 1 else person):%Y%m%d}"
        draft.signal(person, f"eeg/{study_code(person, 'VP')}_{{task}}")
        draft.scan(person, f"mri/{day}/{{series}}", day)


@mixed_habit(held_out=True)
def rats_in_three_kinds(draft: MixedDraft) -> None:
    """``rats/ephys/R01_g0_t0``, ``rats/slices/R01_1`` and ``rats/rna/R01``."""
    for person in draft.people:
        code = study_code(person, "R")
        draft.probe(person, f"rats/ephys/{code}_g{{run}}_t0.imec0.ap")
        draft.slide(person, f"rats/slices/{code}_{{run}}")
        draft.cells(person, f"rats/rna/{code}")


@mixed_habit(held_out=True)
def sub_folders(draft: MixedDraft) -> None:
    """``sub-01/eeg/sub-01_rest`` and ``sub-01/anat/sub-01_T1w``, almost BIDS."""
    for person in draft.people:
        code = f"sub-{person.number + 1:02d}"
        draft.signal(person, f"{code}/eeg/{code}_{{task}}")
        draft.image(person, f"{code}/anat/{code}_{{kind}}")


@mixed_habit(held_out=True)
def dropout_replaced(draft: MixedDraft) -> None:
    """``T02`` left after the EEG; another person took over the code for the scanner."""
    draft.facts = draft.pick("birth", "person")
    last = draft.people[-1].number
    draft.unlinked = {1, last}
    for person in draft.people[:-1]:
        code = study_code(person, "T")
        draft.signal(person, f"eeg/{code}/{{task}}")
        draft.scan(draft.people[-1] if person.number == 1 else person, "mri/{series}", code)


@mixed_habit(held_out=True)
def anonymised_numbers(draft: MixedDraft) -> None:
    """``ANON0001`` and on, in an order of their own; one image of each in a folder of a code."""
    draft.unlinked = {person.number for person in draft.people}
    order = draft.order(len(draft.people))
    for at, person in enumerate(draft.people):
        draft.signal(person, f"eeg/{person.code}_{{task}}")
        draft.scan(person, "dicom/{series}", f"ANON{order[at] + 1:04d}", facts="code")
