"""Terms of the Data Use Ontology, each with what it means in our own words.

Ids, short forms and which term is narrower than which follow the ontology of the Global Alliance
for Genomics and Health [1]_, release of February 2021.

.. [1] J. Lawson et al. (2021), doi:10.1016/j.xgen.2021.100028
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DuoTerm:
    """A term of the Data Use Ontology.

    Attributes
    ----------
    id, short : str
        ``"DUO:0000042"`` and ``"GRU"``.
    kind : str
        ``"permission"`` (what may be done), ``"obligation"`` (a duty that the user takes on),
        ``"approval"`` (a limit that only the data's owner can judge), ``"limit"`` (a limit that
        the gate judges) or ``"purpose"`` (what a user may want, never a condition).
    says : str
        For people.
    """

    id: str
    short: str
    kind: str
    says: str


NRES, GRU, HMB, DS, POA, CC = (f"DUO:{number:07}" for number in (4, 42, 6, 7, 11, 43))
NPOA, NMDS, GSO = (f"DUO:{number:07}" for number in (44, 15, 16))
NPUNCU, NPU, NCU = (f"DUO:{number:07}" for number in (18, 45, 46))

NOT_COMMERCIAL = frozenset({NPUNCU, NPU, NCU})
"""Limits that a commercial use breaks."""

_ROWS = (
    (4, "NRES", "permission", "any use, without restriction"),
    (42, "GRU", "permission", "research of every kind"),
    (6, "HMB", "permission", "health, medical or biomedical research"),
    (7, "DS", "permission", "research on one named disease"),
    (11, "POA", "permission", "research on the origins or ancestry of populations, nothing else"),
    (43, "CC", "permission", "the care of patients"),
    (44, "NPOA", "limit", "no research on the origins or ancestry of populations"),
    (15, "NMDS", "limit", "no development of methods or software for its own sake"),
    (16, "GSO", "limit", "genetic studies only"),
    (18, "NPUNCU", "limit", "not-for-profit organisations and non-commercial use only"),
    (45, "NPU", "limit", "not-for-profit organisations only"),
    (46, "NCU", "limit", "non-commercial use only"),
    (19, "PUB", "obligation", "publish what you find"),
    (20, "COL", "obligation", "work together with those who collected the data"),
    (21, "IRB", "obligation", "have the approval of your ethics board and show it when asked"),
    (24, "MOR", "obligation", "publish nothing before the day that the data's owner names"),
    (25, "TS", "obligation", "stop using the data when the agreed time is over"),
    (29, "RTN", "obligation", "give derived data back"),
    (12, "RS", "approval", "only for kinds of research that the data's owner approves"),
    (22, "GS", "approval", "only in regions that the data's owner approves"),
    (26, "US", "approval", "only for users whom the data's owner approves"),
    (27, "PS", "approval", "only for projects that the data's owner approves"),
    (28, "IS", "approval", "only for institutions that the data's owner approves"),
    (31, "", "purpose", "development of methods"),
    (32, "", "purpose", "research on populations"),
    (33, "", "purpose", "research on ancestry"),
    (34, "", "purpose", "research on an age group"),
    (35, "", "purpose", "research on one sex or gender"),
    (36, "", "purpose", "use as a control"),
    (37, "", "purpose", "biomedical research"),
    (38, "", "purpose", "genetic research"),
    (39, "", "purpose", "development of drugs"),
    (40, "", "purpose", "research on a group of diseases"),
)

DUO: dict[str, DuoTerm] = {
    f"DUO:{number:07}": DuoTerm(f"DUO:{number:07}", short, kind, says)
    for number, short, kind, says in _ROWS
}
"""Every term by its id."""

_BY_SHORT = {term.short: term.id for term in DUO.values() if term.short}

HEALTH_PURPOSES = frozenset({HMB, DS, *(f"DUO:{number:07}" for number in range(37, 41))})
ANCESTRY_PURPOSES = frozenset({POA, "DUO:0000032", "DUO:0000033"})
METHODS_PURPOSE, GENETIC_PURPOSE = "DUO:0000031", "DUO:0000038"

# A disease as an identifier of an ontology; never free words, which might hold a name.
_DISEASE = re.compile(r"[A-Za-z]{2,12}[:_]\d{3,9}")


def parse_code(word: str, argument: str = "") -> str | None:
    """Return a code in its one spelling, as ``"DUO:0000007 MONDO:0005027"``; None if unknown.

    Parameters
    ----------
    word : str
        Short form or id, in any case: ``"gru"``, ``"DUO:0000042"``, ``"DUO_0000042"``.
    argument : str
        For ``DS`` the disease, as an identifier of an ontology.

    Returns
    -------
    str or None
        The id, for ``DS`` followed by the disease.

    Examples
    --------
    >>> parse_code("gru"), parse_code("DS", "MONDO:0005027"), parse_code("DS"), parse_code("XYZ")
    ('DUO:0000042', 'DUO:0000007 MONDO:0005027', None, None)
    """
    upper = word.upper().replace("DUO_", "DUO:")
    code = upper if upper in DUO else _BY_SHORT.get(upper)
    if code != DS:
        return code
    return f"{DS} {argument.upper().replace('_', ':')}" if is_disease(argument) else None


def is_disease(word: str) -> bool:
    """Tell whether a word is an identifier of a disease, and not a code of this ontology."""
    return bool(_DISEASE.fullmatch(word)) and not word.upper().startswith("DUO")


def find_kind(code: str) -> str:
    """Return the kind of a code; one that we do not know is for the owner to judge.

    Examples
    --------
    >>> find_kind("DUO:0000007 MONDO:0005027"), find_kind("DUO:0099999")
    ('permission', 'approval')
    """
    term = DUO.get(code.partition(" ")[0])
    return term.kind if term else "approval"


def explain_code(code: str) -> str:
    """Say in plain words what a code means.

    Examples
    --------
    >>> explain_code("DUO:0000007 MONDO:0005027")
    'research on the disease MONDO:0005027 (DS)'
    """
    term_id, _, disease = code.partition(" ")
    term = DUO.get(term_id)
    if term is None:
        return code
    says = f"research on the disease {disease}" if disease else term.says
    return f"{says} ({term.short or term.id})"
