"""The audit of a synthetic twin: attacks on people it was made from, beside people held out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError
from fascicle.maths import (
    LinkageAttack,
    MembershipAttack,
    TwinRows,
    attack_copies,
    attack_inference,
    attack_linkability,
    attack_membership,
    attack_singling_out,
    attack_values,
    density_scores,
    expect_copies,
    nearness_scores,
    people_needed,
    spread_words,
)

from ._twin_verdict import (
    AUC_MARGIN,
    TwinReason,
    Verdict,
    count_needed,
    describe_verdict,
    judge_copies,
    judge_linkage,
    judge_membership,
    worst_verdict,
)

_N_SECRETS = 5
_NO_CHANCE = 0.001
"""Fewer copies than this by chance, and one is enough to refuse a twin."""


@dataclass(frozen=True, slots=True)
class TwinColumns:
    """What an auditor must know of a table's columns.

    Attributes
    ----------
    names : tuple of str
        One for each column.
    is_word : tuple of bool
        Which are words.
    secrets : tuple of str
        Which an attacker would like to learn. Empty: five by chance.
    """

    names: tuple[str, ...]
    is_word: tuple[bool, ...]
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TwinAudit:
    """What attacks found, and what follows.

    Attributes
    ----------
    membership : tuple of MembershipAttack
        By what the twin's rows give away.
    loss : MembershipAttack or None
        By what the generator itself gives away: its loss of each person.
    linkage : tuple of LinkageAttack
        Copies, copied values, singling out, linkability, inference.
    reasons : tuple of TwinReason
        What each attack on the rows says, the gravest first.
    verdict : Verdict
        Whether the rows may leave.
    generator_verdict : Verdict
        Whether the generator may leave, with the rows.
    n_people, n_needed : int
        People there were, and people who are needed for a verdict; 0 if figures are too high for
        any number of people to clear them.
    """

    membership: tuple[MembershipAttack, ...]
    loss: MembershipAttack | None
    linkage: tuple[LinkageAttack, ...]
    reasons: tuple[TwinReason, ...]
    verdict: Verdict
    generator_verdict: Verdict
    n_people: int
    n_needed: int

    @property
    def words(self) -> str:
        """The verdict on the rows, for a data steward."""
        return describe_verdict(self.verdict, self.reasons, self.n_people, self.n_needed)

    @property
    def generator_words(self) -> str:
        """The verdict on the generator, for a data steward."""
        if self.loss is None:
            return "The generator was not attacked by its loss: it must not leave."
        found = judge_membership(self.loss, 1)
        if self.generator_verdict is Verdict.SHAREABLE:
            return f"{found.words} The generator tells no more than its rows."
        return f"{found.words} The generator must not leave, whatever its rows may."

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "verdict": str(self.verdict),
            "words": self.words,
            "generator_verdict": str(self.generator_verdict),
            "generator_words": self.generator_words,
            "n_people": self.n_people,
            "n_needed": self.n_needed,
            "membership": [attack.as_dict() for attack in self.membership],
            "loss": self.loss.as_dict() if self.loss else None,
            "linkage": [attack.as_dict() for attack in self.linkage],
            "reasons": [[str(reason.verdict), reason.words] for reason in self.reasons],
        }


def audit_twin(
    trained: NDArray[np.float64],
    held_out: NDArray[np.float64],
    synthetic: NDArray[np.float64],
    *,
    columns: TwinColumns | None = None,
    losses: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    seed: int = 0,
) -> TwinAudit:
    """Attack a twin on the people it was made from, and on people held out as a control.

    Rows must be made from each person alone, or in one way for all: a basis that was fitted to the
    people trained on shows them nearer to the middle than those held out, and hides leaks.

    Parameters
    ----------
    trained, held_out, synthetic : ndarray of float64, shape (n_rows, n_columns)
        People trained on, people who were not, and the twin. Words as numbers, from 0 on; NaN
        where a value is missing.
    columns : TwinColumns, optional
        What the columns are. Default: rows are points without gaps, of one unit.
    losses : tuple of ndarray of float64, optional
        What the generator itself makes of people trained on and held out: lower for who is better
        known to it.
    seed : int
        Draws columns and rows that attackers use.

    Returns
    -------
    TwinAudit
        With the verdict in words.

    Raises
    ------
    InputError
        FSC143 if columns or losses do not fit; FSC144 if there are fewer than two of each.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = rng.normal(size=(120, 6))
    >>> audit = audit_twin(people[:90], people[90:], people[:90] + 0.01)
    >>> str(audit.verdict)
    'do not share'
    """
    is_word = None if columns is None else np.array(columns.is_word, dtype=np.bool_)
    rows = TwinRows.join(trained, held_out, synthetic, is_word)
    names = _column_names(columns, rows.people.shape[1])
    rng = np.random.default_rng(seed)
    membership = tuple(_attack_membership(rows))
    linkage = tuple(_attack_rows(rows, _choose_secrets(columns, names, rng), names, rng))
    loss = (
        None
        if losses is None
        else attack_membership("by the generator's loss", -losses[0], -losses[1])
    )
    n_attacks = len(membership) + len(linkage)
    reasons = [judge_membership(attack, n_attacks) for attack in membership]
    reasons.append(
        judge_copies(
            linkage[0], are_rows_fine=expect_copies(rows) < _NO_CHANCE, n_attacks=n_attacks
        )
    )
    reasons += [judge_linkage(attack, n_attacks) for attack in linkage[1:]]
    reasons.sort(key=lambda reason: -reason.verdict)
    verdict = worst_verdict(reason.verdict for reason in reasons)
    inside = Verdict.OPEN if loss is None else judge_membership(loss, 1).verdict
    n_people = len(rows.people)
    n_least = people_needed(AUC_MARGIN, len(held_out) / n_people)
    return TwinAudit(
        membership=membership,
        loss=loss,
        linkage=linkage,
        reasons=tuple(reasons),
        verdict=verdict,
        generator_verdict=worst_verdict([verdict, inside]),
        n_people=n_people,
        n_needed=count_needed(reasons, n_people, n_least),
    )


def _column_names(columns: TwinColumns | None, n_columns: int) -> tuple[str, ...]:
    return columns.names if columns else tuple(f"value {at + 1}" for at in range(n_columns))


def _choose_secrets(
    columns: TwinColumns | None, names: tuple[str, ...], rng: np.random.Generator
) -> list[int]:
    if columns and columns.secrets:
        if unknown := set(columns.secrets) - set(names):
            raise InputError(
                "FSC143",
                f"Expected secrets among the columns of the table, got {len(unknown)} others.",
                "Name columns of the table.",
            )
        return [names.index(name) for name in columns.secrets]
    return sorted(rng.permutation(len(names))[:_N_SECRETS].tolist())


def _attack_membership(rows: TwinRows) -> Iterator[MembershipAttack]:
    """Yield the attacks that need the twin's rows alone."""
    n_people, is_word = len(rows.people), rows.metric.is_word
    near, relative = nearness_scores(rows.people, rows.synthetic, rows.metric)
    everything = spread_words(np.concatenate([rows.people, rows.synthetic]), is_word)
    likely = density_scores(everything[:n_people], everything[n_people:])
    for name, scores in (
        ("by the nearest row", near),
        ("by the nearest row, for where a person stands", relative),
        ("by density", likely),
    ):
        yield attack_membership(name, scores[: rows.n_members], scores[rows.n_members :])


def _attack_rows(
    rows: TwinRows, secrets: list[int], names: tuple[str, ...], rng: np.random.Generator
) -> Iterator[LinkageAttack]:
    """Yield the attacks on what rows say, copies first."""
    yield attack_copies(rows)
    yield attack_values(rows)
    yield attack_singling_out(rows, rng)
    if rows.people.shape[1] > 1:
        yield attack_linkability(rows, rng)
        for column in secrets:
            yield attack_inference(rows, column, names[column])
