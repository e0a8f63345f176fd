"""Habits of labs with several kinds of recordings; linking may be tuned on these."""

from __future__ import annotations

from ._layout_people import Person
from ._mixed_draft import MixedDraft, mixed_habit


def study_code(person: Person, prefix: str = "P", width: int = 2) -> str:
    """Return a study's code: a letter and a number."""
    return f"{prefix}{person.number + 1:0{width}d}"


def write_links(
    draft: MixedDraft, titles: tuple[str, str], pairs: list[tuple[str, str]], *more: str
) -> None:
    """Add a linking table; `more` are titles of further columns, without meaning."""
    rows = [(one, other, *(str(7 * at % 5) for _ in more)) for at, (one, other) in enumerate(pairs)]
    draft.tables.append(((*titles, *more), *rows))


@mixed_habit(held_out=False)
def equal_codes(draft: MixedDraft) -> None:
    """``eeg/P01_rest`` and ``dicom/...`` under the number P01."""
    prefix = draft.pick("P", "VP", "S", "WK")
    for person in draft.people:
        code = study_code(person, prefix)
        draft.signal(person, f"eeg/{code}_{{task}}")
        draft.scan(person, "dicom/export/{series}", code, facts=draft.pick("full", "code"))


@mixed_habit(held_out=False)
def strangers(draft: MixedDraft) -> None:
    """``eeg/P01_rest`` and PatientID 4711, with nothing that links them."""
    draft.unlinked = {person.number for person in draft.people}
    numbers = draft.rng.permutation(8000)[: len(draft.people)] + 1500
    for person, number in zip(draft.people, numbers, strict=True):
        draft.signal(person, f"eeg/{study_code(person)}_{{task}}")
        draft.scan(person, f"dicom/{number}", str(number), facts="code")


@mixed_habit(held_out=False)
def same_small_numbers(draft: MixedDraft) -> None:
    """``eeg/01_rest`` and ``mri/01_T1w`` are different people."""
    draft.unlinked = {person.number for person in draft.people}
    order = draft.order(len(draft.people))
    for at, person in enumerate(draft.people):
        draft.signal(person, f"eeg/{at + 1:02d}_{{task}}")
        draft.image(draft.people[order[at]], f"mri/{at + 1:02d}_{{kind}}")


@mixed_habit(held_out=False)
def shared_folders(draft: MixedDraft) -> None:
    """``P01/eeg/rest`` and ``P01/mri/IM000001`` under the hospital's number."""
    for person in draft.people:
        code = study_code(person, draft.pick("P"))
        draft.signal(person, f"{code}/eeg/{{task}}")
        draft.scan(person, f"{code}/mri/{{series}}", person.hospital)


@mixed_habit(held_out=False)
def full_table(draft: MixedDraft) -> None:
    """``eeg/P01_rest`` and PatientID 00412345, with a table of ``eeg_code`` and ``mri_id``."""
    for person in draft.people:
        draft.signal(person, f"eeg/{study_code(person)}_{{task}}")
        draft.scan(person, "dicom/{series}", person.hospital)
    pairs = [(study_code(p), p.hospital) for p in draft.people]
    write_links(draft, ("eeg_code", "mri_id"), pairs, "score")


@mixed_habit(held_out=False)
def numbered_table(draft: MixedDraft) -> None:
    """``eeg/1_rest`` and ``mri/4_T1w`` count anew; a table says how they go together."""
    order = draft.order(len(draft.people))
    pairs = []
    for at, person in enumerate(draft.people):
        draft.signal(person, f"eeg/{at + 1}_{{task}}")
        draft.image(person, f"mri/{order[at] + 1}_{{kind}}")
        pairs.append((str(at + 1), str(order[at] + 1)))
    write_links(draft, ("eeg", "mri"), pairs)


@mixed_habit(held_out=False)
def partial_table(draft: MixedDraft) -> None:
    """``eeg/P01/rest`` and PatientID 00412345: a table that somebody stopped filling in."""
    pairs = []
    for person in draft.people:
        draft.signal(person, f"eeg/{study_code(person)}/{{task}}")
        draft.scan(person, "dicom/{series}", person.hospital)
        if draft.chance(0.6):
            pairs.append((study_code(person), person.hospital))
        else:
            draft.unlinked.add(person.number)
    write_links(draft, ("Code", "Patientennummer"), pairs or [("", "")])


@mixed_habit(held_out=False)
def wrong_rows(draft: MixedDraft) -> None:
    """``P01, 00412345``: two rows of a table are swapped; headers know births."""
    draft.facts = draft.pick("birth", "person")
    for person in draft.people:
        draft.signal(person, f"eeg/{study_code(person)}_{{task}}")
        draft.scan(person, "dicom/{series}", person.hospital)
    draft.unlinked = {0, 1}
    numbers = [p.hospital for p in draft.people]
    numbers[0], numbers[1] = numbers[1], numbers[0]
    pairs = [(study_code(p), n) for p, n in zip(draft.people, numbers, strict=True)]
    write_links(draft, ("eeg_code", "mri_id"), [*pairs, ("P99", "00000815")])


@mixed_habit(held_out=False)
def species(draft: MixedDraft) -> None:
    """``mouse3`` in a probe's folder is not the human 3."""
    for at, person in enumerate(draft.people):
        if at % 2:
            draft.probe(
                person, f"probe/mouse{at // 2 + 1}_g{{run}}_t0.imec0.ap", species="Mus musculus"
            )
        else:
            draft.signal(person, f"eeg/{at // 2 + 1}_{{task}}")


@mixed_habit(held_out=False)
def case_and_gaps(draft: MixedDraft) -> None:
    """``ab12_rest`` and PatientID ``AB12``; ``sub-P01`` and ``p_01``."""
    codes = draft.chance(0.5)
    for person in draft.people:
        code = person.code if codes else study_code(person, "P")
        draft.signal(person, f"eeg/{code.lower()}_{{task}}")
        written = code if codes else f"sub-{code}"
        draft.scan(person, "dicom/{series}", written, facts=draft.pick("code", "full"))


@mixed_habit(held_out=False)
def re_exports(draft: MixedDraft) -> None:
    """``export1/PAT00001`` and ``export2/PAT00004``: each export numbers its folders anew."""
    draft.unlinked = {person.number for person in draft.people}
    for at, person in enumerate(draft.people):
        draft.signal(person, f"eeg/{study_code(person)}_{{task}}")
        draft.scan(person, f"export1/PAT{at + 1:05d}/{{series}}", person.hospital)
    for at, person in enumerate(reversed(draft.people)):
        if at % 2:
            draft.scan(person, f"export2/PAT{at + 1:05d}/{{series}}", person.hospital,
                       is_copy=True)  # fmt: skip


@mixed_habit(held_out=False, same=3)
def twins(draft: MixedDraft) -> None:
    """``Schmidt_Anna`` and ``Schmidt_Tom``: one surname, one birth date; headers know both."""
    draft.facts = "person"
    for person in draft.people:
        draft.signal(person, f"eeg/{person.last}_{person.first}_{{task}}")
        draft.scan(person, "dicom/{series}", person.hospital)


@mixed_habit(held_out=False)
def one_number_for_all(draft: MixedDraft) -> None:
    """``mri/S01/SE000001`` under the PatientID ANON, as everybody's."""
    for person in draft.people:
        code = study_code(person, "S")
        draft.signal(person, f"eeg/{code}_{{task}}")
        draft.scan(person, f"mri/{code}/{{series}}", draft.pick("ANON"), facts="code")


@mixed_habit(held_out=False)
def numbers_per_lab(draft: MixedDraft) -> None:
    """``eeg_lab/S01_rest`` and the scanner's S01: two people; headers know births."""
    draft.facts = draft.pick("birth", "person")
    draft.unlinked = {person.number for person in draft.people}
    order = draft.order(len(draft.people))
    for at, person in enumerate(draft.people):
        draft.signal(person, f"eeg_lab/S{at + 1:02d}_{{task}}")
        draft.scan(draft.people[order[at]], "mri_lab/{series}", f"S{at + 1:02d}")


@mixed_habit(held_out=False)
def mice_and_students(draft: MixedDraft) -> None:
    """``M01`` is a mouse for the probe and ``M01`` a student for the EEG."""
    # Whose the slides of M01 are, nothing tells.
    draft.unlinked = {person.number for person in draft.people}
    for at, person in enumerate(draft.people):
        code = f"M{at // 2 + 1:02d}"
        if at % 2:
            draft.probe(
                person, f"neuropixels/{code}_g{{run}}_t0.imec0.ap", code=code, species="mouse"
            )
            draft.slide(person, f"histology/{code}_{{run}}")
        else:
            draft.signal(person, f"eeg/{code}_{{task}}")


@mixed_habit(held_out=False)
def research_name(draft: MixedDraft) -> None:
    """``MRT/00412345_NEU101`` and ``EEG Daten/NEU101``: folders have both numbers."""
    for person in draft.people:
        code = f"NEU{person.number + 101}"
        draft.signal(person, f"EEG Daten/{code}/{{task}}")
        draft.scan(person, f"MRT/{person.hospital}_{code}/{{series}}", person.hospital)


@mixed_habit(held_out=False)
def table_of_three(draft: MixedDraft) -> None:
    """``participant, age, sex, scan_id, sample``: a column for each of three kinds."""
    rows = [("participant", "age", "sex", "scan_id", "sample")]
    for at, person in enumerate(draft.people):
        code, scan, sample = f"K{at + 1:02d}", f"MR{at + 2001}", f"tube{person.code}"
        draft.signal(person, f"eeg/{code}/{{task}}")
        draft.image(person, f"mri/{scan}_{{kind}}")
        draft.cells(person, f"rna/{sample}")
        rows.append((code, str(person.age), person.sex, scan, sample))
    draft.tables.append(tuple(rows))


@mixed_habit(held_out=False)
def years_alone(draft: MixedDraft) -> None:
    """``eeg/VP01_rest`` and the scanner's VP01, whose births were cut to the year."""
    draft.unlinked = {person.number for person in draft.people}
    draft.facts = "birth"
    order = draft.order(len(draft.people))
    for at, person in enumerate(draft.people):
        draft.signal(person, f"eeg/VP{at + 1:02d}_{{task}}")
        draft.scan(draft.people[order[at]], "mri/{series}", f"VP{at + 1:02d}", facts="year")


@mixed_habit(held_out=False)
def disjoint_people(draft: MixedDraft) -> None:
    """``P01`` to ``P05`` came to the EEG, ``P06`` to ``P10`` to the scanner."""
    half = len(draft.people) // 2
    for at, person in enumerate(draft.people):
        if at < half:
            draft.signal(person, f"eeg/{study_code(person)}_{{task}}")
        else:
            draft.scan(person, "dicom/{series}", study_code(person), facts="code")


@mixed_habit(held_out=False)
def site_numbers(draft: MixedDraft) -> None:
    """``siteA/eeg/01_rest`` and ``siteB/mri/01_T1w``: each site and each kind counts from 1."""
    draft.unlinked = {person.number for person in draft.people}
    order = draft.order(len(draft.people))
    half = -(-len(draft.people) // 2)
    for at, person in enumerate(draft.people):
        site, number = divmod(at, half)
        draft.signal(person, f"site{'AB'[site]}/eeg/{number + 1:02d}_{{task}}")
        draft.image(draft.people[order[at]], f"site{'AB'[site]}/mri/{number + 1:02d}_{{kind}}")
