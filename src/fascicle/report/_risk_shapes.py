"""What a page on the risk takes of the room that measures it, by shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


class RiskReason(Protocol):
    """One thing that makes people easier to find."""

    @property
    def level(self) -> object:
        """The level that it alone would give; written as ``str``: ``"high"``."""
        ...

    @property
    def words(self) -> str:
        """What it is, in a sentence without a value of the table."""
        ...


class RiskColumnShape(Protocol):
    """What was made of a column of the participants table."""

    @property
    def name(self) -> str:
        """As the table writes it."""
        ...

    @property
    def role(self) -> str:
        """What it is to an attacker: ``"quasi-identifier"``."""
        ...

    @property
    def reason(self) -> str:
        """Why, in a sentence."""
        ...


class RecordFigures(Protocol):
    """Prosecutor risk."""

    @property
    def n_records(self) -> int:
        """People in the table."""
        ...

    @property
    def n_classes(self) -> int:
        """Combinations of values."""
        ...

    @property
    def k(self) -> int:
        """Size of the smallest class."""
        ...

    @property
    def n_unique(self) -> int:
        """People who are alone in their class."""
        ...

    @property
    def unique_interval(self) -> tuple[float, float]:
        """Exact 95 % interval of their share."""
        ...

    @property
    def max_risk(self) -> float:
        """Chance of naming the worst row."""
        ...

    @property
    def mean_risk(self) -> float:
        """The same, mean over all rows."""
        ...

    @property
    def share_small(self) -> float:
        """Share of people in classes that are too small."""
        ...


class SensitiveFigures(Protocol):
    """What is learnt of a person whose class is known."""

    @property
    def name(self) -> str:
        """The column."""
        ...

    @property
    def l_distinct(self) -> int:
        """Values of the poorest class."""
        ...

    @property
    def l_entropy(self) -> float:
        """The same, by entropy."""
        ...

    @property
    def t(self) -> float:
        """How far a class is from all people, 0 to 1."""
        ...

    @property
    def n_rare_people(self) -> int:
        """People with a rare value."""
        ...


class RiskTable(Protocol):
    """How the participants table stands."""

    @property
    def columns(self) -> Sequence[RiskColumnShape]:
        """What each column is to an attacker."""
        ...

    @property
    def records(self) -> RecordFigures:
        """Prosecutor risk."""
        ...

    @property
    def min_size(self) -> int:
        """Size of class that was asked for."""
        ...

    @property
    def n_population(self) -> int:
        """People who could have taken part."""
        ...

    @property
    def journalist_max(self) -> float:
        """Chance of naming the worst row among the population."""
        ...

    @property
    def marketer(self) -> float:
        """The same, mean over all rows."""
        ...

    @property
    def sensitive(self) -> Sequence[SensitiveFigures]:
        """For each sensitive column."""
        ...

    @property
    def n_hits(self) -> int:
        """Rows that an attack named."""
        ...

    @property
    def hits_interval(self) -> tuple[float, float]:
        """Exact 95 % interval of their share."""
        ...

    @property
    def predicted(self) -> float:
        """Share of rows that it was expected to name."""
        ...


class RiskChange(Protocol):
    """A change of the table, and the risk after it."""

    @property
    def words(self) -> str:
        """What is done, as a phrase."""
        ...

    @property
    def loss(self) -> float:
        """Share of the information that is lost."""
        ...

    @property
    def k(self) -> int:
        """Size of the smallest class afterwards."""
        ...

    @property
    def n_unique(self) -> int:
        """People who are alone afterwards."""
        ...

    @property
    def mean_risk(self) -> float:
        """Mean prosecutor risk afterwards."""
        ...

    @property
    def share_small(self) -> float:
        """Share of people in classes that are too small afterwards."""
        ...


class LinkageFigures(Protocol):
    """How often recordings were named by others of the same person."""

    @property
    def what(self) -> str:
        """Which fingerprint, between what."""
        ...

    @property
    def n_hits(self) -> int:
        """How many were named rightly."""
        ...

    @property
    def n_people(self) -> int:
        """Of how many."""
        ...

    @property
    def interval(self) -> tuple[float, float]:
        """Exact 95 % interval of the share."""
        ...

    @property
    def chance(self) -> float:
        """What a guess reaches."""
        ...

    @property
    def is_established(self) -> bool:
        """Whether there were people enough."""
        ...


class TraitFigures(Protocol):
    """How well a column is told from signals."""

    @property
    def column(self) -> str:
        """The column."""
        ...

    @property
    def what(self) -> str:
        """From which fingerprint."""
        ...

    @property
    def is_number(self) -> bool:
        """Whether the score is a correlation."""
        ...

    @property
    def score(self) -> float:
        """How well."""
        ...

    @property
    def baseline(self) -> float:
        """What the commonest value alone reaches."""
        ...

    @property
    def p(self) -> float:
        """How rare that is by chance."""
        ...

    @property
    def n_people(self) -> int:
        """How many people were told."""
        ...

    @property
    def is_established(self) -> bool:
        """Whether there were people enough."""
        ...


class RiskAround(Protocol):
    """What is known beside table and signals."""

    @property
    def modalities(self) -> Sequence[str]:
        """Data types."""
        ...

    @property
    def policy(self) -> str:
        """Policy of de-identification; empty if nobody says."""
        ...

    @property
    def are_dates_shifted(self) -> bool:
        """Whether that policy moved dates."""
        ...

    @property
    def n_heads(self) -> int:
        """Images of heads."""
        ...

    @property
    def n_defaced(self) -> int:
        """How many of them lost their face."""
        ...

    @property
    def n_dated(self) -> int:
        """Other tables with exact dates."""
        ...

    @property
    def n_repeats(self) -> int:
        """Other tables that repeat a column."""
        ...

    @property
    def n_kin(self) -> int:
        """Other datasets that may hold the same people."""
        ...

    @property
    def n_same_quasi(self) -> int:
        """Other datasets that tell as much of such people."""
        ...


class RiskFound(Protocol):
    """How easily the people of a dataset are found again."""

    @property
    def level(self) -> object:
        """How high the risk is; written as ``str``."""
        ...

    @property
    def reasons(self) -> Sequence[RiskReason]:
        """Why, gravest first."""
        ...

    @property
    def table(self) -> RiskTable | None:
        """What the table gives away; None if there is none."""
        ...

    @property
    def is_assumed(self) -> bool:
        """Whether the size of the population is assumed."""
        ...

    @property
    def changes(self) -> Sequence[RiskChange]:
        """What would lower it, the gentlest first."""
        ...

    @property
    def linkages(self) -> Sequence[LinkageFigures]:
        """What recordings gave away of whose they are."""
        ...

    @property
    def traits(self) -> Sequence[TraitFigures]:
        """What signals gave away of what somebody is like."""
        ...

    @property
    def context(self) -> RiskAround:
        """What is known beside them."""
        ...

    @property
    def n_unread(self) -> int:
        """Recordings that could not be compared."""
        ...

    @property
    def n_left_out(self) -> int:
        """Further rows of people, which were not looked at."""
        ...


@dataclass(frozen=True, slots=True)
class RiskStory:
    """What a page on the risk tells.

    Attributes
    ----------
    name : str
        Of the dataset.
    found : RiskFound
        What was measured.
    dataset_id : str
        Empty for a table by itself.
    min_linked, min_told : int
        People from which on a rate of linkage, and what a signal tells, is established.
    made_with : dict of str to str
        Programs and settings.
    """

    name: str
    found: RiskFound
    dataset_id: str = ""
    min_linked: int = 20
    min_told: int = 40
    made_with: dict[str, str] = field(default_factory=dict)
