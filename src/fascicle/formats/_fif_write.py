"""Write a FIF file anew: samples copied, numbers by a list of what may stay, no text but ours."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

import numpy as np

from fascicle.core import Event, Header

from ._channels import unique_labels
from ._fif_info import (
    B_ANNOTATIONS,
    B_BADS,
    B_CH_INFO,
    B_REF,
    B_SUBJECT,
    CH_INFO,
    CH_NAME,
    CH_NAME_LIST,
    COMMENT,
    ENDS,
    MEAS_DATE,
    NEXT_FILE,
    ONSETS,
    REF_NAME,
    REF_NUMBER,
    REF_ROLE,
    Part,
    contiguous_runs,
    julian_day,
)
from ._fif_points import DIG_POINT, may_write_point
from ._fif_tags import (
    B_MEAS,
    B_MEAS_INFO,
    BLOCK_ID,
    DATA_BUFFER,
    FIRST_SAMPLE,
    NO_ID,
    NO_TIME,
    T_CH_INFO,
    T_COORD_TRANS,
    T_ID,
    T_JULIAN,
    T_STRING,
    Node,
    Stored,
    Tag,
    TagWriter,
)

B_ISOTRAK, B_HPI_MEAS, B_HPI_RESULT, B_HPI_COIL = 107, 108, 109, 110
B_PROJ, B_PROJ_ITEM, B_COMPS, B_COMP, B_MATRIX = 313, 314, 370, 371, 357
B_HISTORY, B_RECORD, B_SSS, B_SSS_ST = 900, 901, 502, 504
COORD_TRANS, NAME, PROJ_NAMES = 222, 233, 3417
ROW_NAMES, COLUMN_NAMES = 3502, 3503

NUMBERS: dict[int, frozenset[int]] = {
    # Channels, rates, filters, line frequency, gantry angle, reference, KIT system.
    B_MEAS_INFO: frozenset({200, 201, 202, 219, 223, 235, 236, 282, 3567, 3612}),
    B_ISOTRAK: frozenset({3506}),
    B_HPI_RESULT: frozenset({240, 241, 242, 243, 244, 246, 247}),
    B_HPI_MEAS: frozenset({200, 201, 207, 208, 209, 216}),
    B_HPI_COIL: frozenset({226, 236, 245}),
    B_PROJ: frozenset({200}),
    B_PROJ_ITEM: frozenset({200, 3411, 3412, 3414, 3415, 3560, 3605}),
    B_COMPS: frozenset(),
    B_COMP: frozenset({3580, 3581, 3582}),
    B_MATRIX: frozenset({3504, 3505, 3581}),
    B_BADS: frozenset(),
    B_CH_INFO: frozenset({250, 251, 252, 253, 254, 255, 256, 257, 259, 260, 351}),
    B_HISTORY: frozenset(),
    B_RECORD: frozenset(),
    B_SSS: frozenset({243, 244, 263, 264, 265, 266, 267, 268, 269, 278}),
    B_SSS_ST: frozenset({264, 272, 279}),
}
"""Blocks that go over, and the tags of each whose numbers go over; nothing else does."""

KEPT_TRANSFORMS = frozenset({(1, 4), (4, 1), (1001, 1004), (1004, 4)})
"""Coordinate transforms between device, head and the CTF frames."""

_PROJECTION = re.compile(
    r"PCA-v\d+|Average EEG reference|"
    r"(ECG|EOG|EMG|Raw|SSP|BAD|proj)?-?(planar|axial|eeg|mag|grad|MEG|EEG)?-{1,3}[\d.-]+-PCA-\d+"
)
"""Names that programs give to projections."""

_PLAIN_CHANNEL = re.compile(r"(MEG|EEG|EOG|ECG|EMG|STI|MISC|BIO|CHPI|RESP|SYS) ?\d{1,4}")


@dataclass(frozen=True, slots=True)
class Link:
    """The file in which a recording goes on."""

    name: str
    number: int


def write_part(
    source: BinaryIO,
    part: Part,
    header: Header,
    target: BinaryIO,
    link: Link | None,
    *,
    is_first: bool,
) -> None:
    """Write one file of a recording."""
    writer = TagWriter(target)
    writer.start_block(B_MEAS)
    _write_info(writer, part, header)
    for history in part.scan.root.find(B_HISTORY):
        _write_block(writer, history, {}, header)
    if is_first and header.events:
        _write_annotations(writer, part, header)
    _write_samples(writer, source, part)
    writer.end_block(B_MEAS)
    if link is not None:
        writer.start_block(B_REF)
        writer.write_int(REF_ROLE, NEXT_FILE)
        writer.write_text(REF_NAME, link.name)
        writer.write_int(REF_NUMBER, link.number)
        writer.end_block(B_REF)
    writer.finish()


def _write_info(writer: TagWriter, part: Part, header: Header) -> None:
    """Write the measurement information."""
    names = [channel.name for channel in header.channels]
    short = unique_labels([_ascii(name) for name in names], 15)
    renamed = dict(zip(part.short_names(), short, strict=True))
    renamed |= dict(zip(part.names, short, strict=True))
    writer.start_block(B_MEAS_INFO)
    for tag in part.info.tags:
        if tag.kind == CH_INFO:
            continue
        _write_number(writer, part.info, tag, header)
    if header.measured_at is not None:
        writer.write_int(MEAS_DATE, *_stamp(header.measured_at))
    for record, name in zip(part.channels, short, strict=True):
        writer.write(CH_INFO, T_CH_INFO, record.tobytes()[:80] + name.encode().ljust(16, b"\0"))
    _write_extended(writer, part, header, short)
    _write_subject(writer, header)
    for child in part.info.children:
        if child.kind != B_CH_INFO:
            _write_block(writer, child, renamed, header)
    writer.end_block(B_MEAS_INFO)


def _ascii(name: str) -> str:
    """Return a name in the characters that a channel record can hold."""
    return name.encode("ascii", errors="replace").decode().strip() or "channel"


def _stamp(moment: datetime) -> tuple[int, int]:
    """Return seconds and microseconds since 1970."""
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    seconds = since.days * 86400 + since.seconds
    return max(-(2**31), min(2**31 - 1, seconds)), since.microseconds


def _write_number(writer: TagWriter, node: Node, tag: Tag, header: Header) -> None:
    """Write a tag if it may go over: numbers of the list, transforms, digitised points."""
    if tag.kind == COORD_TRANS and tag.type == T_COORD_TRANS and len(tag.data) == 104:
        if struct.unpack(">ii", tag.data[:8]) in KEPT_TRANSFORMS:
            writer.write(tag.kind, tag.type, tag.data)
    elif tag.kind == DIG_POINT:
        if may_write_point(tag, header.head_shape):
            writer.write(tag.kind, tag.type, tag.data)
    elif tag.kind in NUMBERS[node.kind] and tag.is_number:
        writer.write(tag.kind, tag.type, tag.data)


def _write_block(writer: TagWriter, node: Node, renamed: dict[str, str], header: Header) -> None:
    """Write a block and those in it that may go over."""
    if node.kind not in NUMBERS:
        return
    writer.start_block(node.kind)
    if node.kind == B_PROJ_ITEM:
        writer.write_text(NAME, _projection_name(node))
    if node.kind == B_RECORD:
        # MNE-Python moves the time and clears the machine of every step: it must find both.
        writer.write(BLOCK_ID, T_ID, NO_ID)
        writer.write_int(MEAS_DATE, *NO_TIME)
    for tag in node.tags:
        if tag.kind in {PROJ_NAMES, ROW_NAMES, COLUMN_NAMES} and tag.type == T_STRING:
            names = tag.text().split(":")
            writer.write_text(tag.kind, ":".join(_listed(names, renamed)))
        elif node.kind == B_BADS and tag.kind == CH_NAME_LIST:
            bads = [renamed[name] for name in tag.text().split(":") if name in renamed]
            writer.write_text(tag.kind, ":".join(bads))
        else:
            _write_number(writer, node, tag, header)
    for child in node.children:
        _write_block(writer, child, renamed, header)
    writer.end_block(node.kind)


def _projection_name(node: Node) -> str:
    """Return the name of a projection if a program gave it, else a neutral one."""
    name = node.text(COMMENT) or node.text(NAME)
    return name if _PROJECTION.fullmatch(name) else "projection"


def _listed(names: Sequence[str], renamed: dict[str, str]) -> list[str]:
    """Return names of channels as released; of channels that are not in the file, if plain."""
    return [
        renamed.get(name) or (name if _PLAIN_CHANNEL.fullmatch(name) else f"absent {i}")
        for i, name in enumerate(names)
    ]


def _write_extended(writer: TagWriter, part: Part, header: Header, short: Sequence[str]) -> None:
    """Write the extended channel records where names are long or the source has them."""
    names = [channel.name for channel in header.channels]
    extended: list[Node] = list(part.info.find(B_CH_INFO))
    if len(extended) != len(names):
        if names == list(short):
            return
        extended = [Node(B_CH_INFO) for _ in names]
    for node, name in zip(extended, names, strict=True):
        writer.start_block(B_CH_INFO)
        for tag in node.tags:
            _write_number(writer, node, tag, header)
        writer.write_text(CH_NAME, name)
        writer.end_block(B_CH_INFO)


def _write_subject(writer: TagWriter, header: Header) -> None:
    """Write what the header says about the participant; never a name."""
    subject = header.subject
    sex = {"M": 1, "F": 2}.get(subject.sex, 0)
    hand = {"R": 1, "L": 2, "A": 3}.get(subject.hand, 0)
    if not (subject.code or sex or hand or subject.birth):
        return
    writer.start_block(B_SUBJECT)
    if subject.code:
        writer.write_text(410, subject.code)
    if subject.birth:
        writer.write(404, T_JULIAN, struct.pack(">i", julian_day(subject.birth)))
    if sex:
        writer.write_int(405, sex)
    if hand:
        writer.write_int(406, hand)
    writer.end_block(B_SUBJECT)


def _write_annotations(writer: TagWriter, part: Part, header: Header) -> None:
    """Write the released events; stored onsets count from the measurement date."""
    events: list[Event] = sorted(header.events, key=lambda event: event.onset_s)
    first_s = part.first_sample / part.sfreq_hz
    onsets = np.array([event.onset_s for event in events]) + first_s
    durations = np.array([event.duration_s for event in events])
    words = [re.sub(r"[\x00-\x1f]+", " ", e.label).replace(":", "{COLON}") for e in events]
    writer.start_block(B_ANNOTATIONS)
    writer.write_double(ONSETS, onsets)
    writer.write_double(ENDS, onsets + durations)
    writer.write_text(COMMENT, ":".join(words))
    if header.measured_at is not None:
        writer.write_double(MEAS_DATE, np.array(_stamp(header.measured_at), float))
    writer.end_block(B_ANNOTATIONS)


def _write_samples(writer: TagWriter, source: BinaryIO, part: Part) -> None:
    """Copy buffers and skips."""
    raw = next(part.scan.root.find(part.scan.raw_kind))
    writer.start_block(raw.kind)
    first = raw.number(FIRST_SAMPLE)
    if first is not None:
        writer.write_int(FIRST_SAMPLE, int(first))
    for run in contiguous_runs(part.scan.stored):
        if all(tag.next == 0 for tag in run):
            writer.copy_tags(source, run)
        else:
            _copy_one_by_one(writer, source, run)
    writer.end_block(raw.kind)


def _copy_one_by_one(writer: TagWriter, source: BinaryIO, run: Sequence[Stored]) -> None:
    """Copy tags whose headers point elsewhere, with new headers."""
    for tag in run:
        source.seek(tag.start + 16)
        n_bytes = tag.n_bytes if tag.kind == DATA_BUFFER else min(tag.n_bytes, 4)
        writer.write(tag.kind, tag.type, source.read(n_bytes))
