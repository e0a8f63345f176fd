"""A lab's own NWB file written anew: every number as it is, no word but known ones.

Session, subject and events come from the released header. Everything else is copied object by
object: numbers block by block, names and texts through `_nwb_words`, addresses and links to where
their objects now stand. Objects of extensions stay behind: nobody here knows what they mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import numpy as np

from fascicle.core import Header

from ._chunks import choose_chunks, choose_filters, write_blocks
from ._ecephys import OpenedProbe
from ._nwb_open import NAMESPACES, is_outside, natural, open_hdf5, open_nwb, type_of
from ._nwb_terms import add_terms
from ._nwb_words import (
    IMAGE_FORMATS,
    NEUTRAL,
    is_known_column,
    is_known_name,
    release_attribute,
    release_levels,
    schema_names,
)
from ._nwb_write import NwbDraft
from ._telling_numbers import tells_of_somebody

_ROOTS = (
    "acquisition", "processing", "stimulus/presentation", "stimulus/templates", "intervals",
    "units", "general/devices", "general/extracellular_ephys", "general/intracellular_ephys",
    "general/optophysiology", "general/optogenetics",
)  # fmt: skip
"""Where everything stands that is no text about session and subject."""

_FEW = 1 << 16
"""Values of a dataset that is copied in one piece."""

_OWN_ATTRIBUTES = frozenset({"neurodata_type", "namespace", "object_id"})
"""Attributes of every object, which the schema takes for granted."""

_NAME_COLUMNS = frozenset({"channel_name", "channel_names", "electrode_name", "label"})


@dataclass(slots=True)
class _Copy:
    """One file on its way into another.

    Attributes
    ----------
    source, target : h5py.File
        From and to.
    names : mapping of str to str
        Channels as they were called, and as they are.
    places : frozenset of str
        Regions of the brain that may be named.
    seed : UUID
        What the ids of objects derive from.
    moved : dict of int to str
        Where each object stands now, by its address in the source.
    renamed : dict of str to str
        The same by its path in the source.
    later : list of tuple
        Attributes, columns and links that point to objects: set when all of them stand.
    """

    source: Any
    target: Any
    names: Mapping[str, str]
    places: frozenset[str]
    seed: UUID
    moved: dict[int, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    later: list[tuple[Any, str, Any]] = field(default_factory=list)

    def note(self, node: Any, place: str) -> None:  # noqa: ANN401 - h5py
        """Note where an object of the source stands now."""
        self.moved[_address(node)] = place
        self.renamed[node.name] = place


def rewrite_nwb(source: Path, header: Header, path: Path) -> None:
    """Write a lab's NWB file anew with nothing but what `header` says, and its numbers."""
    # Terms come last: most of the words that they are of are copied.
    draft = NwbDraft(replace(header, terms=()), path.stem)
    draft.add_events()
    draft.write(path)
    import h5py

    with open_hdf5(source) as old, h5py.File(path, "r+") as new:
        copy = _Copy(
            old,
            new,
            _names(open_nwb(source), header),
            frozenset(_as_list(header.metadata.get("BrainRegion"))),
            UUID(_text(new["identifier"][()]).rpartition("_")[2]),
        )
        for root in _ROOTS:
            if root in old:
                _copy_root(copy, root)
        for holder, key, value in copy.later:
            _point(copy, holder, key, value)
        _tell_channels(copy, open_nwb(source), header)
        add_terms(new, header.terms)


def _names(opened: OpenedProbe, header: Header) -> dict[str, str]:
    """Return the released name of every channel."""
    pairs = zip(opened.header.channels, header.channels, strict=True)
    return {old.name: new.name for old, new in pairs}


def _copy_root(copy: _Copy, root: str) -> None:
    """Copy a group that every file has, or may have, under its own name."""
    node = copy.source[root]
    group = copy.target.require_group(root)
    copy.note(node, group.name)
    _copy_attributes(copy, node, group)
    _copy_children(copy, node, group)


def _copy_children(copy: _Copy, node: Any, group: Any) -> None:  # noqa: ANN401 - h5py
    """Copy what is in a group, under names that may leave."""
    import h5py

    columns = _columns(node)
    names = _without_telling(node, columns, _new_names(node, columns))
    for old, new in names.items():
        link = node.get(old, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            continue
        if isinstance(link, h5py.SoftLink):
            if old in node:
                copy.later.append((group, new, _address(node[old])))
            continue
        child = node[old]
        if _address(child) in copy.moved:
            copy.later.append((group, new, _address(child)))
        elif _is_known_type(child) and not is_outside(child):
            place = f"{group.name.rstrip('/')}/{new}"
            copy.note(child, place)
            if isinstance(child, h5py.Dataset):
                _copy_dataset(copy, child, group, new)
            else:
                own = group.require_group(new)
                _copy_attributes(copy, child, own)
                _copy_children(copy, child, own)
    for attribute in ("colnames", "categories"):
        if attribute in node.attrs:
            listed = [_text(name) for name in node.attrs[attribute]]
            kept = [
                names[n] for n in listed if n in names and n in node and _is_known_type(node[n])
            ]
            group.attrs[attribute] = np.array(kept, dtype=h5py.string_dtype())


def _without_telling(
    node: Any,  # noqa: ANN401 - h5py
    columns: Sequence[str],
    names: Mapping[str, str],
) -> dict[str, str]:
    """Return names without the columns of a lab's own whose numbers may be somebody's."""
    telling = {
        f"{column}{ending}"
        for column in columns
        if not is_known_column(column) and _tells(node.get(column))
        for ending in ("", "_index", "_index_index")
    }
    return {old: new for old, new in names.items() if old not in telling}


def _tells(node: Any) -> bool:  # noqa: ANN401 - h5py
    """Tell whether the numbers of a column, whose name is a lab's own, may be somebody's.

    Of a long column its beginning tells: what points to somebody does so in every row.
    """
    if getattr(node, "dtype", None) is None or node.dtype.kind not in "iuf" or not node.shape:
        return False
    return tells_of_somebody(np.asarray(node[:_FEW]))


def _is_known_type(node: Any) -> bool:  # noqa: ANN401
    """Tell whether an object is of the standard, or a part of one that is."""
    is_standard = _text(node.attrs.get("namespace", "core")) in NAMESPACES
    return is_standard and (not type_of(node) or type_of(node) in schema_names())


def _columns(node: Any) -> list[str]:  # noqa: ANN401
    """Return the columns of a table; none for what is no table."""
    return [_text(name) for name in node.attrs.get("colnames", [])]


def _new_names(node: Any, columns: Sequence[str]) -> dict[str, str]:  # noqa: ANN401
    """Return the name under which each child of a group may leave, in an order that stays."""
    names: dict[str, str] = {}
    by_type: dict[str, list[str]] = {}
    taken = 0
    own_columns = {*columns, *(f"{column}_index" for column in columns)}
    for name in sorted(node, key=natural):
        if name in own_columns:
            continue
        child = node.get(name)
        by_type.setdefault(type_of(child) if child is not None else "", []).append(name)
    for column in columns:
        known = is_known_column(column)
        taken += not known
        names[column] = column if known else f"column_{taken}"
        index = f"{column}_index"
        while index in node:
            names[index] = names[column] + index[len(column) :]
            index += "_index"
    for type_name, group in by_type.items():
        left = [name for name in group if name not in names]
        keeps = all(is_known_name(name, type_name) for name in left)
        for number, name in enumerate(left, start=1):
            names[name] = name if keeps else f"{type_name or 'Object'}{number:02d}"
    return names


def _copy_attributes(copy: _Copy, node: Any, target: Any) -> None:  # noqa: ANN401
    """Copy numbers, addresses and known words; give an id that derives from the place."""
    import h5py

    for name, value in sorted(node.attrs.items(), key=_first):
        if name not in schema_names() and name not in _OWN_ATTRIBUTES:
            continue  # the name itself may be somebody's
        if name == "object_id":
            target.attrs[name] = str(uuid5(copy.seed, target.name))
        elif isinstance(value, h5py.Reference):
            if value:
                copy.later.append((target.attrs, name, _address(copy.source[value])))
        elif name in {"colnames", "categories", ".specloc", "comments", "serial_number"}:
            continue
        elif np.asarray(value).dtype.kind in "iufb":
            target.attrs[name] = value
        elif np.asarray(value).ndim == 0:
            released = _attribute(copy, name, _text(value))
            if released is not None:
                target.attrs[name] = released


def _attribute(copy: _Copy, name: str, value: str) -> str | None:
    """Return a text attribute as it may leave."""
    if name == "location" and value in copy.places:
        return value
    return release_attribute(name, value)


def _copy_dataset(copy: _Copy, node: Any, group: Any, name: str) -> None:  # noqa: ANN401
    """Copy a dataset: numbers as they are, texts as they may leave, addresses later."""
    import h5py

    if node.shape is None or not _is_plain(node.dtype):
        return
    if _holds_addresses(node.dtype):
        if node.size <= _FEW:
            copy.later.append((group, name, node))
        return
    if h5py.check_string_dtype(node.dtype) is not None or node.dtype.kind in "OSU":
        values = [_text(value) for value in np.atleast_1d(node[()]).ravel()]
        told = np.array(_texts(copy, node, values), dtype=object).reshape(node.shape)
        data = group.create_dataset(name, data=told if node.shape else told.item(),
                                    dtype=h5py.string_dtype())  # fmt: skip
    elif node.size <= _FEW or node.ndim == 0:
        # Without the type's own words: an enumeration has names for its values.
        data = group.create_dataset(name, data=_without_words(node[()], node.dtype))
    else:
        data = _copy_samples(node, group, name)
    _copy_attributes(copy, node, data)


def _copy_samples(node: Any, group: Any, name: str) -> Any:  # noqa: ANN401
    """Copy a big array in blocks, packed anew."""
    filters = choose_filters("gzip")
    dtype = node.dtype if node.dtype.names else np.dtype(node.dtype.str).newbyteorder("<")
    chunks = choose_chunks(node.shape, dtype.itemsize)
    data = group.create_dataset(
        name, node.shape, dtype, chunks=chunks, compression=filters.compression,
        compression_opts=filters.options, shuffle=filters.shuffle,
    )  # fmt: skip
    write_blocks(data, _blocks(node, chunks[0]))
    return data


def _blocks(node: Any, n_block: int) -> Iterator[Any]:  # noqa: ANN401
    for start in range(0, node.shape[0], n_block):
        yield _without_words(node[start : start + n_block], node.dtype)


def _texts(copy: _Copy, node: Any, values: list[str]) -> list[str]:  # noqa: ANN401
    """Return the texts of a dataset as they may leave."""
    column = node.name.rpartition("/")[2]
    is_electrodes = "/extracellular_ephys/electrodes/" in node.name
    if is_electrodes and column in _NAME_COLUMNS:
        return [copy.names.get(value, f"CH{i}") for i, value in enumerate(values)]
    if column == "location":
        return [value if value in copy.places else NEUTRAL for value in values]
    if column == "group_name":
        groups = _new_names(copy.source["general/extracellular_ephys"], ())
        return [groups.get(value, NEUTRAL) for value in values]
    if column == "format":  # of an image series
        return [value if value in IMAGE_FORMATS else NEUTRAL for value in values]
    if type_of(node) in {"VectorData", "EnumData"} and type_of(node.parent):
        return release_levels(values)
    return [NEUTRAL] * len(values)


def _is_plain(dtype: np.dtype[Any]) -> bool:
    """Tell whether a type is texts, numbers, or a table of them whose columns the schema names."""
    if dtype.names:
        return all(name in schema_names() and _is_plain(dtype[name]) for name in dtype.names)
    return dtype.kind != "V"


def _without_words(values: Any, dtype: np.dtype[Any]) -> Any:  # noqa: ANN401
    """Return values as plain numbers, where their type names them; booleans stay."""
    import h5py

    if dtype.names is None and h5py.check_enum_dtype(dtype) is not None:
        return np.asarray(values).astype(np.dtype(dtype.str))
    return values


def _holds_addresses(dtype: np.dtype[Any]) -> bool:
    """Tell whether a type is, or has a column of, addresses of objects."""
    import h5py

    if dtype.names:
        return any(_holds_addresses(dtype[name]) for name in dtype.names)
    return h5py.check_ref_dtype(dtype) is not None


def _point(copy: _Copy, holder: Any, key: str, value: Any) -> None:  # noqa: ANN401
    """Set an attribute, a column or a link that points to an object."""
    import h5py

    if isinstance(value, int):
        place = copy.moved.get(value)
        if place is None or place not in copy.target:
            return
        if isinstance(holder, h5py.AttributeManager):
            holder[key] = copy.target[place].ref
        elif key not in holder:
            holder[key] = h5py.SoftLink(place)
        return
    data = value[()]
    moved = data.copy()
    columns = value.dtype.names or (None,)
    for column in columns:
        dtype = value.dtype if column is None else value.dtype[column]
        if h5py.check_ref_dtype(dtype) is None:
            continue
        old = np.atleast_1d(data if column is None else data[column])
        new = np.empty(old.shape, dtype=object)
        for i, reference in enumerate(old.ravel()):
            place = copy.moved.get(_address(copy.source[reference])) if reference else None
            new.ravel()[i] = copy.target[place].ref if place else h5py.Reference()
        if column is None:
            moved = new.reshape(data.shape)
        else:
            moved[column] = new.reshape(data[column].shape)
    target = holder.create_dataset(key, data=moved, dtype=value.dtype)
    _copy_attributes(copy, value, target)


def _tell_channels(copy: _Copy, opened: OpenedProbe, header: Header) -> None:
    """Write the names of inputs beside the brain where our own files have them."""
    first = 0
    for signal in opened.signals:
        names = [channel.name for channel in header.channels[first : first + len(signal.channels)]]
        first += len(names)
        if signal.is_neural:
            continue
        for old, new in copy.renamed.items():
            base = re.sub(r"Part\d+$", "", old.rpartition("/")[2])
            if base == signal.name and type_of(copy.target[new]) == "TimeSeries":
                copy.target[new].attrs["comments"] = json.dumps(names)


def _address(node: Any) -> int:  # noqa: ANN401
    """Return the address of an object in its file: the same by whichever way it was reached."""
    import h5py

    return int(h5py.h5o.get_info(node.id).addr)


def _first(pair: tuple[str, Any]) -> str:
    return pair[0]


def _as_list(value: Any) -> list[str]:  # noqa: ANN401
    """Return a word or words as a list."""
    return [value] if isinstance(value, str) else [str(item) for item in value or ()]


def _text(value: Any) -> str:  # noqa: ANN401
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
