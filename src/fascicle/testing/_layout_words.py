"""How labs spell tasks, sessions, runs and participants."""

from __future__ import annotations

from ._layout_draft import Draft, Shot

_SESSION_WORDS = (("pre", "post", "followup"), ("T1", "T2", "T3"), ("baseline", "fu1", "fu2"))
_TASK_SPELLINGS = {
    "en": {"rest": "rest", "eyesopen": "EO", "eyesclosed": "EC", "oddball": "oddball",
           "nback": "nback", "motor": "motor", "faces": "faces", "stroop": "stroop"},
    "de": {"rest": "Ruhe", "eyesopen": "Augen_offen", "eyesclosed": "Augen_zu",
           "oddball": "Oddball", "nback": "n-back", "motor": "Motorik", "faces": "Gesichter",
           "stroop": "Stroop"},
    "fr": {"rest": "repos", "eyesopen": "yeux_ouverts", "eyesclosed": "yeux_fermes",
           "oddball": "oddball", "nback": "nback", "motor": "moteur", "faces": "visages",
           "stroop": "stroop"},
    "long": {"rest": "RestingState", "eyesopen": "EyesOpen", "eyesclosed": "EyesClosed",
             "oddball": "Oddball", "nback": "NBack", "motor": "Motor", "faces": "Faces",
             "stroop": "Stroop"},
}  # fmt: skip


def spell_task(shot: Shot, language: str = "en") -> str:
    return _TASK_SPELLINGS[language][shot.task]


def label_people(draft: Draft, prefix: str, width: int = 2) -> None:
    for person in draft.people:
        person.label = f"{prefix}{person.number + 1:0{width}d}"


def choose_words(draft: Draft) -> tuple[str, ...]:
    return _SESSION_WORDS[int(draft.rng.integers(len(_SESSION_WORDS)))]


def plain_session(word: str) -> str:
    """Return the session that a word means, as inference writes it."""
    return {"T1": "1", "T2": "2", "T3": "3", "fu1": "1", "fu2": "2"}.get(word, word)


def spell_run(draft: Draft, shot: Shot, mark: str = "run") -> str:
    return f"_{mark}{shot.run}" if draft.n_runs > 1 else ""
