"""More habits that inference may be tuned on: those that earlier rounds were scored on."""

from __future__ import annotations

from ._layout_draft import Draft, Shot, habit
from ._layout_words import label_people, spell_run, spell_task


@habit(held_out=False)
def folder_per_date(draft: Draft) -> None:
    """``2019-03-12/VP03_rest``."""
    label_people(draft, "VP")
    for shot in draft.shots:
        day = shot.when.date().isoformat()
        stem = f"{day}/{shot.person.label}_{spell_task(shot)}{spell_run(draft, shot)}"
        draft.add(stem, shot, session=day if draft.n_sessions > 1 else "")


@habit(held_out=False)
def camel_case(draft: Draft) -> None:
    """``Subject3EyesOpenVisit2Run1``."""
    for shot in draft.shots:
        session = f"Visit{shot.session}" if draft.n_sessions > 1 else ""
        run = f"Run{shot.run}" if draft.n_runs > 1 else ""
        draft.add(f"Subject{shot.person.number + 1}{spell_task(shot, 'long')}{session}{run}", shot)


@habit(held_out=False)
def french_words(draft: Draft) -> None:
    """``sujet_03/seance2/yeux_fermes_essai1``."""
    label_people(draft, "sujet_")
    for shot in draft.shots:
        session = f"seance{shot.session}/" if draft.n_sessions > 1 else ""
        run = f"_essai{shot.run}" if draft.n_runs > 1 else ""
        draft.add(f"{shot.person.label}/{session}{spell_task(shot, 'fr')}{run}", shot)


@habit(held_out=False, sessions=1)
def sites_equal_codes(draft: Draft) -> None:
    """``Berlin/01/rest`` and ``Lyon/01/rest`` are two people."""
    half = -(-len(draft.people) // 2)
    for shot in draft.shots:
        site, code = divmod(shot.person.number, half)
        town = ("Berlin", "Lyon")[site]
        draft.add(f"{town}/{code + 1:02d}/{spell_task(shot)}{spell_run(draft, shot)}", shot)


@habit(held_out=False, same=3)
def twins(draft: Draft) -> None:
    """``F03a_rest`` and ``F03b_rest`` share a surname and a birth date."""
    last = draft.people[-1].number
    for person in draft.people:
        family = 0 if person.number == last else person.number
        person.label = f"F{family + 1:02d}{'b' if person.number == last else 'a'}"
    for shot in draft.shots:
        session = f"_T{shot.session}" if draft.n_sessions > 1 else ""
        draft.add(f"{shot.person.label}{session}_{spell_task(shot)}{spell_run(draft, shot)}", shot)


@habit(held_out=False)
def random_codes(draft: Draft) -> None:
    """``X7K2_EO_T1``."""
    for person in draft.people:
        person.label = person.code
    for shot in draft.shots:
        session = f"_T{shot.session}" if draft.n_sessions > 1 else ""
        draft.add(f"{shot.person.label}_{spell_task(shot)}{session}{spell_run(draft, shot)}", shot)


@habit(held_out=False)
def nested_vendor(draft: Draft) -> None:
    """``S03/NihonKohden/EEG2100/rest`` and the like."""
    label_people(draft, "S")
    for shot in draft.shots:
        deep = ("NihonKohden/EEG2100", "BrainVision/Export", "raw")[shot.person.number % 3]
        session = f"day{shot.session}/" if draft.n_sessions > 1 else ""
        draft.add(
            f"{shot.person.label}/{session}{deep}/{spell_task(shot)}{spell_run(draft, shot)}", shot
        )


@habit(held_out=False, runs=1)
def rerecorded(draft: Draft) -> None:
    """``S03_rest`` and, some days, ``S03_rest_2``, ``S03_rest_again``, ``S03_rest_neu``."""
    label_people(draft, "S")
    for at, shot in enumerate(draft.shots):
        session = f"_ses{shot.session}" if draft.n_sessions > 1 else ""
        stem = f"{shot.person.label}{session}_{spell_task(shot)}"
        draft.add(stem, shot)
        if at % 7 == 3:
            second = Shot(shot.person, shot.session, shot.task, 2, shot.when.replace(second=30),
                          shot.n_times + 977, shot.truth)  # fmt: skip
            draft.add(f"{stem}_{('2', 'again', 'neu')[at % 3]}", second, run=2)


@habit(held_out=False)
def pilots(draft: Draft) -> None:
    """``pilot01_rest`` beside ``S01_rest``: two people."""
    for shot in draft.shots:
        number = shot.person.number
        code = f"pilot{number + 1:02d}" if number < 2 else f"S{number - 1:02d}"
        session = f"_T{shot.session}" if draft.n_sessions > 1 else ""
        draft.add(f"{code}{session}_{spell_task(shot)}{spell_run(draft, shot)}", shot)


@habit(held_out=False, runs=1)
def typos(draft: Draft) -> None:
    """``VP03``, ``vp_03``, ``VP-3``, and once ``VO05``."""
    for at, shot in enumerate(draft.shots):
        number = shot.person.number + 1
        code = [f"VP{number:02d}", f"vp_{number:02d}", f"VP-{number:02d}"][at % 3]
        code = code.replace("VP", "VO") if at == 5 else code
        session = f"_T{shot.session}" if draft.n_sessions > 1 else ""
        draft.add(f"{code}{session}_{spell_task(shot)}", shot)


@habit(held_out=False, sessions=2)
def dates_as_sessions(draft: Draft) -> None:
    """``S03/12.03.2019/rest``."""
    label_people(draft, "S")
    for shot in draft.shots:
        day = shot.when.date()
        stem = f"{shot.person.label}/{day:%d.%m.%Y}/{spell_task(shot)}{spell_run(draft, shot)}"
        draft.add(stem, shot, session=day.isoformat())


@habit(held_out=False, sessions=2, same=1)
def initials_by_session(draft: Draft) -> None:
    """``baseline/AB_rest`` and ``followup/AB_rest``, where two people are AB."""
    first, last = draft.people[0].number, draft.people[-1].number
    for shot in draft.shots:
        # The namesakes never meet in one folder, so that only headers can tell them apart.
        if (shot.person.number, shot.session) in {(first, 2), (last, 1)}:
            continue
        word = ("baseline", "followup")[shot.session - 1]
        stem = f"{word}/{shot.person.initials}_{spell_task(shot)}{spell_run(draft, shot)}"
        draft.add(stem, shot, session=word)


@habit(held_out=False)
def year_codes(draft: Draft) -> None:
    """``P2019_07_rest``: the seventh participant of a year."""
    years = [2018 + int(p.number % 2) for p in draft.people]
    for person in draft.people:
        person.label = f"P{years[person.number]}_{person.number // 2 + 1:02d}"
    for shot in draft.shots:
        session = f"_T{shot.session}" if draft.n_sessions > 1 else ""
        draft.add(f"{shot.person.label}{session}_{spell_task(shot)}{spell_run(draft, shot)}", shot)


@habit(held_out=False, sessions=2)
def drug_conditions(draft: Draft) -> None:
    """``S03_placebo_rest``."""
    label_people(draft, "S")
    for shot in draft.shots:
        word = ("placebo", "verum")[shot.session - 1]
        stem = f"{shot.person.label}_{word}_{spell_task(shot)}{spell_run(draft, shot)}"
        draft.add(stem, shot, session=word)


@habit(held_out=False, tasks=0, sessions=2, runs=2)
def device_exports(draft: Draft) -> None:
    """``S03/recording_2019-03-12_15.30.01``."""
    label_people(draft, "S")
    for shot in draft.shots:
        stem = f"{shot.person.label}/recording_{shot.when:%Y-%m-%d_%H.%M.%S}"
        draft.add(stem, shot, session=shot.when.date().isoformat(), task="")


@habit(held_out=False, sessions=1, tasks=0, runs=3)
def counters(draft: Draft) -> None:
    """``0001``, ``0002``: nothing but a counter; who it was stands in the header, if anywhere."""
    for at, shot in enumerate(draft.shots):
        draft.add(f"{at + 1:04d}", shot, task="")


@habit(held_out=False, runs=1, sessions=1)
def acquisition_rates(draft: Draft) -> None:
    """``S03_rest_250Hz`` and ``S03_rest_1000Hz``."""
    label_people(draft, "S")
    for shot in draft.shots:
        for rate in ("250Hz", "1000Hz"):
            again = Shot(shot.person, shot.session, shot.task, 1, shot.when,
                         shot.n_times * (4 if rate[0] == "1" else 1), shot.truth)  # fmt: skip
            draft.add(
                f"{shot.person.label}_{spell_task(shot)}_{rate}", again, acquisition=rate.lower()
            )


@habit(held_out=False, sessions=2, tasks=0, runs=3)
def numbered_folders(draft: Draft) -> None:
    """``12/visit2/3``: all numbers."""
    for shot in draft.shots:
        draft.add(f"{shot.person.number + 1}/visit{shot.session}/{shot.run}", shot, task="")


@habit(held_out=False)
def surname_letter(draft: Draft) -> None:
    """``SchmidtA/rest_T1``."""
    for person in draft.people:
        person.label = f"{person.last}{person.first[0]}"
    for shot in draft.shots:
        session = f"_T{shot.session}" if draft.n_sessions > 1 else ""
        draft.add(f"{shot.person.label}/{spell_task(shot)}{session}{spell_run(draft, shot)}", shot)


@habit(held_out=False, sessions=2)
def two_schemes(draft: Draft) -> None:
    """``EEG/VP03_rest`` for the first session, ``labor/sub-03/rest`` for the second."""
    for shot in draft.shots:
        code = f"{shot.person.number + 1:02d}"
        tail = f"{spell_task(shot)}{spell_run(draft, shot)}"
        stem = f"EEG/VP{code}_T1_{tail}" if shot.session == 1 else f"labor/sub-{code}/T2_{tail}"
        draft.add(stem, shot)


@habit(held_out=False, runs=1)
def families(draft: Draft) -> None:
    """``fam03_mother_rest`` and ``fam03_child_rest`` are two people."""
    for shot in draft.shots:
        family, member = divmod(shot.person.number, 2)
        session = f"_T{shot.session}" if draft.n_sessions > 1 else ""
        who = ("mother", "child")[member]
        draft.add(f"fam{family + 1:02d}_{who}{session}_{spell_task(shot)}", shot)


@habit(held_out=False)
def dyads(draft: Draft) -> None:
    """``pair05_A_rest`` and ``pair05_B_rest`` are two people."""
    for shot in draft.shots:
        pair, member = divmod(shot.person.number, 2)
        stem = f"pair{pair + 1:02d}_{'AB'[member]}_{spell_task(shot)}"
        session = f"_T{shot.session}" if draft.n_sessions > 1 else ""
        draft.add(f"{stem}{session}{spell_run(draft, shot)}", shot)


_UNKNOWN_TASKS = {
    "rest": "zero", "eyesopen": "bisection", "eyesclosed": "antisaccade", "oddball": "ultimatum",
    "nback": "corsi", "motor": "pursuit", "faces": "biomotion", "stroop": "anagram",
}  # fmt: skip


@habit(held_out=False, tasks=4)
def unknown_tasks(draft: Draft) -> None:
    """``S03_antisaccade``: tasks that no vocabulary lists."""
    label_people(draft, "S")
    for shot in draft.shots:
        word = _UNKNOWN_TASKS[shot.task]
        session = f"_ses-{shot.session}" if draft.n_sessions > 1 else ""
        draft.add(f"{shot.person.label}{session}_{word}{spell_run(draft, shot)}", shot, task=word)
