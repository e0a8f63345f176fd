"""How findable, accessible, interoperable and reusable a dataset is, before it is published.

The tests follow the indicators of the RDA's FAIR data maturity model [1]_ and the metrics of
FAIRsFAIR [2]_, in our own words, as far as a folder without a network can answer them. What only
publishing can give (a persistent identifier, a page that answers) is asked too, and not passed
before that: the score is meant to be read with its reasons.

References
----------
.. [1] RDA FAIR Data Maturity Model Working Group (2020), doi:10.15497/rda00050
.. [2] A. Devaraju, R. Huber (2021), doi:10.1016/j.patter.2021.100370
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fascicle.core import Consent, Dataset, Finding, Severity

from ._dataset import JSONLD_NAME, find_recordings, read_json, read_table
from ._fair_questions import QUESTIONS, Facts, FairQuestion

_LETTERS = "FAIR"


@dataclass(frozen=True, slots=True)
class FairTest:
    """One test.

    Attributes
    ----------
    id : str
        Stable: the principle and a number, ``"F1-01"``.
    principle : str
        FAIR principle, ``"F1"`` to ``"R1.3"``.
    title : str
        What is asked.
    passed : bool
        True if all points were earned.
    points, max_points : float
        Earned and to be had.
    reason : str
        What was seen.
    fix : str
        What to do; empty if passed.
    after_publishing : bool
        True if only publishing can earn the points.
    """

    id: str
    principle: str
    title: str
    passed: bool
    points: float
    max_points: float
    reason: str
    fix: str
    after_publishing: bool = False


@dataclass(frozen=True, slots=True)
class FairScore:
    """The whole assessment.

    Attributes
    ----------
    score : float
        Share of all points, in percent.
    letters : dict of str to float
        The same for F, A, I and R.
    tests : tuple of FairTest
        In the order of the principles.
    within_reach : float
        The score that the folder would have if all that needs no publishing were mended, in
        percent.
    """

    score: float
    letters: dict[str, float]
    tests: tuple[FairTest, ...]
    within_reach: float

    def findings(self) -> tuple[Finding, ...]:
        """Return the tests that did not pass as notes."""
        return tuple(
            Finding(f"fair.{t.id}", Severity.NOTE, "dataset", t.reason, t.fix, "fair")
            for t in self.tests
            if not t.passed
        )


@dataclass(frozen=True, slots=True)
class FairContext:
    """What a folder alone cannot say.

    Attributes
    ----------
    consents : dict of str to Consent
        By participant label; empty for animals.
    doi : str
        Bare DOI; empty before one is given.
    is_published : bool
        True once it lies in a commons, where it can be found.
    is_sealed : bool
        True if the proof passed and a seal was made.
    n_bids_errors : int or None
        What the official validator said; None if it was not run.
    """

    consents: Mapping[str, Consent]
    doi: str = ""
    is_published: bool = False
    is_sealed: bool = False
    n_bids_errors: int | None = None


def assess_fair(folder: Path, dataset: Dataset, context: FairContext) -> FairScore:
    """Score a dataset against the FAIR principles, without a network.

    Parameters
    ----------
    folder : Path
        The dataset; nothing in it is changed.
    dataset : Dataset
        As `describe_dataset` returns it.
    context : FairContext
        What the folder alone cannot say.

    Returns
    -------
    FairScore
        With each test, its reason and its fix.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     score = assess_fair(Path(name), Dataset("ds-1", "Rest"), FairContext({}))
    >>> score.score < 50, sorted(score.letters)
    (True, ['A', 'F', 'I', 'R'])
    """
    facts = _gather(folder, dataset, context)
    tests = tuple(_answer(question, facts) for question in QUESTIONS)
    reach = sum(t.points if t.after_publishing else t.max_points for t in tests)
    return FairScore(
        score=_percent(tests),
        letters={x: _percent([t for t in tests if t.principle[0] == x]) for x in _LETTERS},
        tests=tests,
        within_reach=round(100 * reach / sum(t.max_points for t in tests), 1),
    )


def _gather(folder: Path, dataset: Dataset, context: FairContext) -> Facts:
    return Facts(
        dataset=dataset,
        about=read_json(folder / "dataset_description.json") or {},
        page=read_json(folder / JSONLD_NAME) or {},
        rows=read_table(folder / "participants.tsv"),
        recordings=find_recordings(folder),
        files=frozenset(path.name for path in folder.iterdir()) if folder.is_dir() else frozenset(),
        consents=context.consents,
        doi=context.doi or _bare_doi(folder),
        is_published=context.is_published,
        is_sealed=context.is_sealed,
        n_bids_errors=context.n_bids_errors,
    )


def _bare_doi(folder: Path) -> str:
    about = read_json(folder / "dataset_description.json") or {}
    return str(about.get("DatasetDOI") or "").removeprefix("https://doi.org/").removeprefix("doi:")


def _answer(question: FairQuestion, facts: Facts) -> FairTest:
    share, reason = question.ask(facts)
    passed = share >= 1.0
    return FairTest(
        id=question.id,
        principle=question.id.partition("-")[0],
        title=question.title,
        passed=passed,
        points=round(share * question.max_points, 2),
        max_points=question.max_points,
        reason=reason,
        fix="" if passed else question.fix,
        after_publishing=question.after_publishing,
    )


def _percent(tests: Sequence[FairTest]) -> float:
    total = sum(test.max_points for test in tests)
    return round(100 * sum(test.points for test in tests) / total, 1) if total else 0.0
