"""DeepLabCut: keypoints in a picture, labelled by a person or found by software.

A table (.h5 of pandas, or its twin .csv) has three or four rows of headings: the scorer, who is a
person or a network named after a project; the animals, if there are several; the keypoints; x, y
and, where software found them, a likelihood.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import FileHead, Header, Identifier, Modality
from fascicle.errors import FormatError

from ._beh import Behaviour, BehaviourFormat, Clock, Pose
from ._files import as_folder
from ._unpickled import read_pickled_list
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HDF5 = b"\x89HDF\r\n\x1a\n"
_MAX_COLUMNS = 1 << 14
_MAX_CSV_BYTES = 2 << 30
_FRAME = re.compile(r"(\d+)(?=\D*$)")
_NETWORK = re.compile(
    r"DLC_?(?:resnet|mobilenet|effnet|dlcrnet|hrnet|Resnet|Hrnet|Ctd|Rtmpose|superanimal)", re.I
)
_COUNTED = re.compile(
    r"(?i)(?:individual|animal|mouse|rat|mus|ind|fly|fish|bird|single|id|m)?[ _-]?\d*"
)
"""Animals that were counted: no names."""
_VIDEO_SUFFIXES = (".mp4", ".avi", ".mov")


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of keypoints: its headings and its numbers."""

    columns: tuple[tuple[str, ...], ...]
    """Scorer, animal (or nothing), keypoint and coordinate of each column."""
    frames: tuple[str, ...]
    """What each row is called: a number, or the path of a picture."""
    values: NDArray[np.float64]


class DeepLabCut(BehaviourFormat):
    """DeepLabCut (.h5 of pandas, .csv)."""

    name = "deeplabcut"
    title = "DeepLabCut"
    proven_on = "real"

    def recognises(self, head: FileHead) -> bool:
        """Look for the name that DeepLabCut gives its table, or the headings of its .csv."""
        if head.is_folder:
            return False
        if head.head.startswith(_HDF5):
            return b"df_with_missing" in head.head
        lines = head.head.split(b"\n")
        return (
            lines[0].startswith(b"scorer,")
            and len(lines) > 2
            and lines[1].startswith((b"bodyparts,", b"individuals,"))
        )

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the twin of another format, and the project's settings."""
        twin = as_folder(siblings).named(head.path.stem + _other(head.path.suffix))
        settings = _find_settings(root, head.path)
        return tuple(path for path in (twin, settings) if path is not None)

    def gather(self, heads: Sequence[FileHead], root: Path) -> Sequence[tuple[PurePosixPath, ...]]:
        """Put twins together, the .h5 file first: it is whole where a .csv was rounded."""
        twins: dict[PurePosixPath, list[PurePosixPath]] = {}
        for head in heads:
            twins.setdefault(head.path.with_suffix(""), []).append(head.path)
        found = []
        for paths in twins.values():
            ordered = sorted(paths, key=lambda path: (path.suffix.casefold() == ".csv", path))
            settings = _find_settings(root, ordered[0])
            found.append((*ordered, *([settings] if settings else [])))
        return found

    def open_behaviour(self, root: Path, files: tuple[PurePosixPath, ...]) -> Behaviour:
        """Read the table and what the project says of it."""
        table = _read_first([root / p for p in files if p.suffix.casefold() in {".h5", ".csv"}])
        settings = next((root / p for p in files if p.suffix == ".yaml"), None)
        about = _read_settings(settings) if settings else {}
        clock, is_by_hand = _make_clock(table, _find_rate(root / files[0], table))
        parts = tuple(_make_poses(table, clock, _read_edges(about)))
        n_points = sum(len(part.names) for part in parts)
        header = Header(
            modality=Modality.BEH,
            sfreq_hz=0.0 if is_by_hand else clock.rate_hz,
            n_times=len(table.frames),
            identifiers=tuple(dict.fromkeys(_identifiers(table, about, files))),
            certainty=1.0,
            evidence=("The headings of the table are those of DeepLabCut.",),
            metadata={
                "NumberOfKeypoints": n_points,
                "NumberOfFrames": len(table.frames),
                **({"FrameRate": clock.rate_hz} if clock.rate_hz and not is_by_hand else {}),
            },
        )
        return Behaviour(header, parts)


def _other(suffix: str) -> str:
    return ".csv" if suffix.casefold() == ".h5" else ".h5"


def _find_settings(root: Path, path: PurePosixPath) -> PurePosixPath | None:
    """Return the settings of the project that a table lies in."""
    for folder in path.parents:
        candidate = folder / "config.yaml"
        with suppress(OSError, UnicodeDecodeError):
            if (root / candidate).is_file() and "bodyparts:" in (root / candidate).read_text(
                "utf-8"
            ):
                return candidate
    return None


def _read_first(paths: Sequence[Path]) -> _Table:
    """Read the first of the twins that can be read."""
    for path in paths[:-1]:
        with suppress(Exception):  # its twin says the same, or says why not
            return _read_table(path)
    return _read_table(paths[-1])


def _read_table(path: Path) -> _Table:
    """Read a table, and see that its headings are those of keypoints."""
    table = _read_h5(path) if path.suffix.casefold() == ".h5" else _read_csv(path)
    coords = {column[-1] for column in table.columns}
    if not {"x", "y"} <= coords <= {"x", "y", "likelihood"} or not table.frames:
        raise FormatError(
            "FSC255",
            f"Expected columns of x, y and likelihood and rows of frames, got "
            f"{len(table.columns)} columns and {len(table.frames)} rows.",
            "The table is cut off or of another kind: export it again.",
        )
    n_scorers = len({column[0] for column in table.columns})
    if len({column[1:] for column in table.columns}) < len(table.columns):
        raise FormatError(
            "FSC255",
            f"Expected every keypoint once, got some several times, by {n_scorers} scorers.",
            "Export the table of each scorer into a file of its own.",
        )
    return table


def _read_csv(path: Path) -> _Table:
    """Read the rows of headings, then numbers."""
    if path.stat().st_size > _MAX_CSV_BYTES:
        raise FormatError(
            "FSC256", "Expected a table of at most 2 GiB of text, got a larger one.",
            "Keep the .h5 file of the same name beside it: it is read instead.",
        )  # fmt: skip
    headings: list[list[str]] = []
    frames: list[str] = []
    rows: list[NDArray[np.float64]] = []
    with path.open("r", encoding="utf-8", newline="") as stream:
        for row in csv.reader(stream):
            if (
                not frames
                and row[:1]
                and row[0] in {"scorer", "individuals", "bodyparts", "coords"}
            ):
                headings.append(row)
                continue
            n_columns = len(headings[-1])
            if len(row) != n_columns:
                break  # the last row of a file that was cut off
            frames.append(row[n_columns - _count_numbers(headings) - 1])
            numbers = row[n_columns - _count_numbers(headings) :]
            rows.append(np.array([float(cell) if cell else np.nan for cell in numbers]))
    n = _count_numbers(headings)
    columns = list(zip(*(line[-n:] for line in headings), strict=True))
    values = np.array(rows) if rows else np.zeros((0, n))
    return _Table(_as_columns(columns), tuple(frames), values)


def _count_numbers(headings: Sequence[Sequence[str]]) -> int:
    """Return how many columns hold numbers: new versions part the name of a row into three."""
    cells = headings[-1][1:]
    return len(list(itertools.dropwhile(lambda cell: not cell, cells)))


def _as_columns(names: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Return headings with an animal in each, nothing where there is only one."""
    found = tuple(tuple(str(word) for word in name) for name in names)
    if not found or len(found) > _MAX_COLUMNS or {len(name) for name in found} - {3, 4}:
        raise FormatError(
            "FSC255", "Expected headings of scorer, keypoint and coordinate, got others.",
            "The table is of another kind, or damaged: export it again from DeepLabCut.",
        )  # fmt: skip
    return tuple(n if len(n) == 4 else (n[0], "", *n[1:]) for n in found)


def _read_h5(path: Path) -> _Table:
    """Read the table that pandas and PyTables wrote, without running its pickles."""
    import h5py

    with h5py.File(path, "r") as file:
        node = file["df_with_missing"]
        if "table" in node:
            return _read_appendable(node["table"])
        return _read_fixed(node)


def _read_appendable(table: Any) -> _Table:  # noqa: ANN401 - h5py
    """Read a table to which rows can be appended: one record for each frame."""
    rows = table[:]
    blocks = sorted(name for name in rows.dtype.names if name.startswith("values_block_"))
    names = [n for b in blocks for n in read_pickled_list(bytes(table.attrs[f"{b}_kind"]))]
    values = np.hstack([np.atleast_2d(rows[b].T).T for b in blocks]).astype(np.float64)
    labels = next((c for c in ("index", "level_2", "index_level_2") if c in rows.dtype.names), "")
    frames = rows[labels].tolist() if labels else list(range(len(rows)))
    if len(names) != values.shape[1]:
        names = []
    return _Table(_as_columns(names), tuple(map(_as_word, frames)), values)


def _read_fixed(node: Any) -> _Table:  # noqa: ANN401 - h5py
    """Read a table that is written once: levels of the headings, and a block of numbers."""
    n_levels = int(node.attrs.get("axis0_nlevels", 0))
    levels = [
        [_as_word(node[f"axis0_level{i}"][:][code]) for code in node[f"axis0_label{i}"][:]]
        for i in range(n_levels)
    ]
    values = np.asarray(node["block0_values"][:], np.float64)
    frames = node["axis1"][:].tolist() if "axis1" in node else range(len(values))
    return _Table(
        _as_columns(list(zip(*levels, strict=True))), tuple(map(_as_word, frames)), values
    )


def _as_word(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _make_clock(table: _Table, rate_hz: float) -> tuple[Clock, bool]:
    """Return when the frames were taken, and whether a person chose them."""
    is_by_hand = all(column[-1] != "likelihood" for column in table.columns)
    numbers = [int(m[1]) if (m := _FRAME.search(frame)) else -1 for frame in table.frames]
    if min(numbers) < 0 or sorted(set(numbers)) != numbers:
        numbers = list(range(len(numbers)))
    if numbers == list(range(len(numbers))):
        return Clock(rate_hz), is_by_hand
    times = np.array(numbers, np.float64)
    return Clock(rate_hz, times / rate_hz if rate_hz else times), is_by_hand


def _find_rate(path: Path, table: _Table) -> float:
    """Return the frame rate of the video that the table was made of, if it lies where it was."""
    from ._video import find_frame_rate

    stem = _NETWORK.split(path.stem)[0]
    folders = [(path.parent, stem)]
    if path.parent.parent.name == "labeled-data":
        folders.append((path.parent.parent.parent / "videos", path.parent.name))
    for folder, name in folders:
        for suffix in _VIDEO_SUFFIXES:
            video = folder / f"{name}{suffix}"
            if video.is_file():
                with suppress(FormatError, OSError):
                    return find_frame_rate(video)
    return 0.0


def _make_poses(table: _Table, clock: Clock, edges: Sequence[tuple[str, str]]) -> Iterator[Pose]:
    """Yield the pose of each animal."""
    animals = list(dict.fromkeys(column[1] for column in table.columns))
    at = {column[1:]: i for i, column in enumerate(table.columns)}
    is_tracked = any(column[-1] == "likelihood" for column in table.columns)
    for number, animal in enumerate(animals, start=1):
        names = tuple(dict.fromkeys(c[2] for c in table.columns if c[1] == animal))
        axes = [_column(table, at, animal, names, axis) for axis in ("x", "y")]
        places = np.stack(axes, axis=2).astype(np.float32)
        likelihood = _column(table, at, animal, names, "likelihood") if is_tracked else None
        yield Pose(
            names,
            places,
            None if likelihood is None else likelihood.astype(np.float32),
            clock,
            tuple((names.index(a), names.index(b)) for a, b in edges if {a, b} <= set(names)),
            number if len(animals) > 1 else 0,
            "DeepLabCut",
        )


def _column(
    table: _Table, at: Mapping[tuple[str, ...], int], animal: str, names: Sequence[str], axis: str
) -> NDArray[np.float64]:
    """Return one coordinate of all keypoints of an animal, shape (n_frames, n_keypoints)."""
    missing = np.full(len(table.frames), np.nan)
    found = [at.get((animal, name, axis)) for name in names]
    return np.stack([missing if i is None else table.values[:, i] for i in found], axis=1)


def _read_settings(path: Path) -> dict[str, Any]:
    """Return the settings of a project; nothing for what is no plain YAML."""
    import yaml

    with suppress(yaml.YAMLError, OSError, UnicodeDecodeError):
        about = yaml.safe_load(path.read_text("utf-8"))
        return about if isinstance(about, dict) else {}
    return {}


def _read_edges(about: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return which keypoints the project joins."""
    pairs = about.get("skeleton") or []
    return [(str(p[0]), str(p[1])) for p in pairs if isinstance(p, list) and len(p) == 2]


def _identifiers(
    table: _Table, about: Mapping[str, Any], files: Sequence[PurePosixPath]
) -> Iterator[Identifier]:
    """Yield the scorer, the project and its place, and animals that have names."""
    scorers = dict.fromkeys(column[0] for column in table.columns)
    # A network's name has the project's in it, and the day on which it was trained.
    people = [scorer for scorer in scorers if not _NETWORK.search(scorer)]
    named = [m[1] for p in files if (m := re.match(r"CollectedData_(.+)$", p.stem))]
    fields = [("operator", "scorer", name) for name in dict.fromkeys([*people, *named])]
    fields += [("operator", "scorer", about.get("scorer")),
               ("text", "date", about.get("date"))]  # fmt: skip
    places = [about.get("project_path"), *(about.get("video_sets") or {})]
    fields += [("path", "place", name) for name in places if re.search(r"[\\/]", str(name))]
    animals = dict.fromkeys(column[1] for column in table.columns)
    fields += [("id", "animal", name) for name in animals if not _COUNTED.fullmatch(name)]
    yield from find_identifiers("DeepLabCut table", ((k, n, str(v or "")) for k, n, v in fields))
