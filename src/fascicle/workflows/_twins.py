"""Make a twin of a dataset: people who never were, attacked before they may leave."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Finding, Progress, ProgressHook, Severity
from fascicle.errors import InputError
from fascicle.jobs import lock_output, remove_tree
from fascicle.protect import (
    Generator,
    TwinAudit,
    TwinSettings,
    Verdict,
    fit_generator,
    worst_verdict,
)

from ._twin_check import Sides, Utility, check_part, check_table, measure_losses, teach_on_twin
from ._twin_codec import JointCodec, Person, fit_joint_codec, list_rows
from ._twin_inputs import MIN_PEOPLE, TwinSource, nothing_to_learn, read_twin_source
from ._twin_layout import (
    name_table,
    name_twins,
    read_description,
    write_description,
    write_part,
    write_sidecars,
    write_table,
)
from ._twin_private import (
    TwinPrivacy,
    blank_odd_cells,
    charge,
    fit_private_codec,
    plan_privacy,
)
from ._twin_words import TwinResult, write_statement

TwinModel = Literal["gaussian", "gan", "vae"]
_LEAST_HELD_OUT: Final = 4
_LEAST_OF_CLASS: Final = 3
_STAGE: Final = ".fascicle-twin"


@dataclass(frozen=True, slots=True)
class TwinOptions:
    """How a twin is made.

    Attributes
    ----------
    model : str or None
        ``"gaussian"``, ``"gan"`` or ``"vae"``; None takes a Gaussian copula for a table by itself
        and a GAN for everything else.
    n_people : int or None
        How many synthetic people; None makes as many as there are real ones.
    label : str
        Column of a class (a diagnosis, a group) that the generator is told: people of each class
        are made as often as there are real ones. Empty for none.
    secrets : tuple of str
        Columns that an attacker would like to learn; empty lets the audit choose.
    held_out : float
        Share of the people that the generator never sees: attacks are measured on them.
    accept_unproven : bool
        Writes the twin although there are too few people to establish that it is safe.
    seed : int or None
        Repeats a run, unless it is private; None draws one.
    privacy : TwinPrivacy or None
        Trains under differential privacy, charged to the people.
    """

    model: TwinModel | None = None
    n_people: int | None = None
    label: str = ""
    secrets: tuple[str, ...] = ()
    held_out: float = 0.25
    accept_unproven: bool = False
    seed: int | None = None
    privacy: TwinPrivacy | None = None

    def __post_init__(self) -> None:
        problem = ""
        if not 0 < self.held_out < 1:
            problem = "a share of people held out that is not between 0 and 1"
        elif self.n_people is not None and self.n_people < MIN_PEOPLE:
            problem = f"fewer than {MIN_PEOPLE} synthetic people, who cannot be compared with any"
        elif self.seed is not None and self.seed < 0:
            problem = "a seed below zero"
        elif self.privacy is not None and self.label:
            problem = (
                "a class together with a loss of privacy, whose shares would be learnt for free"
            )
        if problem:
            raise InputError(
                "FSC146",
                f"Expected settings of a twin that can be followed, got {problem}.",
                "See fascicle protect synthesize --help.",
            )


def synthesize(
    source: Path | str,
    target: Path | str,
    options: TwinOptions | None = None,
    *,
    on_progress: ProgressHook | None = None,
) -> TwinResult:
    """Make synthetic people like those of a dataset, and attack them before they may leave.

    The generator never sees a share of the people. What it makes is written the way the real
    dataset lies, read again, and attacked: people trained on must be no easier to tell, copy, link
    or complete than people held out. A twin that fails is not kept. The generator never leaves.

    Parameters
    ----------
    source : Path or str
        A BIDS dataset, a folder with a matrix or a time series for each person, or a table.
    target : Path or str
        A new folder for the twin.
    options : TwinOptions or None
        None takes the defaults.
    on_progress : callable or None
        Told of every step.

    Returns
    -------
    TwinResult
        Verdict, audits, what the twin is worth, and whether it was written.

    Raises
    ------
    InputError
        FSC145 if there is nothing to learn from, or too few people; FSC146 if the options cannot
        be followed; FSC147 if `target` is not new; FSC148 if there is no such column; FSC149 if
        there are files of which no private twin is made; FSC161, FSC182 and FSC186 as for private
        statistics.
    Refusal
        FSC530 if the budget is used up; FSC531 if none was set; FSC532 if somebody has withdrawn.
    DependencyError
        FSC805 if a network is asked for and torch is not installed.
    JobError
        FSC704 if another run makes a twin at `target`.

    Examples
    --------
    >>> from fascicle.workflows import synthesize
    >>> synthesize("dataset", "twin").verdict.name  # doctest: +SKIP
    'SHAREABLE'
    """
    told = options or TwinOptions()
    path, out = Path(source).absolute(), Path(target).absolute()
    _require_new(out, path)
    tell = on_progress or _tell_nobody
    tell(Progress("synthesize", 0, 4, "reading"))
    real = read_twin_source(path)
    if told.privacy is not None:
        real = blank_odd_cells(real, told.privacy.public)
    columns = _choose_columns(real, told)
    if not columns and not real.parts:
        raise nothing_to_learn()
    seed = secrets.randbits(32) if told.seed is None else told.seed
    with lock_output(out):
        _require_new(out, path)  # another run may have ended meanwhile
        job = _Job(real, out.with_name(f"{_STAGE}-{out.name}"), columns, told, seed)
        return _make(job, out, tell)


def _make(job: _Job, out: Path, tell: ProgressHook) -> TwinResult:
    """Make a twin beside its place, and put it there if it may leave."""
    remove_tree(job.stage)
    # What was not attacked yet is for nobody else to read.
    job.stage.mkdir(parents=True, mode=0o700)
    try:
        result = _run(job, tell)
        if result.is_written:
            if out.exists():
                out.rmdir()
            job.stage.chmod(0o755)
            job.stage.rename(out)
    finally:
        remove_tree(job.stage)
    return result.placed(out)


@dataclass(frozen=True, slots=True)
class _Job:
    """What one run knows from its beginning."""

    real: TwinSource
    stage: Path
    columns: tuple[str, ...]
    options: TwinOptions
    seed: int

    @property
    def model(self) -> TwinModel:
        return self.options.model or ("gan" if self.real.parts else "gaussian")

    @property
    def has_groups(self) -> bool:
        """True if folders tell groups of people, of whom enough are left when some are held out."""
        return bool(self.real.find_homes()) and not self.why_one_folder

    @property
    def why_one_folder(self) -> str:
        """Why groups that folders tell are not told to the generator; empty if they are."""
        groups = Counter(self.real.find_homes().values())
        if self.options.label:
            return "the generator was told the classes of a column (--label) in their place"
        if self.options.privacy is not None:
            return "how many people are in each would have been learnt for free (--epsilon)"
        if min(groups.values(), default=0) <= _LEAST_OF_CLASS:
            return f"one of them holds {_LEAST_OF_CLASS} people or fewer"
        return ""

    def list_classes(self, source: TwinSource, labels: Sequence[str]) -> list[str]:
        """Return the class of each person: as a column says, or the folder; none if neither."""
        if self.options.label:
            column = self.options.label
            return [row[column].strip() for row in list_rows(source, labels, (column,))]
        homes = source.find_homes() if self.has_groups else {}
        return [homes[label] for label in labels] if homes else []

    @property
    def twin_path(self) -> Path:
        """Where the twin is read again: a folder, or a table by itself."""
        table = self.real.table
        alone = self.real.path.is_file() and table is not None
        return self.stage / name_table(table.path) if alone and table else self.stage


def _run(job: _Job, tell: ProgressHook) -> TwinResult:
    """Train, write, read again, attack."""
    rng = np.random.default_rng(job.seed)
    classes = job.list_classes(job.real, job.real.labels)
    trained, held_out = _split(job.real.labels, classes, job.options.held_out, rng)
    tell(Progress("synthesize", 1, 4, f"training on {len(trained)} people"))
    told = np.array(job.list_classes(job.real, trained))
    _require_common(told.tolist(), job.list_classes(job.real, held_out))
    learnt = _learn_privately(job, trained) if job.options.privacy else _learn(job, trained, told)
    codec, generator = learnt.codec, learnt.generator
    labels = name_twins(job.options.n_people or len(job.real.labels))
    drawn = rng.choice(told, len(labels)) if told.size else None
    tell(Progress("synthesize", 2, 4, f"writing {len(labels)} synthetic people"))
    vectors = generator.sample(len(labels), drawn, rng)
    n_left = _write(job, labels, (codec.decode(row, rng) for row in vectors), drawn)
    tell(Progress("synthesize", 3, 4, "attacking what was written"))
    sides = Sides(job.real, read_twin_source(job.twin_path), trained, held_out)
    result = _judge(job, sides, learnt)
    if n_left:
        result = replace(result, findings=(*result.findings, _left_behind(n_left)))
    tell(Progress("synthesize", 4, 4, str(result.verdict)))
    return result


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What came of training; what its privacy cost, if it was private."""

    codec: JointCodec
    generator: Generator
    privacy: Mapping[str, Any] = field(default_factory=dict)


def _learn(job: _Job, trained: Sequence[str], classes: NDArray[np.str_]) -> _Learnt:
    codec = fit_joint_codec(job.real, trained, job.columns)
    vectors = codec.encode(job.real, trained)
    settings = TwinSettings(job.model, seed=job.seed)
    return _Learnt(codec, fit_generator(vectors, classes if classes.size else None, settings))


def _learn_privately(job: _Job, trained: Sequence[str]) -> _Learnt:
    """Plan the noise, charge everybody for it, train: in this order, whatever fails."""
    privacy = job.options.privacy
    assert privacy is not None  # noqa: S101 - the caller asked
    plan = plan_privacy(job.real, job.columns, privacy, job.model)
    settings = TwinSettings(job.model, seed=job.seed, noise=plan.noise)
    with charge(job.real, plan, privacy) as told:
        codec = fit_private_codec(job.real, trained, job.columns, privacy.public, plan)
        generator = fit_generator(codec.encode(job.real, trained), None, settings)
    return _Learnt(codec, generator, told)


def _split(
    labels: Sequence[str], classes: Sequence[str], share: float, rng: np.random.Generator
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return people to train on, and people held out: of each class the same share."""
    told = classes or [""] * len(labels)
    order = sorted(rng.permutation(len(labels)), key=lambda at: told[at])
    n_held_out = min(max(_LEAST_HELD_OUT, round(share * len(labels))), len(labels) // 2)
    # Evenly spaced over people in the order of their classes.
    picked = {int((at + 0.5) * len(labels) / n_held_out) for at in range(n_held_out)}
    held_out = sorted(labels[person] for at, person in enumerate(order) if at in picked)
    trained = sorted(labels[person] for at, person in enumerate(order) if at not in picked)
    return tuple(trained), tuple(held_out)


def _choose_columns(real: TwinSource, told: TwinOptions) -> tuple[str, ...]:
    """Return the columns that are learnt: all but who it is, and the class."""
    known = tuple(real.table.columns) if real.table else ()
    public = told.privacy.public if told.privacy else ()
    missing = [name for name in (told.label, *told.secrets, *public) if name and name not in known]
    if missing:
        raise InputError(
            "FSC148",
            f"Expected the column {missing[0]} in the table of people, found none of that name.",
            "Name a column of the table.",
        )
    key = real.table.key if real.table else ""
    if told.privacy is not None:
        return tuple(name for name in known if name in told.privacy.public and name != key)
    return tuple(name for name in known if name not in {key, told.label})


def _require_common(classes: Sequence[str], others: Sequence[str]) -> None:
    """Refuse classes of which too few people are left to learn from, or none."""
    rarest = min(Counter(classes).values(), default=_LEAST_OF_CLASS)
    if rarest < _LEAST_OF_CLASS or "" in classes or not set(others) <= set(classes):
        raise InputError(
            "FSC148",
            f"Expected {_LEAST_OF_CLASS} people or more of each class and none without, found "
            f"{rarest} of one of {len(set(classes))} classes.",
            "Merge rare classes in the table (or folders), or name another column.",
        )


def _write(
    job: _Job, labels: Sequence[str], people: Iterable[Person], drawn: NDArray[np.str_] | None
) -> int:
    """Write tables, files and sidecars; return kinds of sidecars that the twin does not have."""
    rows = []
    has_homes = drawn is not None and job.has_groups
    for at, (label, person) in enumerate(zip(labels, people, strict=True)):
        told = str(drawn[at]) if drawn is not None else ""
        for part, values in zip(job.real.parts, person.parts, strict=True):
            write_part(part, label, values, job.stage / told if has_homes else job.stage)
        known = {job.options.label: told} if job.options.label else {}
        rows.append(_complete(job.real, label, person.row | known))
    write_table(job.real, rows, job.stage)
    about = read_description(job.real)
    if not about:
        return 0
    write_description(about, job.stage)
    # Whether a sidecar says the same of everybody tells of who is the only one to differ.
    if job.options.privacy is not None:
        return 0
    return write_sidecars(job.real, labels, job.stage)


def _complete(real: TwinSource, label: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with all columns of the real table, in their order."""
    if real.table is None:
        return {}
    is_prefixed = real.table.columns[real.table.key][0].startswith("sub-")
    own = {real.table.key: f"sub-{label}" if is_prefixed else label}
    return {name: own.get(name, told.get(name)) for name in real.table.columns}


def _judge(job: _Job, sides: Sides, learnt: _Learnt) -> TwinResult:
    """Attack the twin as it lies there, and say what it is worth."""
    classes = {
        side: job.list_classes(source, labels)
        for side, source, labels in (
            ("trained", sides.real, sides.trained),
            ("held_out", sides.real, sides.held_out),
            ("twin", sides.twin, sides.twin.labels),
        )
    }
    losses = measure_losses(sides, learnt.codec, learnt.generator, classes)
    audits: dict[str, TwinAudit] = {}
    worth: list[Utility] = []
    columns = (*job.columns, *filter(None, [job.options.label]))
    if columns:
        audits["participants"], table = check_table(
            sides, columns, job.options.secrets, losses, job.seed
        )
        worth.append(table)
    for place, part in enumerate(job.real.parts):
        audits[part.pattern], found = check_part(sides, place, losses, job.seed)
        worth += found
    verdict = worst_verdict(audit.verdict for audit in audits.values())
    is_fit = verdict is Verdict.SHAREABLE
    # A private twin is paid for and promised by its noise: whether it leaves must not depend on
    # attacks, which were measured on people for free.
    is_taken = bool(learnt.privacy) or (verdict is Verdict.OPEN and job.options.accept_unproven)
    result = TwinResult(
        model=job.model,
        verdict=verdict,
        n_trained=len(sides.trained),
        n_held_out=len(sides.held_out),
        n_twin=len(sides.twin.labels),
        audits=audits,
        utility=tuple(worth),
        taught=teach_on_twin(sides, learnt.codec, classes) if classes["twin"] else {},
        findings=(*job.real.findings, *_find_merged(job)),
        privacy=learnt.privacy,
        is_written=is_fit or is_taken,
    )
    if result.is_written:
        write_statement(result, job.stage)
    return result


def _left_behind(count: int) -> Finding:
    return Finding(
        code="twin.left_out",
        severity=Severity.NOTE,
        place="dataset",
        reason=f"{count} kinds of files differ between people and are no numbers (events, lists "
        "of scans): the twin does not have them.",
        fix="Nothing is to be done, unless whoever uses the twin needs them.",
        origin="synthesize",
    )


def _find_merged(job: _Job) -> list[Finding]:
    """Say that people of several folders lie in one in the twin."""
    if job.has_groups or not job.real.find_homes():
        return []
    return [
        Finding(
            code="twin.folders_merged",
            severity=Severity.WARNING,
            place="dataset",
            reason="Files of people lie in several folders, in the twin they lie in one: "
            f"{job.why_one_folder}.",
            fix="Write code that finds files by their names; or give every folder more than "
            f"{_LEAST_OF_CLASS} people and name no other class.",
            origin="synthesize",
        )
    ]


def _require_new(folder: Path, source: Path) -> None:
    is_within = source in folder.parents or folder == source
    if is_within or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise InputError(
            "FSC147",
            "Expected a new folder for the twin, outside the data, got another.",
            "Name a folder that does not exist.",
        )


def _tell_nobody(_step: Progress) -> None:
    """Take progress when nobody listens."""
