"""The plan as a YAML file that a person can read, edit and run again."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from fascicle.core import (
    ENTITIES,
    Finding,
    Inferred,
    Modality,
    Plan,
    PlannedParticipant,
    PlannedRecording,
    Question,
    Severity,
    Source,
    Subject,
    join_bids_name,
    split_bids_name,
)
from fascicle.jobs import write_atomic

from ._plan_nodes import Entry, parse_yaml, paused_collector, plan_error

_HEAD = """\
# The plan of `fascicle`: what was found in a raw folder, and what will be done with it.
#
# It holds raw names: keep it where only you can read it.
# You may edit it and run it:   fascicle share RAW OUT --plan THIS-FILE
#   - a wrong participant, session, task, run or acquisition: change its `value`
#     (an empty value "" leaves it out; `sure` and `why` are there for you and may stay)
#   - a recording that shall stay out: set its `include` to false
#   - a question: write your `answer`
"""
_ABOUT = {
    "settings": "Answers that hold for the whole dataset.",
    "questions": "What only you can know. An empty answer means: take the default.",
    "reasons": "Why a value was taken; recordings refer to them by number under `why`.",
    "participants": "The people (or animals), by the name that the raw folder gives them.",
    "recordings": "One block for each recording.",
    "findings": "What was seen on the way. Nothing here changes what is done.",
    "ignored": "Files that are neither recordings nor tables.",
}
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./\-]*( [A-Za-z0-9_./\-]+)*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan, readable for its owner only.

    Parameters
    ----------
    plan : Plan
        What will be done.
    path : Path
        The YAML file; replaced as a whole or not at all.
    """
    write_atomic(path, "".join(f"{line}\n" for line in _format(plan)))
    if os.name == "posix":
        path.chmod(0o600)


def read_plan(path: Path) -> Plan:
    """Read a plan that `write_plan` wrote and a person may have edited.

    Parameters
    ----------
    path : Path
        The YAML file.

    Returns
    -------
    Plan
        Equal to the one that was written, but for the edits.

    Raises
    ------
    PlanError
        FSC301 if it is no YAML, FSC302 if a field is missing, FSC303 if one holds what it should
        not, FSC304 if a field is unknown, FSC305 if one stands twice. The message names the line.

    Examples
    --------
    >>> plan = read_plan(Path("plan.yaml"))  # doctest: +SKIP
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise plan_error(
            "FSC301",
            "Expected a plan, found no file by that name.",
            "Name a file that `fascicle look RAW --plan FILE` wrote.",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise plan_error(
            "FSC301",
            f"Expected a plan in UTF-8, got a file that cannot be read ({type(error).__name__}).",
            "Name a file that `fascicle look RAW --plan FILE` wrote.",
        ) from error
    with paused_collector():
        return _read(Entry(parse_yaml(text), "plan"))


def _format(plan: Plan) -> Iterator[str]:
    reasons: dict[str, int] = {}
    for recording in plan.recordings:
        for one in (*recording.entities.values(), recording.suffix):
            for sentence in one.evidence:
                reasons.setdefault(sentence, len(reasons) + 1)
    yield from _HEAD.splitlines()
    yield f"raw: {_quote(plan.raw)}"
    yield f"study: {_quote(plan.study)}"
    yield f"made_at: {_quote(plan.made_at.isoformat())}"
    yield f"identity_confidence: {plan.identity_confidence!r}"
    yield f"bids_input: {_json(plan.bids_input)}"
    yield f"tables: {_list(plan.tables)}"
    yield from _title("settings")
    yield from _mapping("settings", plan.settings)
    yield from _title("questions")
    yield from _blocks("questions", map(_format_question, plan.questions))
    yield from _title("participants")
    yield from _blocks("participants", map(_format_participant, plan.participants))
    yield from _title("recordings")
    yield from _blocks("recordings", (_format_recording(r, reasons) for r in plan.recordings))
    yield from _title("reasons")
    yield from _mapping("reasons", {str(n): sentence for sentence, n in reasons.items()})
    yield from _title("findings")
    yield from _blocks("findings", map(_format_finding, plan.findings))
    yield from _title("ignored")
    yield f"ignored: {_list(plan.ignored)}"


def _title(section: str) -> Iterator[str]:
    yield ""
    yield f"# {_ABOUT[section]}"


def _mapping(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    yield f"{name}:" if values else f"{name}: {{}}"
    for key, value in values.items():
        yield f"  {_quote(key)}: {_json(value)}"


def _blocks(name: str, blocks: Iterable[list[str]]) -> Iterator[str]:
    lines = [
        f"{'  - ' if i == 0 else '    '}{line}" for block in blocks for i, line in enumerate(block)
    ]
    yield f"{name}:" if lines else f"{name}: []"
    yield from lines


def _format_question(q: Question) -> list[str]:
    return [
        f"id: {_quote(q.id)}",
        f"ask: {_quote(q.ask)}",
        f"why: {_quote(q.why)}",
        f"default: {_quote(q.default)}",
        f"flag: {_quote(q.flag)}",
        f"choices: {_list(q.choices)}",
        f"answer: {_quote(q.answer)}",
    ]


def _format_participant(p: PlannedParticipant) -> list[str]:
    s = p.subject
    known = {
        "code": s.code,
        "name": s.name,
        "birth": s.birth.isoformat() if s.birth else "",
        "age_years": s.age_years,
        "sex": s.sex,
        "hand": s.hand,
        "species": s.species,
    }
    filled = ", ".join(
        f"{k}: {v!r}" if isinstance(v, float) else f"{k}: {_quote(str(v))}"
        for k, v in known.items()
        if v is not None and v != ""
    )
    columns = ", ".join(f"{_quote(k)}: {_quote(v)}" for k, v in p.columns.items())
    lines = [f"raw_id: {_quote(p.raw_id)}", f"subject: {{{filled}}}"]
    lines += [f"columns: {{{columns}}}"] if p.columns else []
    lines += [f"species_from: {_quote(p.species_from)}"] if p.species_from else []
    return lines + ([f"aliases: {_list(p.aliases)}"] if p.aliases else [])


def _format_recording(r: PlannedRecording, reasons: Mapping[str, int]) -> list[str]:
    lines = [
        f"key: {r.key}",
        f"files: {_list(str(f) for f in r.source.files)}",
        f"format: {_quote(r.source.format)}",
        f"modality: {r.modality.value}",
        f"bytes: {r.source.n_bytes}",
        f"duration_s: {float(r.duration_s)!r}",
        f"channels: {r.n_channels}",
        f"include: {_json(r.include)}",
    ]
    if r.bids_path:
        lines.append(f"bids_path: {_quote(r.bids_path)}")
    lines += [_format_inferred(name, r.entities[name], reasons) for name in ENTITIES]
    if r.suffix != Inferred():
        lines.append(_format_inferred("suffix", r.suffix, reasons))
    if r.further:
        lines.append(f"further: {_quote(join_bids_name(dict(r.further)))}")
    return lines


def _format_inferred(name: str, one: Inferred, reasons: Mapping[str, int]) -> str:
    if one == Inferred():
        return f'{name}: ""'
    why = ", ".join(str(reasons[sentence]) for sentence in one.evidence)
    return f"{name}: {{value: {_quote(one.value)}, sure: {float(one.confidence)!r}, why: [{why}]}}"


def _format_finding(f: Finding) -> list[str]:
    return [f"{key}: {_quote(value)}" for key, value in f.as_dict(owner=True).items()]


def _quote(text: str) -> str:
    """Write a text plainly where no reader can mistake it, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return _escape(json.dumps(text, ensure_ascii=False))


def _json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return _escape(json.dumps(value, ensure_ascii=False))


def _escape(text: str) -> str:
    """Escape what YAML takes for a line break or refuses."""
    return _UNSAFE.sub(_escape_one, text)


def _escape_one(match: re.Match[str]) -> str:
    """Escape a character; a byte of a path that is no UTF-8 has no place in any text."""
    code = ord(match.group())
    return f"\\u{0xFFFD if 0xD800 <= code < 0xE000 else code:04x}"


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_quote, values))}]"


def _read(top: Entry) -> Plan:
    top.require_fields({"raw", "study", "made_at", "recordings"}, {
        "identity_confidence", "bids_input", "tables", "settings", "questions", "reasons",
        "participants", "findings", "ignored",
    })  # fmt: skip
    reasons = {key: entry.text() for key, entry in top.entries("reasons").items()}
    recordings = tuple(_read_recording(e, reasons) for e in top.items("recordings"))
    _require_unique(top, recordings)
    listed = tuple(_read_participant(e) for e in top.items("participants"))
    known = {p.raw_id for p in listed}
    used = dict.fromkeys(r.entities["participant"].value for r in recordings)
    # A participant that an edit brought in is one of whom nothing more is known.
    new = tuple(PlannedParticipant(raw_id) for raw_id in used if raw_id not in known)
    return Plan(
        raw=top.get("raw").text(),
        study=top.get("study").text(),
        made_at=_moment(top.get("made_at")),
        recordings=recordings,
        participants=listed + new,
        questions=tuple(map(_read_question, top.items("questions"))),
        findings=tuple(map(_read_finding, top.items("findings"))),
        settings=top.get("settings").value() or {} if top.has("settings") else {},
        identity_confidence=top.get("identity_confidence").share()
        if top.has("identity_confidence")
        else 0.0,
        ignored=tuple(top.texts("ignored")),
        tables=tuple(table.path() for table in top.items("tables")),
        bids_input=top.get("bids_input").flag() if top.has("bids_input") else False,
    )


def _require_unique(top: Entry, recordings: tuple[PlannedRecording, ...]) -> None:
    seen: set[str] = set()
    for recording, entry in zip(recordings, top.items("recordings"), strict=True):
        if recording.key in seen:
            raise entry.get("key").error(
                "FSC305", "a key of its own for each recording, got one twice"
            )
        seen.add(recording.key)


def _moment(entry: Entry) -> datetime:
    try:
        moment = datetime.fromisoformat(entry.text())
    except ValueError as error:
        raise entry.error("FSC303", "a date and time as 2026-01-31T12:00:00+00:00") from error
    if moment.tzinfo is None:
        raise entry.error("FSC303", "a time with its zone, as 2026-01-31T12:00:00+00:00")
    return moment


def _day(entry: Entry) -> date:
    try:
        return date.fromisoformat(entry.text())
    except ValueError as error:
        raise entry.error("FSC303", "a date as 2026-01-31") from error


def _read_question(entry: Entry) -> Question:
    entry.require_fields({"id", "answer"}, {"ask", "why", "default", "flag", "choices"})
    choices = tuple(entry.texts("choices"))
    answer = entry.get("answer").text()
    if choices and answer and answer not in choices:
        raise entry.get("answer").error("FSC303", f"one of: {', '.join(choices)}")
    texts = {k: entry.get(k).text() if entry.has(k) else "" for k in ("ask", "why", "default",
                                                                      "flag")}  # fmt: skip
    return Question(id=entry.get("id").text(), choices=choices, answer=answer, **texts)


def _read_participant(entry: Entry) -> PlannedParticipant:
    entry.require_fields({"raw_id"}, {"subject", "columns", "aliases", "species_from"})
    subject = entry.get("subject") if entry.has("subject") else None
    found = Subject()
    if subject is not None:
        subject.require_fields(
            set(), {"code", "name", "birth", "age_years", "sex", "hand", "species"}
        )
        texts = {k: subject.get(k).text() for k in ("code", "name", "sex", "hand", "species")
                 if subject.has(k)}  # fmt: skip
        found = Subject(
            birth=_day(subject.get("birth")) if subject.has("birth") else None,
            age_years=subject.get("age_years").number() if subject.has("age_years") else None,
            **texts,
        )
    columns = {k: e.text() for k, e in entry.entries("columns").items()}
    aliases = tuple(entry.texts("aliases"))
    species_from = entry.get("species_from").text() if entry.has("species_from") else ""
    return PlannedParticipant(entry.get("raw_id").text(), found, columns, aliases, species_from)


def _read_recording(entry: Entry, reasons: Mapping[str, str]) -> PlannedRecording:
    entry.require_fields(
        {"key", "files", "format", "modality", *ENTITIES},
        {"bytes", "duration_s", "channels", "include", "bids_path", "suffix", "further"},
    )
    files = tuple(PurePosixPath(file.path()) for file in entry.items("files"))
    if not files:
        raise entry.get("files").error("FSC303", "at least one file")
    modality = entry.get("modality")
    if modality.text() not in set(Modality):
        raise modality.error("FSC303", f"one of: {', '.join(Modality)}")
    return PlannedRecording(
        key=entry.get("key").text(),
        source=Source(
            entry.get("format").text(),
            files,
            entry.get("bytes").count() if entry.has("bytes") else 0,
        ),
        modality=Modality(modality.text()),
        entities={name: _read_inferred(entry.get(name), reasons) for name in ENTITIES},
        duration_s=entry.get("duration_s").number() if entry.has("duration_s") else 0.0,
        n_channels=entry.get("channels").count() if entry.has("channels") else 0,
        include=entry.get("include").flag() if entry.has("include") else True,
        bids_path=entry.get("bids_path").path() if entry.has("bids_path") else "",
        suffix=_read_inferred(entry.get("suffix"), reasons) if entry.has("suffix") else Inferred(),
        further=_read_further(entry.get("further")) if entry.has("further") else (),
    )


def _read_further(entry: Entry) -> tuple[tuple[str, str], ...]:
    """Read entities as a BIDS name has them: ``dir-AP_echo-1``."""
    named, _ = split_bids_name(f"{entry.text()}_x")
    if not named:
        raise entry.error("FSC303", "entities as in a BIDS name: dir-AP_echo-1")
    return tuple(named.items())


def _read_inferred(entry: Entry, reasons: Mapping[str, str]) -> Inferred:
    if entry.is_text:  # "task: rest", as a person writes it
        return Inferred(entry.text(), 1.0, ())
    entry.require_fields({"value"}, {"sure", "why"})
    numbers = entry.texts("why")
    if any(n not in reasons for n in numbers):
        raise entry.get("why").error("FSC303", "numbers that stand under `reasons`")
    return Inferred(
        entry.get("value").text(),
        entry.get("sure").share() if entry.has("sure") else 1.0,
        tuple(reasons[n] for n in numbers),
    )


def _read_finding(entry: Entry) -> Finding:
    entry.require_fields({"code", "severity", "place", "reason", "fix"}, {
        "origin", "repair", "raw_place",
    })  # fmt: skip
    severity = entry.get("severity")
    if severity.text() not in set(Severity):
        raise severity.error("FSC303", f"one of: {', '.join(Severity)}")
    texts = {k: entry.get(k).text() for k in ("code", "place", "reason", "fix")}
    more = {k: entry.get(k).text() for k in ("origin", "repair", "raw_place") if entry.has(k)}
    return Finding(severity=Severity(severity.text()), **texts, **more)
