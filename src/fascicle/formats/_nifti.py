"""NIfTI, one file or two, packed or not, with what converters write beside it."""

from __future__ import annotations

import math
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from fascicle.core import FileHead, Identifier, Modality
from fascicle.errors import FormatError

from ._asl_order import find_asl_order, find_volume_means
from ._aslcontext import describe_context, read_aslcontext
from ._bids_inheritance import find_inherited
from ._converter_fields import part_fields, read_fields
from ._files import as_folder, read_exactly
from ._gradients import Gradients, read_gradients
from ._nifti_write import find_voxels, open_unpacked, read_nifti_header, read_slabs
from ._vendor import find_identifiers
from ._volume_kinds import find_derivative, find_volume_kind
from ._volumes import (
    OpenedVolume,
    VolumeFormat,
    VolumeStory,
    find_facts,
    header_repetition_s,
    make_volume_header,
    require_data,
    squeeze_axes,
    volume_shape,
)

_MAGICS = {348: (344, (b"n+1\0", b"ni1\0")), 540: (4, (b"n+2\0", b"ni2\0"))}
_TEXTS = ("descrip", "aux_file", "db_name", "intent_name", "data_type")
_SOFTWARE = re.compile(
    r"(?:FSL|spm|SPM|ANTs|AFNI|dcm2nii\w*|FreeSurfer|ITK|nibabel|MRtrix|NIFTI|version|5|6)?"
    r"[\s\d.,:;v()-]*(?:[0-9a-f]{6,})?",
)
_MOMENT = re.compile(r"(?:19|20)\d\d-?[01]\d-?[0-3]\d(?:[T ]\d\d:?\d\d(?::?\d\d)?Z?)?")
_LARGEST_EXTENSION = 1 << 24
_DICOM_EXTENSION = 2
_SURE = 0.55
"""Above it nobody counts values to tell a mask from an image: that takes reading half of it."""
_LARGEST_COUNTED = 256 << 20


class Nifti(VolumeFormat):
    """NIfTI-1 and NIfTI-2."""

    name = "nifti"
    title = "NIfTI (.nii, .nii.gz, .hdr with .img)"
    companion_suffixes = (".bval", ".bvec", ".bvals", ".bvecs")

    def recognises(self, head: FileHead) -> bool:
        """Look for the size and the mark of the header, unpacked if need be."""
        block = head.head
        if block[:2] == b"\x1f\x8b":
            block = _unpack_head(block)
        size = {int.from_bytes(block[:4], "little"), int.from_bytes(block[:4], "big")} & {348, 540}
        if not size:
            return False
        at, marks = _MAGICS[size.pop()]
        return block[at : at + 4] in marks

    def refuses(self, head: FileHead, root: Path) -> str:
        """Say why an image is no recording but was computed: a map, a mask, a template."""
        image = read_nifti_header(root / head.path)
        files = (head.path, *self.companions(head, root, _siblings(root / head.path, head.path)))
        fields = _read_sidecar(root, files)
        story = VolumeStory(
            head.path, fields, description=_text(image, "descrip"), bvals=_read_bvals(root, files)
        )
        facts = find_facts(image, story, header_repetition_s(image))
        reason = find_derivative(facts)
        if reason or facts.is_series or find_volume_kind(facts).certainty > _SURE:
            return reason
        n_values = _count_values(root / head.path, image)
        return find_derivative(replace(facts, n_values=n_values))

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the ``.img`` of a pair, and sidecar, gradients and table of contexts."""
        folder = as_folder(siblings)
        stem = re.sub(r"(?i)\.(?:nii|hdr)(?:\.gz)?$", "", head.path.name)
        wanted = []
        if re.search(r"(?i)\.hdr(?:\.gz)?$", head.path.name):
            wanted += [f"{stem}.img", f"{stem}.img.gz"]
        wanted += [f"{stem}.json", f"{stem}.bval", f"{stem}.bvec", f"{stem}.bvals", f"{stem}.bvecs"]
        if stem.casefold() in {"data", "dwi"}:
            wanted += ["bvals", "bvecs"]  # as FSL calls them
        wanted.append(f"{stem.removesuffix('_asl')}_aslcontext.tsv")
        found = (folder.named(name) for name in wanted)
        beside = [path for path in found if path is not None and path != head.path]
        return (*beside, *find_inherited(head.path, root))

    def open_volume(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedVolume:
        """Read the header and what stands beside; values are read when they are written."""
        path = root / files[0]
        image = read_nifti_header(path)
        shape = volume_shape(image)
        data, offset = find_voxels(path, image)
        itemsize = _itemsize(image)
        require_data(data, shape, itemsize)
        about, subject, moment, personal = part_fields(_read_sidecar(root, files))
        gradients = _find_gradients(root, files, shape)
        story = VolumeStory(
            files[0],
            about,
            subject,
            moment,
            (*personal, *_find_texts(path, image, offset)),
            _text(image, "descrip"),
            None if gradients is None else tuple(gradients.bvals.tolist()),
        )
        header = make_volume_header(image, story)
        _require_gradients(header.modality, header.suffix, gradients)
        tables = {}
        if header.suffix == "asl":
            table = read_aslcontext(
                root,
                _ending(files, "context.tsv"),
                shape,
                about,
                find_order=lambda n: find_asl_order(about, n, find_volume_means(path)),
            )
            tables["_aslcontext.tsv"] = table
            header = replace(header, metadata={**header.metadata, **describe_context(table, about)})
        n_bytes = math.prod(shape) * itemsize
        slabs = partial(read_slabs, data, offset, n_bytes)
        return OpenedVolume(header, squeeze_axes(image), slabs, gradients, tables)


def _unpack_head(block: bytes) -> bytes:
    """Return the first bytes of a packed file."""
    try:
        return zlib.decompressobj(31).decompress(block, 544)
    except zlib.error:
        return b""


def _siblings(full: Path, path: PurePosixPath) -> list[PurePosixPath]:
    """Return the files beside a file that may belong to it."""
    start = path.name.partition(".")[0]
    own = (*full.parent.glob(f"{glob_escape(start)}*"), *full.parent.glob("bv*s"))
    return [path.with_name(other.name) for other in sorted(own) if other.is_file()]


def glob_escape(name: str) -> str:
    """Return a name in which nothing is a wildcard."""
    return re.sub(r"([*?\[])", r"[\1]", name)


def _itemsize(image: Any) -> int:  # noqa: ANN401 - nibabel has no types
    """Return the bytes of one value; raise FSC203 if its type is not known."""
    import nibabel as nib

    code = int(image.structarr["datatype"])
    if code not in nib.nifti1.data_type_codes.code:
        raise FormatError(
            "FSC203",
            "Expected a NIfTI header with a known type of numbers, got another.",
            "Convert or export the image again; its header is damaged.",
        )
    return int(nib.nifti1.data_type_codes.dtype[code].itemsize)


def _ending(files: Sequence[PurePosixPath], *endings: str) -> PurePosixPath | None:
    """Return the companion with one of these endings."""
    return next((f for f in files[1:] if f.name.casefold().endswith(endings)), None)


def _read_sidecar(root: Path, files: Sequence[PurePosixPath]) -> dict[str, Any]:
    """Return the fields of the JSON beside an image, and of those that BIDS lets it inherit."""
    fields: dict[str, Any] = {}
    sidecars = [path for path in files[1:] if path.name.casefold().endswith(".json")]
    for path in sorted(sidecars, key=lambda path: len(path.parts)):
        fields |= read_fields(root / path)  # the nearer one is right, as in BIDS
    return fields


def _read_bvals(root: Path, files: Sequence[PurePosixPath]) -> tuple[float, ...] | None:
    """Return nothing but whether there are gradients: values are read with the header."""
    return () if _ending(files, ".bval", ".bvals", "bvals") else None


def _find_gradients(
    root: Path, files: Sequence[PurePosixPath], shape: tuple[int, ...]
) -> Gradients | None:
    """Return the gradients beside an image; raise FSC226 for half of them, or for other ones."""
    bval = _ending(files, ".bval", ".bvals", "bvals")
    bvec = _ending(files, ".bvec", ".bvecs", "bvecs")
    if bval is None and bvec is None:
        return None
    if bval is None or bvec is None:
        raise _half_gradients("both a .bval and a .bvec file beside the image, got one of them")
    found = read_gradients(root / bval, root / bvec)
    n_volumes = shape[3] if len(shape) > 3 else 1
    if found.bvals.size != n_volumes:
        raise _half_gradients(
            f"one b-value for each of {n_volumes} volumes, got {found.bvals.size}"
        )
    return found


def _require_gradients(modality: Modality, suffix: str, gradients: Gradients | None) -> None:
    """Raise FSC226 for a diffusion series without gradients: nobody could use it."""
    if modality is Modality.DWI and suffix == "dwi" and gradients is None:
        raise _half_gradients(
            "b-values and directions beside a diffusion series (.bval, .bvec), got none"
        )


def _half_gradients(what: str) -> FormatError:
    return FormatError(
        "FSC226",
        f"Expected {what}.",
        "Convert the series again with dcm2niix, or put the .bval and .bvec of this image beside "
        "it.",
    )


def _text(image: Any, name: str) -> str:  # noqa: ANN401 - nibabel has no types
    """Return a field of text."""
    fields = image.structarr
    if name not in (fields.dtype.names or ()):
        return ""
    return bytes(fields[name].item()).decode("latin-1").replace("\0", " ").strip()


def _find_texts(path: Path, image: Any, offset: int) -> tuple[Identifier, ...]:  # noqa: ANN401
    """Return what the header's texts and extensions say that is more than a program's name."""
    found: list[tuple[str, str, object]] = []
    for name in _TEXTS:
        text = _text(image, name)
        if text and not _SOFTWARE.fullmatch(text):
            found.append(("text", name, text))
            found += [("date", name, moment[0]) for moment in _MOMENT.finditer(text)]
    for code, content in _read_extensions(path, image, offset):
        found += _words_of_extension(code, content)
    return tuple(find_identifiers("NIfTI header", found))


def _read_extensions(path: Path, image: Any, offset: int) -> Iterator[tuple[int, bytes]]:  # noqa: ANN401
    """Yield code and content of what stands between the header and the values."""
    with open_unpacked(path) as stream:
        read_exactly(stream, int(image.sizeof_hdr), "NIfTI header")
        is_pair = bytes(image.structarr["magic"].item())[:2] == b"ni"
        end = _LARGEST_EXTENSION if is_pair else min(offset, _LARGEST_EXTENSION)
        rest = stream.read(max(0, end - int(image.sizeof_hdr)))
    at = 4 if rest[:1] not in {b"", b"\0"} else len(rest)
    while at + 8 <= len(rest):
        size, code = np.frombuffer(rest, f"{image.endianness}i4", 2, at).tolist()
        if size < 8:
            return
        yield code, rest[at + 8 : at + size]
        at += size


def _words_of_extension(code: int, content: bytes) -> Iterator[tuple[str, str, object]]:
    """Yield what an extension says: the fields of DICOM, or else its texts line by line."""
    if code == _DICOM_EXTENSION:
        yield from _words_of_dicom(content)
        return
    for line in content.decode("utf-8", "replace").replace("\0", "\n").splitlines():
        words = " ".join(line.split())
        if len(words) >= 8 and not words.startswith("<") and not _SOFTWARE.fullmatch(words):
            yield "text", f"extension {code}", words
        for quoted in re.findall(r">([^<>]{4,})<|=\"([^\"]{4,})\"", line):
            yield "text", f"extension {code}", "".join(quoted)


def _words_of_dicom(content: bytes) -> Iterator[tuple[str, str, object]]:
    """Yield what the tags of a DICOM extension say that point to somebody."""
    import io

    import pydicom
    from pydicom.errors import BytesLengthException

    kinds = {"PN": "name", "DA": "date", "DT": "date", "UI": "id", "LO": "text", "ST": "text",
             "LT": "text", "SH": "text"}  # fmt: skip
    found: list[tuple[str, str, object]] = []
    # The extension itself is dropped. Behind a damaged element nothing can be read any more: what
    # came before it is searched for.
    with suppress(BytesLengthException, struct.error, NotImplementedError, OSError, ValueError):
        for element in pydicom.dcmread(io.BytesIO(content), force=True).iterall():
            kind = "id" if element.keyword == "PatientID" else kinds.get(element.VR, "")
            if kind and element.value:
                found.append((kind, "DICOM extension", str(element.value)))
    yield from found


def _count_values(path: Path, image: Any) -> int:  # noqa: ANN401 - nibabel has no types
    """Return how many different values the middle slices of an image hold; 0 if it is too large.

    Masks and labels hold few; images of bodies hold many.
    """
    shape = volume_shape(image)
    itemsize = _itemsize(image)
    if min(shape[:2]) < 16 or math.prod(shape) * itemsize > _LARGEST_COUNTED:
        return 0
    data, offset = find_voxels(path, image)
    slice_bytes = shape[0] * shape[1] * itemsize
    first = max(0, shape[2] // 2 - 1)
    last = min(shape[2], first + 3)
    with open_unpacked(data) as stream:
        _pass_over(stream, offset + first * slice_bytes)
        raw = stream.read((last - first) * slice_bytes)
    dtype = image.get_data_dtype()
    values = np.frombuffer(raw[: len(raw) - len(raw) % itemsize], dtype=dtype)
    if dtype.kind not in "iuf" or values.size < 256:
        return 0
    distinct = np.unique(values)
    return len(distinct) if bool((distinct == np.round(distinct)).all()) else 0


def _pass_over(stream: Any, n_bytes: int) -> None:  # noqa: ANN401 - plain or packed
    """Read over bytes."""
    while n_bytes > 0 and (piece := stream.read(min(n_bytes, 1 << 22))):
        n_bytes -= len(piece)
