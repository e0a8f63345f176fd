"""OME-XML: what a microscope's program says of an image, and what we say of ours."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from ._micr_image import OME_TYPES, ImageFacts, damaged
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from fascicle.core import Header

    from ._micr_image import Image

NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06"

_LARGEST_XML = 64 << 20
_TO_UM = {
    "m": 1e6, "dm": 1e5, "cm": 1e4, "mm": 1e3, "µm": 1.0, "um": 1.0, "micron": 1.0,
    "microns": 1.0, "micrometer": 1.0, "micrometre": 1.0, "nm": 1e-3, "nanometer": 1e-3,
    "pm": 1e-6, "å": 1e-4, "angstrom": 1e-4, "inch": 25400.0, "in": 25400.0,
    "millimeter": 1e3, "meter": 1e6, "centimeter": 1e4,
}  # fmt: skip
_IMMERSIONS = {"oil": "Oil", "water": "Water", "glycerol": "Glycerol", "air": "Air"}
_STAINS = {
    "dapi": "DAPI", "hoechst": "Hoechst", "gfp": "GFP", "egfp": "EGFP", "yfp": "YFP",
    "eyfp": "EYFP", "cfp": "CFP", "rfp": "RFP", "mcherry": "mCherry", "tdtomato": "tdTomato",
    "fitc": "FITC",
    "tritc": "TRITC", "cy2": "Cy2", "cy3": "Cy3", "cy5": "Cy5", "cy7": "Cy7", "neun": "NeuN",
    "gfap": "GFAP", "iba1": "Iba1", "map2": "MAP2", "tuj1": "Tuj1", "calbindin": "Calbindin",
    "parvalbumin": "Parvalbumin", "cfos": "cFos", "nissl": "Nissl", "luxol": "Luxol", "lfb": "LFB",
    "mbp": "MBP", "olig2": "Olig2", "sox10": "SOX10", "alexa405": "Alexa405",
    "alexa488": "Alexa488", "alexa546": "Alexa546", "alexa555": "Alexa555", "alexa568": "Alexa568",
    "alexa594": "Alexa594", "alexa647": "Alexa647", "brightfield": "Brightfield", "red": "Red",
    "green": "Green", "blue": "Blue", "transmitted": "Transmitted", "dapb": "DAPB",
    "hematoxylin": "Hematoxylin", "eosin": "Eosin", "golgi": "Golgi", "dab": "DAB",
}  # fmt: skip
"""Stains and dyes by their names in small letters and digits: no other name of a channel leaves."""
_PEOPLE = (
    ("Experimenter", "FirstName", "operator"), ("Experimenter", "LastName", "operator"),
    ("Experimenter", "MiddleName", "operator"), ("Experimenter", "UserName", "operator"),
    ("Experimenter", "DisplayName", "operator"), ("Experimenter", "Email", "contact"),
    ("Experimenter", "Institution", "institution"), ("ExperimenterGroup", "Name", "institution"),
    ("Project", "Name", "text"), ("Dataset", "Name", "text"), ("Image", "Name", "text"),
    ("Microscope", "SerialNumber", "serial"), ("Objective", "SerialNumber", "serial"),
    ("Detector", "SerialNumber", "serial"), ("Laser", "SerialNumber", "serial"),
    ("UUID", "FileName", "path"), ("OME", "Creator", "text"), ("Plate", "Name", "text"),
)  # fmt: skip
_TEXTS = frozenset({"Description", "Value", "AcquisitionDate", "CreationDate", "ImportDate"})
_FIELD = re.compile(r"[A-Za-z][\w .#/-]{0,40}?")


def to_um(value: object, unit: str) -> float:
    """Return a length in micrometres; 0 if it is none, or of a unit that is not known.

    Examples
    --------
    >>> to_um("4", "nm"), to_um(1, "inch"), to_um(1, "pixel")
    (0.004, 25400.0, 0.0)
    """
    try:
        number = float(str(value))
    except ValueError:
        return 0.0
    plain = unit.strip().replace("\\u00B5", "µ").replace("\u03bc", "µ").casefold()
    # Casefolding turns the micro sign into the Greek letter.
    um = number * _TO_UM.get(plain.replace("\u03bc", "µ"), 0.0)
    return um if math.isfinite(um) and 1e-6 < um < 1e6 else 0.0


def name_stain(text: str) -> str:
    """Return the usual name of a stain or dye; empty for every other word.

    Examples
    --------
    >>> name_stain("alexa 488"), name_stain("Meier")
    ('Alexa488', '')
    """
    return _STAINS.get(re.sub(r"[\W_]", "", text).lower(), "")


def parse_moment(text: str) -> datetime | None:
    """Return a moment as programs write it (ISO 8601, or with colons in the day); None if none.

    Examples
    --------
    >>> parse_moment("2019:11:23 14:31:07").isoformat()
    '2019-11-23T14:31:07+00:00'
    """
    plain = re.sub(r"^(\d{4}):(\d\d):(\d\d)", r"\1-\2-\3", text.strip("\0 "))
    try:
        moment = datetime.fromisoformat(plain)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if 1970 <= moment.year <= 2200 else None


def parse_xml(text: str) -> ElementTree.Element:
    """Return the root of an XML text; raise FSC260 if it is broken."""
    if len(text) > _LARGEST_XML:
        raise damaged("a description of a usual size")
    try:
        return ElementTree.fromstring(text)  # expat fetches nothing and bounds expansion itself
    except (ElementTree.ParseError, ValueError) as error:
        raise damaged("OME-XML that can be read") from error


def _named(node: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """Yield the elements of a name, whatever its namespace."""
    yield from (child for child in node.iter() if child.tag.rpartition("}")[2] == name)


def read_ome(text: str) -> ImageFacts:
    """Return what OME-XML says of its first image, and whom it names.

    Parameters
    ----------
    text : str
        The XML.

    Returns
    -------
    ImageFacts
        As it stands there.

    Raises
    ------
    FormatError
        FSC260 if the XML is broken.
    """
    root = parse_xml(text)
    pixels = next(_named(root, "Pixels"), None)
    if pixels is None:
        return ImageFacts(identifiers=tuple(_ome_identifiers(root)))
    channels = list(_named(pixels, "Channel"))
    date = next((n.text or "" for n in _named(root, "AcquisitionDate")), "")
    modes = [channel.get(key, "") for channel in channels
             for key in ("AcquisitionMode", "ContrastMethod", "IlluminationType")]  # fmt: skip
    return ImageFacts(
        pixel_um=_pixel_um(pixels),
        measured_at=parse_moment(date),
        metadata=_optics(root) | _light(channels),
        channel_names=tuple(channel.get("Name", "") for channel in channels),
        modes=tuple(mode for mode in modes if mode),
        identifiers=tuple(_ome_identifiers(root)),
    )


def _pixel_um(pixels: ElementTree.Element) -> tuple[float, ...]:
    sizes = [
        to_um(pixels.get(f"PhysicalSize{axis}", ""), pixels.get(f"PhysicalSize{axis}Unit", "µm"))
        for axis in "XYZ"
    ]
    if not (sizes[0] and sizes[1]):
        return ()
    return tuple(sizes if sizes[2] else sizes[:2])


def _optics(root: ElementTree.Element) -> dict[str, Any]:
    """Return what is said of the microscope and the objective that took the first image.

    An instrument may list all its objectives; which one was used, the image says.
    """
    image = next(_named(root, "Image"), root)
    microscopes = _choose(root, image, "Instrument", "InstrumentRef")
    microscope = next((m for node in microscopes for m in _named(node, "Microscope")), None)
    objectives = _choose(root, image, "Objective", "ObjectiveSettings")
    objective = objectives[0] if len(objectives) == 1 else None
    found: dict[str, Any] = {}
    if microscope is not None:
        found["Manufacturer"] = microscope.get("Manufacturer", "")
        found["ManufacturersModelName"] = microscope.get("Model", "")
    if objective is not None:
        found["Magnification"] = _number(objective.get("NominalMagnification"))
        found["NumericalAperture"] = _number(objective.get("LensNA"))
        found["Immersion"] = _IMMERSIONS.get(objective.get("Immersion", "").lower(), "")
    return {name: value for name, value in found.items() if value}


def _choose(
    root: ElementTree.Element, image: ElementTree.Element, name: str, reference: str
) -> list[ElementTree.Element]:
    """Return the element that an image refers to; all of them if it refers to none."""
    listed = list(_named(root, name))
    wanted = next((node.get("ID") for node in _named(image, reference)), None)
    return [node for node in listed if node.get("ID") == wanted] if wanted else listed


def _light(channels: Sequence[ElementTree.Element]) -> dict[str, Any]:
    """Return wavelengths, where every channel states them, in nanometres."""
    found: dict[str, Any] = {}
    for name in ("ExcitationWavelength", "EmissionWavelength"):
        values = [
            float(f"{1e3 * to_um(c.get(name, ''), c.get(f'{name}Unit', 'nm')):.9g}")
            for c in channels
        ]
        if values and all(values):
            found[name] = values
    return found


def _number(text: str | None) -> float:
    try:
        value = float(text or 0)
    except ValueError:
        return 0.0
    return value if math.isfinite(value) else 0.0


def _ome_identifiers(root: ElementTree.Element) -> Iterator[Any]:
    fields: list[tuple[str, str, object]] = []
    for tag, name, kind in _PEOPLE:
        fields += [(kind, f"{tag} {name}", node.get(name)) for node in _named(root, tag)]
    for node in root.iter():
        tag = node.tag.rpartition("}")[2]
        if tag not in _TEXTS:
            continue
        text = " ".join("".join(node.itertext()).split())
        moment = parse_moment(text)
        if moment is not None:
            fields.append(("date", tag, moment.date().isoformat()))
        else:
            fields += [("text", tag, text), *field_identifiers(text, tag)]
    for node in _named(root, "M"):  # pairs of MapAnnotation
        fields += field_identifiers(f"{node.get('K', '')} = {node.text or ''}", "annotation")
    yield from find_identifiers("OME-XML", fields)


_KINDS_OF_FIELDS = (
    (r"file|path|title|folder", "path"), (r"birth|dob", "birthdate"),
    (r"patient|subject.?name|^name|owner|animal", "name"),
    (r"user|operator|experimenter|author|artist|investigator", "operator"),
    (r"barcode|slide.?id|image.?id|case|accession|specimen|\bid\b|mrn|number", "id"),
    (r"serial", "serial"), (r"institut|hospital|department|lab", "institution"),
    (r"host|computer|place|city", "place"), (r"mail|phone|address", "contact"),
    (r"date|time", "date"),
)  # fmt: skip


def field_identifiers(text: str, where: str) -> list[tuple[str, str, object]]:
    """Return what ``name = value`` pairs of a description point to, by the pairs' names.

    Examples
    --------
    >>> field_identifiers("Aperio|User = kv|AppMag = 20", "description")
    [('operator', 'description: User', 'kv')]
    """
    fields: list[tuple[str, str, object]] = []
    for part in re.split(r"[|\r\n;]+", text[: 1 << 20]):
        name, sign, value = part.partition("=") if "=" in part else part.partition(":")
        name, value = name.strip(), value.strip()
        if not sign or not value or not _FIELD.fullmatch(name) or len(value) > 200:
            continue
        kinds = (k for pattern, k in _KINDS_OF_FIELDS if re.search(pattern, name, re.IGNORECASE))
        kind = next(kinds, "")
        if kind == "date":
            moment = parse_moment(value)
            value = moment.date().isoformat() if moment else ""
        if kind and value and not re.fullmatch(r"[\d.+-]{1,5}|true|false", value):
            fields.append((kind, f"{where}: {name}", value))
    return fields


def format_ome(image: Image, header: Header) -> bytes:
    """Return OME-XML that describes a written image with nothing but what the header lets out.

    No names, no days, no UUID: the same image gives the same bytes.

    Parameters
    ----------
    image : Image
        What is written.
    header : Header
        What may be said about it.

    Returns
    -------
    bytes
        UTF-8.
    """
    t, c, z, y, x = image.shape
    about = header.metadata
    pixels: dict[str, object] = {
        "ID": "Pixels:0", "DimensionOrder": "XYZCT", "Type": OME_TYPES[image.dtype.name],
        "SizeX": x, "SizeY": y, "SizeZ": z, "SizeC": c * image.n_samples, "SizeT": t,
        "BigEndian": "false", "Interleaved": "true" if image.n_samples > 1 else "false",
        **_physical(about),
    }  # fmt: skip
    names = about.get("ChannelNames") or []
    channels = "".join(
        _tag("Channel", {
            "ID": f"Channel:0:{i}",
            **({"Name": names[i]} if len(names) == c else {}),
            "SamplesPerPixel": image.n_samples,
        }) for i in range(c)
    )  # fmt: skip
    data = _tag("TiffData", {"IFD": 0, "PlaneCount": t * c * z})
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns={quoteattr(NAMESPACE)}>'
        f'<Image ID="Image:0">{_open("Pixels", pixels)}{channels}{data}</Pixels></Image></OME>'
    ).encode()


def _physical(about: Mapping[str, Any]) -> dict[str, object]:
    sizes = about.get("PixelSize") or ()
    unit = {"um": "µm"}.get(about.get("PixelSizeUnits", ""), about.get("PixelSizeUnits", ""))
    found: dict[str, object] = {}
    for axis, size in zip("XYZ", sizes, strict=False):
        found |= {f"PhysicalSize{axis}": f"{size:.12g}", f"PhysicalSize{axis}Unit": unit}
    return found


def _open(name: str, values: Mapping[str, object]) -> str:
    words = " ".join(f"{key}={quoteattr(str(value))}" for key, value in values.items())
    return f"<{name} {words}>"


def _tag(name: str, values: Mapping[str, object]) -> str:
    return _open(name, values)[:-1] + "/>"
