"""Which words of a lab's own NWB file stay: those of the schema, and what every lab says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from ._channels import UNITS
from ._ecephys import SCALED, UNSCALED

NEUTRAL = "unknown"
"""Stands where the standard demands a text and the lab's own may not leave."""


def _words(text: str) -> frozenset[str]:
    """Return the words of a text that are separated by space."""
    return frozenset(text.split())


_COLUMN_WORDS = _words(
    """
    id label channel name names electrode electrodes group location x y z rel imp filtering
    shank probe site depth reference bad good quality snr isi violations ratio amplitude
    median cutoff rate firing presence unit units spike spikes times time count counts
    waveform waveforms mean sd std duration halfwidth peak trough cluster main template
    width slope spread start stop end onset offset cue go response reaction rt choice chosen
    side left right stimulus stim image frame type outcome correct error hit miss reward
    rewarded volume feedback trial trials number index block contrast orientation direction
    frequency temporal spatial phase color colour size pos position angle probability
    condition level difficulty target distractor delay early lick licks running speed state
    sweep series protocol current voltage gain roi plane mask accepted rejected cell iscell
    confidence likelihood value values tags timeseries velocity photostim laser power
    wavelength sampling hz s ms um mv uv pa layer cortical
    """
)
"""Words that the names of columns may be made of, beside those of the schema."""

_LEVELS = _words(
    """
    good mua noise unsorted ok bad true false yes no left right center centre go nogo no-go
    hit miss correct error incorrect ignore early fa cr none nan n/a na unknown on off up
    down rest stim control catch reward punish gabor grating gratings natural_scene
    natural_movie spontaneous flash light dark odor tone sound sp pre post baseline test
    probe sample delay response fix fixation target cue forward reverse excitatory
    inhibitory single multi
    """
)
"""Values of text columns that say what happened, and nothing of who was there."""

_UNITS = UNITS | _words(
    """
    volts amperes seconds meters metres hertz lux pixels radians degrees ohms farads siemens
    watts arbitrary a.u. n.a. lumens percent meters/second m/s cm/s degrees/second rad/s
    bits unknown
    """
)
IMAGE_FORMATS = frozenset({"external", "raw", "png", "tiff", "jpg", "default"})
"""How an image series is kept; a reader needs to know it."""

_MODULES = frozenset({"behavior", "ecephys", "icephys", "ophys", "ogen", "misc", "stimulus"})
_SENTENCES = frozenset({SCALED, UNSCALED})


@cache
def schema_names() -> frozenset[str]:
    """Return every name that the schema of NWB and HDMF gives to an object or a type."""
    from pynwb import get_manager

    catalog = get_manager().namespace_catalog
    names: set[str] = set()
    for namespace in ("core", "hdmf-common"):
        specs = catalog.get_namespace(namespace).catalog
        for type_name in specs.get_registered_types():
            names.update(_names_in(specs.get_spec(type_name)))
    return frozenset(names)


def _names_in(spec: Any) -> Iterator[str]:  # noqa: ANN401 - hdmf
    """Yield the names in a specification."""
    if isinstance(spec, dict):
        for key, value in spec.items():
            if isinstance(value, str) and key in {
                "name", "default_name", "neurodata_type_def", "data_type_def",
            }:  # fmt: skip
                yield value
            yield from _names_in(value)
    elif isinstance(spec, list):
        for item in spec:
            yield from _names_in(item)


def is_known_name(name: str, type_name: str) -> bool:
    """Tell whether an object may keep its name: the schema's, or its type with a number."""
    if name in schema_names() or name in _MODULES:
        return True
    numbered = rf"{re.escape(type_name)}(?:AP|LF|NIDQ|ADC|SYNC|DIGITAL)?\d*(?:Part\d+)?"
    return bool(type_name) and re.fullmatch(numbered, name) is not None


def is_known_column(name: str) -> bool:
    """Tell whether a column may keep its name: every word of it is known.

    Examples
    --------
    >>> is_known_column("response_time"), is_known_column("observer_meier")
    (True, False)
    """
    words = re.split(r"[_\W]+|(?<=[a-z])(?=[A-Z])", name)
    return name in schema_names() or all(
        word.lower() in _COLUMN_WORDS or (word.isdigit() and len(word) < 3) for word in words
    )


def release_levels(values: list[str]) -> list[str]:
    """Return the values of a text column: known words as they are, others as numbered levels.

    Equal values stay equal, so that conditions can still be told apart.

    Examples
    --------
    >>> release_levels(["go", "Anna", "go", "Ben", "Anna"])
    ['go', 'level 1', 'go', 'level 2', 'level 1']
    """
    levels: dict[str, str] = {}
    for value in values:
        if value and value.lower() not in _LEVELS and not re.fullmatch(r"-?\d{1,3}", value):
            levels.setdefault(value, f"level {len(levels) + 1}")
    return [levels.get(value, value) for value in values]


def release_attribute(name: str, value: str) -> str | None:
    """Return a text attribute as it may leave; None for one that stays behind."""
    if name in {"neurodata_type", "namespace"}:
        return value
    if name == "unit":
        return value if value in _UNITS else "n.a."
    if name == "description":
        return value if value in _SENTENCES else NEUTRAL
    if name in {"continuity", "time_unit", "age_reference"}:
        return value if value in {"continuous", "instantaneous", "step", "seconds"} else None
    # The standard demands these three of the types that have them.
    return NEUTRAL if name in {"location", "stimulus_description", "manufacturer"} else None
