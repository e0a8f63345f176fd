"""Say what a raw folder holds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from fascicle.core import ProgressHook
from fascicle.prepare import look as look_at
from fascicle.prepare import write_plan

from ._links import follow_links
from ._options import LookResult
from ._settle import AskHook, answer_questions


def look(
    raw: Path | str,
    *,
    plan_path: Path | str | None = None,
    table: Path | str | None = None,
    link: Path | str | None = None,
    ask: AskHook | None = None,
    on_progress: ProgressHook | None = None,
) -> LookResult:
    """Say what a raw folder holds, without writing into it.

    Parameters
    ----------
    raw : Path or str
        The folder.
    plan_path : Path, str or None
        Where to write the plan; None does not write it.
    table : Path, str or None
        A participants table that lies elsewhere.
    link : Path, str or None
        A table with a column of identifiers for each kind of recordings.
    ask : callable or None
        Asks a person the questions of the plan, whose answers are kept in it; None leaves them
        open.
    on_progress : callable or None
        Told of every step.

    Returns
    -------
    LookResult
        The plan: recordings with what they were taken for, questions, findings.

    Raises
    ------
    InputError
        FSC113 if the folder holds no neural recording, FSC114 if none can be read, FSC130 if
        `link` names nobody.

    Examples
    --------
    >>> from fascicle import look
    >>> plan = look("recordings").plan  # doctest: +SKIP
    """
    looked = look_at(
        Path(raw).absolute(),
        table=Path(table) if table else None,
        link=Path(link) if link else None,
        made_at=datetime.now(UTC).replace(microsecond=0),
        on_progress=on_progress,
    )
    plan = looked.plan
    if ask is not None:
        plan = follow_links(answer_questions(plan, {}, ask), looked.headers)
    if plan_path is not None:
        write_plan(plan, Path(plan_path))
    return LookResult(plan, Path(plan_path) if plan_path else None)
