"""Write Neurodata Without Borders (NWB): the one way in which all formats of neurodata do it.

PyNWB makes the structure of the file, so that it is what the standard says; the big arrays are then
filled block by block (`formats._chunks`). A format gives a function that adds its own parts::

    def build(draft: NwbDraft) -> None:
        device = draft.file.create_device("microscope", description="Two-photon microscope.")
        frames = draft.stream((n_frames, height, width), "<i2", lambda: read_frames(path))
        draft.file.add_acquisition(
            TwoPhotonSeries(name="TwoPhotonSeries", data=frames, unit="n.a.", rate=30.0, ...)
        )
        draft.add_events()

    write_nwb(folder / f"{stem}.nwb", header, build)

- ``draft.file`` is a ``pynwb.NWBFile`` that has its session, times and subject already, from the
  released header. Small arrays go into PyNWB's objects as they are.
- ``draft.stream(shape, dtype, blocks)`` stands in for a big array wherever PyNWB takes ``data=``.
  `blocks` is a function, called when the structure is on disk, that yields arrays of shape
  ``(n_block, ...)``, time first, whose lengths add up to ``shape[0]``. Give counts as they were
  recorded, with ``conversion`` and ``offset`` in the PyNWB object. `blocks` may be called twice.
- All text comes from the released header, or is a sentence of ours: nothing from the raw file.
- The same header and samples give the same bytes: ids derive from them, and no clock is read.
"""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import numpy as np

from fascicle.core import Header, Modality, Subject

from ._chunks import COMPRESSION, Compression, Filters, choose_chunks, choose_filters, write_blocks
from ._nwb_terms import add_terms

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

Blocks = Callable[[], Iterable["NDArray[Any]"]]
"""Yields the blocks of a big array, from its beginning, whenever it is called."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Start of a session whose day may not be told, or that nobody knows: NWB demands one."""

_NAMESPACE = UUID("7f1f6f0e-2d0a-5c7b-9a55-0d1c3c1c7d11")
_SESSION = re.compile(r"_ses-([A-Za-z0-9]+)")
DESCRIPTIONS = {
    Modality.ECEPHYS: "Extracellular electrophysiology.",
    Modality.ICEPHYS: "Intracellular electrophysiology.",
    Modality.OPHYS: "Optical physiology.",
    Modality.BEH: "Behaviour.",
}
"""What the session of each modality is called: the reader knows it by that."""

_DAYS_PER_YEAR = 365.25


class NwbDraft:
    """A file to be: its structure in PyNWB's objects, its big arrays as promises.

    Attributes
    ----------
    file : pynwb.NWBFile
        With session, times and subject from the header.
    header : Header
        What may leave.
    """

    def __init__(
        self, header: Header, stem: str, *, compression: Compression | None = None
    ) -> None:
        self.header = header
        self.file: Any = _make_file(header, stem)
        self._filters: Filters = choose_filters(compression or COMPRESSION.get())
        self._streams: list[tuple[Any, Blocks]] = []

    def stream(
        self,
        shape: tuple[int, ...],
        dtype: DTypeLike,
        blocks: Blocks,
        *,
        chunks: tuple[int, ...] | None = None,
    ) -> Any:  # noqa: ANN401 - hdmf's H5DataIO
        """Return what stands in for a big array, as ``data=`` of one of PyNWB's objects.

        Parameters
        ----------
        shape : tuple of int
            Time first.
        dtype : dtype
            Stored little-endian.
        blocks : callable
            Yields arrays of shape ``(n_block, *shape[1:])`` in order; what it opens, it closes.
        chunks : tuple of int, optional
            Shape of a chunk; about 2 MB where it is not given.
        """
        from hdmf.backends.hdf5 import H5DataIO

        little = np.dtype(dtype).newbyteorder("<")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that not everybody reads zstd: who asks for it knows
            placeholder = H5DataIO(
                shape=shape,
                dtype=little,
                chunks=chunks or choose_chunks(shape, little.itemsize),
                compression=self._filters.compression,
                compression_opts=self._filters.options,
                shuffle=self._filters.shuffle,
                allow_plugin_filters=True,
            )
        self._streams.append((placeholder, blocks))
        return placeholder

    def add_events(self, name: str = "events", source: str = "Acquisition system") -> None:
        """Add the header's events as a table, if there are any."""
        from pynwb.event import EventsTable

        events = self.header.events
        if not events:
            return
        table = EventsTable(
            name=name,
            description="Markers and digital lines, by the time of their onset.",
            source_description=source,
        )
        table.add_column("value", "Trigger code; -1 where the marker has none.")
        for event in events:
            table.add_event(
                timestamp=float(event.onset_s),
                duration=float(event.duration_s),
                annotation=event.label,
                value=-1 if event.value is None else int(event.value),
            )
        self.file.add_events_table(table)

    def write(self, path: Path) -> None:
        """Write the file; one that cannot be finished is taken away."""
        self._name_by_content(path.stem)
        path.unlink(missing_ok=True)
        try:
            self._fill(path)
        except BaseException:
            path.unlink(missing_ok=True)  # half a file would look like a whole one
            raise

    def _fill(self, path: Path) -> None:
        """Write the structure, then the big arrays."""
        import h5py
        from pynwb import NWBHDF5IO

        with warnings.catch_warnings(), h5py.File(path, "w", libver="earliest") as file:
            warnings.simplefilter("ignore")  # advice to authors of files, which tests look for
            io = NWBHDF5IO(file=file, mode="w")
            io.write(self.file, cache_spec=False)
            _cache_specifications(file, io.manager.namespace_catalog)
            for placeholder, blocks in self._streams:
                write_blocks(placeholder.dataset, blocks())
            add_terms(file, self.header.terms)

    def _name_by_content(self, stem: str) -> None:
        """Give the file and everything in it ids that derive from what they hold."""
        digest = hashlib.sha256(f"{stem}\n{self.header!r}".encode())
        for placeholder, blocks in self._streams:
            first = next(iter(blocks()), np.zeros(0))
            digest.update(repr((placeholder.shape, str(placeholder.dtype))).encode())
            digest.update(np.ascontiguousarray(first).tobytes())
        children = sorted(((_place(child), child) for child in _descendants(self.file)), key=_first)
        for place, child in children:
            digest.update(place.encode())
            for value in getattr(child, "fields", {}).values():
                if isinstance(value, np.ndarray | list | tuple | str | int | float):
                    digest.update(_as_bytes(value))
        seed = uuid5(_NAMESPACE, digest.hexdigest())
        seen: dict[str, int] = {}
        for place, child in children:
            seen[place] = seen.get(place, 0) + 1
            own = str(uuid5(seed, f"{place}#{seen[place]}"))
            # hdmf draws a random id for every object and has no way to be given another one.
            setattr(child, "_AbstractContainer__object_id", own)  # noqa: B010 - a mangled name
        # Where it stands in the dataset, and what no other file has.
        self.file.fields["identifier"] = f"{stem}_{seed}"


def write_nwb(
    path: Path,
    header: Header,
    build: Callable[[NwbDraft], None],
    *,
    compression: Compression | None = None,
) -> None:
    """Write an NWB file: session and subject from the header, the rest by `build`.

    Parameters
    ----------
    path : Path
        ``folder/stem.nwb``; the stem is a BIDS name. A file that is there is replaced.
    header : Header
        What may leave; every text in the file comes from it.
    build : callable
        Adds devices, series and tables to the draft that it is given.
    compression : str or None
        ``"gzip"`` (behind shuffle), which every reader opens; ``"zstd"`` (behind bit shuffle) is
        smaller and read faster, but only with HDF5's plug-ins installed. None takes what
        `write_recording` was told.

    Raises
    ------
    FormatError
        FSC263 if blocks do not fill their array.

    Examples
    --------
    >>> import tempfile
    >>> from pynwb import TimeSeries
    >>> header = Header(Modality.BEH, subject=Subject(code="001", species="Mus musculus"))
    >>> def build(draft):
    ...     data = draft.stream((1009, 2), "<i2", lambda: [np.ones((1009, 2), "<i2")])
    ...     draft.file.add_acquisition(
    ...         TimeSeries(name="wheel", data=data, unit="n.a.", rate=30.0)
    ...     )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_nwb(Path(folder) / "sub-001_beh.nwb", header, build)
    """
    draft = NwbDraft(header, path.stem, compression=compression)
    build(draft)
    draft.write(path)


def format_age(age_years: float) -> str:
    """Return an age as an ISO 8601 duration; a part of a year in days.

    Examples
    --------
    >>> format_age(34.0), format_age(0.25)
    ('P34Y', 'P91D')
    """
    if age_years == int(age_years) and age_years > 0:
        return f"P{int(age_years)}Y"
    return f"P{round(age_years * _DAYS_PER_YEAR)}D"


def parse_age(text: str) -> float | None:
    """Return an ISO 8601 duration in years; None for one that says none.

    Examples
    --------
    >>> parse_age("P34Y"), parse_age("P21D/P28D"), parse_age("adult")
    (34.0, 0.057494866529774126, None)
    """
    match = re.match(r"P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+(?:\.\d+)?)D)?", text)
    if match is None or not any(match.groups()):
        return None
    years, months, weeks, days = (float(part or 0) for part in match.groups())
    return years + months / 12 + (7 * weeks + days) / _DAYS_PER_YEAR


def _make_file(header: Header, stem: str) -> Any:  # noqa: ANN401 - a pynwb.NWBFile
    """Return the file with what is said about session and subject."""
    from pynwb import NWBFile

    started = header.measured_at or EPOCH
    session = _SESSION.search(stem)
    return NWBFile(
        session_description=DESCRIPTIONS.get(header.modality, "Recording."),
        identifier="none yet",
        session_start_time=started,
        timestamps_reference_time=started,
        file_create_date=started,
        session_id=session[1] if session else None,
        subject=_make_subject(header.subject),
    )


def _make_subject(subject: Subject) -> Any:  # noqa: ANN401 - a pynwb Subject
    from pynwb.file import Subject as NwbSubject

    species = subject.species.strip()
    return NwbSubject(
        subject_id=subject.code or "n/a",
        age=None if subject.age_years is None else format_age(subject.age_years),
        sex=subject.sex or "U",
        species=species[:1].upper() + species[1:] or None,
    )


def _descendants(container: Any) -> Iterator[Any]:  # noqa: ANN401 - hdmf containers
    """Yield a container and everything below it, each once."""
    pending, seen = [container], {id(container)}
    while pending:
        node = pending.pop()
        yield node
        for child in node.children:
            if id(child) not in seen:
                seen.add(id(child))
                pending.append(child)


def _place(container: Any) -> str:  # noqa: ANN401
    """Return the names from the file down to a container."""
    names = []
    while container is not None:
        names.append(f"{type(container).__name__}:{container.name}")
        container = container.parent
    return "/".join(reversed(names))


def _first(pair: tuple[str, Any]) -> str:
    return pair[0]


def _as_bytes(value: Any) -> bytes:  # noqa: ANN401
    """Return bytes that tell a value from others; of a list of objects nothing."""
    if isinstance(value, list | tuple) and value and hasattr(value[0], "object_id"):
        return b""  # columns of a table: each of them is told by itself
    array = np.asarray(value)
    if array.dtype.kind in "US":
        return repr(array.tolist()).encode()
    return b"" if array.dtype.kind == "O" else array.tobytes()


def _cache_specifications(file: Any, catalog: Any) -> None:  # noqa: ANN401 - h5py, hdmf
    """Store the schema in the file, as NWB recommends, packed: it is half a megabyte of text."""
    from hdmf.backends.hdf5.h5_utils import H5SpecWriter
    from hdmf.backends.utils import NamespaceToBuilderHelper

    class Writer(H5SpecWriter):  # type: ignore[misc]  # hdmf has no types
        def __init__(self, group: Any) -> None:  # noqa: ANN401
            super().__init__(group=group)
            self._place = group

        def write_spec(self, spec: Any, path: str) -> None:  # noqa: ANN401
            text = np.array([json.dumps(spec, separators=(",", ":")).encode()])
            self._place.create_dataset(path, data=text, chunks=(1,), compression="gzip")

        def write_namespace(self, namespace: Any, path: str) -> None:  # noqa: ANN401
            self.write_spec({"namespaces": [namespace]}, path)

    used = _namespaces_of(file)
    specifications = file.require_group("specifications")
    file.attrs[".specloc"] = specifications.ref
    for name in sorted(used & set(catalog.namespaces)):
        version = catalog.get_namespace(name).version
        group = specifications.create_group(f"{name}/{version}")
        NamespaceToBuilderHelper.convert_namespace(catalog, name).export(
            "namespace", writer=Writer(group)
        )


def _namespaces_of(file: Any) -> set[str]:  # noqa: ANN401 - h5py
    """Return the namespaces of the types in a file.

    The catalogue knows every extension that this process ever loaded; what is stored must not
    depend on that.
    """
    used = {"core", "hdmf-common", "hdmf-experimental"}

    def look(_: str, node: Any) -> None:  # noqa: ANN401
        used.add(str(node.attrs.get("namespace", "core")))

    file.visititems(look)
    return used
