"""Release a private figure of a dataset, and keep the ledger of what that costs its people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np

from fascicle.describe import describe_dataset
from fascicle.errors import InputError, JobError
from fascicle.govern import (
    Budget,
    LogEntry,
    affordable_rho,
    commons_path,
    epsilon_of,
    open_commons,
)
from fascicle.jobs import translate_os_error, write_atomic
from fascicle.maths import RandomBits
from fascicle.protect import ConnectivityQuestion, PrivateQuestion

from ._private_inputs import read_connectivity, read_people, read_prior
from ._private_questions import PrivateOptions, make_question
from ._private_words import PrivateRelease, write_statement

_DESCRIPTION = "dataset_description.json"


def release_private(
    source: Path | str,
    out: Path | str | None,
    options: PrivateOptions,
    *,
    commons: Path | str | None = None,
    agent: str = "owner",
) -> PrivateRelease:
    """Release a differentially private figure, charged to the people behind it.

    What it will be worth is worked out first, from public figures; an answer that would be little
    more than noise is not asked, and costs nothing, unless `options` accept noise.

    Parameters
    ----------
    source : Path or str
        A BIDS dataset or a table; for connectivity, matrices or time series of people.
    out : Path or str or None
        A new folder for the result; None only foretells.
    options : PrivateOptions
        What is asked, and at which loss of privacy.
    commons : Path, str or None
        Folder of the commons that keeps the budget; None is the user's own.
    agent : str
        Who asks; written to the log.

    Returns
    -------
    PrivateRelease
        With the answer, unless `out` is None.

    Raises
    ------
    InputError
        FSC161, FSC174 to FSC177 if the question is not complete; FSC179 if the answer would be
        noise; FSC180 or FSC181 if the data cannot be read; FSC182 if it is not said which dataset
        pays; FSC183 if the folder is not new; FSC186 if another dataset than its own should pay.
    JobError
        FSC705 or FSC707 if the folder cannot be written to.
    Refusal
        FSC530 if the budget is used up; FSC531 if none was set; FSC532 if somebody has withdrawn.
    """
    path = Path(source)
    question, people, data = _load(path, options)
    rho = affordable_rho(options.epsilon, options.delta)
    account = name_account(path, options.account)
    foretold = _foretell(account, question, len(people), rho, options)
    if out is None:
        return foretold
    folder = Path(out).absolute()
    _require_new(folder)
    if not (foretold.forecast.is_useful or options.accept_noise):
        raise _too_little(foretold)
    with open_commons(commons_path(commons), agent=agent) as handle:
        require_own_account(handle.log, path, account)
        # Inside, so that a place that cannot be written to is told before anybody is charged.
        with (
            _making(folder),
            handle.spend(account, people, foretold.mechanisms, options.explain()) as line,
        ):
            # A warning of numbers that are too large would tell of the person who has them.
            with np.errstate(all="ignore"):
                answer = question.answer(data, rho, RandomBits())
            done = replace(foretold, answer=answer, line=line)
            _write(done, folder, options)
        ledger = handle.budget(account)
    return replace(done, budget=ledger, n_new=_count_new(ledger, line, people))


def budget(
    dataset: Path | str, *, commons: Path | str | None = None, agent: str = "owner"
) -> Budget:
    """Say what was spent on the people of a dataset, on what, by whom, and what is left.

    Parameters
    ----------
    dataset : Path or str
        Its id, or its folder.
    commons : Path, str or None
        Folder of the commons; None is the user's own.
    agent : str
        Who asks.

    Returns
    -------
    Budget
        The ledger.

    Raises
    ------
    InputError
        FSC184 if no budget was set.
    """
    account = _name_ledger(dataset)
    with open_commons(commons_path(commons), agent=agent) as handle:
        found = handle.budget(account)
    if found is None:
        raise InputError(
            "FSC184",
            "Expected a dataset with a budget, found none for this one.",
            "The steward sets it: fascicle budget set DATASET --epsilon 3 --delta 1e-6.",
        )
    return found


def set_budget(
    dataset: Path | str,
    epsilon: float,
    delta: float,
    *,
    commons: Path | str | None = None,
    agent: str = "owner",
) -> Budget:
    """Set the most that may be learnt of each person of a dataset, over all private releases.

    Parameters
    ----------
    dataset : Path or str
        Its id, or its folder; it need not be published.
    epsilon, delta : float
        For each person, in all.
    commons : Path, str or None
        Folder of the commons, made if it is not there; None is the user's own.
    agent : str
        The steward who stands for it.

    Returns
    -------
    Budget
        The ledger, with what was spent before.

    Raises
    ------
    InputError
        FSC161 if epsilon and delta are no guarantee.
    Refusal
        FSC533 if somebody else set it first.
    """
    account = _name_ledger(dataset)
    with open_commons(commons_path(commons), agent=agent, create=True) as handle:
        handle.set_budget(account, epsilon, delta)
        found = handle.budget(account)
    assert found is not None  # noqa: S101 - it was set a line above
    return found


def name_account(source: Path, account: str) -> str:
    """Return the id of the dataset whose budget pays: as stated, or as its folder says.

    Raises
    ------
    InputError
        FSC182 if neither says.
    """
    if account.strip():
        return account.strip()
    if (source / _DESCRIPTION).is_file():
        return describe_dataset(source).id
    raise InputError(
        "FSC182",
        "Expected a BIDS dataset, whose id names its budget; got other data.",
        "Say with --account which dataset the people are of.",
    )


def _name_ledger(dataset: Path | str) -> str:
    """Return the id that is meant by a folder or a name; a name may be that of a folder, too."""
    path = Path(dataset)
    is_dataset = (path / _DESCRIPTION).is_file()
    # A path that leads nowhere is a slip, and no name.
    is_name = str(dataset) == path.name and not path.is_file() and not is_dataset
    return name_account(path, str(dataset) if is_name else "")


def require_own_account(
    read_log: Callable[[str], Sequence[LogEntry]], source: Path, account: str
) -> None:
    """Refuse to charge another account for a dataset that this commons knows by its own id.

    What was spent on its people would not be counted there, and who has withdrawn not be known.
    """
    folder = source.absolute()
    for one in (folder, *folder.parents):
        if not (one / _DESCRIPTION).is_file() or (own := describe_dataset(one).id) == account:
            continue
        if any(entry.event in {"budget", "publish"} for entry in read_log(own)):
            raise InputError(
                "FSC186",
                f"Expected the account of this dataset itself ({own}), which this commons keeps, "
                "to pay, got another.",
                f"Leave --account out, or say --account {own}: all data of the same people belong "
                "to one account.",
            )


def _count_new(ledger: Budget | None, line: int, people: list[str]) -> int:
    """Return for how many people a spend is all that an account with other spends ever charged."""
    if ledger is None or len(ledger.spends) < 2:
        return 0
    cost = next(one.share for one in ledger.spends if one.number == line)
    return sum(ledger.share_by_person.get(label) == cost for label in people)


@contextmanager
def _making(folder: Path) -> Iterator[None]:
    """Make a folder that can be written to; it goes again if nothing came to be in it."""
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise translate_os_error(error) from error
    try:
        yield
    finally:
        if made and not any(folder.iterdir()):
            folder.rmdir()


def _load(path: Path, options: PrivateOptions) -> tuple[PrivateQuestion, list[str], Any]:
    """Return the question, the labels of the people, and what is asked of."""
    if options.statistic != "connectivity":
        question = make_question(options)
        rows = read_people(path, options.columns_needed())
        return question, list(rows), rows
    matrices = read_connectivity(path)
    stack = np.array(list(matrices.values()))
    prior = read_prior(options.prior) if options.prior else None
    return ConnectivityQuestion(stack.shape[1], options.clip, prior), list(matrices), stack


def _foretell(
    account: str, question: PrivateQuestion, n_people: int, rho: float, options: PrivateOptions
) -> PrivateRelease:
    forecast = question.foretell(n_people, rho)
    return PrivateRelease(
        account=account,
        statistic=question.statistic,
        n_people=n_people,
        epsilon=options.epsilon,
        delta=options.delta,
        forecast=forecast,
        n_needed=int(np.ceil(max(n_people, 1) * forecast.excess)),
        epsilon_needed=epsilon_of(rho * forecast.excess**2, options.delta),
        mechanisms=question.mechanisms(rho),
    )


def _too_little(foretold: PrivateRelease) -> InputError:
    return InputError(
        "FSC179",
        f"Expected an answer that is of use, but at epsilon {foretold.epsilon:g} it would be "
        f"little more than noise. {foretold.forecast.words}",
        f"It would be of use with {foretold.n_needed} people, or at epsilon "
        f"{foretold.epsilon_needed:.3g}; --accept-noise asks all the same. Nothing was charged.",
    )


def _require_new(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            "FSC183",
            "Expected a new folder for the result, found something in it.",
            "Name a new folder.",
        )


def _write(done: PrivateRelease, folder: Path, options: PrivateOptions) -> None:
    """Write figures, matrix and statement."""
    assert done.answer is not None  # noqa: S101 - called with an answer only
    about: Mapping[str, Any] = done.as_dict() | {
        "question": options.as_dict(),
        "made_on": datetime.now(UTC).date().isoformat(),
    }
    files = {
        "release.json": json.dumps(about, indent=2) + "\n",
        "README.md": write_statement(done, options),
    }
    if done.answer.matrix is not None:
        lines = ["\t".join(f"{value:.6f}" for value in row) for row in done.answer.matrix]
        files["connectivity.tsv"] = "\n".join(lines) + "\n"
    try:
        for name, text in files.items():
            write_atomic(folder / name, text)
    except OSError as error:
        told = translate_os_error(error)
        remedy = "What was asked is charged; ask again once the place can be written to."
        raise JobError(told.code, told.problem, remedy) from error
