"""Habits that inference may be tuned on."""

from __future__ import annotations

from ._layout_draft import Draft, habit
from ._layout_words import choose_words, label_people, plain_session, spell_run, spell_task


@habit(held_out=False)
def flat_codes(draft: Draft) -> None:
    """``VP03_T1_rest_run1``."""
    prefix = str(draft.rng.choice(["VP", "S", "sub", "P", "Pat"]))
    label_people(draft, prefix)
    for shot in draft.shots:
        session = f"_T{shot.session}" if draft.n_sessions > 1 else ""
        draft.add(f"{shot.person.label}{session}_{spell_task(shot)}{spell_run(draft, shot)}", shot)


@habit(held_out=False)
def folder_per_subject(draft: Draft) -> None:
    """``S03/session2/rest_1``."""
    label_people(draft, str(draft.rng.choice(["S", "subj", "Proband_", "Patient "])))
    for shot in draft.shots:
        session = f"session{shot.session}/" if draft.n_sessions > 1 else ""
        run = f"_{shot.run}" if draft.n_runs > 1 else ""
        draft.add(f"{shot.person.label}/{session}{spell_task(shot)}{run}", shot)


@habit(held_out=False, sessions=2)
def folder_per_session(draft: Draft) -> None:
    """``pre/S03_rest``."""
    words = choose_words(draft)
    label_people(draft, str(draft.rng.choice(["S", "VP", "p"])))
    for shot in draft.shots:
        word = words[shot.session - 1]
        stem = f"{word}/{shot.person.label}_{spell_task(shot)}{spell_run(draft, shot)}"
        draft.add(stem, shot, session=plain_session(word))


@habit(held_out=False, tasks=3)
def folder_per_task(draft: Draft) -> None:
    """``oddball/03_pre``."""
    words = choose_words(draft)
    label_people(draft, "", 2)
    for shot in draft.shots:
        word = words[shot.session - 1]
        session = f"_{word}" if draft.n_sessions > 1 else ""
        truth = plain_session(word) if draft.n_sessions > 1 else ""
        draft.add(f"{spell_task(shot)}/{shot.person.label}{session}{spell_run(draft, shot)}", shot,
                  session=truth)  # fmt: skip


@habit(held_out=False, sessions=1, runs=1)
def initials_date(draft: Draft) -> None:
    """``AB_2019-03-12_EO``."""
    for shot in draft.shots:
        day = shot.when.date().isoformat()
        draft.add(f"{shot.person.initials}_{day}_{spell_task(shot)}", shot)


@habit(held_out=False, sessions=1, same=1)
def same_initials(draft: Draft) -> None:
    """``AB_20190312_EO``, where two people are AB."""
    for shot in draft.shots:
        day = shot.when.strftime("%Y%m%d")
        draft.add(f"{shot.person.initials}_{day}_{spell_task(shot)}{spell_run(draft, shot)}", shot)


@habit(held_out=False)
def bids_like_wrong(draft: Draft) -> None:
    """``sub01/ses1/eeg/sub01_ses1_task_rest_run1``."""
    label_people(draft, "sub")
    for shot in draft.shots:
        session = f"ses{shot.session}" if draft.n_sessions > 1 else ""
        folder = "/".join(p for p in (shot.person.label, session, "eeg") if p)
        name = "_".join(p for p in (shot.person.label, session, "task", spell_task(shot)) if p)
        draft.add(f"{folder}/{name}{spell_run(draft, shot)}", shot)


@habit(held_out=False)
def hospital_numbers(draft: Draft) -> None:
    """``00412345/20190312/EEG_rest``."""
    for person in draft.people:
        person.label = person.hospital
    for shot in draft.shots:
        day = shot.when.date()
        truth = day.isoformat() if draft.n_sessions > 1 else ""
        stem = f"{shot.person.hospital}/{day:%Y%m%d}/EEG_{spell_task(shot)}{spell_run(draft, shot)}"
        draft.add(stem, shot, session=truth)


@habit(held_out=False, sessions=1)
def groups_equal_codes(draft: Draft) -> None:
    """``patients/01_rest`` and ``controls/01_rest`` are two people."""
    half = -(-len(draft.people) // 2)
    words = [("patients", "controls"), ("Patienten", "Kontrollen"), ("MDD", "HC")]
    pair = words[int(draft.rng.integers(3))]
    for shot in draft.shots:
        group, code = divmod(shot.person.number, half)
        draft.add(f"{pair[group]}/{code + 1:02d}_{spell_task(shot)}{spell_run(draft, shot)}", shot)


@habit(held_out=False, sessions=2)
def german_words(draft: Draft) -> None:
    """``Proband_03/Messung_vor/Augen_offen``."""
    label_people(draft, "Proband_")
    words = ("vor", "nach")
    for shot in draft.shots:
        word = words[shot.session - 1]
        run = f"_Durchgang{shot.run}" if draft.n_runs > 1 else ""
        stem = f"{shot.person.label}/Messung_{word}/{spell_task(shot, 'de')}{run}"
        draft.add(stem, shot, session=word)


@habit(held_out=False, runs=1)
def mixed_separators(draft: Draft) -> None:
    """``S03-rest_pre``, ``s03.rest.pre``, ``S03 rest pre``."""
    words = choose_words(draft)
    for at, shot in enumerate(draft.shots):
        gap = ["-", "_", " ", "."][at % 4]
        code = f"{'S' if at % 3 else 's'}{shot.person.number + 1:02d}"
        word = words[shot.session - 1]
        parts = [code, spell_task(shot)] + ([word] if draft.n_sessions > 1 else [])
        truth = plain_session(word) if draft.n_sessions > 1 else ""
        draft.add(gap.join(parts), shot, session=truth)


@habit(held_out=False, runs=1)
def backup_copies(draft: Draft) -> None:
    """``S03_rest`` and beside it ``copy of S03_rest``, ``S03_rest (1)``, ``backup/S03_rest``."""
    label_people(draft, "S")
    for at, shot in enumerate(draft.shots):
        session = f"_T{shot.session}" if draft.n_sessions > 1 else ""
        stem = f"{shot.person.label}{session}_{spell_task(shot)}"
        draft.add(stem, shot)
        if at % 9 == 4:
            copy = [f"copy of {stem}", f"{stem} (1)", f"backup/{stem}"][at % 3]
            draft.add(copy, shot, is_copy=True)


@habit(held_out=False, same=2)
def siblings(draft: Draft) -> None:
    """``Schmidt_Anna_rest`` and ``Schmidt_Tom_rest``."""
    for person in draft.people:
        person.label = f"{person.last}_{person.first}"
    for shot in draft.shots:
        session = f"_T{shot.session}" if draft.n_sessions > 1 else ""
        draft.add(f"{shot.person.label}{session}_{spell_task(shot)}{spell_run(draft, shot)}", shot)


@habit(held_out=False, sessions=2)
def padding_by_session(draft: Draft) -> None:
    """``pre/S3_rest`` and ``post/S03_rest``."""
    for shot in draft.shots:
        number = shot.person.number + 1
        code = f"S{number}" if shot.session == 1 else f"S{number:02d}"
        word = ("pre", "post")[shot.session - 1]
        draft.add(f"{word}/{code}_{spell_task(shot)}{spell_run(draft, shot)}", shot, session=word)


@habit(held_out=False, sessions=2, tasks=0, runs=2)
def numbers_only(draft: Draft) -> None:
    """``03_2_1``: participant, session, run."""
    label_people(draft, "", 2)
    for shot in draft.shots:
        draft.add(f"{shot.person.label}_{shot.session}_{shot.run}", shot, task="")


@habit(held_out=False, sessions=2)
def missing_session(draft: Draft) -> None:
    """``S03/post/rest``, where one participant has no ``post``."""
    label_people(draft, "S")
    absent = draft.people[-1].number
    for shot in draft.shots:
        if shot.person.number == absent and shot.session == 2:
            continue
        word = ("pre", "post")[shot.session - 1]
        draft.add(f"{shot.person.label}/{word}/{spell_task(shot)}{spell_run(draft, shot)}", shot,
                  session=word)  # fmt: skip
