"""Labels as BIDS derivatives: written beside the raw data, read again, joined with decisions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any, Final

from fascicle.core import Annotation, Decision, Label, Severity, content_id
from fascicle.errors import InputError
from fascicle.jobs import write_atomic

from ._annotators import Annotator
from ._derivatives import describe_derivative
from ._label_decisions import VERDICTS, DecidedLabel
from ._label_places import (
    ENDINGS,
    LABELS,
    SIGNALS,
    digest_recording,
    label_file,
    list_ignored,
    summary_file,
)
from ._tables import MISSING, Table, read_json, read_table, write_json

_DOCS: Final = "https://fascicle.readthedocs.io/en/latest/"
_PARTED: Final = (",", "|", ";", "~")
"""What may part the names of channels: the first that is in none of them."""
_HEAD: Final = ("onset", "duration", "trial_type")
_TAIL: Final = ("confidence", "label_id", "decision", "decided_type")
_COLUMNS: Final[dict[str, str]] = {
    "confidence": "How likely the label is, from 0 to 1, as the method was calibrated",
    "label_id": "Name of this label in the dataset, the same in every run",
    "decision": "What a person said of it: accept, change or reject",
    "decided_type": "What it is by that person's decision, where that is another kind",
    "channel": "Channels that show it; n/a for all of them",
}
_README: Final = """# Automatic labels

What methods said of the recordings: tables of events with a row for each label, tables of time
series, and a `_qc.json` file for each recording with measures, settings and the method's version.
The raw data are not changed. A label is a statement of a program with a confidence, not a
finding of a person; where a person decided about one, that stands beside it.
"""


def write_label_head(dataset: Path, annotators: Sequence[Annotator]) -> tuple[Path, ...]:
    """Write what describes all labels of a dataset: description, README, what BIDS may ignore.

    Parameters
    ----------
    dataset : Path
        Top folder of the dataset.
    annotators : sequence of Annotator
        Those that ran; others that ran before are kept in the description.

    Returns
    -------
    tuple of Path
        The files.
    """
    folder = dataset / LABELS
    before = (read_json(folder / "dataset_description.json") or {}).get("GeneratedBy", [])
    ran = {entry.get("Name"): entry for entry in before if isinstance(entry, dict)}
    for annotator in annotators:
        ran[f"Fascicle {annotator.name}"] = {
            "Name": f"Fascicle {annotator.name}",
            "Version": f"{version('fascicle')}, method {annotator.version}",
            "Description": f"{annotator.title} How it decides, and where it fails: "
            f"{card_address(annotator.card)}",
        }
    generated = [ran[name] for name in sorted(ran, key=str)]
    return (
        *describe_derivative(dataset, folder, "Automatic labels", generated, _README),
        _write(folder / ".bidsignore", list_ignored()),
    )


def card_address(card: str) -> str:
    """Return where the page is read that explains a method.

    Parameters
    ----------
    card : str
        Its file under ``docs/``.

    Returns
    -------
    str
        Its address on the web.

    Examples
    --------
    >>> card_address("explanations/artifacts.md")
    'https://fascicle.readthedocs.io/en/latest/explanations/artifacts.html'
    """
    return f"{_DOCS}{card.removesuffix('.md')}.html"


def write_annotation(
    dataset: Path,
    place: PurePosixPath,
    annotation: Annotation,
    *,
    kinds: Mapping[str, str],
    decisions: Mapping[str, Decision],
) -> tuple[Path, ...]:
    """Write what one method said of one recording.

    Parameters
    ----------
    dataset : Path
        Top folder of the dataset.
    place : PurePosixPath
        The recording's path in it.
    annotation : Annotation
        What is written; a table that would be empty is written too, because it says that nothing
        was found.
    kinds : mapping of str to str
        What each kind of label means.
    decisions : mapping of str to Decision
        What people decided, by `Label.key`.

    Returns
    -------
    tuple of Path
        The files. The same annotation gives the same bytes.

    Raises
    ------
    InputError
        FSC132 if a path is not that of a recording in a BIDS dataset.
    """

    def name(ending: str) -> Path:
        return label_file(dataset, place, annotation.method, ending)

    parted = _choose_delimiter(place, annotation.labels)
    source = {"Sources": [f"bids:raw:{place}"]}
    written = [
        _write(name("events.tsv"), _tabulate(place, annotation, decisions, parted)),
        _dump(name("events.json"), source | _explain_labels(annotation, kinds, parted)),
    ]
    series = name("timeseries.tsv"), name("timeseries.json")
    if annotation.series:
        written += [
            _write(series[0], _tabulate_series(annotation.series)),
            _dump(series[1], source | _explain_series(annotation)),
        ]
    else:
        for path in series:  # of another version of the method
            path.unlink(missing_ok=True)
    about = source | _summarise(annotation)
    about["RecordingSHA256"] = digest_recording(dataset, place)
    # Last of all: what is written here says that the rest is.
    written.append(_dump(summary_file(dataset, place, annotation.method), about))
    return tuple(written)


def read_label_version(dataset: Path, place: PurePosixPath, method: str) -> str:
    """Return which version of a method labelled a recording as it is now.

    Parameters
    ----------
    dataset : Path
        Top folder of the dataset.
    place : PurePosixPath
        The recording's path in it.
    method : str
        Name of the method.

    Returns
    -------
    str
        Empty if none did, if it could not, if the recording changed since, or if the table of
        labels is gone.
    """
    about = read_json(summary_file(dataset, place, method))
    if about is None or not label_file(dataset, place, method, "events.tsv").is_file():
        return ""
    # A library may have been missing, or the file was copied again.
    if any(finding.get("severity") == Severity.ERROR for finding in about.get("Findings", ())):
        return ""
    if about.get("RecordingSHA256") != digest_recording(dataset, place):
        return ""
    return str(about.get("MethodVersion", ""))


def read_labels(dataset: Path, place: PurePosixPath, method: str) -> dict[str, Label]:
    """Read the labels that `write_annotation` wrote.

    Parameters
    ----------
    dataset : Path
        Top folder of the dataset.
    place : PurePosixPath
        The recording's path in it.
    method : str
        Name of the method.

    Returns
    -------
    dict of str to Label
        By the names that they were written under; empty if there is no such table.

    Raises
    ------
    InputError
        FSC133 if the table was changed so that it cannot be read.
    """
    return {name: label for name, label, _ in _read_rows(dataset, place, method)}


def read_marked(dataset: Path, place: PurePosixPath, method: str) -> tuple[DecidedLabel, ...]:
    """Read the decisions that stand beside labels, whoever made them.

    Parameters
    ----------
    dataset : Path
        Top folder of the dataset.
    place : PurePosixPath
        The recording's path in it.
    method : str
        Name of the method.

    Returns
    -------
    tuple of DecidedLabel
        In order of the table.

    Raises
    ------
    InputError
        FSC133 if the table was changed so that it cannot be read.
    """
    rows = _read_rows(dataset, place, method)
    return tuple(DecidedLabel(label, said) for _, label, said in rows if said is not None)


def find_valid_labels(dataset: Path, recordings: Path) -> set[str]:
    """Return the files of labels that hold for the recordings of another folder.

    Parameters
    ----------
    dataset : Path
        Top folder of the dataset that has the labels.
    recordings : Path
        Top folder of a dataset in the making.

    Returns
    -------
    set of str
        By their paths in the dataset, with what describes all labels; empty if none holds.
    """
    found: set[Path] = set()
    for summary in (dataset / LABELS).rglob("*_qc.json"):
        about = read_json(summary) or {}
        source, method = str(about.get("Sources", [""])[0]), str(about.get("Method", ""))
        place = PurePosixPath(source.removeprefix("bids:raw:"))
        if about.get("RecordingSHA256") != digest_recording(recordings, place):
            continue
        found.update((summary, *(label_file(dataset, place, method, end) for end in ENDINGS)))
    if found:
        found.update(path for path in (dataset / LABELS).iterdir())
    return {path.relative_to(dataset).as_posix() for path in found if path.is_file()}


def mark_decisions(
    dataset: Path, place: PurePosixPath, method: str, decisions: Mapping[str, Decision]
) -> Path:
    """Write what people decided beside labels that are there; the labels stay as they are.

    Parameters
    ----------
    dataset : Path
        Top folder of the dataset.
    place : PurePosixPath
        The recording's path in it.
    method : str
        Name of the method.
    decisions : mapping of str to Decision
        All of this recording and method, by `Label.key`.

    Returns
    -------
    Path
        The table.

    Raises
    ------
    InputError
        FSC133 if the table was changed so that it cannot be read.
    """
    path = label_file(dataset, place, method, "events.tsv")
    table = read_table(path) or Table([], [])
    parted = _read_delimiter(path)
    try:
        verdict, kind = map(table.columns.index, ("decision", "decided_type"))
        for row in table.rows:
            _, label, _ = _parse_row(dict(zip(table.columns, row, strict=True)), parted)
            row[verdict], row[kind] = _say_decision(decisions.get(label.key))
    except (KeyError, ValueError) as error:
        raise _unreadable(path) from error
    return _write(path, table.format())


def _name(place: PurePosixPath, method: str, label: Label) -> str:
    """Return the name of a label in its dataset."""
    return content_id("label", [str(place), method, label.key])


def _say_decision(decision: Decision | None) -> tuple[str, str]:
    """Return the cells of a decision."""
    return (decision.verdict, decision.kind or MISSING) if decision else (MISSING, MISSING)


def _unreadable(path: Path) -> InputError:
    return InputError(
        "FSC133",
        f"Expected a table of labels as it was written, got other columns or cells in {path.name}.",
        "Remove it and run `fascicle annotate` again: decisions are kept apart from it.",
    )


def _read_rows(
    dataset: Path, place: PurePosixPath, method: str
) -> list[tuple[str, Label, Decision | None]]:
    """Return names, labels and decisions of a table; nothing if there is none."""
    path = label_file(dataset, place, method, "events.tsv")
    if not path.is_file():
        return []
    table, parted = read_table(path), _read_delimiter(path)
    if table is None:
        raise _unreadable(path)
    try:
        return [
            _parse_row(dict(zip(table.columns, row, strict=True)), parted) for row in table.rows
        ]
    except (KeyError, ValueError) as error:
        raise _unreadable(path) from error


def _parse_row(cells: Mapping[str, str], parted: str) -> tuple[str, Label, Decision | None]:
    """Return the name of a label, the label and the decision about it from the cells of a row."""
    channels = cells.get("channel", MISSING)
    evidence = {
        name: float(cell)
        for name, cell in cells.items()
        if name not in {*_HEAD, *_TAIL, "channel"} and cell != MISSING
    }
    label = Label(
        kind=cells["trial_type"],
        confidence=float(cells["confidence"]),
        onset_s=float(cells["onset"]),
        duration_s=math.inf if cells["duration"] == MISSING else float(cells["duration"]),
        channels=() if channels == MISSING else tuple(channels.split(parted)),
        evidence=evidence,
    )
    return cells["label_id"], label, _parse_decision(cells["decision"], cells["decided_type"])


def _parse_decision(verdict: str, kind: str) -> Decision | None:
    """Return the decision that two cells state."""
    if verdict == MISSING:
        return None
    if verdict not in VERDICTS:
        raise ValueError(len(verdict))
    return Decision(verdict, "" if kind == MISSING else kind)  # type: ignore[arg-type]  # one of VERDICTS


def _choose_delimiter(place: PurePosixPath, labels: Sequence[Label]) -> str:
    """Return what parts the names of channels; nothing if the table has no column of them."""
    names = {name for label in labels for name in label.channels}
    if not names and place.parent.name not in SIGNALS:
        return ""
    return next((mark for mark in _PARTED if not any(mark in name for name in names)), "\u241f")


def _read_delimiter(path: Path) -> str:
    """Return what parts the names of channels in a table."""
    about = (read_json(path.with_suffix(".json")) or {}).get("channel")
    return str((about if isinstance(about, dict) else {}).get("Delimiter") or _PARTED[0])


def _tabulate(
    place: PurePosixPath,
    annotation: Annotation,
    decisions: Mapping[str, Decision],
    parted: str,
) -> str:
    """Return the table of labels."""
    ordered = sorted(
        annotation.labels, key=lambda label: (label.onset_s, label.kind, label.channels)
    )
    evidence = sorted({name for label in ordered for name in label.evidence})
    columns = [*_HEAD, *(["channel"] if parted else []), *_TAIL, *evidence]
    rows = [
        [
            _time(label.onset_s), _time(label.duration_s), label.kind,
            *([parted.join(label.channels) or MISSING] if parted else []),
            f"{label.confidence:.3f}", _name(place, annotation.method, label),
            *_say_decision(decisions.get(label.key)),
            *(_number(label.evidence.get(name, math.nan)) for name in evidence),
        ]
        for label in ordered
    ]  # fmt: skip
    return Table(columns, rows).format()


def _explain_labels(
    annotation: Annotation, kinds: Mapping[str, str], parted: str
) -> dict[str, Any]:
    """Return the data dictionary of the table of labels."""
    about: dict[str, Any] = {
        "trial_type": {
            "Description": "What the method says is there",
            "Levels": dict(sorted(kinds.items())),
        }
    }
    about |= {
        column: {"Description": meaning}
        for column, meaning in _COLUMNS.items()
        if parted or column != "channel"
    }
    if parted:
        about["channel"]["Delimiter"] = parted
    names = sorted({name for label in annotation.labels for name in label.evidence})
    return about | {name: {"Description": f"Measured there: {_say(name)}"} for name in names}


def _tabulate_series(series: Mapping[str, tuple[float, ...]]) -> str:
    """Return the table of numbers for each volume or window."""
    names = sorted(series)
    rows = zip(*(series[name] for name in names), strict=True)
    return Table(names, [[_number(value) for value in row] for row in rows]).format()


def _explain_series(annotation: Annotation) -> dict[str, Any]:
    """Return the data dictionary of the table of series."""
    return {
        name: {
            "Description": measure.meaning if measure else _say(name),
            **({"Units": measure.unit} if measure and measure.unit else {}),
        }
        for name in sorted(annotation.series)
        for measure in [annotation.measures.get(name)]
    }


def _summarise(annotation: Annotation) -> dict[str, Any]:
    """Return measures, settings and findings of a recording."""
    counts: dict[str, int] = {}
    for label in annotation.labels:
        counts[label.kind] = counts.get(label.kind, 0) + 1
    return {
        "Method": annotation.method,
        "MethodVersion": annotation.version,
        "Labels": dict(sorted(counts.items())),
        "Measures": {
            name: {
                "Value": float(f"{one.value:.6g}") if math.isfinite(one.value) else MISSING,
                **({"Units": one.unit} if one.unit else {}),
                "Description": one.meaning,
            }
            for name, one in sorted(annotation.measures.items())
        },
        "Settings": dict(sorted(annotation.settings.items())),
        "Findings": [
            {"code": f.code, "severity": f.severity.value, "reason": f.reason, "fix": f.fix}
            for f in annotation.findings
        ],
    }


def _say(name: str) -> str:
    return name.replace("_", " ")


def _time(seconds: float) -> str:
    """Return a time to the millisecond, as the names of labels have it."""
    return f"{seconds:.3f}" if math.isfinite(seconds) else MISSING


def _number(value: float) -> str:
    return f"{value:.6g}" if math.isfinite(value) else MISSING


def _write(path: Path, text: str) -> Path:
    write_atomic(path, text)
    return path


def _dump(path: Path, fields: dict[str, Any]) -> Path:
    write_json(path, fields)
    return path
