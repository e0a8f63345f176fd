"""Convert a series of DICOM files with dcm2niix, and let nothing but numbers through."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from fascicle.core import Header, Modality, Written
from fascicle.errors import DependencyError, FormatError

from ._asl_order import find_asl_order, find_stated_labels, find_volume_means
from ._aslcontext import describe_context, read_aslcontext
from ._dicom_instances import Instance, read_instances
from ._dicom_overlays import drop_overlays, find_overlays
from ._dicom_scan import scan_tags
from ._files import written_paths
from ._gradients import read_gradients, write_gradients
from ._nifti_write import read_nifti_header, write_clean_nifti
from ._vendor import foreign_reader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STEM: Final = "image"
_PREAMBLE: Final = 128
_SYNTAX_TAG: Final = 0x00020010
_DEFLATED: Final = "1.2.840.10008.1.2.1.99"
_TIMEOUT_S: Final = 3600.0
_OPTIONS: Final = (
    # Sidecar without dates and names; not packed; no settings of this computer's user; no
    # subfolders; one name for all.
    "-b", "y", "-ba", "y", "-z", "n", "-g", "i", "-d", "0", "-f", _STEM,
)  # fmt: skip
_SYNTAXES: Final = {
    "1.2.840.10008.1.2.4.51": "JPEG of 12 bits",
    "1.2.840.10008.1.2.4.100": "MPEG-2 video",
    "1.2.840.10008.1.2.4.102": "MPEG-4 video",
    "1.2.840.10008.1.2.4.107": "HEVC video",
    "1.2.840.10008.1.2.4.201": "high-throughput JPEG 2000",
    "1.2.840.10008.1.2.4.202": "high-throughput JPEG 2000",
    "1.2.840.10008.1.2.4.203": "high-throughput JPEG 2000",
}
"""Ways of packing pixels that dcm2niix does not know."""
_EXIT_WORDS: Final = {
    2: "found no image in them",
    4: "found a file that is corrupt",
    5: "did not get its input",
    7: "could not write",
    8: "could not convert some of them",
    10: "found volumes that lack slices",
}
_OVERLAY: Final = re.compile(r"_ROI\d*[a-z]?$")
"""What dcm2niix makes of an overlay plane: graphics, and no image."""
_CORRECTED: Final = re.compile(r"_(?:Eq|Tilt)(?:_\d+)?")
_POSTFIX: Final = re.compile(
    r"(?:_(?:e\d+|ph|real|imaginary|Eq|Tilt|ROI\d*|c\d+|t\d+|i\d+|\d+))*[a-z]?"
)
_AXES: Final = "ijk"
_TOWARDS: Final = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}
"""Axis and sign in the frame of NIfTI, which points to the right, the front and the head."""


@dataclass(frozen=True, slots=True)
class Converted:
    """What dcm2niix made of a series.

    Attributes
    ----------
    image : Path
        The NIfTI file.
    fields : dict
        The JSON beside it.
    """

    image: Path
    fields: dict[str, Any]


def write_dicom(
    root: Path, files: Sequence[PurePosixPath], header: Header, folder: Path, stem: str
) -> Written:
    """Convert one recording's DICOM files into ``folder/stem.nii.gz``.

    dcm2niix runs as a process of its own on links to the files, in a folder of its own that only
    its owner may read. What it makes is read again: the image is written anew under a header of
    numbers, the gradients as numbers, and the JSON is returned for the caller to release.

    Parameters
    ----------
    root : Path
        The raw folder.
    files : sequence of PurePosixPath
        The files of one recording.
    header : Header
        What may leave.
    folder : Path
        Exists.
    stem : str
        Name without suffix.

    Returns
    -------
    Written
        The image, with ``.bval`` and ``.bvec`` beside it where it is weighted by diffusion.

    Raises
    ------
    FormatError
        FSC220 if no image came, FSC221 if several came, FSC222 if dcm2niix cannot unpack the
        pixels; FSC226 if nobody knows how diffusion is weighted, FSC227 which volumes are labelled.
    DependencyError
        FSC801 if dcm2niix is not installed.
    """
    # Beside what is written: what a kill leaves is as private as that, and the next run removes it.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as scratch:
        converted, n_planes = _convert(root, files, Path(scratch))
        fields = _add_fields(converted, header)
        if n_planes:
            fields["NumberOfOverlaysRemoved"] = n_planes
        repetition_s = fields.get("RepetitionTime")
        is_followed = header.modality is Modality.FUNC or header.suffix in {"dce", "dsc"}
        is_timed = is_followed and isinstance(repetition_s, int | float)
        write_clean_nifti(
            converted.image,
            folder / f"{stem}.nii.gz",
            repetition_time_s=float(repetition_s) if is_timed and repetition_s else None,
        )
        names = [
            f"{stem}.nii.gz",
            *_write_gradients(converted, header, folder, stem),
        ]
        if stem.endswith("_asl"):
            table = _make_context(converted, root, files)
            (folder / f"{stem}context.tsv").write_bytes(table)
            names.append(f"{stem}context.tsv")
            fields |= describe_context(table, fields)
    return Written("nifti", written_paths(*names), copied=False, metadata=fields)


def _convert(root: Path, files: Sequence[PurePosixPath], scratch: Path) -> tuple[Converted, int]:
    """Convert, and count the planes of overlays, which do not go along.

    Almost no series has any, so they are looked for while dcm2niix works; the rare one that has
    some in its pixels is converted once more without them.
    """
    paths = [root / path for path in files]
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(find_overlays, paths)
        converted = run_dcm2niix(paths, scratch, in_place=_fill_a_folder(root, files))
        overlays = looking.result()
    if overlays.in_pixels:
        # Beside the first try, which the caller removes: raw files that are linked there may be
        # such as some systems refuse to remove.
        plain = scratch / "plain"
        plain.mkdir()
        converted = run_dcm2niix(paths, plain, drawn_on=overlays.in_pixels)
    return converted, overlays.n_planes


def run_dcm2niix(
    paths: Sequence[Path],
    scratch: Path,
    *,
    in_place: bool = False,
    drawn_on: Collection[Path] = (),
) -> Converted:
    """Convert the files of one recording.

    Parameters
    ----------
    paths : sequence of Path
        DICOM files; they are only read.
    scratch : Path
        An empty folder, to which links and results go.
    in_place : bool
        True if the files are alone in their folder and can be read as they are: no links are made
        then, which take longer than small images take to convert.
    drawn_on : collection of Path
        Those of the files that have graphics in unused bits of their pixels: they are converted
        without.

    Returns
    -------
    Converted
        The one image that they make.

    Raises
    ------
    FormatError, DependencyError
        As `write_dicom`.
    """
    source, target = scratch / "in", scratch / "out"
    source.mkdir()
    target.mkdir()
    syntax = scan_tags(paths[0], frozenset({_SYNTAX_TAG}), _SYNTAX_TAG).syntax if paths else ""
    if in_place and syntax != _DEFLATED:
        source = paths[0].parent
    else:
        for i, path in enumerate(paths):
            offered = source / f"{i:07d}.dcm"
            if path not in drawn_on:
                _offer(path, offered, is_deflated=syntax == _DEFLATED)
                continue
            # Never over the offered file itself: that may be a link into the raw folder.
            plain = scratch / "drawn-on.dcm"
            _offer(path, plain, is_deflated=syntax == _DEFLATED)
            drop_overlays(plain, offered)
            plain.unlink()
    # It works where the files lie, so that no name of a folder is among its arguments, which
    # everybody on the computer can read.
    command = [_find_program(), *_OPTIONS, "-o", str(target.absolute()), "."]
    try:
        done = subprocess.run(
            command, capture_output=True, check=False, timeout=_TIMEOUT_S,
            stdin=subprocess.DEVNULL, cwd=source,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FormatError(
            "FSC220",
            f"Expected dcm2niix to convert {len(paths)} files, but it did not end "
            f"({type(error).__name__}).",
            "Check that the program may run on this computer, and try this series alone.",
        ) from error
    images = sorted(path for path in target.glob("*.nii") if not _OVERLAY.search(path.stem))
    if not images or done.returncode:
        raise _failure(len(paths), done.returncode, syntax)
    image = _choose(images)
    return Converted(image, _read_json(image.with_suffix(".json")))


def _fill_a_folder(root: Path, files: Sequence[PurePosixPath]) -> bool:
    """Tell whether a folder holds these files and nothing else, in a form that dcm2niix reads."""
    folder = files[0].parent
    wanted = {path.name for path in files if path.parent == folder}
    with os.scandir(root / folder) as scan:
        there = {item.name for item in scan if item.is_file(follow_symlinks=False)}
    if len(wanted) < len(files) or there != wanted:
        return False
    read = read_instances(root, files)
    return all(isinstance(found, Instance) and found.is_marked for found in read)


def _find_program() -> str:
    """Return the path of the program that came with the Python package."""
    try:
        program = import_module("dcm2niix")
    except ImportError as error:
        raise DependencyError(
            "FSC801",
            "Expected dcm2niix, which converts DICOM, and it is not installed.",
            "Install it: pip install 'fascicle[mri]'.",
        ) from error
    return str(program.bin)


def _offer(path: Path, link: Path, *, is_deflated: bool) -> None:
    """Put a file where dcm2niix looks: a link if it can read the file, else a plain copy."""
    with path.open("rb") as raw:
        head = raw.read(_PREAMBLE + 4)
        if head[:2] == b"\x1f\x8b":
            raw.seek(0)
            _unpack(raw, link)
            with link.open("rb") as plain:
                head = plain.read(_PREAMBLE + 4)
        elif not is_deflated and head[_PREAMBLE:] == b"DICM":
            _link(path, link)
    if is_deflated or head[_PREAMBLE:] != b"DICM":
        _rewrite(link if link.exists() else path, link)


def _link(path: Path, link: Path) -> None:
    """Link to a file; copy it where the system has no links."""
    for make in (os.symlink, os.link, shutil.copyfile):
        try:
            make(path.absolute(), link)
        except (OSError, NotImplementedError):
            continue
        return
    raise FormatError(
        "FSC201",
        "Expected to copy a DICOM file for its conversion, and the system refused.",
        "Check that the disk has space and that you may read the raw folder.",
    )


def _unpack(packed: Any, target: Path) -> None:  # noqa: ANN401 - a stream
    """Unpack a file."""
    try:
        with gzip.GzipFile(fileobj=packed) as stream, target.open("wb") as plain:
            shutil.copyfileobj(stream, plain, 1 << 20)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FormatError(
            "FSC202",
            f"Expected a whole packed file, got one that is broken ({type(error).__name__}).",
            "Copy the file again.",
        ) from error


def _rewrite(path: Path, target: Path) -> None:
    """Write a file that lacks the mark of DICOM, or is deflated, as a plain one."""
    with foreign_reader("DICOM", "mri"):
        import pydicom

        data_set = pydicom.dcmread(path, force=True)
        if not hasattr(data_set, "file_meta"):
            data_set.file_meta = pydicom.dataset.FileMetaDataset()
        syntax = str(getattr(data_set.file_meta, "TransferSyntaxUID", "") or "")
        if syntax in {"", _DEFLATED}:
            is_implicit, is_little = data_set.original_encoding
            plain = "1.2.840.10008.1.2" if is_implicit else "1.2.840.10008.1.2.1"
            data_set.file_meta.TransferSyntaxUID = plain if is_little else "1.2.840.10008.1.2.2"
        data_set.save_as(target, enforce_file_format=True)


def _failure(n_files: int, code: int, syntax: str) -> FormatError:
    """Return why no image came."""
    if syntax in _SYNTAXES:
        return FormatError(
            "FSC222",
            f"Expected pixels that dcm2niix can unpack, got {_SYNTAXES[syntax]}.",
            "Unpack them first (dcmdjpeg, or gdcmconv --raw), or export the series uncompressed.",
        )
    words = _EXIT_WORDS.get(code, f"ended with code {code}")
    return FormatError(
        "FSC220",
        f"Expected one image out of {n_files} DICOM files, but dcm2niix {words}.",
        "Export the series again from the scanner or the archive; leave it out if it is broken.",
    )


def _choose(images: Sequence[Path]) -> Path:
    """Return the one image of a series: the corrected one, where slices were tilted or uneven."""
    if len(images) == 1:
        return images[0]
    corrected = [path for path in images if _CORRECTED.fullmatch(path.stem.removeprefix(_STEM))]
    if len(images) == 2 and len(corrected) == 1:
        return corrected[0]
    kinds = sorted(
        postfix.strip("_") or "plain"
        if _POSTFIX.fullmatch(postfix := path.stem.removeprefix(_STEM))
        else "other"
        for path in images
    )
    raise FormatError(
        "FSC221",
        f"Expected one image out of one series, and dcm2niix made {len(images)} "
        f"({', '.join(kinds[:8])}).",
        "Export echoes, parts or phases as series of their own, as classic DICOM with one frame "
        "in a file; until then it is left out.",
    )


def _read_json(path: Path) -> dict[str, Any]:
    """Return the fields of the sidecar; none if it is broken."""
    try:
        fields = json.loads(path.read_text("utf-8", errors="replace"))
    except (OSError, ValueError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _add_fields(converted: Converted, header: Header) -> dict[str, Any]:
    """Return the sidecar's fields with what BIDS knows better."""
    fields = dict(converted.fields)
    for name in ("ScanningSequence", "SequenceVariant", "ScanOptions"):
        if "\\" in str(fields.get(name, "")):  # several values, as DICOM writes them
            fields[name] = str(fields[name]).split("\\")
    # Philips adds versions of parts behind that of the whole; one looks like an address.
    if isinstance(version := fields.get("SoftwareVersions"), str):
        fields["SoftwareVersions"] = version.split("\\")[0]
    if re.search(r"epse", str(fields.get("SequenceName", ""))):
        # The kind of echo stands in the name alone, which dcm2niix does not ask.
        fields["PulseSequenceType"] = "Spin Echo EPI"
    axis = fields.get("PhaseEncodingAxis")
    direction = dict(header.entities).get("dir", "")
    if "PhaseEncodingDirection" not in fields and axis in {"i", "j", "k"} and direction:
        fields["PhaseEncodingDirection"] = axis + _sign(converted.image, axis, direction)
    if header.suffix == "epi" and "EstimatedTotalReadoutTime" in fields:
        # BIDS asks for it; Philips states what it follows from, and the estimate stays named.
        fields.setdefault("TotalReadoutTime", fields["EstimatedTotalReadoutTime"])
    if header.modality is Modality.PET:
        fields = {name: value for name, value in fields.items() if name not in header.metadata}
    return fields


def _sign(image: Path, axis: str, direction: str) -> str:
    """Return the sign of a direction on the patient, along an axis of the image."""
    patient_axis, towards = _TOWARDS.get(direction[-1], (1, 1))
    along = _affine(image)[patient_axis, _AXES.index(axis)]
    return "" if along * towards > 0 else "-"


def _affine(image: Path) -> NDArray[np.float64]:
    """Return where an image lies."""
    affine: NDArray[np.float64] = read_nifti_header(image).get_best_affine()
    return affine


def _write_gradients(
    converted: Converted, header: Header, folder: Path, stem: str
) -> tuple[str, ...]:
    """Write weightings and directions of a diffusion image; every such image needs them."""
    if header.modality is not Modality.DWI or header.suffix not in {"", "dwi"}:
        return ()
    bval, bvec = (converted.image.with_suffix(suffix) for suffix in (".bval", ".bvec"))
    if not (bval.is_file() and bvec.is_file()):
        raise FormatError(
            "FSC226",
            "Expected the weightings and directions of a diffusion series, and dcm2niix found "
            "none.",
            "Export the series with its private fields, in which some makers keep them; or name "
            "it in the plan as what it is.",
        )
    return write_gradients(read_gradients(bval, bvec), folder, stem)


def _make_context(converted: Converted, root: Path, files: Sequence[PurePosixPath]) -> bytes:
    """Return which volumes of a perfusion series are labelled: few makers say that.

    A lab that knows puts a table beside the files.
    """
    paths = [root / path for path in files]
    tables = sorted(paths[0].parent.glob("*aslcontext.tsv"))
    table = files[0].with_name(tables[0].name) if len(tables) == 1 else None
    shape = read_nifti_header(converted.image).get_data_shape()

    def find_order(n_volumes: int) -> tuple[str, ...]:
        stated = find_stated_labels(paths, converted.image)
        if stated and all(stated):
            return stated
        means = find_volume_means(converted.image)
        return find_asl_order(converted.fields, n_volumes, means)

    return read_aslcontext(
        root, table, tuple(map(int, shape)), converted.fields, find_order=find_order
    )
