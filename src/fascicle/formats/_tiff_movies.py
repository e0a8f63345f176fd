"""Movies in TIFF: ScanImage, files of many pages, numbered files of one page each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import FileHead, Header, Identifier, Modality
from fascicle.errors import FormatError

from ._ophys import BLOCK_BYTES, Movie, OpenedOphys, OphysFormat
from ._tiff_kinds import TiffKind, find_sequence, is_tiff, judge_file
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TAGS = (("path", 269), ("text", 270), ("date", 306), ("operator", 315), ("serial", 316),
         ("text", 285), ("text", 33432), ("text", 271), ("text", 272))  # fmt: skip
"""Tags that point to somebody: name of the document, description, day, artist, computer, ..."""

_HARMLESS = re.compile(
    r"(?:ImageJ=|images=|slices=|frames=|channels=|hyperstack=|mode=|loop=|min=|max=|finterval=|"
    r"unit=|spacing=|fps=|state\.|SI\.|scanimage\.|\w+ = |\{)"
)
_SI_TEXT = re.compile(
    r"^(?:state\.files\.\w+|state\.configName|state\.internal\.triggerTimeString|[\w.]*(?:[Pp]ath|"
    r"[Ff]ile[Nn]ame|[Ff]ile[Ss]tem|[Ff]ilestem|User|user|[Nn]otes?|[Cc]omment\w*)\w*)\s*=\s*"
    r"(.{2,})$",
    re.MULTILINE,
)
_SECONDS_IN = {"sec": 1.0, "s": 1.0, "ms": 1e-3, "msec": 1e-3, "min": 60.0}
_EPOCH = re.compile(r"epoch = \[([\d. ]+)\]")
_TRIGGER_TIME = re.compile(r"state\.internal\.triggerTimeString='([^']+)'")


class TiffMovie(OphysFormat):
    """Movies in TIFF."""

    name = "tiff-movie"
    title = "Calcium imaging in TIFF (ScanImage, many pages, numbered files)"
    proven_on = "real"

    def recognises(self, head: FileHead) -> bool:
        """Look for TIFF; whether it is a movie, `confirms` tells."""
        return not head.is_folder and is_tiff(head.head)

    def confirms(self, head: FileHead, root: Path) -> bool:
        """Tell by the first pages, and the numbered files beside it, whether it is a movie."""
        try:
            return judge_file(root, head.path).kind is TiffKind.MOVIE
        except FormatError:
            return False

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the other files of a numbered sequence; the first of it has them all."""
        verdict = judge_file(root, head.path)
        if verdict.kind is not TiffKind.MOVIE:
            return ()
        files = _sequence_of(root, head.path)
        return files[1:] if files and files[0] == head.path else ()

    def gather(self, heads: Sequence[FileHead], root: Path) -> list[tuple[PurePosixPath, ...]]:
        """Part the files into movies: a numbered sequence of single pages is one."""
        found: dict[PurePosixPath, tuple[PurePosixPath, ...]] = {}
        taken: set[PurePosixPath] = set()
        known = {head.path for head in heads}
        for head in sorted(heads, key=lambda h: h.path):
            if head.path in taken:
                continue
            files = tuple(path for path in _sequence_of(root, head.path) if path in known)
            found[files[0]] = files
            taken.update(files)
        return list(found.values())

    def open_ophys(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedOphys:
        """Open the pages; they are read when they are asked for."""
        verdict = judge_file(root, files[0])
        stack = _open_stack([root / path for path in files])
        said = _read_scanimage(stack.software, stack.description)
        header = Header(
            modality=Modality.OPHYS,
            sfreq_hz=said.rate_hz or _imagej_rate(stack.description),
            measured_at=_measured_at(stack),
            identifiers=tuple(dict.fromkeys(_identifiers(stack))),
            certainty=verdict.certainty,
            evidence=verdict.evidence,
            metadata=said.metadata,
        )
        order = _fit(said, stack.n_pages)
        movies = tuple(_make_movie(stack, c, order) for c in range(order.n_channels))
        is_whole = stack.n_pages % order.n_pages == 0
        return OpenedOphys(replace(header, is_as_stated=is_whole), movies)


def _fit(said: _Order, n_pages: int) -> _Order:
    """Return the order of the pages; fewer than a volume, or than channels, are plain frames."""
    if n_pages < said.n_pages:
        said = replace(said, n_planes=1, n_skipped=0, n_repeats=1)
    return said if n_pages >= said.n_channels else replace(said, n_channels=1)


def _sequence_of(root: Path, path: PurePosixPath) -> tuple[PurePosixPath, ...]:
    return find_sequence(root, path) or (path,)


@dataclass(frozen=True, slots=True)
class _Stack:
    """Pages of one or many files."""

    paths: tuple[Path, ...]
    n_pages: int
    height: int
    width: int
    dtype: np.dtype[Any]
    offset: int
    tags: tuple[tuple[str, str, str], ...]
    description: str
    software: str

    def pages(self, wanted: range | Sequence[int]) -> Iterator[NDArray[Any]]:
        """Yield pages by their numbers, one after the other."""
        if len(self.paths) > 1:
            yield from (self._read_single(self.paths[i]) for i in wanted)
        elif self.offset:
            pixels = np.memmap(
                self.paths[0], self.dtype, "r", self.offset, (self.n_pages, self.height, self.width)
            )
            yield from (pixels[i] for i in wanted)
        else:
            yield from self._read_pages(wanted)

    def _read_single(self, path: Path) -> NDArray[Any]:
        import tifffile

        with tifffile.TiffFile(path) as file:
            return self._require_fit(file.pages[0].asarray())

    def _read_pages(self, wanted: range | Sequence[int]) -> Iterator[NDArray[Any]]:
        import tifffile

        with tifffile.TiffFile(self.paths[0]) as file:
            for i in wanted:
                yield self._require_fit(file.pages[i].asarray())

    def _require_fit(self, page: NDArray[Any]) -> NDArray[Any]:
        if page.shape != (self.height, self.width) or page.dtype.kind != self.dtype.kind:
            raise _uneven()
        return page


def _uneven() -> FormatError:
    return FormatError(
        "FSC251",
        "Expected frames of one size and type, got others among them.",
        "Take out the files that belong to another recording, or copy the movie again.",
    )


def _open_stack(paths: list[Path]) -> _Stack:
    """Read what the first page says, and how many there are."""
    import tifffile

    with tifffile.TiffFile(paths[0]) as file:
        page = file.pages[0]
        n_bytes = paths[0].stat().st_size
        offset, n_pages = 0, len(file.pages) if len(paths) == 1 else len(paths)
        if len(paths) == 1 and n_pages == 1 and page.is_contiguous and file.is_imagej:
            # ImageJ writes one page into files above 4 GB, and all frames behind it.
            offset, n_pages = page.dataoffsets[0], int(page.description.partition("images=")[2]
                                                       .partition("\n")[0] or 1)  # fmt: skip
        elif len(paths) == 1:
            last = file.pages[n_pages - 1]
            _require_whole(last.dataoffsets, last.databytecounts, n_bytes)
        tags = tuple(
            (kind, page.tags[code].name, str(page.tags[code].value))
            for kind, code in _TAGS
            if code in page.tags
        )
        software = str(page.tags[305].value) if 305 in page.tags else ""
        dtype = np.dtype(page.dtype).newbyteorder(file.byteorder)
        return _Stack(
            tuple(paths), n_pages, page.shape[0], page.shape[1], dtype, offset, tags,
            page.description, software,
        )  # fmt: skip


def _require_whole(offsets: Iterable[int], counts: Iterable[int], n_bytes: int) -> None:
    """Refuse a file that ends before its last page."""
    if any(start + count > n_bytes for start, count in zip(offsets, counts, strict=True)):
        raise FormatError(
            "FSC251",
            "Expected all pixels of the last frame in the file, and it ends before them.",
            "The file is cut off: copy it again from the microscope's computer.",
        )


def _make_movie(stack: _Stack, channel: int, order: _Order) -> Movie:
    """Return the frames of one of the channels that take turns, planes within volumes."""
    n_frames = stack.n_pages // order.n_pages * order.n_repeats
    frame = (stack.height, stack.width)
    shape = (n_frames, *frame) if order.n_planes == 1 else (n_frames, order.n_planes, *frame)
    dtype = stack.dtype.newbyteorder("<")
    n_block = max(1, BLOCK_BYTES // max(1, int(np.prod(shape[1:])) * dtype.itemsize))

    def blocks() -> Iterator[NDArray[Any]]:
        pages = stack.pages([
            order.find_page(t, plane, channel)
            for t in range(n_frames)
            for plane in range(order.n_planes)
        ])
        for start in range(0, n_frames, n_block):
            n = min(n_block, n_frames - start)
            block = np.empty((n, order.n_planes, *frame), dtype)
            for i in range(n * order.n_planes):
                block[divmod(i, order.n_planes)] = next(pages)
            yield block.reshape(n, *shape[1:])

    return Movie(shape, dtype.str, blocks, times_s=order.find_times(n_frames))


@dataclass(frozen=True, slots=True)
class _Order:
    """What ScanImage, or ImageJ, says of how pages are ordered.

    Channels are the fastest. Then come, of each plane, several frames that were taken without
    moving; then planes; then pages that were taken on the way back.
    """

    rate_hz: float = 0.0
    """Frames of each plane in a second; on average where several are taken of each in turn."""
    n_channels: int = 1
    n_planes: int = 1
    n_skipped: int = 0
    n_repeats: int = 1
    page_hz: float = 0.0
    """Pages of each channel in a second."""
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def n_pages(self) -> int:
        """Pages of a volume."""
        return self.n_channels * (self.n_planes * self.n_repeats + self.n_skipped)

    def find_page(self, t: int, plane: int, channel: int) -> int:
        """Return the page of a frame."""
        volume, repeat = divmod(t, self.n_repeats)
        within = plane * self.n_repeats + repeat
        return volume * self.n_pages + within * self.n_channels + channel

    def find_times(self, n_frames: int) -> NDArray[np.float64] | None:
        """Return when frames of the first plane were taken; None where they come at one rate."""
        if self.n_repeats == 1 or not self.page_hz:
            return None
        pages = [self.find_page(t, 0, 0) // self.n_channels for t in range(n_frames)]
        return np.array(pages, np.float64) / self.page_hz


def _read_scanimage(software: str, description: str) -> _Order:
    """Read what ScanImage says, or what ImageJ does; of other files nothing is known."""
    said = dict(re.findall(r"(?m)^\s*SI\.([\w.]+) = (.*?)\s*$", software or description))
    if said:
        return _read_new(said)
    old = dict(re.findall(r"state\.([\w.]+)=([^\r\n]*)", description))
    if not old:
        return _read_imagej(description)
    channels = int(_float(old.get("acq.numberOfChannelsSave")) or 1)
    rate_hz = _float(old.get("acq.frameRate"))
    return _Order(rate_hz, max(1, channels), metadata={"ImagingType": "two-photon"})


def _read_new(said: dict[str, str]) -> _Order:
    """Read the words of ScanImage 5 and later."""
    channels = re.findall(r"\d+", said.get("hChannels.channelSave", "1"))
    is_fast = said.get("hFastZ.enable") in {"1", "true"}
    is_volume = is_fast or (
        said.get("hStackManager.enable") in {"1", "true"}
        and _float(said.get("hStackManager.numVolumes")) > 1
    )
    planes = int(_float(said.get("hStackManager.numSlices")) or
                 _float(said.get("hFastZ.numFramesPerVolume")) or 1)  # fmt: skip
    n_planes = max(1, planes if is_volume else 1)
    skipped = int(_float(said.get("hFastZ.numDiscardFlybackFrames"))) if n_planes > 1 else 0
    # So many frames are averaged into each page that is written.
    n_averaged = max(1, int(_float(said.get("hScan2D.logAverageFactor")) or 1))
    page_hz = _float(said.get("hRoiManager.scanFrameRate")) / n_averaged
    volume_hz = _float(said.get("hRoiManager.scanVolumeRate"))
    n_repeats = 1
    if n_planes > 1 and not is_fast and said.get("hStackManager.stackMode", "") != "'fast'":
        # The stage stops at each plane for some frames.
        n_repeats = max(1, int(_float(said.get("hStackManager.framesPerSlice"))) // n_averaged)
        volume_hz = 0.0 if n_repeats > 1 or n_averaged > 1 else volume_hz
    rate_hz = page_hz if n_planes == 1 else volume_hz or (
        page_hz * n_repeats / (n_planes * n_repeats + skipped))  # fmt: skip
    if n_planes > 1 and is_fast and n_averaged > 1:
        rate_hz = 0.0  # what is averaged then, planes or volumes, is not said
    told = {"ImagingType": "two-photon"}
    return _Order(rate_hz, max(1, len(channels)), n_planes, skipped, n_repeats, page_hz, told)


def _float(text: str | None) -> float:
    """Return a number that is written as text; 0 for anything else."""
    try:
        value = float(text or 0)
    except ValueError:
        return 0.0
    return value if np.isfinite(value) else 0.0


def _read_imagej(description: str) -> _Order:
    """Read the counts of ImageJ: channels take turns, then planes; slices alone are frames."""
    pages = r"(?m)^(images|channels|slices|frames)=(\d{1,9})\s*$"
    said = {name: int(count) for name, count in re.findall(pages, description)}
    n_channels, n_frames = said.get("channels", 1), said.get("frames", 0)
    n_planes = said.get("slices", 1) if n_frames else 1
    n_pages = n_channels * (n_planes * n_frames or said.get("slices", 1))
    if not description.startswith("ImageJ=") or n_pages != said.get("images", 0) or not n_pages:
        return _Order()
    return _Order(0.0, n_channels, n_planes)


def _imagej_rate(description: str) -> float:
    """Return the frame rate that ImageJ states, in hertz; 0 where it states none."""
    if not description.startswith("ImageJ="):
        return 0.0
    said = dict(re.findall(r"(?m)^(finterval|fps|tunit)=(.+?)\s*$", description))
    interval_s = _float(said.get("finterval")) * _SECONDS_IN.get(said.get("tunit", "sec"), 0.0)
    return 1.0 / interval_s if interval_s > 0 else _float(said.get("fps"))


def _measured_at(stack: _Stack) -> datetime | None:
    """Return when ScanImage, or the tag of the day, says that it began."""
    if found := _EPOCH.search(stack.description):
        parts = [float(part) for part in found[1].split()]
        with suppress(ValueError, OverflowError):
            return datetime(*map(int, parts[:6]), tzinfo=UTC)  # type: ignore[arg-type,misc]
    found = _TRIGGER_TIME.search(stack.description)
    texts = [found[1]] if found else []
    texts += [text for kind, _, text in stack.tags if kind == "date"]
    for text in texts:
        for pattern in ("%Y:%m:%d %H:%M:%S", "%m/%d/%Y %H:%M:%S.%f", "%Y%m%d %H:%M:%S.%f"):
            with suppress(ValueError):
                return datetime.strptime(text.strip(), pattern).replace(tzinfo=UTC)
    return None


def _identifiers(stack: _Stack) -> list[Identifier]:
    """Return the texts of tags that point to somebody."""
    fields: list[tuple[str, str, object]] = []
    for kind, name, value in stack.tags:
        if name == "ImageDescription":
            fields += [
                ("text", f"{name}, line {i + 1}", line.strip())
                for i, line in enumerate(value.splitlines()[:200])
                if line.strip() and not _HARMLESS.match(line.strip())
            ]
        else:
            fields.append((kind, name, value))
    for text in (stack.software, stack.description):
        found = _SI_TEXT.findall(text)
        fields += [("path", "ScanImage header", value.strip().strip("'\"")) for value in found]
    if found_epoch := _EPOCH.search(stack.description):
        fields.append(("date", "ScanImage epoch", found_epoch[1].strip()))
    return find_identifiers("TIFF tags", fields)
