"""Results of Kilosort and Phy: params.py with NumPy files and tables beside it.

``params.py`` is a program. It is never run: only lines that give a name a plain value are read.
"""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import DeviceClock, FileHead, Header, Identifier
from fascicle.errors import FormatError

from ._npy import read_npy
from ._spikeglx import clock_of_counts
from ._units import LABELS, Sites, SortedUnits, UnitsFormat, bad_units, split_spikes
from ._vendor import find_identifiers, foreign_reader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fascicle.core import Source

_WORDS = (b"dat_path", b"n_channels_dat", b"sample_rate")
_ARRAYS = frozenset({
    "spike_times.npy", "spike_clusters.npy", "spike_templates.npy", "spike_positions.npy",
    "spike_detection_templates.npy", "templates.npy", "templates_ind.npy", "template_ind.npy",
    "template_features.npy", "template_feature_ind.npy", "template_feature_spike_ids.npy",
    "channel_map.npy", "channel_positions.npy", "channel_shanks.npy", "amplitudes.npy",
    "pc_features.npy", "pc_feature_ind.npy", "pc_feature_spike_ids.npy", "similar_templates.npy",
    "whitening_mat.npy", "whitening_mat_inv.npy", "whitening_mat_dat.npy", "kept_spikes.npy",
    "ops.npy", "full_st.npy", "full_clu.npy", "full_amp.npy",
})  # fmt: skip
_TABLES = ("cluster_group.tsv", "cluster_KSLabel.tsv", "cluster_info.tsv", "cluster_groups.csv")
_LABEL_COLUMNS = ("group", "kslabel", "label", "quality")
_MAX_TEXT = 1 << 16
_MAX_TABLE = 1 << 24
_MAX_TEMPLATES = 1 << 30
"""Bytes of the templates of all units; more are left out."""


class KilosortPhy(UnitsFormat):
    """Kilosort and Phy (params.py)."""

    name = "phy"
    title = "Kilosort and Phy (params.py)"

    def recognises(self, head: FileHead) -> bool:
        """Look for the names that Phy's params.py gives a value."""
        if head.is_folder or head.path.suffix.casefold() != ".py":
            return False
        return all(word in head.head for word in _WORDS)

    def confirms(self, head: FileHead, root: Path) -> bool:
        """Look for spikes beside it."""
        return (root / head.path).with_name("spike_times.npy").is_file()

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the NumPy files and tables of the folder that sorters write."""
        return tuple(
            path
            for path in siblings
            if path.name in _ARRAYS
            or (path.name.startswith("cluster_") and path.suffix in {".tsv", ".csv"})
        )

    def read_header(self, root: Path, source: Source) -> Header:
        """Read how many units and spikes there are, and in whose samples they are counted."""
        header = super().read_header(root, source)
        with foreign_reader(self.title, self.requires):
            return replace(header, clocks=tuple(_clocks(read_params(root / source.primary))))

    def open_units(self, root: Path, files: tuple[PurePosixPath, ...]) -> SortedUnits:
        """Read spikes, labels, contacts and templates."""
        folder = root / files[0].parent
        said = read_params(root / files[0])
        rate_hz = said.get("sample_rate")
        if not isinstance(rate_hz, int | float) or isinstance(rate_hz, bool):
            raise bad_units("a sampling rate")
        samples = _flat(folder, "spike_times.npy")
        clusters = _flat(folder, "spike_clusters.npy", "spike_templates.npy")
        if samples is None or clusters is None:
            raise bad_units("spike_times.npy and spike_clusters.npy")
        numbers, times_s = split_spikes(samples, clusters, float(rate_hz))
        labels = _labels(folder)
        sites = _sites(folder)
        waveforms, peaks = _waveforms(folder, clusters, numbers, sites)
        return SortedUnits(
            float(rate_hz),
            numbers,
            times_s,
            tuple(labels.get(number, "unsorted") for number in numbers),
            sites,
            peaks,
            waveforms,
            tuple(_identifiers(said)),
            n_early=len(samples) - sum(map(len, times_s)),
        )


def read_params(path: Path) -> dict[str, Any]:
    """Read the plain values of a params.py without running it.

    Parameters
    ----------
    path : Path
        A program; of its lines only ``name = value`` with numbers, texts or lists of them count.

    Returns
    -------
    dict
        Values by their names.

    Raises
    ------
    FormatError
        FSC276 if the text is none of Python, or far too long.
    """
    with path.open("rb") as stream:
        data = stream.read(_MAX_TEXT + 1)
    try:
        if len(data) > _MAX_TEXT:
            raise ValueError("too long")
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FormatError(
            "FSC276",
            f"Expected lines of the form name = value in params.py, got others "
            f"({type(error).__name__}).",
            "Write it again with Phy or Kilosort, or correct it by hand.",
        ) from error
    values: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                try:
                    values[target.id] = ast.literal_eval(node.value)
                except (ValueError, TypeError, RecursionError, MemoryError):
                    continue  # not a plain value: it would have to be run
    return values


def _flat(folder: Path, *names: str) -> NDArray[Any] | None:
    """Return the first array of these that is there, without axes of length one."""
    for name in names:
        if (folder / name).is_file():
            array: NDArray[Any] = np.asarray(read_npy(folder / name))
            if array.dtype.kind not in "iuf":
                raise bad_units("numbers")
            return array.reshape(-1)
    return None


def _table(folder: Path, name: str) -> NDArray[Any] | None:
    """Return an array of numbers, mapped; None if it is not there."""
    if not (folder / name).is_file():
        return None
    array: NDArray[Any] = read_npy(folder / name, mapped=True)
    return array if array.dtype.kind in "iuf" else None


def _labels(folder: Path) -> dict[int, str]:
    """Return the label of each unit: what a person said, else what the sorter did."""
    labels: dict[int, str] = {}
    for name in _TABLES:
        path = folder / name
        if not path.is_file() or path.stat().st_size > _MAX_TABLE:
            continue
        text = path.read_text("utf-8", errors="replace")
        rows = csv.DictReader(text.splitlines(), delimiter="," if "\t" not in text else "\t")
        for row in rows:
            for number, label in _read_row(row):
                labels.setdefault(number, label)
    return labels


def _read_row(row: Mapping[str | Any, str | Any]) -> Iterator[tuple[int, str]]:
    """Yield the unit of a row and its label, if it has both."""
    folded = {str(key).casefold(): str(value).strip() for key, value in row.items()}
    number = folded.get("cluster_id", folded.get("id", ""))
    label = next((folded[name] for name in _LABEL_COLUMNS if folded.get(name)), "").casefold()
    if number.isdecimal() and label in LABELS:
        yield int(number), label


def _sites(folder: Path) -> Sites | None:
    """Return the contacts that the sorter used."""
    positions = _table(folder, "channel_positions.npy")
    if positions is None or positions.ndim != 2 or positions.shape[1] != 2:
        return None
    shanks = _flat(folder, "channel_shanks.npy")
    n_sites = len(positions)
    if shanks is None or len(shanks) != n_sites or not np.isfinite(shanks).all():
        shanks = np.zeros(n_sites, int)
    x_um, y_um = np.asarray(positions, np.float64).T
    return Sites(x_um, y_um, tuple(int(shank) for shank in shanks))


def _waveforms(
    folder: Path, clusters: NDArray[Any], numbers: tuple[int, ...], sites: Sites | None
) -> tuple[NDArray[np.float32] | None, tuple[int, ...]]:
    """Return the mean of each unit's templates, and the contact on which it is largest."""
    templates = _table(folder, "templates.npy")
    used = _flat(folder, "spike_templates.npy")
    n_sites = 0 if sites is None else len(sites.x_um)
    if templates is None or used is None or templates.ndim != 3 or used.shape != clusters.shape:
        return None, ()
    places = _table(folder, "templates_ind.npy")
    places = _table(folder, "template_ind.npy") if places is None else places
    n_all = n_sites or templates.shape[2]
    n_bytes = 4 * len(numbers) * templates.shape[1] * n_all
    is_known = not used.size or (int(used.min()) >= 0 and int(used.max()) < len(templates))
    if n_bytes > _MAX_TEMPLATES or not is_known:
        return None, ()
    means = np.zeros((len(numbers), templates.shape[1], n_all), np.float32)
    # How often each unit has each template, counted over all spikes at once.
    own = np.isin(clusters, numbers)
    units = np.searchsorted(numbers, clusters[own])
    pairs, counts = np.unique(units * len(templates) + used[own].astype(np.int64),
                              return_counts=True)  # fmt: skip
    n_spikes = np.bincount(units, minlength=len(numbers))
    for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
        unit, template = divmod(pair, len(templates))
        columns = _columns(places, template, templates.shape[2], n_all)
        kept = (columns >= 0) & (columns < n_all)
        means[unit][:, columns[kept]] += templates[template][:, kept] * (count / n_spikes[unit])
    spread = means.max(axis=1) - means.min(axis=1)  # (n_units, n_sites)
    peaks = tuple(
        int(i) if row[i] > 0 else -1 for row, i in zip(spread, spread.argmax(1), strict=True)
    )
    return means, peaks if n_sites else ()


def _columns(
    places: NDArray[Any] | None, template: int, n_stored: int, n_all: int
) -> NDArray[np.int64]:
    """Return the contact of each stored column of a template; -1 where there is none."""
    if places is None or places.shape[:1] <= (template,) or places.shape[1] != n_stored:
        columns = np.arange(n_stored)
        return np.where(columns < n_all, columns, -1)
    return np.asarray(places[template]).astype(np.int64)


def _clocks(said: Mapping[str, Any]) -> Iterator[DeviceClock]:
    """Yield the file of counts that was sorted, if it has a name that no other run's has."""
    value = said.get("dat_path", ())
    paths = [value] if isinstance(value, str) else [v for v in value if isinstance(v, str)]
    if len(paths) == 1:  # of several files that were sorted as one, the first alone begins at 0
        name = re.sub(r"\.c?bin$", "", PureWindowsPath(paths[0]).name)
        if re.search(r"_t\d+\.(?:imec|obx)\d*(?:\.ap|\.obx)?$", name):
            yield clock_of_counts(name, 0.0)


def _identifiers(said: Mapping[str, Any]) -> Iterator[Identifier]:
    """Yield where the raw recording lies: its path names people and days."""
    fields: list[tuple[str, str, object]] = []
    for name in ("dat_path", "dir_path", "features_path"):
        value = said.get(name, ())
        fields += [("path", name, v) for v in ([value] if isinstance(value, str) else value)
                   if isinstance(v, str)]  # fmt: skip
    yield from find_identifiers("params.py", fields)
