"""Packed files: gzip, zip and PNG, opened to the last block."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from ._contents import MAX_UNPACKED, Contents, Context, Number, Unpacked
from ._strings import add_printable

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_TEXT = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"iCCP"})
_PNG_KNOWN = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"sBIT", b"sRGB", b"bKGD",
     b"hIST", b"pHYs", b"sPLT", b"tIME"}
)  # fmt: skip
_DEFLATE_RAW = -15
_ENCRYPTED = 1
_DESCRIBED = 8


def inflate(raw: bytes | memoryview, budget: int) -> tuple[bytes, str]:
    """Unpack a deflate stream up to a size; say what is wrong with it, if anything."""
    engine = zlib.decompressobj()
    try:
        plain = engine.decompress(raw, max(1, budget))
    except zlib.error:
        return b"", "Expected a packed block, got one that cannot be unpacked."
    if engine.unconsumed_tail or not engine.eof:
        return plain, "Expected a packed block of a usual size, got a larger or unfinished one."
    if engine.unused_data.strip(b"\x00"):
        return plain, "Expected nothing after a packed block, got more bytes."
    return plain, ""


def parse_gzip(data: bytes, context: Context) -> Contents:
    """Unpack a gzip file; its header keeps a name and a moment."""
    contents = Contents("gzip")
    raw = bytes(data)
    name = context.name[:-3] if context.name.lower().endswith(".gz") else ""
    position, budget, number = 0, MAX_UNPACKED, 0
    while raw[position : position + 2] == b"\x1f\x8b" and position + 10 <= len(raw):
        number += 1
        place = f"member {number}"
        start = take_gzip_header(raw, position, contents, place)
        engine = zlib.decompressobj(_DEFLATE_RAW)
        try:
            plain = engine.decompress(memoryview(raw)[start:], max(1, budget))
        except zlib.error:
            contents.broken(place, "Expected packed bytes, got others.")
            return contents
        if engine.unconsumed_tail or not engine.eof:
            contents.broken(place, "Expected a usual size, got a larger or cut one.")
            return contents
        budget -= len(plain)
        contents.unpacked.append(Unpacked(place, name or "x.txt", plain))
        end = len(raw) - len(engine.unused_data)
        position = end + 8
        if raw[end:position] != struct.pack("<II", zlib.crc32(plain), len(plain) & 0xFFFFFFFF):
            contents.broken(place, "Expected the checksum of what is packed, got another.")
    if position < len(raw):
        contents.slack("end", f"Expected no more bytes, got {len(raw) - position}.")
        add_printable(contents, raw[position:], "end")
    return contents


def take_gzip_header(raw: bytes, position: int, contents: Contents, place: str) -> int:
    """Note name, comment and moment; return where the packed bytes begin."""
    flags = raw[position + 3]
    moment = int.from_bytes(raw[position + 4 : position + 8], "little")
    contents.numbers.append(Number(f"{place}: time", float(moment), "date"))
    at = position + 10
    if flags & 4:
        size = int.from_bytes(raw[at : at + 2], "little")
        contents.slack(place, "Expected no extra field, got one.")
        add_printable(contents, raw[at + 2 : at + 2 + size], f"{place}: extra field")
        at += 2 + size
    for flag, what in ((8, "name"), (16, "comment")):
        if flags & flag:
            end = raw.find(b"\x00", at)
            end = len(raw) if end < 0 else end
            contents.add(f"{place}: {what}", raw[at:end].decode("latin-1"))
            at = end + 1
    return at + (2 if flags & 2 else 0)


def parse_zip(data: bytes, context: Context) -> Contents:
    """Unpack a zip file: names, comments, moments, members, and no byte between them."""
    contents = Contents("zip")
    raw = bytes(data)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            contents.add("comment", archive.comment.decode("latin-1"))
            _take_members(archive, raw, contents)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
        contents.broken("structure", "Expected a zip file, got one that cannot be followed.")
        add_printable(contents, raw, "file")
    return contents


def _take_members(archive: zipfile.ZipFile, raw: bytes, contents: Contents) -> None:
    """Note and unpack every member."""
    budget, end = MAX_UNPACKED, 0
    for number, info in enumerate(sorted(archive.infolist(), key=lambda i: i.header_offset), 1):
        place = f"member {number}"
        contents.add(f"{place}: name", info.filename, "name")
        contents.add(f"{place}: comment", info.comment.decode("latin-1"))
        add_printable(contents, info.extra, f"{place}: extra field")
        year, month, day = info.date_time[:3]
        contents.add(f"{place}: time", f"{year:04d}-{month:02d}-{day:02d}")
        if info.header_offset > end:
            contents.slack(place, "Expected no bytes before a member, got some.")
        end = _end_of_member(raw, info)
        if info.flag_bits & _ENCRYPTED:
            contents.broken(place, "Expected a member that can be opened, got an encrypted one.")
            continue
        if info.file_size > budget:
            contents.broken(place, "Expected a member of a usual size, got a larger one.")
            return
        with archive.open(info) as member:
            plain = member.read(budget)
        budget -= len(plain)
        contents.unpacked.append(
            Unpacked(place, info.filename.rpartition("/")[2] or "x.txt", plain)
        )
    if archive.start_dir > end:
        contents.slack("directory", "Expected no bytes before the directory, got some.")


def _end_of_member(raw: bytes, info: zipfile.ZipInfo) -> int:
    """Return where the bytes of a member end."""
    n_name, n_extra = struct.unpack_from("<HH", raw, info.header_offset + 26)
    end = info.header_offset + 30 + n_name + n_extra + info.compress_size
    if info.flag_bits & _DESCRIBED:
        end += 16 if raw[end : end + 4] == b"PK\x07\x08" else 12
    return int(end)


def parse_png(data: bytes, context: Context) -> Contents:
    """Take the chunks of a PNG: words in its header, its drawn points as bytes."""
    contents = Contents("png")
    raw = bytes(data)
    position, drawn = len(_PNG), b""
    while position + 12 <= len(raw):
        size = int.from_bytes(raw[position : position + 4], "big")
        kind = raw[position + 4 : position + 8]
        body = raw[position + 8 : position + 8 + size]
        position += 12 + size
        _take_chunk(contents, kind, body)
        drawn += body if kind == b"IDAT" else b""
        if kind == b"IEND":
            break
    plain, problem = inflate(drawn, MAX_UNPACKED)
    if problem:
        contents.broken("points", problem)
    contents.unpacked.append(Unpacked("points", "", plain))
    if position < len(raw):
        contents.slack("end", f"Expected no more bytes, got {len(raw) - position}.")
        add_printable(contents, raw[position:], "end")
    return contents


def _take_chunk(contents: Contents, kind: bytes, body: bytes) -> None:
    """Note the words and the moment of one chunk."""
    place = f"chunk {kind.decode('latin-1')}"
    if kind in _PNG_TEXT:
        words, text, is_packed = _split_text(kind, body)
        for word in words:
            contents.add(place, word.decode("utf-8", "replace"), "name")
        plain, problem = inflate(text, MAX_UNPACKED) if is_packed else (text, "")
        if problem:
            contents.broken(place, problem)
        contents.add(place, plain.decode("utf-8", "replace"))
    elif kind == b"tIME" and len(body) >= 4:
        year, month, day = struct.unpack(">HBB", body[:4])
        contents.add(place, f"{year:04d}-{month:02d}-{day:02d}")
    elif kind not in _PNG_KNOWN:
        contents.slack(place, "Expected chunks of the standard, got another.")
        add_printable(contents, body, place)


def _split_text(kind: bytes, body: bytes) -> tuple[list[bytes], bytes, bool]:
    """Return the words before the text of a chunk, the text, and whether it is packed."""
    if kind == b"eXIf":
        return [], body, False
    keyword, _, rest = body.partition(b"\x00")
    if kind == b"iTXt":
        language, _, rest_of_it = rest[2:].partition(b"\x00")
        translated, _, text = rest_of_it.partition(b"\x00")
        return [keyword, language, translated], text, rest[:1] == b"\x01"
    if kind == b"tEXt":
        return [keyword], rest, False
    return [keyword], rest[1:], True
