"""Every value of a DICOM header that points to a person, a place, a device or a day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from fascicle.core import Identifier

from ._vendor import find_identifiers

_STANDARD_ROOT: Final = "1.2.840.10008."
_FRAMES: Final = 0x52009230
_TEXT_VRS: Final = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "AE"})
_SHORTEST_PRIVATE: Final = 8
_PROGRAM_UID: Final = re.compile(
    r"ClassUID|VersionUID|SyntaxUID|CodingSchemeUID|MappingResourceUID"
)
"""UIDs that programs have, or that say which kind of thing something is."""
_PLAIN_WORD: Final = re.compile(r"[a-z]+")

_KINDS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("contact", r"Telephone|Telecom|Email|URI$|URL$"),
        ("place", r"Address|Country|RegionOfResidence|MilitaryRank|Location$"),
        ("institution", r"Institution|Hospital|Department|Organization|Insurance|Custodian"),
        ("serial", r"Serial|StationName|GantryID|DetectorID|DeviceIdentifier|DeviceID|AETitle"
                   r"|ApplicationEntityTitle|SystemID|DeviceUID"),
        ("operator", r"Operator|Physician|Technician|Performer|Verifying|Reviewer|Author"),
        ("id", r"PatientID|AccessionNumber|StudyID$|IssuerOf|AdmissionID|ProcedureID"
               r"|ProcedureStepID|OrderNumber|ServiceEpisodeID|ClinicalTrial.*ID|SpecimenID"
               r"|RequestID|BranchOfService"),
        ("text", r"Comments?$|History|Occupation|Allergies|Alerts|EthnicGroup|Religious|Needs$"
                 r"|Reason|State$|Interpretation|StudyDescription|SeriesDescription|ProtocolName"
                 r"|ProcedureDescription|StepDescription|ClinicalTrial.*(?:Name|Description)"
                 r"|DerivationDescription|ImagePresentationComments|BreedDescription"),
    )
)  # fmt: skip
"""Kinds of identifiers by the keyword of the field, the first that fits."""


def find_dicom_identifiers(data_set: Any) -> tuple[Identifier, ...]:  # noqa: ANN401 - pydicom has no types
    """Return what identifies people, places, devices and days, from all levels of a header.

    Names, days and UIDs are told by the type of the value; codes, institutions, operators and
    remarks by the field. Of the makers' private fields every text counts that no public field of
    technique repeats, because nobody knows what is in them.

    Parameters
    ----------
    data_set : pydicom.Dataset
        Header of one file.

    Returns
    -------
    tuple of Identifier
        Each value once for each field, in the order of the header.

    Examples
    --------
    >>> from pydicom.dataset import Dataset
    >>> header = Dataset()
    >>> header.PatientName, header.SeriesDate, header.Manufacturer = "Meier^Anna", "20191123", "GE"
    >>> [(i.kind, i.where) for i in find_dicom_identifiers(header)]
    [('date', 'DICOM header: SeriesDate'), ('name', 'DICOM header: PatientName')]
    """
    elements = [*_elements(getattr(data_set, "file_meta", ())), *_elements(data_set)]
    technical = {
        text
        for element in elements
        if not element.tag.is_private and not _kind(element)
        for text in _texts(element)
    }
    found = dict.fromkeys(
        identifier
        for element in elements
        if (kind := _kind(element))
        for text in _texts(element)
        if not (element.tag.is_private and text in technical)
        for identifier in find_identifiers("DICOM header", [(kind, _name(element), text)])
    )
    return tuple(found)


def _elements(data_set: Any) -> Iterator[Any]:  # noqa: ANN401 - pydicom has no types
    """Yield all elements, those of nested items too; of many frames the first alone."""
    for element in data_set:
        if element.VR != "SQ":
            yield element
            continue
        for item in element.value[: 1 if element.tag == _FRAMES else None]:
            yield from _elements(item)


def _kind(element: Any) -> str:  # noqa: ANN401 - pydicom has no types
    """Return the kind of identifier that an element holds; empty if it holds none."""
    keyword = element.keyword
    by_field = next((kind for kind, pattern in _KINDS if pattern.search(keyword)), "")
    if element.VR == "PN":
        return "operator" if by_field == "operator" else "name"
    if element.VR in {"DA", "DT"}:
        return "birthdate" if "Birth" in keyword else "date"
    if element.VR == "UI":
        return "" if _PROGRAM_UID.search(keyword) else "id"
    if element.VR not in _TEXT_VRS or element.tag.is_private_creator:
        return ""
    return "text" if element.tag.is_private else by_field


def _texts(element: Any) -> Iterator[str]:  # noqa: ANN401 - pydicom has no types
    """Yield the values of an element as text, each as it would be searched for."""
    values = element.value if element.VM > 1 else [element.value]
    for value in values:
        text = "" if value is None else str(value).strip(" \0")
        if element.VR in {"DA", "DT"}:
            text = _day(text)
        elif element.VR == "PN":
            text = " ".join(re.split(r"[\^=]+", text)).strip()
        elif element.VR == "UI":
            text = "" if text.startswith(_STANDARD_ROOT) else text
        elif element.tag.is_private and not _may_tell(text):
            text = ""
        if text:
            yield text


def _may_tell(text: str) -> bool:
    """Tell whether a private text may point to somebody: settings are short, or one plain word."""
    return len(text) >= _SHORTEST_PRIVATE and not _PLAIN_WORD.fullmatch(text)


def _day(text: str) -> str:
    """Return a day in ISO form; nothing if it is none."""
    digits = re.sub(r"\D", "", text)[:8]
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if len(digits) == 8 else ""


def _name(element: Any) -> str:  # noqa: ANN401 - pydicom has no types
    """Return the field's name; private fields have none but their number."""
    return element.keyword or f"({element.tag.group:04X},{element.tag.element:04X})"
