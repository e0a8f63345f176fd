"""What goes into a commons and what comes out of it, without a database in sight."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fascicle.core import Activity, Asset, Consent, Dataset


@dataclass(frozen=True, slots=True)
class Filters:
    """Exact conditions of a search; an empty field asks for nothing.

    Attributes
    ----------
    modality, task, species, sex : str
        As in the catalogue, in lower case: ``"eeg"``, ``"rest"``, ``"homo sapiens"``, ``"f"``.
    age_years : tuple of float or None
        Youngest and oldest; datasets whose range of ages meets it pass.
    n_min, n_max : int or None
        Bounds of the number of participants, both included.
    """

    modality: str = ""
    task: str = ""
    species: str = ""
    sex: str = ""
    age_years: tuple[float, float] | None = None
    n_min: int | None = None
    n_max: int | None = None


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Bytes that are safely in the commons, though no version names them yet.

    Attributes
    ----------
    owner : str
        The random key of the folder it lies in: one participant, one group of participants, or
        ``"shared"`` for files about nobody.
    address : str
        Keyed digest of the stored bytes; empty for a table that is kept as rows.
    digest : str
        SHA-256 of the plain bytes, in hex; empty where encrypted bytes are read from the catalogue.
    n_bytes : int
        Size of the plain bytes.
    tag : str
        For what is encrypted: the digest under a key of those behind it, which the catalogue keeps
        in place of the digest. Empty for what is stored as it is.
    """

    owner: str
    address: str
    digest: str
    n_bytes: int
    tag: str = ""


@dataclass(frozen=True, slots=True)
class StoredAsset:
    """An asset of a version and where its bytes are.

    Attributes
    ----------
    asset : Asset
        What it is.
    stored : StoredObject
        Where its bytes are.
    rows : tuple of tuple of str and bytes
        For a table over several people: owner and bytes of each line, in order; encrypted where
        `stored` has a tag and they come from the catalogue.
    """

    asset: Asset
    stored: StoredObject
    rows: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version about to be made visible.

    Attributes
    ----------
    dataset : Dataset
        Its `version` is what the store makes of it.
    assets : tuple of StoredAsset
        All of them, their objects written already.
    consents : dict of str to Consent
        By participant label.
    activities : tuple of Activity
        How it was made.
    seal : dict
        The seal without the digests of files.
    publisher, public_key : str
        Who publishes, and the key that signed the seal.
    facts : dict
        Further statements that are kept with the version: protocol number.
    """

    dataset: Dataset
    assets: tuple[StoredAsset, ...]
    consents: dict[str, Consent]
    activities: tuple[Activity, ...]
    seal: dict[str, Any]
    publisher: str
    public_key: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """What the catalogue knows of one version; no assets.

    Attributes
    ----------
    dataset : Dataset
        As described.
    consents : dict of str to Consent
        By participant label.
    activities : tuple of Activity
        How it was made.
    seal : dict
        The seal without the digests of files.
    publisher, public_key : str
        Who published, and the key that signed the seal.
    published_at : datetime
        When, in UTC.
    facts : dict
        Further statements: protocol number.
    versions : tuple of str
        All versions of the dataset, oldest first.
    """

    dataset: Dataset
    consents: dict[str, Consent]
    activities: tuple[Activity, ...]
    seal: dict[str, Any]
    publisher: str
    public_key: str
    published_at: datetime
    facts: dict[str, Any]
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A dataset that a search found.

    Attributes
    ----------
    dataset : Dataset
        Its newest version.
    score : float
        How well its words fit, without unit: higher is better.
    """

    dataset: Dataset
    score: float


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the log.

    Attributes
    ----------
    number : int
        From 1, without gaps.
    at : str
        When, ISO 8601 in UTC.
    event : str
        ``"publish"``, ``"read"``, ``"refuse"``, ``"verify"``, ``"key"``, ``"destroy"``,
        ``"budget"``, ``"spend"``, ``"settle"``, ``"abandon"``.
    agent, dataset : str
        Random pseudonyms of who and what.
    digest : str
        Hash of the line, which the next one holds.
    details : dict
        What was committed to, in plain words; empty once it has been erased.
    """

    number: int
    at: str
    event: str
    agent: str
    dataset: str
    digest: str
    details: dict[str, Any] = field(default_factory=dict)


Price = Callable[[Sequence[Mapping[str, Any]], float], int]
"""What mechanisms (as JSON values) cost at a Rényi order, in units."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What each person of a dataset may be exposed to in all.

    Attributes
    ----------
    epsilon, delta : float
        As the steward set them.
    order : float
        Rényi order at which costs are counted.
    units : int
        The most that may be spent on one person.
    steward : str
        Who set it first, and may change it.
    """

    epsilon: float
    delta: float
    order: float
    units: int
    steward: str


@dataclass(frozen=True, slots=True)
class StoredSpend:
    """One line of the ledger.

    Attributes
    ----------
    number : int
        Its line in the log.
    at, agent : str
        When (ISO 8601 in UTC), and the random pseudonym of who.
    units : int
        What it costs each person behind it.
    state : str
        ``"reserved"``, ``"settled"`` or ``"abandoned"``; each of them counts.
    n_people : int
        How many of the people behind it are still here.
    mechanisms : tuple of dict
        The noise that it added, as JSON values.
    details : dict
        In plain words; empty once they have been erased.
    """

    number: int
    at: str
    agent: str
    units: int
    state: str
    n_people: int
    mechanisms: tuple[dict[str, Any], ...]
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredBudget:
    """The ledger of one dataset.

    Attributes
    ----------
    limit : Limit
        What may be spent on each person.
    spends : tuple of StoredSpend
        In order.
    spent : dict of str to int
        Units spent on each person, by label.
    heaviest : tuple of int
        Numbers of the spends on the person on whom most was spent.
    """

    limit: Limit
    spends: tuple[StoredSpend, ...]
    spent: dict[str, int]
    heaviest: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DestroyedKeys:
    """What became of a participant's data when a key was destroyed.

    Attributes
    ----------
    n_keys : int
        How many keys are gone: the participant's and those of groups with him or her.
    n_clear_files : int
        How many files about the participant lie in the commons as they are: they were published
        under a tier that is not encrypted, and no key made them unreadable.
    """

    n_keys: int
    n_clear_files: int


@dataclass(frozen=True, slots=True)
class KeyState:
    """What is encrypted in a commons, and what opens it.

    Attributes
    ----------
    path : str
        The file of the keys.
    is_locked : bool
        Whether a passphrase wraps the master key.
    n_people : int
        How many participants have a key (what is about nobody counts as one).
    n_objects : int
        How many encrypted objects there are.
    n_destroyed : int
        How many participants' keys were destroyed.
    """

    path: str
    is_locked: bool
    n_people: int
    n_objects: int
    n_destroyed: int
