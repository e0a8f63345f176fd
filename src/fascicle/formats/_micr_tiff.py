"""Images of tissue in TIFF: plain, OME, of ImageJ, of microscopes and slide scanners."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Identifier

from ._micr_image import Image, ImageFacts, damaged, require_image, unsupported
from ._micr_ome import field_identifiers, parse_moment, read_ome, to_um
from ._micr_segments import Layout, PageReader, layout_of
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAX_PAGES = 1 << 20
_PALETTE = 3
_XMP, _EXIF, _GPS, _IMAGEJ, _DESCRIPTION = 700, 34665, 34853, 50839, 270
_TAGS = (
    (315, "operator", "Artist"), (316, "place", "HostComputer"), (33432, "text", "Copyright"),
    (269, "path", "DocumentName"), (285, "text", "PageName"), (337, "text", "TargetPrinter"),
    (42016, "id", "ImageUniqueID"), (65420, "text", "NDPI"), (65427, "text", "NDPI reference"),
    (65442, "serial", "NDPI serial"),
)  # fmt: skip
_EXIF_KINDS = {
    "CameraOwnerName": "operator", "BodySerialNumber": "serial", "LensSerialNumber": "serial",
    "UserComment": "text", "ImageUniqueID": "id",
}  # fmt: skip
_XMP_FIELDS = re.compile(
    r"(?:creator|rights|OwnerName|SerialNumber|title|description)[^>]*>(?:\s*<[^>]+>)*([^<]+)<",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TiffPart:
    """What a TIFF file holds beside the image that is taken.

    Attributes
    ----------
    n_labels : int
        Photographs of the slide and its label, or thumbnails.
    n_images : int
        Other images, of other places.
    """

    n_labels: int = 0
    n_images: int = 0


def open_tiff(path: Path) -> Image:
    """Open the first (largest) image of a TIFF file; no pixel is read.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Image
        With what the file says of it.

    Raises
    ------
    FormatError
        FSC260 if it is damaged, FSC261 if it is of a kind that is not read.
    """
    import tifffile

    # Files that OME-XML names elsewhere stay closed: a recording reads no other recording's file.
    with tifffile.TiffFile(path, _multifile=False) as file:
        if not len(file.pages) or len(file.pages) > _MAX_PAGES:
            raise damaged("at least one page")
        series = file.series[0]
        facts = read_tiff_facts(file)
        return require_image(_open_series(path, file, series, facts))


def look_beside(path: Path) -> TiffPart:
    """Count what a TIFF file holds beside the image that is taken."""
    import tifffile

    with tifffile.TiffFile(path, _multifile=False) as file:
        n_labels, n_images = 0, 0
        for series in file.series[1:]:
            name = str(series.name).casefold()
            is_small = math.prod(series.shape) * 16 <= math.prod(file.series[0].shape)
            is_label = any(word in name for word in ("label", "macro", "thumbnail", "overview"))
            if is_label or is_small or series.kind == "svs":
                n_labels += 1
            else:
                n_images += 1
        return TiffPart(n_labels, n_images)


def _open_series(path: Path, file: Any, series: Any, facts: ImageFacts) -> Image:  # noqa: ANN401 - tifffile has no types
    """Arrange the planes of a series along time, channel and slice."""
    axes, shape = str(series.axes), tuple(int(n) for n in series.shape)
    layout = layout_of(series.keyframe)
    colours = _colours(series.keyframe, layout)
    order, sizes = _arrange(axes, shape)
    readers = _PlaneReaders(path, series, layout, math.prod(sizes))
    strides = _strides(order, sizes)

    def read(plane: tuple[int, int, int], start: int, stop: int) -> NDArray[Any]:
        index = sum(step * at for step, at in zip(strides, plane, strict=True))
        rows = readers.read(index, start, stop)
        return rows if colours is None else np.asarray(colours[rows[..., 0]])

    counts = tuple(sizes[order.index(axis)] if axis in order else 1 for axis in "TCZ")
    return Image(
        shape=(*counts, layout.height, layout.width),  # type: ignore[arg-type]  # three and two are five
        n_samples=layout.n_samples if colours is None else 3,
        dtype=layout.dtype.newbyteorder("=") if colours is None else colours.dtype,
        read=read,
        facts=replace(facts, is_white_zero=layout.photometric == 0),
        is_whole=readers.is_whole,
    )


def _arrange(axes: str, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """Return what planes are arranged along, as letters of T, C and Z, with their counts."""
    if len(axes) != len(shape) or "Y" not in axes or "X" not in axes:
        raise unsupported("an image without rows and columns")
    order, sizes = "", []
    rest = [(axis, n) for axis, n in zip(axes, shape, strict=True) if axis not in "YXS"]
    taken = {axis for axis, _ in rest if axis in "TCZ"}
    for axis, n in rest:
        if axis not in "TCZ":
            if n == 1:
                continue
            axis = next((free for free in "ZTC" if free not in taken), "")
            if not axis:
                raise unsupported("an image with more axes than time, channel and depth")
            taken.add(axis)
        order += axis
        sizes.append(n)
    return order, tuple(sizes)


def _strides(order: str, sizes: Sequence[int]) -> tuple[int, int, int]:
    """Return how many planes lie between neighbours along T, C and Z."""
    steps = {axis: math.prod(sizes[i + 1 :]) for i, axis in enumerate(order)}
    return steps.get("T", 0), steps.get("C", 0), steps.get("Z", 0)


class _PlaneReaders:
    """Readers of all planes of a series; the last one is kept for its decoded row."""

    def __init__(self, path: Path, series: Any, layout: Layout, n_planes: int) -> None:  # noqa: ANN401
        self._path, self._layout = path, layout
        self._spans = _spans(series, layout, n_planes)
        self._kept: tuple[int, PageReader] | None = None
        self.is_whole = all(spans is not None for spans in self._spans)
        if not any(spans for spans in self._spans):
            raise damaged("at least one whole plane")
        first = next(spans for spans in self._spans if spans)
        PageReader(path, layout, first)  # refuses sizes that cannot be, before anything is written

    def read(self, index: int, start: int, stop: int) -> NDArray[Any]:
        """Return rows of a plane; zeros where the file lacks it."""
        spans = self._spans[index]
        own = self._layout
        if spans is None:
            return np.zeros((stop - start, own.width, own.n_samples), own.dtype.newbyteorder("="))
        if self._kept is None or self._kept[0] != index:
            self._kept = (index, PageReader(self._path, own, spans))
        return self._kept[1].read(start, stop)


def _spans(series: Any, layout: Layout, n_planes: int) -> list[list[tuple[int, int]] | None]:  # noqa: ANN401
    """Return offset and size of the segments of every plane; None for a plane that is missing."""
    pages = list(series.pages)
    if len(pages) == n_planes:
        return [None if page is None else _page_spans(page) for page in pages]
    if series.dataoffset is None or layout.is_planar:
        raise damaged("a page for each of its planes")
    # One page stands for planes that lie behind one another, as ImageJ writes what is large.
    n_plane = layout.row_bytes(layout.width) * layout.height
    flat = [[(int(series.dataoffset) + i * n_plane, n_plane)] for i in range(n_planes)]
    if layout.segment[0] != layout.height:
        n_strip = layout.row_bytes(layout.width) * layout.segment[0]
        flat = [
            [(start + at, min(n_strip, n_plane - at)) for at in range(0, n_plane, n_strip)]
            for ((start, _),) in flat
        ]
    return list(flat)


def _page_spans(page: Any) -> list[tuple[int, int]]:  # noqa: ANN401 - tifffile has no types
    return list(zip(map(int, page.dataoffsets), map(int, page.databytecounts), strict=True))


def _colours(page: Any, layout: Layout) -> NDArray[Any] | None:  # noqa: ANN401 - tifffile has no types
    """Return the colours of a palette, shape (n_colours, 3): they are what the numbers show."""
    if layout.photometric != _PALETTE:
        return None
    table = np.asarray(page.colormap).T
    if layout.n_bits > 16 or table.shape != (1 << layout.n_bits, 3):
        raise damaged("a table with all of its colours")
    # Eight bits are written as sixteen by two habits: times 256, and times 257.
    is_short = any(bool((table % factor == 0).all()) for factor in (256, 257))
    return (table >> 8).astype(np.uint8) if is_short else table.astype(np.uint16)


def read_tiff_facts(file: Any) -> ImageFacts:  # noqa: ANN401 - a tifffile.TiffFile
    """Return what the tags of a TIFF file say.

    Parameters
    ----------
    file : tifffile.TiffFile
        Opened.
    """
    page = file.pages[0]
    text = _text(page, _DESCRIPTION)
    facts = ImageFacts()
    if file.is_ome:
        facts = read_ome(file.ome_metadata or text)
    found = [*facts.identifiers, *_tag_identifiers(file), *_description_identifiers(file, text)]
    moment = parse_moment(_text(page, 306))
    if moment is not None:
        found.append(Identifier("date", moment.date().isoformat(), "TIFF: DateTime"))
    maker = {"Manufacturer": _text(page, 271), "ManufacturersModelName": _text(page, 272)}
    magnification = re.search(r"AppMag\s*=\s*(\d+(?:\.\d+)?)", text)
    known = {name: value for name, value in maker.items() if value}
    if magnification:
        known["Magnification"] = float(magnification[1])  # type: ignore[assignment]  # a number among texts
    return replace(
        facts,
        pixel_um=facts.pixel_um or _pixel_um(file, page, text),
        measured_at=facts.measured_at or moment,
        metadata=known | dict(facts.metadata),
        identifiers=tuple(dict.fromkeys(found)),
    )


def _text(page: Any, code: int) -> str:  # noqa: ANN401 - tifffile has no types
    """Return the text of a tag; empty if it has none."""
    value = page.tags.valueof(code)
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return str(value).strip("\0 ") if isinstance(value, str) else ""


def _pixel_um(file: Any, page: Any, text: str) -> tuple[float, ...]:  # noqa: ANN401
    """Return the size of a pixel as ImageJ, a slide scanner, a Zeiss or the tags state it."""
    mpp = re.search(r"MPP\s*=\s*(\d*\.?\d+)", text)
    if mpp:
        return (float(mpp[1]), float(mpp[1]))
    lsm = file.lsm_metadata if file.is_lsm else None
    if lsm:
        sizes = [to_um(lsm.get(f"VoxelSize{axis}", 0), "m") for axis in "XYZ"]
        return tuple(sizes if sizes[2] else sizes[:2]) if sizes[0] and sizes[1] else ()
    imagej = (file.imagej_metadata or {}) if file.is_imagej else {}
    unit = str(imagej.get("unit", "")) or {2: "inch", 3: "cm"}.get(int(page.resolutionunit), "")
    sizes = [_per_pixel(page, code, unit) for code in (282, 283)]
    # ImageJ takes the dots of a printer over, in inches.
    is_measured = bool(imagej) and unit.casefold() not in {"inch", "in"}
    if not all(sizes) or not (is_measured or _is_optical(sizes)):
        return ()
    step = to_um(imagej.get("spacing", 0), unit)
    return (sizes[0], sizes[1], step) if step else (sizes[0], sizes[1])


def _per_pixel(page: Any, code: int, unit: str) -> float:  # noqa: ANN401
    """Return the size of a pixel, in micrometres, from pixels for each unit; 0 if not stated."""
    value = page.tags.valueof(code)
    if not isinstance(value, tuple) or len(value) != 2 or not value[0]:
        return 0.0
    return to_um(value[1] / value[0], unit)


def _is_optical(sizes: Sequence[float]) -> bool:
    """Tell a size that a microscope states from the dots of a printer, which programs fill in."""
    return max(sizes) < 20.0


def _tag_identifiers(file: Any) -> Iterator[Identifier]:  # noqa: ANN401 - tifffile has no types
    """Yield what the tags of the pages point to."""
    fields: list[tuple[str, str, object]] = []
    for page in [file.pages[i] for i in range(min(len(file.pages), 8))]:
        tags = getattr(page, "tags", None)
        if tags is None:
            continue
        fields += [(kind, name, _text(page, code)) for code, kind, name in _TAGS]
        xmp = tags.valueof(_XMP)
        if isinstance(xmp, bytes | str):
            plain = xmp.decode("utf-8", "replace") if isinstance(xmp, bytes) else xmp
            fields += [("text", "XMP", word) for word in _XMP_FIELDS.findall(plain[: 1 << 20])]
        fields += _exif_fields(tags)
    yield from find_identifiers("TIFF", fields)


def _exif_fields(tags: Any) -> list[tuple[str, str, object]]:  # noqa: ANN401
    """Return what EXIF and GPS say of camera, owner and place."""
    fields: list[tuple[str, str, object]] = []
    exif = tags.valueof(_EXIF)
    for name, value in exif.items() if isinstance(exif, dict) else ():
        if name in _EXIF_KINDS:
            fields.append((_EXIF_KINDS[name], f"EXIF {name}", _plain(value)))
        elif str(name).startswith("DateTime") and (moment := parse_moment(_plain(value))):
            fields.append(("date", f"EXIF {name}", moment.date().isoformat()))
    gps = tags.valueof(_GPS)
    if isinstance(gps, dict):
        day = parse_moment(f"{_plain(gps.get('GPSDateStamp', ''))} 00:00:00")
        fields.append(("date", "GPS day", day.date().isoformat() if day else ""))
        fields.append(("place", "GPS area", _plain(gps.get("GPSAreaInformation", ""))))
    return fields


def _plain(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.strip("\0 ")


def _description_identifiers(file: Any, text: str) -> Iterator[Identifier]:  # noqa: ANN401
    """Yield what free text points to: pairs by their names; a text without pairs as a whole."""
    fields: list[tuple[str, str, object]] = []
    if text and not file.is_ome:
        pairs = field_identifiers(text, "ImageDescription")
        is_free = not file.is_imagej and not file.is_shaped and "=" not in text
        fields += pairs or ([("text", "ImageDescription", text[:500])] if is_free else [])
    if file.is_imagej:
        with contextlib.suppress(ValueError, TypeError, KeyError):
            own = file.imagej_metadata or {}
            fields += field_identifiers(str(own.get("Info", "")), "ImageJ Info")
            labels = own.get("Labels") or []
            fields += [("text", "ImageJ Labels", label) for label in labels[:4]]
    yield from find_identifiers("TIFF", fields)
