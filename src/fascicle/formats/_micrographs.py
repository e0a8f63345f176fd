"""Images of tissue: light and electron microscopy, written as OME-TIFF or OME-Zarr."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

from fascicle.core import FileHead, Finding, Header, Modality, Severity, Written, say_count
from fascicle.errors import DependencyError, FascicleError, FormatError

from ._files import written_paths
from ._gathered import Gathered
from ._micr_image import Image, damaged
from ._micr_kinds import (
    find_sample,
    find_stain,
    is_drawn,
    judge_kind,
    named_path,
    names_microscopy,
    shows_depth,
)
from ._micr_notes import NOTE_NAME, find_notes, read_notes
from ._micr_ome import name_stain
from ._tiff_kinds import TiffKind, find_sequence, is_tiff, judge_file, read_facts
from ._vendor import foreign_reader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fascicle.core import Source

LARGE_BYTES = 1 << 30
"""Images of more bytes, unpacked, are written as OME-Zarr: OME-TIFF cannot pass four gigabytes."""
MIN_SERIES = 3
"""Fewer pictures are no series of slices."""

_FINEST_SCAN_UM = 5.0
"""Scanners of paper and film do not see finer."""


class MicrographFormat(ABC):
    """Base of the formats of microscopy: a subclass says what it recognises and how it opens."""

    name: str
    title: str
    modalities: tuple[Modality, ...] = (Modality.MICR,)
    isolated: bool = False
    proven_on: str = "generated"
    requires: str = "microscopy"
    file_per_slice: ClassVar[bool] = False
    """True for files that may be slices of one image."""
    keeps_zarr: ClassVar[bool] = False
    """True for what stays in chunks, whatever its size."""

    @abstractmethod
    def recognises(self, head: FileHead) -> bool:
        """Tell by content whether this file is the primary file of a recording."""

    @abstractmethod
    def open(self, path: Path) -> Image:
        """Open the image of one file or folder; what goes wrong may be raised in any words."""

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the files that state what the image lacks."""
        return find_notes(root, head.path)

    def read_header(self, root: Path, source: Source) -> Header:
        """Read what the file says; no pixel is read."""
        with foreign_reader(self.title, self.requires):
            image = self.open_all(root, source)
            return header_of(image, root, source)

    def open_all(self, root: Path, source: Source) -> Image:
        """Open a recording: one file, or a series of slices."""
        slices = [path for path in source.files if path.suffix.lower() != ".json"]
        if len(slices) == 1:
            return self.open(root / slices[0])
        return _stack([root / path for path in slices], self)

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Write the image with nothing but what `header` says."""
        from ._micr_write import write_ome_tiff
        from ._micr_zarr import write_ome_zarr

        with foreign_reader(self.title, self.requires):
            image = self.open_all(root, source)
            if header.shape != shape_of(image):
                raise FormatError(
                    "FSC231",
                    "Expected a header with the size of the image, got another.",
                    "Give the header that was read from this image.",
                )
            if self.keeps_zarr or image.n_bytes > LARGE_BYTES:
                name = f"{stem}.ome.zarr"
                write_ome_zarr(image, header, folder / name)
                return Written("ome-zarr", written_paths(name), copied=False)
            name = f"{stem}{_ending(header)}"
            write_ome_tiff(image, header, folder / name)
            return Written("ome-tiff", written_paths(name), copied=False)


def _ending(header: Header) -> str:
    """Return how the name of an OME-TIFF ends.

    The official validator compares three sizes of a pixel in every ``.ome.tif``, and finds fault
    with an image that has no depth. Such a one is called ``.tif``, which BIDS allows as well; that
    it is OME-TIFF, readers see in the file.
    """
    return ".tif" if len(header.metadata.get("PixelSize") or ()) == 2 else ".ome.tif"


class TiffMicrograph(MicrographFormat):
    """Images of tissue in TIFF: plain, OME, ImageJ, of microscopes and slide scanners."""

    name = "micrograph"
    title = "Microscopy in TIFF (plain, OME-TIFF, ImageJ, slide scanners)"
    proven_on = "real"
    file_per_slice = True

    def recognises(self, head: FileHead) -> bool:
        """Know TIFF and BigTIFF by their first bytes."""
        return is_tiff(head.head)

    def confirms(self, head: FileHead, root: Path) -> bool:
        """Leave movies to the formats of movies."""
        try:
            return judge_file(root, head.path).kind is TiffKind.IMAGE
        except FormatError:
            return True  # broken: reading its header says so

    def gather(self, heads: Sequence[FileHead], root: Path) -> Gathered:
        """Join numbered slices; tell what lies beside the images in their files."""
        paths, drawn, findings = leave_drawn([head.path for head in heads])
        unclear = [path for path in paths if not _shows_tissue(root, path)]
        findings += _tell_unclear(unclear)
        paths = [path for path in paths if path not in set(unclear)]
        recordings = join_slices(root, paths, find_sequence)
        findings += [f for files in recordings for f in _tell_beside(root, files[0])]
        noted = tuple((*files, *find_notes(root, files[0])) for files in recordings)
        return Gathered(noted, (*drawn, *unclear), tuple(findings))

    def open(self, path: Path) -> Image:
        """Open the first image of a file."""
        from ._micr_tiff import open_tiff

        return open_tiff(path)


class OmeZarr(MicrographFormat):
    """OME-Zarr folders (NGFF 0.4 and before)."""

    name = "ome-zarr"
    title = "OME-Zarr (NGFF 0.4)"
    is_folder = True
    keeps_zarr = True

    def recognises(self, head: FileHead) -> bool:
        """Know a folder by its ending, since a folder has no bytes of its own."""
        return head.is_folder and head.path.name.lower().endswith(".ome.zarr")

    def open(self, path: Path) -> Image:
        """Open the array of full size."""
        from ._micr_zarr import open_zarr

        return open_zarr(path)


def _shows_tissue(root: Path, path: PurePosixPath) -> bool:
    """Tell whether a TIFF file is of a microscope, and no figure, photograph or scanned page.

    Cameras of microscopes write grey levels of more than eight bits, and their programs OME-XML,
    ImageJ's words, pyramids or pixels of a few micrometres. Otherwise a person must say so, by a
    note or by the name of a folder.
    """
    try:
        facts = read_facts(root / path)
    except FormatError:
        return True  # broken: reading its header says so
    is_written_by = facts.is_ome or facts.is_pyramid or facts.is_scanimage or bool(facts.imagej)
    is_measured = facts.n_bits > 8 and facts.n_samples == 1
    if is_written_by or is_measured or facts.description.startswith("Aperio"):
        return True
    named = named_path(root, path)
    if find_notes(root, path) or names_microscopy(named) or shows_depth(named):
        return True
    try:
        return 0 < _pixel_um(root / path) < _FINEST_SCAN_UM
    except DependencyError:
        return True  # not installed: reading its header says so, and other files go on


def _pixel_um(path: Path) -> float:
    """Return the width of a pixel that a TIFF file states; 0 if it states none, or is broken."""
    from ._micr_tiff import open_tiff

    try:
        with foreign_reader("TIFF", "microscopy"):
            sizes = open_tiff(path).facts.pixel_um
    except FormatError:
        return 0.0
    return sizes[0] if sizes else 0.0


def _tell_unclear(paths: Sequence[PurePosixPath]) -> list[Finding]:
    """Return a finding for each folder of images that may show anything."""
    folders: dict[PurePosixPath, list[PurePosixPath]] = {}
    for path in sorted(paths):
        folders.setdefault(path.parent, []).append(path)
    return [
        note_on(
            members[0], "image.unclear", Severity.WARNING,
            f"Expected images from a microscope, got {say_count(len(members), 'TIFF image')} of "
            "which nothing says so: figures, photographs and scanned pages look alike. Left out.",
            f"If they are micrographs, put a file {NOTE_NAME} with PixelSize and PixelSizeUnits "
            "into their folder.",
        )
        for members in folders.values()
    ]  # fmt: skip


def leave_drawn(
    paths: Sequence[PurePosixPath],
) -> tuple[list[PurePosixPath], tuple[PurePosixPath, ...], list[Finding]]:
    """Part images from what was drawn over them; return both, and a note for each folder of it."""
    drawn: dict[PurePosixPath, list[PurePosixPath]] = {}
    for path in sorted(paths):
        if is_drawn(path):
            drawn.setdefault(path.parent, []).append(path)
    findings = [
        note_on(
            members[0], "image.drawn", Severity.NOTE,
            "Expected images from a microscope, got "
            f"{say_count(len(members), 'image')} that were drawn over some by the path: labels or "
            "masks.",
            "Nothing to do: they are left out. Rename the folder if they are images.",
        )
        for members in drawn.values()
    ]  # fmt: skip
    left = tuple(path for members in drawn.values() for path in members)
    return [path for path in paths if path not in set(left)], left, findings


def join_slices(
    root: Path,
    paths: Iterable[PurePosixPath],
    find: Callable[[Path, PurePosixPath], tuple[PurePosixPath, ...]],
) -> list[tuple[PurePosixPath, ...]]:
    """Part images into recordings: slices whose path speaks of depth together, others alone."""
    left = dict.fromkeys(sorted(paths))
    found: list[tuple[PurePosixPath, ...]] = []
    while left:
        path = next(iter(left))
        series: tuple[PurePosixPath, ...] = (path,)
        if shows_depth(named_path(root, path)):
            series = tuple(p for p in find(root, path) if p in left)
        series = series if len(series) >= MIN_SERIES else (path,)
        found.append(series)
        for one in series:
            del left[one]
    return found


def _tell_beside(root: Path, path: PurePosixPath) -> list[Finding]:
    """Return findings on what a TIFF file holds beside its image, and what is left behind."""
    from ._micr_tiff import look_beside

    try:
        with foreign_reader("TIFF", "microscopy"):
            beside = look_beside(root / path)
    except FascicleError:  # reading the header says what is wrong, once
        return []
    found = []
    if beside.n_labels:
        found.append(note_on(
            path, "image.label-dropped", Severity.WARNING,
            f"Expected one image, got {beside.n_labels} photographs of the slide, its label or "
            "thumbnails beside it: they may show names, and are left behind.",
            "Nothing to do: they are not written.",
        ))  # fmt: skip
    if beside.n_images:
        found.append(note_on(
            path, "image.more-images", Severity.WARNING,
            f"Expected one image in a file, got {beside.n_images} more: the first alone is taken.",
            "Export each image into a file of its own if all of them are needed.",
        ))  # fmt: skip
    return found


def note_on(path: PurePosixPath, code: str, severity: Severity, reason: str, fix: str) -> Finding:
    return Finding(code, severity, "raw folder", reason, fix, origin="look", raw_place=str(path))


def shape_of(image: Image) -> tuple[int, ...]:
    """Return the size of an image as its header states it: columns, rows, and slices if any."""
    _, _, n_slices, n_rows, n_columns = image.shape
    return (n_columns, n_rows, n_slices) if n_slices > 1 else (n_columns, n_rows)


def header_of(image: Image, root: Path, source: Source) -> Header:
    """Return what an image says, with what the notes beside it state."""
    facts = image.facts
    said = read_notes(root, source)
    path = named_path(root, source.primary)
    kind = judge_kind(
        path,
        modes=facts.modes,
        is_colour=image.n_samples > 1,
        pixel_um=facts.pixel_um[0] if facts.pixel_um else 0.0,
        technique=str(said.pop("MicroscopyTechnique", "")),
    )
    stain = find_stain(source.primary)
    entities = [("sample", find_sample(source.primary))]
    entities += [("stain", stain)] if stain else []
    metadata = _technical(image) | dict(facts.metadata) | said
    if stain:
        metadata.setdefault("SampleStaining", stain)
    return Header(
        modality=Modality.MICR,
        n_times=image.shape[0],
        measured_at=facts.measured_at,
        identifiers=facts.identifiers,
        is_as_stated=image.is_whole,
        suffix=kind.suffix,
        certainty=kind.certainty,
        evidence=kind.evidence,
        entities=tuple(entities),
        shape=shape_of(image),
        metadata=metadata,
    )


def _technical(image: Image) -> dict[str, Any]:
    """Return sizes and channels by the names of metadata fields."""
    found: dict[str, Any] = {}
    sizes = image.facts.pixel_um
    if sizes:
        # What electrons show is told in nanometres.
        unit, factor = ("nm", 1e3) if sizes[0] < 0.03 else ("um", 1.0)
        kept = sizes if len(sizes) == 3 and image.shape[2] > 1 else sizes[:2]
        found["PixelSize"] = [float(f"{size * factor:.9g}") for size in kept]
        found["PixelSizeUnits"] = unit
    found["ImageWidth"], found["ImageHeight"] = image.shape[4], image.shape[3]
    found["NumberOfPlanes"] = image.shape[2]
    found["NumberOfChannels"] = image.shape[1] * image.n_samples
    names = image.facts.channel_names
    if len(names) == image.shape[1] and any(map(name_stain, names)):
        found["ChannelNames"] = [name_stain(n) or f"C{i}" for i, n in enumerate(names)]
    return found


def _stack(paths: Sequence[Path], plugin: MicrographFormat) -> Image:
    """Open numbered slices as one image; each is opened anew when it is read."""
    first = plugin.open(paths[0])
    if first.shape[:3] != (1, 1, 1):
        raise damaged("slices of one plane each")
    kept: list[tuple[int, Image]] = [(0, first)]

    def read(plane: tuple[int, int, int], start: int, stop: int) -> NDArray[Any]:
        if kept[0][0] != plane[2]:
            kept[0] = (plane[2], plugin.open(paths[plane[2]]))
        image = kept[0][1]
        if (image.shape, image.n_samples, image.dtype) != (
            first.shape, first.n_samples, first.dtype,
        ):  # fmt: skip
            raise damaged("slices of one size and type")
        return image.read((0, 0, 0), start, stop)

    last = plugin.open(paths[-1])
    found = dict.fromkeys([*first.facts.identifiers, *last.facts.identifiers])
    facts = replace(first.facts, identifiers=tuple(found))
    shape = (1, 1, len(paths), first.shape[3], first.shape[4])
    return replace(first, shape=shape, read=read, facts=facts)


def open_micrograph(path: Path) -> Image:
    """Open a written image: an ``.ome.tif`` file or an ``.ome.zarr`` folder.

    Parameters
    ----------
    path : Path
        The file or folder.

    Returns
    -------
    Image
        Nothing of its pixels is loaded.

    Raises
    ------
    FormatError
        If it cannot be read.
    """
    plugin: MicrographFormat = OmeZarr() if path.is_dir() else TiffMicrograph()
    with foreign_reader(plugin.title, plugin.requires):
        return plugin.open(path)
