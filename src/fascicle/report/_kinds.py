"""What people call a kind of recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from fascicle.core import Family, Header, Modality, say_count

KINDS: Mapping[Modality, tuple[str, str]] = MappingProxyType({
    Modality.EEG: ("EEG", "EEG"),
    Modality.MEG: ("MEG", "MEG"),
    Modality.IEEG: ("iEEG", "iEEG"),
    Modality.NIRS: ("NIRS", "NIRS"),
    Modality.ANAT: ("anatomical MRI", "anatomical MRI"),
    Modality.FUNC: ("functional MRI", "functional MRI"),
    Modality.DWI: ("diffusion MRI", "diffusion MRI"),
    Modality.PERF: ("perfusion MRI", "perfusion MRI"),
    Modality.FMAP: ("field map", "field maps"),
    Modality.PET: ("PET", "PET"),
    Modality.ECEPHYS: ("extracellular ephys", "extracellular ephys"),
    Modality.ICEPHYS: ("intracellular ephys", "intracellular ephys"),
    Modality.OPHYS: ("optical physiology", "optical physiology"),
    Modality.BEH: ("behaviour recording", "behaviour recordings"),
    Modality.MICR: ("microscopy image", "microscopy images"),
    Modality.OMICS: ("single-cell table", "single-cell tables"),
})
"""Names of modalities, one and many."""

FAMILIES: Mapping[Family, str] = MappingProxyType({
    Family.SIGNAL: "Channels over time",
    Family.VOLUME: "Images of the body",
    Family.NEURODATA: "Neurons and behaviour",
    Family.MICROGRAPH: "Microscopy",
    Family.CELLS: "Single cells",
})
"""Headings of families."""


def say_kind_of(header: Header) -> str:
    """Name the kind of a recording, with its BIDS suffix where that says more.

    Examples
    --------
    >>> say_kind_of(Header(Modality.ANAT, suffix="T1w")), say_kind_of(Header(Modality.EEG))
    ('T1w MRI', 'EEG')
    >>> say_kind_of(Header(Modality.FUNC, suffix="bold"))
    'functional MRI (bold)'
    """
    name, _ = _names(header)
    suffix = header.suffix
    tells_more = suffix and suffix != header.modality.value and not name.startswith(suffix)
    return f"{name} ({suffix})" if tells_more else name


def say_kinds(headers: Iterable[Header]) -> str:
    """Count recordings by kind, families together.

    Examples
    --------
    >>> say_kinds([Header(Modality.FMAP), Header(Modality.EEG), Header(Modality.FMAP)])
    '1 EEG, 2 field maps'
    """
    order = list(Modality)
    counts = Counter((order.index(header.modality), *_names(header)) for header in headers)
    return ", ".join(say_count(n, one, many) for (_, one, many), n in sorted(counts.items()))


def _names(header: Header) -> tuple[str, str]:
    """Name the kind, one and many; anatomical images go by their contrast."""
    if header.modality is Modality.ANAT and header.suffix:
        name = header.suffix if header.suffix.upper() == "CT" else f"{header.suffix} MRI"
        return name, name
    return KINDS[header.modality]
