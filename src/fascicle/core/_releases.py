"""Datasets, assets, what made them, and what leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ._people import Consent, Tier


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of a dataset, with the participants behind it.

    Attributes
    ----------
    path : str
        Relative to the dataset, with forward slashes.
    digest : str
        SHA-256 of its bytes, in hex. Counts as personal data: it never leaves the gate.
    n_bytes : int
        Its size.
    kind : str
        ``"recording"``, ``"sidecar"``, ``"table"``, ``"derivative"`` or ``"description"``.
    participants : tuple of str
        BIDS labels of those it is derived from; empty for files about the whole dataset.
    """

    path: str
    digest: str
    n_bytes: int
    kind: str
    participants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Activity:
    """What made assets: tool, version, parameters, who, when (prov:Activity).

    Attributes
    ----------
    name : str
        A verb: ``"convert"``, ``"de-identify"``, ``"verify"``.
    tool, version : str
        The program and its version.
    started_at, ended_at : datetime
        Timezone-aware.
    agent : str
        Who asked for it.
    parameters : dict
        Settings that change the result; plain JSON values, no raw names.
    inputs, outputs : tuple of str
        Asset paths; inputs that stay private are named by their recording keys.
    """

    name: str
    tool: str
    version: str
    started_at: datetime
    ended_at: datetime
    agent: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dataset:
    """A named set of assets, as described for people who look for data.

    Attributes
    ----------
    id : str
        Derived from content; stable over versions of one study.
    name, description : str
        Title and a paragraph.
    version : str
        ``"1"``, ``"2"``: each immutable.
    authors, keywords : tuple of str
        Who to cite, and words to find it by.
    licence : str
        SPDX identifier or ``"CC0"``.
    tier : Tier
        Who may have it.
    species, tasks, modalities : tuple of str
        What it holds.
    n_participants, n_recordings, n_bytes : int
        How much.
    duration_s : float
        Recorded time, in seconds.
    ages_years : tuple of float
        Youngest and oldest, in years; empty when unknown.
    sexes : dict of str to int
        How many of each; empty when unknown.
    """

    id: str
    name: str
    description: str = ""
    version: str = "1"
    authors: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    licence: str = ""
    tier: Tier = Tier.CONTROLLED
    species: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    n_participants: int = 0
    n_recordings: int = 0
    n_bytes: int = 0
    duration_s: float = 0.0
    ages_years: tuple[float, ...] = ()
    sexes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """Someone asks to use data.

    Attributes
    ----------
    agent : str
        Who asks.
    purpose : str
        DUO code of the intended use; empty if not stated.
    commercial, ai_training : bool
        Whether the use is commercial, and whether models will be trained.
    """

    agent: str
    purpose: str = ""
    commercial: bool = False
    ai_training: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """What leaves a site: one version of a dataset under conditions.

    Attributes
    ----------
    dataset : Dataset
        What it is.
    assets : tuple of Asset
        Every file.
    consents : dict of str to Consent
        Conditions by participant label; empty for animals.
    activities : tuple of Activity
        How it was made.
    seal : dict
        The signed manifest that the proof left.
    """

    dataset: Dataset
    assets: tuple[Asset, ...]
    consents: dict[str, Consent] = field(default_factory=dict)
    activities: tuple[Activity, ...] = ()
    seal: dict[str, Any] = field(default_factory=dict)
