"""Which TIFF files are movies of calcium imaging, and which are images of tissue.

TIFF says how pixels are stored, not what they show. One rule decides for all formats that keep
TIFF, so that a file is claimed once: `judge_tiff` (pure), with what `read_facts` reads of the first
pages. A **movie** is a ScanImage recording, or at least three equal pages of one grey channel with
nothing that speaks for depth (OME-XML, a pyramid, a physical step between slices). The pages may
stand in one file or be a numbered sequence of files. Everything else is an **image**.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from fascicle.errors import FormatError

from ._micr_kinds import named_path, shows_depth
from ._micr_notes import find_notes

MIN_FRAMES = 3
"""Fewer pages are no movie."""

_MANY_FRAMES = 20
_ENOUGH = MIN_FRAMES
_MAX_ENTRIES = 4096
_MAX_TEXT = 1 << 20
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8,
          17: 8, 18: 8}  # fmt: skip
_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_TEXTS = frozenset({2, 7})
_WIDTH, _HEIGHT, _BITS, _SAMPLES, _FORMAT = 256, 257, 258, 277, 339
_DESCRIPTION, _SOFTWARE, _SUBFILE, _SUB_IFDS = 270, 305, 254, 330


class TiffKind(StrEnum):
    """What a TIFF file shows."""

    MOVIE = "movie"
    """Frames over time: calcium imaging."""
    IMAGE = "image"
    """One image, a stack in depth, a pyramid or several channels: microscopy."""


@dataclass(frozen=True, slots=True)
class TiffFacts:
    """What the first pages of a TIFF file say.

    Attributes
    ----------
    n_pages : int
        Pages seen; at most `MIN_FRAMES` are looked at.
    height, width : int
        Of the first page, in pixels.
    n_bits : int
        Bits of a sample.
    sample_format : int
        1 unsigned, 2 signed, 3 floating.
    n_samples : int
        Samples of a pixel: 1 grey, 3 colour.
    is_equal : bool
        True if the pages seen have the same size and type.
    is_pyramid : bool
        True if there are reduced images, or pages below pages.
    description, software : str
        The tags of the first page; not released.
    """

    n_pages: int
    height: int
    width: int
    n_bits: int
    sample_format: int = 1
    n_samples: int = 1
    is_equal: bool = True
    is_pyramid: bool = False
    description: str = ""
    software: str = ""

    @property
    def is_scanimage(self) -> bool:
        """True if ScanImage wrote it."""
        return "SI." in self.software or self.description.startswith(("state.", "scanimage.SI"))

    @property
    def is_ome(self) -> bool:
        """True if it carries OME-XML."""
        return "<OME" in self.description[:2000] and "openmicroscopy" in self.description[:4000]

    @property
    def imagej(self) -> dict[str, str]:
        """What ImageJ says, by its names; empty if another program wrote the file."""
        if not self.description.startswith("ImageJ="):
            return {}
        pairs = (line.partition("=") for line in self.description.splitlines())
        return {key.strip(): value.strip() for key, _, value in pairs}


@dataclass(frozen=True, slots=True)
class TiffVerdict:
    """What a TIFF file is taken for.

    Attributes
    ----------
    kind : TiffKind
        Movie or image.
    certainty : float
        Between 0 and 1.
    evidence : tuple of str
        Sentences: what speaks for it.
    """

    kind: TiffKind
    certainty: float
    evidence: tuple[str, ...]


def judge_tiff(
    facts: TiffFacts, n_files: int = 1, path: PurePosixPath | None = None
) -> TiffVerdict:
    """Decide whether pages are frames of a movie.

    Parameters
    ----------
    facts : TiffFacts
        Of the (first) file.
    n_files : int
        Files of the numbered sequence that it stands in; 1 for a file of its own.
    path : PurePosixPath, optional
        Its path: words for slices and kinds of microscopy speak against a movie, unless the file
        itself says that it is one.

    Returns
    -------
    TiffVerdict
        With what speaks for it.

    Examples
    --------
    >>> judge_tiff(TiffFacts(3, 128, 256, 16)).kind.value
    'movie'
    >>> judge_tiff(TiffFacts(1, 128, 256, 16)).kind.value
    'image'
    >>> judge_tiff(TiffFacts(1, 173, 173, 16), n_files=3).evidence
    ('3 numbered files hold one page of equal size each.',)
    """
    if against := _what_is_no_movie(facts):
        return TiffVerdict(TiffKind.IMAGE, 0.95, (against,))
    if facts.is_scanimage:
        return TiffVerdict(TiffKind.MOVIE, 0.99, ("ScanImage wrote the file.",))
    is_sequence = facts.n_pages == 1 and n_files >= MIN_FRAMES
    if facts.n_pages < MIN_FRAMES and not is_sequence:
        return TiffVerdict(TiffKind.IMAGE, 0.9, (f"It has fewer than {MIN_FRAMES} pages.",))
    if not facts.is_equal:
        return TiffVerdict(TiffKind.IMAGE, 0.9, ("Its pages differ in size or type.",))
    certainty, said = 0.7, "Its pages are grey, of one size, and nothing speaks for depth."
    says_frames = "frames" in facts.imagej or _number(facts.imagej.get("finterval")) > 0
    if path is not None and not says_frames and shows_depth(path):
        return TiffVerdict(TiffKind.IMAGE, certainty, ("A word of its path speaks for depth.",))
    if says_frames:
        certainty, said = 0.95, "ImageJ says that its pages are frames."
    elif is_sequence:
        certainty = 0.8 if n_files >= _MANY_FRAMES else 0.6
        said = f"{n_files} numbered files hold one page of equal size each."
    return TiffVerdict(TiffKind.MOVIE, certainty, (said,))


def _what_is_no_movie(facts: TiffFacts) -> str:
    """Return what speaks against a movie; empty if nothing does."""
    said = facts.imagej
    is_odd = (facts.n_bits, facts.sample_format) not in {(8, 1), (16, 1), (16, 2), (32, 3)}
    has_step = said.get("frames", "1") == "1" and _number(said.get("spacing")) > 0
    reasons = (
        (facts.is_ome, "It carries OME-XML."),
        (facts.is_pyramid, "It is a pyramid of images."),
        (facts.n_samples != 1, "Its pixels have several colours."),
        (is_odd, "Its pixels are not of the types that cameras of movies write."),
        (_is_z_stack(facts), "ScanImage says that it is a stack in depth."),
        (has_step, "ImageJ states the distance between its slices."),
    )
    return next((reason for is_so, reason in reasons if is_so), "")


def _is_z_stack(facts: TiffFacts) -> bool:
    """Tell whether ScanImage went once through the depth."""
    said = dict(re.findall(r"SI\.hStackManager\.(\w+) = (\S+)", facts.software))
    return said.get("enable") in {"true", "1"} and said.get("numVolumes", "1") == "1" and (
        _number(said.get("numSlices")) > 1
    )  # fmt: skip


def _number(text: str | None) -> float:
    """Return a number that is written as text; 0 for anything else."""
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def group_numbered(paths: Iterable[PurePosixPath]) -> list[tuple[PurePosixPath, ...]]:
    """Part the TIFF files of a folder into sequences whose numbers follow one another.

    Returns
    -------
    list of tuple of PurePosixPath
        Sequences of at least `MIN_FRAMES` files, in the order of their numbers.

    Examples
    --------
    >>> names = [PurePosixPath(f"{i}.tif") for i in (10, 9, 8, 2)]
    >>> [[path.name for path in group] for group in group_numbered(names)]
    [['8.tif', '9.tif', '10.tif']]
    """
    groups: dict[tuple[PurePosixPath, str, str], list[tuple[int, PurePosixPath]]] = {}
    for path in paths:
        # Greedy behind a lazy beginning: the last number of the name counts.
        if found := re.fullmatch(r"(.*?)(\d{1,9})(\.tiff?)", path.name, re.IGNORECASE):
            key = (path.parent, found[1], found[3].lower())
            groups.setdefault(key, []).append((int(found[2]), path))
    runs: list[tuple[PurePosixPath, ...]] = []
    for _, members in sorted(groups.items(), key=lambda item: item[0]):
        run: list[tuple[int, PurePosixPath]] = []
        for number, path in sorted(members):
            if run and number != run[-1][0] + 1:
                runs.append(tuple(p for _, p in run))
                run = []
            run.append((number, path))
        runs.append(tuple(p for _, p in run))
    return [run for run in runs if len(run) >= MIN_FRAMES]


def judge_file(root: Path, path: PurePosixPath) -> TiffVerdict:
    """Decide what a TIFF file of a raw folder is, alone or in its sequence.

    Parameters
    ----------
    root : Path
        The raw folder.
    path : PurePosixPath
        A TIFF file below it.

    Raises
    ------
    FormatError
        If the file is no TIFF, or is cut off.
    """
    facts = read_facts(root / path)
    n_files = len(find_sequence(root, path)) if facts.n_pages == 1 else 1
    if not facts.is_scanimage and find_notes(root, path):
        return TiffVerdict(TiffKind.IMAGE, 0.95, ("A note beside it describes a micrograph.",))
    return judge_tiff(facts, n_files, named_path(root, path))


def find_sequence(root: Path, path: PurePosixPath) -> tuple[PurePosixPath, ...]:
    """Return the files of the numbered sequence that a file of one page stands in, itself included.

    All have one page, of the size and type of the first; a file that stands alone is returned
    alone.
    """
    folder = root / path.parent
    sequences = _find_sequences(str(folder), folder.stat().st_mtime_ns)
    names = sequences.get(path.name, (path.name,))
    return tuple(path.parent / name for name in names)


@lru_cache(maxsize=32)
def _find_sequences(folder: str, changed_ns: int) -> Mapping[str, tuple[str, ...]]:
    """Return the sequence of every file of a folder that stands in one.

    The moment of the folder's last change is part of the key: another file makes another answer.
    """
    place = Path(folder)
    names = [PurePosixPath(p.name) for p in place.iterdir() if not p.name.startswith(".")]
    found: dict[str, tuple[str, ...]] = {}
    for run in group_numbered(names):
        ends = {name.name: _shape_of(place / name.name) for name in (run[0], run[1], run[-1])}
        if len(set(ends.values())) == 1 and None not in ends.values():
            members = tuple(name.name for name in run)
            found |= dict.fromkeys(members, members)
    return found


def _shape_of(path: Path) -> tuple[int, ...] | None:
    """Return size and type of a file's only page; None if it has several, or is broken."""
    try:
        facts = read_facts(path)
    except FormatError:
        return None
    if facts.n_pages != 1 or facts.is_scanimage:
        return None
    return facts.height, facts.width, facts.n_bits, facts.sample_format, facts.n_samples


def is_tiff(head: bytes) -> bool:
    """Tell by the first bytes whether a file is TIFF or BigTIFF, of either byte order.

    Examples
    --------
    >>> is_tiff(b"II*" + bytes(5)), is_tiff(b"MM" + bytes(6))
    (True, False)
    """
    return head[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}


def read_facts(path: Path) -> TiffFacts:
    """Read what the first pages of a TIFF file say; no pixel is touched.

    Raises
    ------
    FormatError
        FSC250 if it is no TIFF, is cut off or has no page.
    """
    try:
        with path.open("rb") as stream:
            pages = _read_pages(stream)
            n_bytes = stream.seek(0, 2)
    except (OSError, struct.error, ValueError, IndexError, OverflowError) as error:
        raise _broken() from error
    if not pages:
        raise _broken()
    first = pages[0]
    grids = [tuple(_value(page, tag) for tag in (_WIDTH, _HEIGHT, _BITS, _FORMAT, _SAMPLES))
             for page in pages]  # fmt: skip
    facts = TiffFacts(
        n_pages=len(pages),
        height=_value(first, _HEIGHT),
        width=_value(first, _WIDTH),
        n_bits=_value(first, _BITS) or 1,
        sample_format=_value(first, _FORMAT) or 1,
        n_samples=_value(first, _SAMPLES) or 1,
        is_equal=len(set(grids)) == 1,
        is_pyramid=any(_SUB_IFDS in page or _value(page, _SUBFILE) & 1 for page in pages),
        description=str(first.get(_DESCRIPTION, "")),
        software=str(first.get(_SOFTWARE, "")),
    )
    return replace(facts, n_pages=MIN_FRAMES) if _holds_more(facts, n_bytes) else facts


def _holds_more(facts: TiffFacts, n_bytes: int) -> bool:
    """Tell whether frames follow the only page, as ImageJ writes them into files above 4 GB."""
    n_images = int(_number(facts.imagej.get("images")))
    n_stored = facts.height * facts.width * facts.n_bits // 8 * n_images
    return facts.n_pages == 1 and n_images >= MIN_FRAMES and n_bytes >= n_stored > 0


def _broken() -> FormatError:
    return FormatError(
        "FSC250",
        "Expected a TIFF file with at least one whole page, got other bytes.",
        "The file is cut off or damaged: copy it again from the microscope's computer.",
    )


def _value(page: Mapping[int, object], tag: int) -> int:
    value = page.get(tag, 0)
    return value if isinstance(value, int) else 0


def _read_pages(stream: BinaryIO) -> list[dict[int, object]]:
    """Return the tags of the first pages."""
    head = stream.read(16)
    if not is_tiff(head):
        return []
    order = "<" if head[:2] == b"II" else ">"
    is_big = head[2:4] in {b"+\0", b"\0+"}
    (offset,) = struct.unpack_from(order + ("Q" if is_big else "I"), head, 8 if is_big else 4)
    pages: list[dict[int, object]] = []
    seen: set[int] = set()
    while offset and offset not in seen and len(pages) < _ENOUGH:
        seen.add(offset)
        page, offset = _read_page(stream, offset, order, is_big=is_big)
        pages.append(page)
    return pages


def _read_page(
    stream: BinaryIO, offset: int, order: str, *, is_big: bool
) -> tuple[dict[int, object], int]:
    """Return the tags of a page that are looked at, and where the next page is."""
    count_code, entry_size, word = ("Q", 20, "Q") if is_big else ("H", 12, "I")
    stream.seek(offset)
    (n_entries,) = struct.unpack(order + count_code, stream.read(struct.calcsize("=" + count_code)))
    if not 0 < n_entries <= _MAX_ENTRIES:
        raise ValueError("no page has as many tags")
    table = stream.read(n_entries * entry_size)
    (following,) = struct.unpack(order + word, stream.read(struct.calcsize("=" + word)))
    wanted = {_WIDTH, _HEIGHT, _BITS, _SAMPLES, _FORMAT, _DESCRIPTION, _SOFTWARE, _SUBFILE}
    page: dict[int, object] = {}
    for i in range(n_entries):
        tag, code, n_values = struct.unpack_from(order + "HH" + word, table, i * entry_size)
        if tag == _SUB_IFDS:
            page[tag] = True
        elif tag in wanted:
            place = i * entry_size + (12 if is_big else 8)
            field = table[place : (i + 1) * entry_size]
            page[tag] = _read_value(stream, order, (code, n_values, field), word)
    return page, following


def _read_value(
    stream: BinaryIO, order: str, entry: tuple[int, int, bytes], word: str
) -> int | str:
    """Return the value of a tag: its text, or its first number."""
    code, n_values, field = entry
    n_bytes = _SIZES.get(code, 1) * n_values
    if n_bytes > len(field):
        (where,) = struct.unpack(order + word, field)
        stream.seek(where)
        field = stream.read(min(n_bytes, _MAX_TEXT))
    if code in _TEXTS:
        return field[:n_bytes].rstrip(b"\0").decode("latin-1")
    number_code = _CODES.get(code)
    return int(struct.unpack_from(order + number_code, field)[0]) if number_code else 0
