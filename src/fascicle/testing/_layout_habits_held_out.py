"""Habits for scoring only: nothing may be tuned on them.

Whoever tunes on one of these moves it to the development habits and writes another.
"""

from __future__ import annotations

from ._layout_draft import Draft, habit
from ._layout_words import choose_words, label_people, plain_session, spell_run, spell_task


@habit(held_out=True)
def lab_prefix(draft: Draft) -> None:
    """``WK12_sess1_rest_block3``: a prefix that only this lab knows."""
    label_people(draft, str(draft.rng.choice(["WK", "NEURO", "TMSX", "qz"])), 3)
    for shot in draft.shots:
        session = f"_sess{shot.session}" if draft.n_sessions > 1 else ""
        run = spell_run(draft, shot, "block")
        draft.add(f"{shot.person.label}{session}_{spell_task(shot)}{run}", shot)


@habit(held_out=True, sessions=2)
def date_first(draft: Draft) -> None:
    """``190312_S03_EO``: two digits of the year, then month and day."""
    label_people(draft, "S")
    for shot in draft.shots:
        stem = f"{shot.when:%y%m%d}_{shot.person.label}_{spell_task(shot)}{spell_run(draft, shot)}"
        draft.add(stem, shot, session=shot.when.date().isoformat())


@habit(held_out=True, same=2)
def clinic_folders(draft: Draft) -> None:
    """``00412345_Schmidt_Anna/2019-03-12/rest``."""
    for person in draft.people:
        person.label = f"{person.hospital}_{person.last}_{person.first}"
    for shot in draft.shots:
        day = shot.when.date().isoformat()
        stem = f"{shot.person.label}/{day}/{spell_task(shot)}{spell_run(draft, shot)}"
        draft.add(stem, shot, session=day if draft.n_sessions > 1 else "")


@habit(held_out=True)
def task_first(draft: Draft) -> None:
    """``oddball.subj07.v2.r1``."""
    label_people(draft, "subj")
    for shot in draft.shots:
        parts = [spell_task(shot), shot.person.label]
        parts += [f"v{shot.session}"] if draft.n_sessions > 1 else []
        parts += [f"r{shot.run}"] if draft.n_runs > 1 else []
        draft.add(".".join(parts), shot)


@habit(held_out=True, sessions=1)
def numbered_sites(draft: Draft) -> None:
    """``site1/sub-01/rest`` and ``site2/sub-01/rest`` are two people."""
    third = -(-len(draft.people) // 3)
    for shot in draft.shots:
        site, code = divmod(shot.person.number, third)
        tail = f"{spell_task(shot)}{spell_run(draft, shot)}"
        draft.add(f"site{site + 1}/sub-{code + 1:02d}/{tail}", shot)


@habit(held_out=True)
def letter_groups(draft: Draft) -> None:
    """``P01_rest`` is a patient and ``C01_rest`` a control."""
    for person in draft.people:
        person.label = f"{'PC'[person.number % 2]}{person.number // 2 + 1:02d}"
    words = choose_words(draft)
    for shot in draft.shots:
        word = words[shot.session - 1]
        session = f"_{word}" if draft.n_sessions > 1 else ""
        stem = f"{shot.person.label}{session}_{spell_task(shot)}{spell_run(draft, shot)}"
        draft.add(stem, shot, session=plain_session(word) if session else "")


@habit(held_out=True, runs=2)
def first_names(draft: Draft) -> None:
    """``anna/oddball1``."""
    for person in draft.people:
        person.label = person.first.lower()
    for shot in draft.shots:
        session = f"session {shot.session}/" if draft.n_sessions > 1 else ""
        draft.add(f"{shot.person.label}/{session}{spell_task(shot)}{shot.run}", shot)


@habit(held_out=True, sessions=2)
def german_tree(draft: Draft) -> None:
    """``Gruppe_A/Vp07/Tag1/Augen_zu_Block2``, where both groups count from 1."""
    half = -(-len(draft.people) // 2)
    for shot in draft.shots:
        group, code = divmod(shot.person.number, half)
        tail = f"{spell_task(shot, 'de')}{spell_run(draft, shot, 'Block')}"
        draft.add(f"Gruppe_{'AB'[group]}/Vp{code + 1:02d}/Tag{shot.session}/{tail}", shot)


@habit(held_out=True)
def self_made_codes(draft: Draft) -> None:
    """``EKNA04_EO_mzp2``: letters of names and a month, as German studies make codes."""
    for person in draft.people:
        letters = f"{person.first[-1]}{person.last[:2]}{person.initials[0]}".upper()
        person.label = f"{letters}{person.birth.month:02d}"
    for shot in draft.shots:
        session = f"_mzp{shot.session}" if draft.n_sessions > 1 else ""
        draft.add(f"{shot.person.label}_{spell_task(shot)}{session}{spell_run(draft, shot)}", shot)


@habit(held_out=True, runs=1)
def old_tree(draft: Draft) -> None:
    """``old/S03_rest`` is a copy of ``data/S03_rest``; so is ``data/Kopie von S03_rest``."""
    label_people(draft, "S")
    for at, shot in enumerate(draft.shots):
        session = f"_visit{shot.session}" if draft.n_sessions > 1 else ""
        stem = f"{shot.person.label}{session}_{spell_task(shot)}"
        draft.add(f"data/{stem}", shot)
        if at % 5 == 2:
            copy = (f"old/{stem}", f"data/Kopie von {stem}", f"data/{stem} - Kopie")[at % 3]
            draft.add(copy, shot, is_copy=True)


@habit(held_out=True, sessions=2)
def french_tree(draft: Draft) -> None:
    """``Patient_07/Enregistrement_du_12-03-2019/repos``."""
    label_people(draft, "Patient_")
    for shot in draft.shots:
        day = shot.when.date()
        tail = f"{spell_task(shot, 'fr')}{spell_run(draft, shot, 'partie')}"
        stem = f"{shot.person.label}/Enregistrement_du_{day:%d-%m-%Y}/{tail}"
        draft.add(stem, shot, session=day.isoformat())


@habit(held_out=True)
def weeks(draft: Draft) -> None:
    """``Woche_1/VP03_EO``."""
    label_people(draft, "VP")
    for shot in draft.shots:
        folder = f"Woche_{shot.session}/" if draft.n_sessions > 1 else ""
        draft.add(f"{folder}{shot.person.label}_{spell_task(shot)}{spell_run(draft, shot)}", shot)


@habit(held_out=True, sessions=2, runs=2)
def dashed_numbers(draft: Draft) -> None:
    """``nback/03-1-2``: participant, session, run."""
    label_people(draft, "", 2)
    for shot in draft.shots:
        draft.add(f"{spell_task(shot)}/{shot.person.label}-{shot.session}-{shot.run}", shot)


@habit(held_out=True)
def hex_codes(draft: Draft) -> None:
    """``a3f9c2_EO_v1``."""
    for person in draft.people:
        person.label = "".join(draft.rng.choice(list("0123456789abcdef"), 6))
    for shot in draft.shots:
        session = f"_v{shot.session}" if draft.n_sessions > 1 else ""
        draft.add(f"{shot.person.label}_{spell_task(shot)}{session}{spell_run(draft, shot)}", shot)


@habit(held_out=True)
def participant_last(draft: Draft) -> None:
    """``rest_run1_S03``."""
    label_people(draft, "S", 3)
    for shot in draft.shots:
        session = f"day{shot.session}_" if draft.n_sessions > 1 else ""
        draft.add(f"{session}{spell_task(shot)}{spell_run(draft, shot)}_{shot.person.label}", shot)


@habit(held_out=True, sessions=1, tasks=3)
def namesakes(draft: Draft) -> None:
    """``2019-03-12/Anna_rest``, where two people are called Anna."""
    draft.people[-1].first = draft.people[0].first
    for shot in draft.shots:
        stem = f"{shot.when.date()}/{shot.person.first}_{spell_task(shot)}{spell_run(draft, shot)}"
        draft.add(stem, shot)


@habit(held_out=True, sessions=2)
def condition_folders(draft: Draft) -> None:
    """``sham/PB7/motor`` and ``active/PB7/motor``."""
    for shot in draft.shots:
        word = ("sham", "active")[shot.session - 1]
        tail = f"{spell_task(shot)}{spell_run(draft, shot)}"
        draft.add(f"{word}/PB{shot.person.number + 1}/{tail}", shot, session=word)


@habit(held_out=True)
def spaces_and_brackets(draft: Draft) -> None:
    """``Pat 07 [visit 2] (EO) run 1``."""
    for shot in draft.shots:
        session = f" [visit {shot.session}]" if draft.n_sessions > 1 else ""
        run = f" run {shot.run}" if draft.n_runs > 1 else ""
        draft.add(f"Pat {shot.person.number + 1:02d}{session} ({spell_task(shot)}){run}", shot)


@habit(held_out=True, sessions=1, same=1)
def name_and_year(draft: Draft) -> None:
    """``AB87_rest``: initials and the year of birth, where two people are AB."""
    for person in draft.people:
        person.label = f"{person.initials}{person.birth:%y}"
    for shot in draft.shots:
        draft.add(f"{shot.person.label}_{spell_task(shot)}{spell_run(draft, shot)}", shot)


@habit(held_out=True, sessions=2, runs=2)
def sentences(draft: Draft) -> None:
    """``Proband 12, Ruhe, 12.03.2019, Teil 2``: a file name that reads like a note."""
    for shot in draft.shots:
        day = shot.when.date()
        stem = f"Proband {shot.person.number + 1}, {spell_task(shot, 'de')}, {day:%d.%m.%Y}"
        draft.add(f"{stem}, Teil {shot.run}", shot, session=day.isoformat())
