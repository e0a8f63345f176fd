"""MINC, of version 1 (NetCDF) and 2 (HDF5): every value scaled by its slice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import FileHead, Identifier
from fascicle.errors import FormatError

from ._converter_fields import part_fields
from ._vendor import find_identifiers
from ._volumes import (
    OpenedVolume,
    VolumeFormat,
    VolumeStory,
    make_volume_header,
    read_array_slabs,
    require_data,
)

_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_NETCDF: Final = (b"CDF\x01", b"CDF\x02")
_COSINES: Final = {"xspace": (1, 0, 0), "yspace": (0, 1, 0), "zspace": (0, 0, 1)}
_TECHNICAL: Final = {
    "repetition_time": "RepetitionTime",
    "echo_time": "EchoTime",
    "inversion_time": "InversionTime",
    "flip_angle": "FlipAngle",
    "field_value": "MagneticFieldStrength",
    "slice_thickness": "SliceThickness",
}
_PERSONAL: Final = {
    "full_name": "PatientName",
    "identification": "PatientID",
    "birthdate": "PatientBirthDate",
    "sex": "PatientSex",
    "age": "PatientAge",
}
_SEXES: Final = {"male__": "M", "female": "F", "other_": "O"}
_KINDS: Final = (
    ("institution", "institution"), ("station", "serial"), ("physician", "operator"),
    ("operator", "operator"), ("name", "name"), ("date", "date"), ("start_time", "date"),
    ("_id", "id"),
)  # fmt: skip
_KEPT: Final = re.compile(
    r"varid|vartype|version|minc_version|dimorder|spacing|spacetype|alignment|units|complete"
    r"|signtype|parent|children|modality|comments|length|start|step|CLASS|NAME|REFERENCE_LIST|DIMENSION_LIST"
    r"|_Netcdf4\w*|direction_cosines|valid_range|orientation|scanning_sequence|manufacturer"
)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a file of either version holds: names of the axes, and what is said of each.

    ``read`` gives stored values for an index along each axis; `largest` and `smallest` are the
    real values of the ends of `span`, for each place along the first axes.
    """

    names: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    about: Sequence[Mapping[str, Any]]
    largest: NDArray[np.float64]
    smallest: NDArray[np.float64]
    span: tuple[float, float]
    read: Callable[[tuple[Any, ...]], NDArray[Any]]
    texts: Sequence[tuple[str, str, str]]

    @property
    def axes(self) -> tuple[int, ...]:
        """Which stored axis is each that is written: space from the fastest on, then time."""
        spatial = [i for i, name in enumerate(self.names) if name in _COSINES]
        times = [i for i, name in enumerate(self.names) if name == "time"]
        if len(spatial) != 3 or len(spatial) + len(times) != len(self.names):
            raise FormatError(
                "FSC225",
                "Expected a volume of three axes of space and perhaps one of time, got "
                f"{len(self.names)} others.",
                "Leave it out: BIDS keeps volumes, and series of them, and nothing else as raw "
                "images.",
            )
        return (*reversed(spatial), *times)

    @property
    def scaling(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Slope and intercept for each place along the first axes."""
        if self.dtype.kind == "f":
            return np.ones(()), np.zeros(())
        low, high = self.span
        slope = (self.largest - self.smallest) / (high - low)
        return slope, self.smallest - low * slope

    @property
    def is_even(self) -> bool:
        """True if one scaling is for all values, and one that NIfTI can state: 0 is none there."""
        slope, inter = self.scaling
        return np.unique(slope).size == np.unique(inter).size == 1 and slope.flat[0] != 0

    def affine(self) -> NDArray[np.float64]:
        """Return voxels, in the order in which they are written, to millimetres."""
        axes = self.axes[:3]
        cosines = [self.about[i].get("direction_cosines", _COSINES[self.names[i]]) for i in axes]
        turn = np.array([np.ravel(part) for part in cosines], dtype=np.float64).T
        affine = np.eye(4)
        affine[:3, :3] = turn * [self.step(i) for i in axes]
        affine[:3, 3] = turn @ [float(self.about[i].get("start", 0.0)) for i in axes]
        return affine

    def step(self, axis: int) -> float:
        """Return the distance of two values along an axis."""
        return float(self.about[axis].get("step", 1.0))

    def require_regular(self) -> None:
        """Raise FSC203 if slices lie at unequal distances."""
        told = [_as_text(self.about[i].get("spacing", b"")) for i in self.axes[:3]]
        if any(word.startswith("irregular") for word in told):
            raise FormatError(
                "FSC203",
                "Expected slices at equal distances, got a MINC file with others.",
                "Resample it (mincresample), or leave it out.",
            )

    def plane(self, volume: int, at: int, *, scaled: bool) -> NDArray[Any]:
        """Return one slice as it is written."""
        where: list[Any] = [slice(None)] * len(self.names)
        where[self.axes[2]] = at
        if len(self.axes) > 3:
            where[self.axes[3]] = volume
        values = self.read(tuple(where))
        if self.dtype.kind != "f":
            values = np.clip(values, *(self.dtype.type(end) for end in self.span))
        if scaled:
            slope, inter = (_broadcast(part, self.shape)[tuple(where)] for part in self.scaling)
            values = values * slope + inter
        return values.T


def _broadcast(part: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return a scaling of the first axes for all axes, without copying."""
    return np.broadcast_to(part.reshape(part.shape + (1,) * (len(shape) - part.ndim)), shape)


class Minc(VolumeFormat):
    """MINC 1 and 2."""

    name = "minc"
    title = "MINC 1 and 2 (.mnc)"

    def recognises(self, head: FileHead) -> bool:
        """Look for the containers, and for the names that MINC gives in them."""
        start = head.head
        if start.startswith(_NETCDF):
            return b"zspace" in start or b"xspace" in start
        return start.startswith(_HDF5) and b"minc-2.0" in start

    def open_volume(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedVolume:
        """Read what the dimensions say, and every text."""
        path = root / files[0]
        with _opened(path) as stored:
            image, shape = _as_nifti(stored)
            story = _tell(files[0], stored.texts)
            is_even = stored.is_even
        require_data(path, shape, 1)
        return OpenedVolume(
            make_volume_header(image, story),
            image,
            lambda: _read_values(path, image.get_data_dtype(), shape, scaled=not is_even),
            is_copy=is_even,
        )


@contextmanager
def _opened(path: Path) -> Iterator[_Stored]:
    """Open a file of either version."""
    with path.open("rb") as stream:
        is_hdf5 = stream.read(8) == _HDF5
    if is_hdf5:
        import h5py

        with h5py.File(path, "r") as file:
            yield _open_hdf5(file, h5py)
        return
    from scipy.io import netcdf_file

    with path.open("rb") as stream, netcdf_file(stream, "r", mmap=False) as file:
        yield _open_netcdf(file)


def _open_hdf5(file: Any, h5py: Any) -> _Stored:  # noqa: ANN401 - untyped library
    """Return what a file of version 2 holds."""
    root = file["minc-2.0"]
    group = root["image/0"]
    image = group["image"]
    names = tuple(_as_text(image.attrs["dimorder"]).split(",")[: image.ndim])
    about = [dict(root["dimensions"][name].attrs) for name in names]
    ends = _ends(image.dtype, image.attrs.get("valid_range"))
    texts = [("", key, _as_text(value)) for key, value in root.attrs.items()]

    def take(name: str, node: Any) -> None:  # noqa: ANN401 - whatever h5py finds
        last = name.rpartition("/")[2]
        texts.extend((last, key, _as_text(value)) for key, value in node.attrs.items())
        if isinstance(node, h5py.Dataset) and node.dtype.kind in "SO" and node.size == 1:
            texts.append((last, "value", _as_text(node[()])))

    file.visititems(take)
    largest, smallest = (group[name][()] for name in ("image-max", "image-min"))
    return _Stored(
        names,
        tuple(int(n) for n in image.shape),
        image.dtype,
        about,
        np.asarray(largest, dtype=np.float64),
        np.asarray(smallest, dtype=np.float64),
        ends,
        lambda where: np.asarray(image[where]),
        texts,
    )


def _open_netcdf(file: Any) -> _Stored:  # noqa: ANN401 - untyped library
    """Return what a file of version 1 holds."""
    variables = file.variables
    image = variables["image"]
    about = [_attributes(variables[name]) if name in variables else {} for name in image.dimensions]
    words = _attributes(image)
    dtype = np.dtype(image.data.dtype)
    if dtype.kind in "iuS" and _as_text(words.get("signtype", b"")).startswith("unsigned"):
        dtype = np.dtype(f"{dtype.byteorder}u{dtype.itemsize}".replace("|", ""))
    limits = words.get("valid_range")
    if limits is None and "valid_min" in words:
        limits = [words["valid_min"], words["valid_max"]]
    texts = [("", key, _as_text(value)) for key, value in _attributes(file).items()]
    for name, variable in variables.items():
        texts += [(name, key, _as_text(value)) for key, value in _attributes(variable).items()]
    largest, smallest = (np.array(variables[name].data) for name in ("image-max", "image-min"))
    return _Stored(
        tuple(image.dimensions),
        tuple(int(n) for n in image.data.shape),
        dtype,
        about,
        largest.astype(np.float64),
        smallest.astype(np.float64),
        _ends(dtype, limits),
        lambda where: np.ascontiguousarray(image.data[where]).view(dtype),
        texts,
    )


def _attributes(node: Any) -> Mapping[str, Any]:  # noqa: ANN401 - untyped library
    """Return the attributes of a NetCDF object, which SciPy lists only inside."""
    return dict(vars(node).get("_attributes", {}))


def _ends(dtype: np.dtype[Any], limits: Any) -> tuple[float, float]:  # noqa: ANN401 - array or None
    """Return the smallest and largest stored value that is valid."""
    if dtype.kind == "f":
        return 0.0, 1.0
    info = np.iinfo(dtype)
    low, high = (info.min, info.max) if limits is None else np.sort(np.ravel(limits)[:2]).tolist()
    if not info.min <= low < high <= info.max:
        raise FormatError(
            "FSC203",
            "Expected a valid range that the stored type has room for, got another.",
            "Convert or export the image again; its header is damaged.",
        )
    return float(low), float(high)


def _as_text(value: object) -> str:
    """Return an attribute as text; a number in its usual form."""
    if isinstance(value, np.ndarray):
        value = value.item() if value.size == 1 else ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").replace("\0", " ").strip()
    return str(value) if isinstance(value, str | int | float | np.generic) else ""


def _as_nifti(stored: _Stored) -> tuple[Any, tuple[int, ...]]:
    """Return size, place and scaling as a NIfTI header, and the size."""
    import nibabel as nib

    stored.require_regular()
    image = nib.Nifti1Header(endianness="<")
    shape = tuple(stored.shape[axis] for axis in stored.axes)
    if min(shape) < 1:
        raise FormatError(
            "FSC203",
            "Expected a volume with an extent along every axis, got none.",
            "Convert or export the image again; its header is damaged.",
        )
    image.set_data_dtype(stored.dtype.newbyteorder("<") if stored.is_even else "<f8")
    image.set_data_shape(shape)
    image.structarr["pixdim"][1 : len(shape) + 1] = [abs(stored.step(axis)) for axis in stored.axes]
    image.set_xyzt_units("mm", "sec")
    image.set_sform(stored.affine(), code="scanner")
    if stored.is_even and stored.dtype.kind != "f":
        slope, inter = stored.scaling
        image.structarr["scl_slope"] = slope.flat[0]
        image.structarr["scl_inter"] = inter.flat[0]
    return image, shape


def _read_values(
    path: Path, dtype: np.dtype[Any], shape: tuple[int, ...], *, scaled: bool
) -> Iterator[bytes]:
    """Yield the values slice by slice."""
    with _opened(path) as stored:
        yield from read_array_slabs(
            lambda volume, at: stored.plane(volume, at, scaled=scaled), shape, dtype
        )


def _tell(path: PurePosixPath, texts: Sequence[tuple[str, str, str]]) -> VolumeStory:
    """Part what the attributes say into technical words and those that point to somebody."""
    fields: dict[str, Any] = {}
    personal: list[tuple[str, str, object]] = []
    for group, name, text in texts:
        if name in _TECHNICAL and (value := _number(text)) > 0:
            fields[_TECHNICAL[name]] = value
        elif group == "patient" and name in _PERSONAL:
            age = _number(text) if name == "age" else 0.0
            fields[_PERSONAL[name]] = age or _SEXES.get(text, text)
        elif not _KEPT.fullmatch(name) and _number(text) == 0:
            personal.append((_kind_of(group, name, text), name, text))
    about, subject, moment, found = part_fields(fields)
    more: tuple[Identifier, ...] = tuple(find_identifiers("MINC header", personal))
    return VolumeStory(path, about, subject, moment, (*found, *more))


def _kind_of(group: str, name: str, text: str) -> str:
    """Return what an attribute points to, by its name."""
    words = f"{group} {name}".casefold()
    told = next((kind for part, kind in _KINDS if part in words), "")
    return told or ("path" if "/" in text or "\\" in text else "text")


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if np.isfinite(value) else 0.0
