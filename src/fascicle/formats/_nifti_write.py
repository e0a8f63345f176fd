"""Write NIfTI images whose header holds numbers alone, in pieces of bounded size."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import numpy as np

from fascicle.errors import FormatError

from ._files import open_source, read_exactly, truncated

if TYPE_CHECKING:
    from types import TracebackType

SLAB_BYTES = 8 << 20
"""How much of an image is in memory at a time."""

_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""No name, no time, no operating system: the same head everywhere."""
_ISAL_LEVEL = 1
_ZLIB_LEVEL = 4
_LAST_NIFTI1_SIZE = 32767
_NO_EXTENSIONS = b"\0\0\0\0"
_SCALARS = (
    "dim_info", "intent_code", "slice_start", "slice_end", "slice_code", "slice_duration",
    "toffset", "scl_slope", "scl_inter", "cal_max", "cal_min", "xyzt_units",
)  # fmt: skip
"""Numbers that say how to read the image; `clean_header` adds size, type and place in space."""
_SPACE_BITS, _TIME_BITS = 7, 56
_MILLIMETRES, _SECONDS = 2, 8
_TIME_UNITS_S = {16: 1e-3, 24: 1e-6}
_MAY_BE_NAN = frozenset({"scl_slope", "scl_inter"})
_QFORM = ("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z")
_SFORM = ("srow_x", "srow_y", "srow_z")


class _Deflate(Protocol):
    def compress(self, data: bytes | memoryview, /) -> bytes: ...
    def flush(self) -> bytes: ...


class CleanGzip:
    """A gzip file that is written once, front to back: the same bytes on every day and system.

    If the writing fails nothing is left behind.

    ISA-L packs several times as fast as zlib at nearly the ratio; where it is not installed zlib
    does it, so that bytes (never their content) differ between an installation with it and one
    without.

    Parameters
    ----------
    path : Path
        Is replaced.

    Examples
    --------
    >>> import gzip, tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.gz"
    >>> with CleanGzip(path) as stream:
    ...     stream.write(b"spin ")
    ...     stream.write(b"echo")
    >>> gzip.decompress(path.read_bytes())
    b'spin echo'
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: BinaryIO | None = None
        self._deflate, self._crc32 = _packers()
        self._crc = 0
        self._n_bytes = 0

    def __enter__(self) -> CleanGzip:
        self._stream = self._path.open("wb")
        self._stream.write(_GZIP_HEAD)
        return self

    def write(self, data: bytes | memoryview) -> None:
        """Append a piece."""
        self._crc = self._crc32(data, self._crc)
        self._n_bytes += memoryview(data).nbytes
        self._opened().write(self._deflate.compress(data))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._opened() as stream:
            stream.write(self._deflate.flush())
            stream.write(self._crc.to_bytes(4, "little"))
            stream.write((self._n_bytes & 0xFFFFFFFF).to_bytes(4, "little"))
        if error is not None:
            self._path.unlink(missing_ok=True)

    def _opened(self) -> BinaryIO:
        if self._stream is None:
            raise TypeError("a CleanGzip is written inside a with statement")
        return self._stream


def _packers() -> tuple[_Deflate, Any]:
    """Return what deflates, and what computes checksums: ISA-L's if it is there, else zlib's."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib.compressobj(_ZLIB_LEVEL, zlib.DEFLATED, -15), zlib.crc32
    return isal_zlib.compressobj(_ISAL_LEVEL, zlib.DEFLATED, -15), isal_zlib.crc32


def clean_header(source: Any, *, repetition_time_s: float | None = None) -> Any:  # noqa: ANN401 - nibabel has no types
    """Return a NIfTI header with nothing but the numbers that an image needs.

    Built anew from a whitelist: size, type, scaling, place in space, order of slices, units. Free
    text (``descrip``, ``aux_file``, ``db_name``, ``intent_name``), unused fields and extensions
    are not carried over; neither is a transform whose code says that it is not used.

    Parameters
    ----------
    source : nibabel.Nifti1Header or nibabel.Nifti2Header
        As read, with the scaling that stands in the file.
    repetition_time_s : float, optional
        Time between volumes, in seconds, where the caller knows better than the header.

    Returns
    -------
    nibabel.Nifti1Header or nibabel.Nifti2Header
        NIfTI-2 only for images that are larger than NIfTI-1 can say, in the byte order of
        `source`.

    Raises
    ------
    FormatError
        FSC203 if a field cannot be: no axis, an axis of no length, an unknown type, a size that
        is not a number.
    """
    import nibabel as nib

    old = source.structarr
    shape = _shape(old)
    cls = nib.Nifti1Header if max(shape) <= _LAST_NIFTI1_SIZE else nib.Nifti2Header
    header = cls(endianness=source.endianness)
    new = header.structarr
    code = int(old["datatype"])
    if code not in nib.nifti1.data_type_codes.code or int(old["bitpix"]) % 8:
        raise _damaged("a known type of numbers")
    header.set_data_dtype(nib.nifti1.data_type_codes.dtype[code])
    header.set_data_shape(shape)
    for name in _SCALARS:
        new[name] = _finite(old, name)
    new["pixdim"][: len(shape) + 1] = _finite(old, "pixdim")[: len(shape) + 1]
    if len(shape) > 3 and repetition_time_s is not None:
        _set_seconds(new, repetition_time_s)
    for name, fields in (("qform_code", _QFORM), ("sform_code", _SFORM)):
        if int(old[name]) > 0:
            for field in (name, *fields):
                new[field] = _finite(old, field)
    new["vox_offset"] = int(header.single_vox_offset)
    new["magic"] = header.single_magic
    return header


def _set_seconds(fields: Any, repetition_time_s: float) -> None:  # noqa: ANN401 - a record of numpy
    """State the time between volumes in seconds, and all other times with it."""
    units = int(fields["xyzt_units"])
    scale = _TIME_UNITS_S.get(units & _TIME_BITS, 1.0)
    for name in ("slice_duration", "toffset"):
        fields[name] = float(fields[name]) * scale
    fields["pixdim"][4] = repetition_time_s
    fields["xyzt_units"] = (units & _SPACE_BITS or _MILLIMETRES) | _SECONDS


def _shape(fields: Any) -> tuple[int, ...]:  # noqa: ANN401 - a record of numpy
    """Return the size of an image along each axis."""
    n_axes = int(fields["dim"][0])
    shape = tuple(int(n) for n in fields["dim"][1 : n_axes + 1]) if 1 <= n_axes <= 7 else ()
    if not shape or min(shape) < 1:
        raise _damaged("from 1 to 7 axes, each longer than 0")
    return shape


def _finite(fields: Any, name: str) -> Any:  # noqa: ANN401 - a record of numpy
    """Return a field's numbers; they must be finite, unless the standard lets them be NaN."""
    values = np.asarray(fields[name])
    if values.dtype.kind == "f" and name not in _MAY_BE_NAN and not np.isfinite(values).all():
        raise _damaged(f"finite numbers in {name}")
    return values


def _damaged(what: str) -> FormatError:
    return FormatError(
        "FSC203",
        f"Expected a NIfTI header with {what}, got another.",
        "Convert or export the image again; its header is damaged.",
    )


def write_slabs(header: Any, slabs: Iterable[bytes | memoryview], target: Path) -> None:  # noqa: ANN401 - nibabel has no types
    """Write an image as one ``.nii.gz``, piece by piece.

    Parameters
    ----------
    header : nibabel.Nifti1Header or nibabel.Nifti2Header
        As `clean_header` returns it.
    slabs : iterable of bytes
        The stored values in order, first axis fastest, in the header's type and byte order.
    target : Path
        Is replaced.

    Raises
    ------
    FormatError
        FSC202 unless the slabs hold exactly the values that the header states.
    """
    n_expected = math.prod(_shape(header.structarr)) * header.get_data_dtype().itemsize
    n_written = 0
    with CleanGzip(target) as stream:
        stream.write(header.binaryblock + _NO_EXTENSIONS)
        for slab in slabs:
            stream.write(slab)
            n_written += memoryview(slab).nbytes
        if n_written != n_expected:
            raise truncated("voxels", n_expected, n_written)


def write_clean_nifti(
    source_nii: Path, target: Path, *, repetition_time_s: float | None = None
) -> tuple[int, ...]:
    """Copy an image's stored values under a header that holds nothing but numbers.

    Parameters
    ----------
    source_nii : Path
        A ``.nii`` or ``.nii.gz`` file, or the ``.hdr`` of a pair whose ``.img`` lies beside it.
    target : Path
        The ``.nii.gz`` to write; it is replaced.
    repetition_time_s : float, optional
        As in `clean_header`.

    Returns
    -------
    tuple of int
        Size along each axis.

    Raises
    ------
    FormatError
        FSC202 if the source is cut off, FSC203 if its header is damaged.

    Examples
    --------
    >>> import tempfile
    >>> import nibabel as nib
    >>> folder = Path(tempfile.mkdtemp())
    >>> image = nib.Nifti1Image(np.arange(30, dtype=np.int16).reshape(2, 3, 5), np.eye(4))
    >>> image.header["descrip"] = "Meier, Anna"
    >>> nib.save(image, folder / "raw.nii")
    >>> write_clean_nifti(folder / "raw.nii", folder / "clean.nii.gz")
    (2, 3, 5)
    >>> clean = nib.load(folder / "clean.nii.gz")
    >>> clean.header["descrip"].item(), int(clean.dataobj[1, 2, 4])
    (b'', 29)
    """
    source = read_nifti_header(source_nii)
    header = clean_header(source, repetition_time_s=repetition_time_s)
    shape = _shape(header.structarr)
    n_bytes = math.prod(shape) * header.get_data_dtype().itemsize
    data, offset = find_voxels(source_nii, source)
    write_slabs(header, read_slabs(data, offset, n_bytes), target)
    return shape


def read_nifti_header(path: Path) -> Any:  # noqa: ANN401 - nibabel has no types
    """Return the header of a NIfTI file as it stands there, with the scaling that it states.

    Parameters
    ----------
    path : Path
        A ``.nii``, ``.nii.gz``, ``.hdr`` or ``.hdr.gz`` file.

    Returns
    -------
    nibabel.Nifti1Header or nibabel.Nifti2Header
        Unchecked.

    Raises
    ------
    FormatError
        FSC202 if the file ends within the header, FSC203 if it is no NIfTI header.
    """
    import nibabel as nib

    with open_unpacked(path) as stream:
        block = read_exactly(stream, 348, "NIfTI header")
        sizes = {int.from_bytes(block[:4], "little"), int.from_bytes(block[:4], "big")}
        if 540 in sizes:
            block += read_exactly(stream, 192, "NIfTI header")
            cls, magics = nib.Nifti2Header, {b"n+2", b"ni2"}
            magic = block[4:7]
        else:
            cls, magics = nib.Nifti1Header, {b"n+1", b"ni1"}
            magic = block[344:347]
    if not sizes & {348, 540} or magic not in magics:
        raise _damaged("the size and the mark of NIfTI")
    return cls(block, check=False)


def find_voxels(path: Path, header: Any) -> tuple[Path, int]:  # noqa: ANN401 - nibabel has no types
    """Return the file that holds an image's values, and where they begin."""
    if header.structarr["magic"].item()[:2] == b"n+":
        offset = float(header.structarr["vox_offset"])
        smallest = int(header.sizeof_hdr)
        if not math.isfinite(offset) or offset < smallest:
            raise _damaged("voxels after the header")
        return path, int(offset)
    name = path.name
    for ending, other in ((".hdr.gz", ".img.gz"), (".hdr", ".img")):
        if name.lower().endswith(ending):
            upper = name.endswith(ending.upper())
            data = path.with_name(name[: -len(ending)] + (other.upper() if upper else other))
            return data, max(0, int(header.structarr["vox_offset"]))
    raise _damaged("its voxels in one file with it")


def read_slabs(path: Path, offset: int, n_bytes: int) -> Iterator[bytes]:
    """Yield the stored values in pieces; say so where the file ends too early."""
    with open_unpacked(path) as stream:
        _skip(stream, offset)
        left = n_bytes
        while left:
            slab = stream.read(min(left, SLAB_BYTES))
            if not slab:
                raise truncated("voxels", n_bytes, n_bytes - left)
            left -= len(slab)
            yield slab


def _skip(stream: BinaryIO, n_bytes: int) -> None:
    """Read over bytes: a packed stream cannot seek for less, and a pair may ask for nothing."""
    while n_bytes:
        passed = len(stream.read(min(n_bytes, SLAB_BYTES)))
        if not passed:
            raise truncated("bytes before the voxels", n_bytes, 0)
        n_bytes -= passed


@contextmanager
def open_unpacked(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, unpacking gzip; its failures become a `FormatError`."""
    library, failures = _gzip_library()
    with open_source(path) as stream:
        is_packed = stream.read(2) == b"\x1f\x8b"
        stream.seek(0)
        try:
            yield library.GzipFile(fileobj=stream) if is_packed else stream
        except failures as error:
            raise FormatError(
                "FSC202",
                f"Expected a whole packed file, got one that is broken ({type(error).__name__}).",
                "Copy the file again.",
            ) from error


def _gzip_library() -> tuple[Any, tuple[type[Exception], ...]]:
    """Return ISA-L's gzip if it is there, else the standard one; and how either fails."""
    failures: tuple[Any, ...] = (EOFError, zlib.error, gzip.BadGzipFile)
    try:
        from isal import igzip, igzip_lib
    except ImportError:
        return gzip, failures
    return igzip, (*failures, igzip_lib.IsalError)
