"""OME-Zarr (NGFF 0.4, Zarr 2): images of tissue as folders of chunks."""

from __future__ import annotations

import itertools
import json
import math
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Identifier
from fascicle.errors import FormatError

from ._micr_image import Image, ImageFacts, require_image, unsupported
from ._micr_ome import field_identifiers, read_ome, to_um
from ._micr_write import Pyramid, band_rows, count_levels, open_pyramid
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fascicle.core import Header

CHUNK = 1024
"""Rows and columns of a chunk; smaller where the image is."""

_AXES = "tczyx"
_LARGEST_JSON = 64 << 20
_LARGEST_CHUNK = 1 << 30


def open_zarr(folder: Path) -> Image:
    """Open the image of an OME-Zarr folder at its full size; no chunk is read.

    Parameters
    ----------
    folder : Path
        The ``.ome.zarr`` folder.

    Raises
    ------
    FormatError
        FSC261 if it is of Zarr 3 or a plate, FSC262 if its descriptions are not whole.
    """
    import zarr

    root = folder
    about = _read_json(root / ".zattrs")
    if about is None and (root / "zarr.json").is_file():
        raise unsupported("OME-Zarr of version 0.5, which is Zarr 3")
    if about and "plate" in about:
        raise unsupported("a plate of many wells")
    if about and "multiscales" not in about and "bioformats2raw.layout" in about:
        root = folder / "0"
        about = _read_json(root / ".zattrs")
    scales = (about or {}).get("multiscales")
    if not about or not isinstance(scales, list) or not scales:
        raise not_whole("a description of its levels (multiscales)")
    axes, path, scale = _first_level(scales[0])
    store = zarr.DirectoryStore(str(root / path))
    try:
        array = zarr.Array(store, read_only=True)
    except Exception as error:
        raise not_whole("an array of its full size") from error
    if array.ndim != len(axes) or math.prod(array.chunks) * array.dtype.itemsize > _LARGEST_CHUNK:
        raise not_whole("as many axes as it describes, in chunks of a usual size")
    facts = _read_facts(folder, about, (axes, scale, scales[0]))
    return require_image(_open_array(array, axes, facts))


def not_whole(what: str) -> FormatError:
    """Return the error for a folder that lacks a part."""
    return FormatError(
        "FSC262",
        f"Expected an OME-Zarr folder with {what}, got one without.",
        "Copy the whole folder again, hidden files (.zattrs, .zarray) included.",
    )


def _read_json(path: Path) -> dict[str, Any] | None:
    """Return a JSON object; None if the file is missing, broken or no object."""
    try:
        if path.stat().st_size > _LARGEST_JSON:
            return None
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _first_level(scales: Mapping[str, Any]) -> tuple[str, str, list[float]]:
    """Return axes, folder and scale of the full size."""
    described = scales.get("axes") or list(_AXES)  # version 0.2 has always five
    names = [axis.get("name", "") if isinstance(axis, dict) else axis for axis in described]
    axes = "".join(str(name) for name in names)
    levels = scales.get("datasets")
    inside = isinstance(levels, list) and bool(levels) and isinstance(levels[0], dict)
    first: dict[str, Any] = levels[0] if isinstance(levels, list) and inside else {}
    path = str(first.get("path", ""))
    # A name alone: nothing outside of the folder is opened.
    is_safe = re.fullmatch(r"[\w.-]+(/[\w.-]+)*", path) and ".." not in path.split("/")
    if not is_safe or not re.fullmatch(r"t?c?z?yx", axes):
        raise not_whole("levels whose axes are time, channel and space")
    own = _find_scale(first, len(axes))
    shared = _find_scale(scales, len(axes)) or [1.0] * len(own)  # applied to all levels alike
    return axes, path, [a * b for a, b in zip(own, shared, strict=True)]


def _find_scale(holder: Mapping[str, Any], n_axes: int) -> list[float]:
    """Return the scale that a level, or all of them, has for each axis; none if it has not."""
    steps = holder.get("coordinateTransformations")
    for step in steps if isinstance(steps, list) else ():
        scale = step.get("scale") if isinstance(step, dict) else None
        if isinstance(scale, list) and len(scale) == n_axes:
            return [float(n) if isinstance(n, int | float) else 0.0 for n in scale]
    return []


def _read_facts(
    folder: Path, about: Mapping[str, Any], level: tuple[str, list[float], Mapping[str, Any]]
) -> ImageFacts:
    """Return what attributes and OME-XML of the folder say."""
    axes, scale, scales = level
    xml = next((p for p in (folder / "OME" / "METADATA.ome.xml",) if p.is_file()), None)
    facts = ImageFacts()
    if xml is not None and xml.stat().st_size <= _LARGEST_JSON:
        facts = read_ome(xml.read_text("utf-8", "replace"))
    units = {
        axis.get("name"): str(axis.get("unit", ""))
        for axis in scales.get("axes") or ()
        if isinstance(axis, dict)
    }
    sizes = [
        to_um(scale[axes.index(axis)], _short_unit(units.get(axis, ""))) if axis in axes else 0.0
        for axis in ("x", "y", "z")
    ] if scale else [0.0]  # fmt: skip
    pixel_um = tuple(sizes if sizes[-1] else sizes[:2]) if all(sizes[:2]) and scale else ()
    omero = about.get("omero")
    channels = omero.get("channels") if isinstance(omero, dict) else None
    labels = [str(c.get("label", "")) for c in channels or () if isinstance(c, dict)]
    return ImageFacts(
        pixel_um=facts.pixel_um or pixel_um,
        measured_at=facts.measured_at,
        metadata=facts.metadata,
        channel_names=facts.channel_names or tuple(labels),
        modes=facts.modes,
        identifiers=tuple(dict.fromkeys([*facts.identifiers, *_attribute_identifiers(about)])),
    )


def _short_unit(unit: str) -> str:
    return {"micrometer": "um", "nanometer": "nm", "millimeter": "mm", "meter": "m"}.get(unit, unit)


def _attribute_identifiers(about: Mapping[str, Any]) -> list[Identifier]:
    """Return what the attributes name, however deep they stand."""
    fields: list[tuple[str, str, object]] = []
    pending: list[tuple[str, object]] = list(about.items())
    for _ in range(10_000):
        if not pending:
            break
        name, value = pending.pop()
        if isinstance(value, dict):
            pending += value.items()
        elif isinstance(value, list):
            pending += [(name, item) for item in value]
        elif isinstance(value, str):
            plain = re.sub(r"[=|;\r\n]+", " ", value)
            fields += field_identifiers(f"{name} = {plain}", "attributes")
    names = [s.get("name") for s in about.get("multiscales") or () if isinstance(s, dict)]
    fields += [("text", "attributes: image name", name) for name in names]
    return find_identifiers("OME-Zarr", fields)


def _open_array(array: Any, axes: str, facts: ImageFacts) -> Image:  # noqa: ANN401 - zarr has no types
    """Arrange an array as times, channels, slices, rows and columns."""
    sizes = dict(zip(axes, (int(n) for n in array.shape), strict=True))
    shape = tuple(sizes.get(axis, 1) for axis in _AXES)

    def read(plane: tuple[int, int, int], start: int, stop: int) -> NDArray[Any]:
        index = [at for axis, at in zip("tcz", plane, strict=True) if axis in axes]
        rows = np.asarray(array[(*index, slice(start, stop), slice(None))])
        return rows.astype(array.dtype.newbyteorder("="), copy=False)[..., np.newaxis]

    dtype = array.dtype.newbyteorder("=")
    return Image(shape, 1, dtype, _guard(read), facts)  # type: ignore[arg-type]  # five axes


def _guard(read: Any) -> Any:  # noqa: ANN401 - a function
    """Tell the failures of chunks in our words."""

    def guarded(plane: tuple[int, int, int], start: int, stop: int) -> NDArray[Any]:
        try:
            return read(plane, start, stop)  # type: ignore[no-any-return]  # an array
        except MemoryError:
            raise
        except Exception as error:
            raise not_whole("chunks that can be unpacked") from error

    return guarded


def write_ome_zarr(image: Image, header: Header, folder: Path) -> None:
    """Write an image as OME-Zarr 0.4, chunk by chunk.

    Parameters
    ----------
    image : Image
        The pixels; colours of a pixel become channels.
    header : Header
        What may be said about it.
    folder : Path
        Is replaced; removed again if the writing fails.
    """
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    try:
        n_levels = count_levels(*image.shape[3:], largest=CHUNK)
        _write_json(folder / ".zgroup", {"zarr_format": 2})
        _write_json(folder / ".zattrs", _describe(image, header, n_levels))
        levels = [_Level(folder / str(i), image, i) for i in range(n_levels + 1)]
        for plane in image.planes():
            with open_pyramid(image, folder.parent, n_levels) as pyramid:
                _write_plane(image, plane, levels, pyramid)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _write_plane(
    image: Image, plane: tuple[int, int, int], levels: Sequence[_Level], pyramid: Pyramid
) -> None:
    """Write a plane at its full size, then its reduced levels."""
    n_rows = band_rows(image, CHUNK)
    for start, band in image.bands(plane, n_rows):
        pyramid.fill(start, band)
        levels[0].write(plane, start, band)
    pyramid.finish(n_rows)
    for level, reduced in zip(levels[1:], pyramid.levels, strict=True):
        for start in range(0, len(reduced), CHUNK):
            level.write(plane, start, np.asarray(reduced[start : start + CHUNK]))


class _Level:
    """One array of the folder."""

    def __init__(self, folder: Path, image: Image, i: int) -> None:
        from numcodecs import Blosc

        t, c, z, height, width = image.shape
        for _ in range(i):
            height, width = (height + 1) // 2, (width + 1) // 2
        self.folder, self.n_samples = folder, image.n_samples
        self.chunk = (min(CHUNK, height), min(CHUNK, width))
        self.dtype = image.dtype.newbyteorder("<")
        # One block for each chunk: where there are several, threads write them as they finish.
        n_bytes = math.prod(self.chunk) * self.dtype.itemsize
        shuffle = Blosc.SHUFFLE if self.dtype.itemsize > 1 else Blosc.NOSHUFFLE
        self.packer = Blosc("zstd", 5, shuffle, n_bytes)
        folder.mkdir()
        _write_json(folder / ".zarray", {
            "chunks": [1, 1, 1, *self.chunk],
            "compressor": self.packer.get_config(),
            "dimension_separator": "/",
            "dtype": self.dtype.str,
            "fill_value": 0,
            "filters": None,
            "order": "C",
            "shape": [t, c * image.n_samples, z, height, width],
            "zarr_format": 2,
        })  # fmt: skip

    def write(self, plane: tuple[int, int, int], start: int, rows: NDArray[Any]) -> None:
        """Write the chunks of rows that begin at a chunk's first row."""
        t, c, z = plane
        height, width = self.chunk
        tops, lefts = range(0, len(rows), height), range(0, rows.shape[1], width)
        for sample, top, left in itertools.product(range(self.n_samples), tops, lefts):
            part = rows[top : top + height, left : left + width, sample]
            chunk = np.zeros(self.chunk, self.dtype)
            chunk[: part.shape[0], : part.shape[1]] = part
            channel = c * self.n_samples + sample
            place = self.folder / str(t) / str(channel) / str(z) / str((start + top) // height)
            place.mkdir(parents=True, exist_ok=True)
            (place / str(left // width)).write_bytes(self.packer.encode(chunk))


def _describe(image: Image, header: Header, n_levels: int) -> dict[str, Any]:
    """Return the attributes: axes, and the scale of every level."""
    sizes = [float(size) for size in header.metadata.get("PixelSize") or ()]
    unit = {"um": "micrometer", "nm": "nanometer", "mm": "millimeter"}.get(
        header.metadata.get("PixelSizeUnits", ""), ""
    )
    space = {"unit": unit} if unit and sizes else {}
    x, y, z = (*sizes, 1.0, 1.0, 1.0)[:3] if len(sizes) in {2, 3} else (1.0, 1.0, 1.0)
    datasets = [
        {
            "path": str(i),
            "coordinateTransformations": [
                {"type": "scale", "scale": [1.0, 1.0, z, y * 2**i, x * 2**i]}
            ],
        }
        for i in range(n_levels + 1)
    ]
    about: dict[str, Any] = {
        "multiscales": [
            {
                "axes": [
                    {"name": "t", "type": "time"},
                    {"name": "c", "type": "channel"},
                    *({"name": axis, "type": "space", **space} for axis in "zyx"),
                ],
                "datasets": datasets,
                "type": "mean",
                "version": "0.4",
            }
        ]
    }
    return about


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", "utf-8", newline="\n")
