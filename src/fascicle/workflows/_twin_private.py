"""Twins under differential privacy: what is public, what it costs, who pays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from fascicle.core import Mechanism
from fascicle.errors import InputError
from fascicle.govern import affordable_rho, commons_path, open_commons
from fascicle.protect import (
    Codec,
    ConnectivityQuestion,
    ModelName,
    PublicColumn,
    TwinNoise,
    fit_private_matrix_codec,
    fit_private_table_codec,
    make_noise,
    plan_twin_noise,
    read_numbers_of,
)

from ._private import name_account, require_own_account
from ._private_inputs import read_people
from ._twin_codec import JointCodec, list_rows
from ._twin_inputs import People, TwinSource

_CODEC_SHARE: Final = 0.3
"""Share of the loss for how columns and matrices are distributed; the rest is for training."""


@dataclass(frozen=True, slots=True)
class TwinPrivacy:
    """What a private twin may cost each person, and what is public of the data.

    Attributes
    ----------
    epsilon, delta : float
        The most that it may cost each person.
    public : dict of str to PublicColumn
        What is known of columns without the people; other columns are not learnt.
    account : str
        Id of the dataset whose budget pays; empty takes that of the folder.
    commons : Path or None
        The commons that keeps the budget; None is the user's own.
    agent : str
        Who asks; written to the log.
    """

    epsilon: float
    delta: float = 1e-6
    public: Mapping[str, PublicColumn] = field(default_factory=dict)
    account: str = ""
    commons: Path | None = None
    agent: str = "owner"


@dataclass(frozen=True, slots=True)
class PrivatePlan:
    """All noise that a private twin will have, known before people are looked at.

    Attributes
    ----------
    noise : TwinNoise
        Of the training.
    rho_each : float
        Concentrated loss of the table's codec, and of each part's.
    mechanisms : tuple of Mechanism
        All of it together.
    """

    noise: TwinNoise
    rho_each: float
    mechanisms: tuple[Mechanism, ...]


def plan_privacy(
    source: TwinSource, columns: Sequence[str], privacy: TwinPrivacy, model: ModelName
) -> PrivatePlan:
    """Share the loss among columns, matrices and training.

    Parameters
    ----------
    source : TwinSource
        A table, matrices, or both.
    columns : sequence of str
        Columns that are learnt.
    privacy : TwinPrivacy
        The loss.
    model : str
        What is trained.

    Raises
    ------
    InputError
        FSC149 if there are files other than matrices; FSC161 if the loss is no guarantee.
    """
    is_alike = not source.n_left_out and _is_plain(source, columns, privacy.public)
    is_fit = all(part.kind == "matrix" for part in source.parts) and (source.parts or columns)
    if not is_alike:
        raise InputError(
            "FSC149",
            "Expected a table that is read in one way, and all of it of everybody: with a loss of "
            "privacy, one person's cells and files must not decide on who else counts.",
            "Give everybody one row and each file; save the table as TSV with the column "
            "participant_id.",
        )
    if not is_fit:
        raise InputError(
            "FSC149",
            "Expected a table with something public of its columns, or a correlation matrix of "
            "each person, got other files.",
            "Make matrices of time series first, state bounds and levels of columns, or leave "
            "--epsilon out.",
        )
    rho = affordable_rho(privacy.epsilon, privacy.delta)
    each = rho * _CODEC_SHARE / (bool(columns) + len(source.parts))
    noise = plan_twin_noise(rho * (1 - _CODEC_SHARE), model)
    mechanisms = [make_noise(each)] if columns else []
    for part in source.parts:
        n_regions = part.read(source.labels[0]).shape[0]  # public: everybody's are of this size
        mechanisms += ConnectivityQuestion(n_regions).mechanisms(each)
    return PrivatePlan(noise, each, (*mechanisms, *noise.mechanisms))


def blank_odd_cells(source: TwinSource, public: Mapping[str, PublicColumn]) -> TwinSource:
    """Take what is no number out of columns of numbers, as if it were missing.

    Parameters
    ----------
    source : TwinSource
        The dataset.
    public : dict of str to PublicColumn
        What is known of columns.
    """
    if source.table is None:
        return source
    columns = {
        name: tuple(_blank(name, cell, public) for cell in cells)
        for name, cells in source.table.columns.items()
    }
    return replace(source, table=replace(source.table, columns=columns))


def _blank(name: str, cell: str, public: Mapping[str, PublicColumn]) -> str:
    is_number = name in public and not public[name].levels
    return "n/a" if is_number and read_numbers_of([cell]) == [None] else cell


def _is_plain(
    source: TwinSource, columns: Sequence[str], public: Mapping[str, PublicColumn]
) -> bool:
    """Tell whether the careful reader, which guesses nothing, finds the same cells."""
    if not columns:
        return True
    found = {
        label: [{name: _blank(name, cell, public) for name, cell in row.items()} for row in rows]
        for label, rows in read_people(source.path, tuple(columns)).items()
    }
    rows = list_rows(source, source.labels, columns)
    return len(found) == len(rows) and all(
        found.get(label) == [row] for label, row in zip(source.labels, rows, strict=True)
    )


@contextmanager
def charge(source: TwinSource, plan: PrivatePlan, privacy: TwinPrivacy) -> Iterator[dict[str, Any]]:
    """Charge everybody for a private twin, which is made inside the ``with`` statement.

    Yields
    ------
    dict
        What the twin's statement says of its privacy.

    Raises
    ------
    InputError
        FSC182 if it is not said which dataset pays; FSC186 if another than its own should.
    Refusal
        FSC530 if the budget is used up; FSC531 if none was set; FSC532 if somebody has withdrawn.
    """
    account = name_account(source.path, privacy.account)
    what = f"a synthetic twin of {len(source.labels)} people"
    with open_commons(commons_path(privacy.commons), agent=privacy.agent) as handle:
        require_own_account(handle.log, source.path, account)
        with handle.spend(account, source.labels, plan.mechanisms, what) as line:
            yield {
                "epsilon": privacy.epsilon,
                "delta": privacy.delta,
                "unit": "person",
                "dataset": account,
                "log_line": line,
                "mechanisms": [one.as_dict() for one in plan.mechanisms],
            }


def fit_private_codec(
    source: TwinSource,
    labels: Sequence[str],
    columns: Sequence[str],
    public: Mapping[str, PublicColumn],
    plan: PrivatePlan,
) -> JointCodec:
    """Fit codecs that look at people under noise alone.

    Parameters
    ----------
    source : TwinSource
        The dataset.
    labels : sequence of str
        People trained on.
    columns : sequence of str
        Columns that are learnt.
    public : dict of str to PublicColumn
        What is known of them.
    plan : PrivatePlan
        The noise.
    """
    table = None
    if columns:
        rows = list_rows(source, labels, columns)
        cells = {name: [row[name] for row in rows] for name in columns}
        known = {name: public[name] for name in columns}
        table = fit_private_table_codec(cells, known, make_noise(plan.rho_each))
    parts: list[Codec] = []
    for part in source.parts:
        matrices = np.stack(list(People(part, tuple(labels))))
        parts.append(fit_private_matrix_codec(matrices, plan.rho_each))
    return JointCodec(table, tuple(parts), tuple(columns))
