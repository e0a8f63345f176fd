"""Micrographs in PNG and JPEG: taken only where it is sure that they show tissue."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import FileHead, Finding, Severity

from ._gathered import Gathered
from ._micr_image import Image, ImageFacts, damaged, require_image, unsupported
from ._micr_kinds import named_path, names_microscopy
from ._micr_notes import NOTE_NAME, find_notes
from ._micr_ome import field_identifiers, parse_moment
from ._micrographs import MIN_SERIES, MicrographFormat, join_slices, leave_drawn, note_on
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST_PICTURE = 1 << 30
_FINEST_PRINT_UM = 10.0
_HEAD_BYTES = 4096
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


class Picture(MicrographFormat):
    """PNG and JPEG, where it is sure that they show tissue."""

    name = "picture"
    title = "Micrographs in PNG or JPEG, where their path or a file beside them says so"
    proven_on = "real"
    file_per_slice = True

    def recognises(self, head: FileHead) -> bool:
        """Know both by their first bytes."""
        return head.head.startswith((_PNG, _JPEG)) and not head.is_folder

    def gather(self, heads: Sequence[FileHead], root: Path) -> Gathered:
        """Take what shows tissue for sure, slices together; leave out all other pictures."""
        likely = [head.path for head in heads if _is_sure(root, head)]
        sure, drawn, findings = leave_drawn(likely)
        series = {path: group for group in _find_series(heads) for path in group}
        recordings = join_slices(root, sure, lambda _, path: series.get(path, (path,)))
        rest = dict.fromkeys(head.path for head in heads if head.path not in set(likely))
        doubtful = [group[0] for path, group in series.items() if path == group[0] and path in rest]
        return Gathered(
            tuple((*files, *find_notes(root, files[0])) for files in recordings),
            (*drawn, *rest),
            (*findings, *(_doubt(path) for path in doubtful)),
        )

    def open(self, path: Path) -> Image:
        """Decode a picture: it is small by its nature."""
        return _open_picture(path)


def _doubt(path: PurePosixPath) -> Finding:
    return note_on(
        path, "image.unclear", Severity.NOTE,
        "Expected evidence that a series of grey pictures shows tissue, got none: they are left "
        "out.",
        f"If they are micrographs, put a file {NOTE_NAME} with PixelSize and PixelSizeUnits into "
        "their folder.",
    )  # fmt: skip


def _is_sure(root: Path, head: FileHead) -> bool:
    """Tell whether a picture shows tissue: a note, its path, or pixels too fine for a print."""
    if find_notes(root, head.path) or 0 < _printed_um(head.head) < _FINEST_PRINT_UM:
        return True
    return names_microscopy(named_path(root, head.path))


def _picture_size(head: bytes) -> tuple[int, ...]:
    """Return size, bits and kind of colours of a PNG; empty for anything else."""
    if not head.startswith(_PNG) or len(head) < 26:
        return ()
    return struct.unpack(">IIBB", head[16:26])


def _printed_um(head: bytes) -> float:
    """Return the width of a pixel that a PNG states, in micrometres; 0 if it states none."""
    at = head.find(b"pHYs")
    if not head.startswith(_PNG) or at < 0 or len(head) < at + 13 or head[at + 12] != 1:
        return 0.0
    (per_metre,) = struct.unpack(">I", head[at + 4 : at + 8])
    return 1e6 / per_metre if per_metre else 0.0


def _find_series(heads: Sequence[FileHead]) -> Iterator[tuple[PurePosixPath, ...]]:
    """Yield the grey pictures of equal size whose numbers follow on one another."""
    groups: dict[tuple[object, ...], dict[int, PurePosixPath]] = {}
    for head in heads:
        size, stem = _picture_size(head.head), head.path.stem
        digits = stem[len(stem.rstrip("0123456789")) :]
        if size and size[3] == 0 and 0 < len(digits) < 10:
            key = (head.path.parent, stem[: -len(digits)], head.path.suffix.lower(), size)
            groups.setdefault(key, {})[int(digits)] = head.path
    for members in groups.values():
        run: list[int] = []
        for number in sorted(members):
            if run and number != run[-1] + 1:
                yield from _long_enough(run, members)
                run = []
            run.append(number)
        yield from _long_enough(run, members)


def _long_enough(
    run: Sequence[int], members: Mapping[int, PurePosixPath]
) -> Iterator[tuple[PurePosixPath, ...]]:
    if len(run) >= MIN_SERIES:
        yield tuple(members[number] for number in run)


def _open_picture(path: Path) -> Image:
    """Decode a PNG or JPEG; its texts, EXIF and colour profile are only looked at."""
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    with path.open("rb") as stream:
        printed_um = _printed_um(stream.read(_HEAD_BYTES))
    try:
        with Pillow.open(path, formats=["PNG", "JPEG"]) as picture:
            n_bytes = math.prod(picture.size) * max(2, len(picture.getbands()))
            if n_bytes > _LARGEST_PICTURE:
                raise unsupported("a picture of more than a gigabyte")
            texts = _picture_texts(picture)
            mode = {"P": "RGB", "CMYK": "RGB", "YCbCr": "RGB", "LA": "L", "1": "L"}.get(
                picture.mode
            )
            pixels = np.asarray(picture.convert(mode) if mode else picture)
    except (UnidentifiedImageError, SyntaxError, ValueError, EOFError) as error:
        raise damaged("a picture that can be decoded") from error
    pixels = pixels.astype(np.uint16) if pixels.dtype == np.int32 else pixels
    pixels = pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
    sizes = (printed_um, printed_um) if 0 < printed_um < _FINEST_PRINT_UM else ()
    height, width, n_samples = pixels.shape

    def read(plane: tuple[int, int, int], start: int, stop: int) -> NDArray[Any]:
        return np.asarray(pixels[start:stop])

    facts = ImageFacts(pixel_um=sizes, identifiers=texts)
    shape = (1, 1, 1, height, width)
    return require_image(Image(shape, n_samples, pixels.dtype, read, facts))


def _picture_texts(picture: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a picture of Pillow
    """Return what the texts and EXIF of a picture point to."""
    fields: list[tuple[str, str, object]] = []
    for name, value in (getattr(picture, "text", None) or {}).items():
        found = field_identifiers(f"{name} = {value}", "picture")
        fields += found or [("text", f"picture: {name}", str(value)[:500])]
    comment = picture.info.get("comment", b"")
    plain = comment.decode("utf-8", "replace") if isinstance(comment, bytes) else str(comment)
    fields.append(("text", "picture: comment", plain[:500]))
    exif = picture.getexif()
    kinds = {315: "operator", 316: "place", 33432: "text", 270: "text"}
    fields += [
        (kinds[code], f"EXIF {code}", value) for code, value in exif.items() if code in kinds
    ]
    moment = parse_moment(str(exif.get(306, "")))
    fields.append(("date", "EXIF 306", moment.date().isoformat() if moment else ""))
    return tuple(find_identifiers("picture", fields))
