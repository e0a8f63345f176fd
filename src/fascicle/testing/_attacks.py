"""Ways in which an identifier may survive in a released dataset: places, spellings, encodings."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import quote

import numpy as np

from fascicle.core import Identifier

from ._clean_files import fif_bytes, fif_tag, png_bytes, png_chunk, write_set

FIRST, LAST = "Anneliese", "Göttfried"
NAME = f"{FIRST} {LAST}"
HOSPITAL_NUMBER = "884120937"
CODE = "QX7"
SHORT_NAME = "Lüx"
BIRTH = date(1961, 3, 14)
START = datetime(2018, 11, 23, 14, 31, 7, tzinfo=UTC)

IDENTIFIERS = (
    Identifier("name", f"{LAST}, {FIRST}", "header"),
    Identifier("name", FIRST, "header"),
    Identifier("name", LAST, "header"),
    Identifier("name", SHORT_NAME, "table"),
    Identifier("id", HOSPITAL_NUMBER, "header"),
    Identifier("id", CODE, "raw id"),
    Identifier("operator", "Brunhilde Vok", "header"),
    Identifier("institution", "Kestrel-Klinik", "header"),
    Identifier("serial", "SN-448812-KX", "header"),
    Identifier("birthdate", BIRTH.isoformat(), "table"),
    Identifier("date", START.isoformat(), "header"),
)
"""What the scan is told to look for; nobody has these."""

_EEG = "sub-001/eeg/sub-001_task-rest"


@dataclass(frozen=True, slots=True)
class Attack:
    """One way for an identifier to survive.

    Attributes
    ----------
    name : str
        Place and spelling, in words.
    plant : callable
        Changes a folder that `make_clean_folder` made.
    """

    name: str
    plant: Callable[[Path], None]


def _at(path: str, offset: int, raw: bytes) -> Callable[[Path], None]:
    """Overwrite bytes of a file at an offset (from its end if negative)."""

    def plant(folder: Path) -> None:
        data = bytearray((folder / path).read_bytes())
        start = offset if offset >= 0 else len(data) + offset
        data[start : start + len(raw)] = raw
        (folder / path).write_bytes(bytes(data))

    return plant


def _append(path: str, raw: bytes) -> Callable[[Path], None]:
    """Write bytes after the end of a file."""

    def plant(folder: Path) -> None:
        with (folder / path).open("ab") as file:
            file.write(raw)

    return plant


def _write(path: str, raw: bytes | str) -> Callable[[Path], None]:
    """Write a file anew."""

    def plant(folder: Path) -> None:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(raw.encode() if isinstance(raw, str) else raw)

    return plant


def _replace(path: str, old: str, new: str) -> Callable[[Path], None]:
    """Replace words of a text file."""

    def plant(folder: Path) -> None:
        text = (folder / path).read_text("utf-8")
        (folder / path).write_text(text.replace(old, new, 1), "utf-8")

    return plant


def _edf() -> Iterator[Attack]:
    """Places of EDF and BDF."""
    edf, bdf = f"{_EEG}_eeg.edf", f"{_EEG}_run-02_eeg.bdf"
    latin = NAME.encode("latin-1")
    yield Attack("EDF patient field", _at(edf, 8, f"X F 14-MAR-1961 {FIRST}".encode()))
    yield Attack("EDF patient field, Latin-1", _at(edf, 12, latin))
    yield Attack("EDF patient field, short code", _at(edf, 8, CODE.encode() + b" "))
    yield Attack("EDF recording field, day in English", _at(edf, 98, b"23-NOV-2018"))
    yield Attack("EDF recording field, operator", _at(edf, 110, b"Brunhilde_Vok"))
    yield Attack("EDF start date", _at(edf, 168, b"23.11.18"))
    yield Attack("EDF reserved field", _at(edf, 200, b"Kestrel-Klinik"))
    yield Attack("EDF signal label", _at(edf, 256, FIRST.encode()))
    yield Attack("EDF transducer", _at(edf, 256 + 4 * 16, b"SN-448812-KX"))
    yield Attack("EDF prefilter", _at(edf, 256 + 4 * 136, HOSPITAL_NUMBER.encode()))
    yield Attack("EDF signal reserved", _at(edf, 256 + 4 * 224, b"Kestrel Klinik"))
    yield Attack("EDF unit, short name", _at(edf, 256 + 4 * 96, SHORT_NAME.encode("latin-1")))
    record = 1280 + 3 * 101 * 2
    note = b"+1.5\x14" + FIRST.encode() + b" moved\x14\x00"
    yield Attack("EDF annotation", _at(edf, record + 40, note))
    yield Attack("EDF annotation, short code", _at(edf, record + 40, b"+1\x14seen QX7\x14\x00"))
    yield Attack("EDF after the annotations", _at(edf, record + 70, FIRST.encode()))
    yield Attack(
        "EDF among the samples", _at(edf, 1280 + 50, f"{FIRST} {HOSPITAL_NUMBER}".encode())
    )
    yield Attack("EDF after the records", _append(edf, b"\x00\x00" + FIRST.upper().encode()))
    yield Attack("EDF after the records, unknown words", _append(edf, b"somebody else"))
    yield Attack("BDF patient field", _at(bdf, 8, f"{LAST}^{FIRST}".encode("latin-1")))
    yield Attack("BDF annotation", _at(bdf, 1280 + 909 + 40, note))


def _brainvision() -> Iterator[Attack]:
    """Places of BrainVision."""
    stem = f"{_EEG}_run-03_eeg"
    yield Attack("BrainVision comment", _append(f"{stem}.vhdr", f"\n[Comment]\n{NAME}\n".encode()))
    yield Attack(
        "BrainVision comment, Latin-1", _append(f"{stem}.vhdr", f"\n; {LAST}\n".encode("latin-1"))
    )
    yield Attack("BrainVision marker", _append(f"{stem}.vmrk", b"Mk3=Comment,Lux da,9,1,0\n"))
    yield Attack(
        "BrainVision moment of the segment",
        _replace(f"{stem}.vmrk", "20190101000000000000", "20181123143107000000"),
    )
    yield Attack(
        "BrainVision file name", _replace(f"{stem}.vhdr", "DataFile=", f"DataFile={FIRST}_")
    )
    yield Attack("BrainVision samples", _at(f"{stem}.eeg", 120, f"{LAST}".encode()))
    yield Attack("BrainVision after the samples", _append(f"{stem}.eeg", b"\x01\x02\x03\x04\x05"))


def _fif() -> Iterator[Attack]:
    """Places of FIF."""
    path = f"{_EEG}_run-05_meg.fif"
    seconds = int(START.timestamp())
    for name, tag in (
        ("FIF description", fif_tag(206, 10, f"seen {NAME}".encode())),
        ("FIF description, Latin-1", fif_tag(206, 10, LAST.encode("latin-1"))),
        ("FIF experimenter", fif_tag(212, 10, b"B. Vok, Brunhilde Vok")),
        ("FIF subject number", fif_tag(410, 10, HOSPITAL_NUMBER.encode())),
        ("FIF short name", fif_tag(402, 10, SHORT_NAME.encode())),
        ("FIF moment as integers", fif_tag(204, 3, struct.pack(">2i", seconds, 0))),
        ("FIF birthday as Julian day", fif_tag(404, 6, struct.pack(">i", 2437373))),
        ("FIF id with a moment", fif_tag(103, 31, struct.pack(">5i", 65540, 0, 0, seconds, 0))),
        ("FIF id with a network address", fif_tag(103, 31, struct.pack(">5i", 65540, 7, 9, 0, 0))),
        ("FIF channel name", fif_tag(203, 30, b"\x00" * 80 + FIRST.encode().ljust(16, b"\x00"))),
        ("FIF tag without a type", fif_tag(3333, 0, f"{LAST}".encode("utf-16-le"))),
        ("FIF tag of bytes, short name", fif_tag(3333, 1, b"\x01\x02 for Lux \x03")),
        ("FIF tag of bytes", fif_tag(3333, 1, f"ask {FIRST}".encode())),
    ):
        yield Attack(name, _write(path, fif_bytes(1, tag)))
    yield Attack("FIF after the last tag", _append(path, f"{FIRST}".encode()))
    gap = fif_tag(206, 10, b"x", following=0)
    jump = len(fif_bytes(1))
    hidden = fif_bytes(1)[:-16] + fif_tag(206, 10, b"x", following=jump + 17 + 20)
    yield Attack(
        "FIF between tags",
        _write(
            path, hidden + b"see Lux (room 3)    "[:20] + gap + fif_tag(108, 0, b"", following=-1)
        ),
    )


def _containers() -> Iterator[Attack]:
    """Places of SNIRF and MATLAB files."""
    snirf = f"{_EEG}_nirs.snirf"

    def edit(change: Callable[..., None]) -> Callable[[Path], None]:
        def plant(folder: Path) -> None:
            import h5py

            with h5py.File(folder / snirf, "r+") as file:
                change(file)

        return plant

    def set_tag(key: str, text: str) -> Callable[..., None]:
        def change(file: dict[str, object]) -> None:
            file[f"nirs/metaDataTags/{key}"] = text

        return change

    def set_attribute(file: object) -> None:
        file.attrs["note"] = f"for {SHORT_NAME} only"  # type: ignore[attr-defined]

    def set_packed(file: object) -> None:
        raw = np.frombuffer((b"\x00" * 900 + FIRST.encode()).ljust(1800, b"\x00"), "<u2")
        file.create_dataset("aux", data=raw, chunks=True, compression="gzip")  # type: ignore[attr-defined]

    def set_and_delete(file: dict[str, object]) -> None:
        file["gone"] = f"{FIRST} {LAST} was here"
        del file["gone"]

    yield Attack("SNIRF subject", edit(set_tag("Subject", NAME)))
    yield Attack("SNIRF subject, short code", edit(set_tag("Code", CODE)))
    yield Attack("SNIRF day", edit(set_tag("Day", "2018-11-23")))
    yield Attack("SNIRF name of a group", edit(set_tag(FIRST, "x")))
    yield Attack("SNIRF attribute, short name", edit(set_attribute))
    yield Attack("SNIRF packed numbers", edit(set_packed))
    yield Attack("SNIRF deleted text", edit(set_and_delete))
    yield Attack("SNIRF after the end", _append(snirf, b"QX7 was here"))
    for packed, run in ((False, "06"), (True, "07")):
        path = f"{_EEG}_run-{run}_eeg.set"
        how = ", packed" if packed else ""
        for field, value in (
            ("subject", NAME),
            ("comments", np.array([f"seen by {LAST}", "x"], dtype=object)),
            ("group", CODE),
            ("history", {"file": f"/data/{HOSPITAL_NUMBER}.cnt"}),
            ("birthday", float(BIRTH.toordinal() + 366)),
            (FIRST, 1.0),
        ):
            yield Attack(f"MATLAB field {field[:8]}{how}", _set(path, packed, {field: value}))
    yield Attack("MATLAB header", _at(f"{_EEG}_run-06_eeg.set", 40, LAST.encode()))
    yield Attack("MATLAB after the end", _append(f"{_EEG}_run-06_eeg.set", b"QX7 was here...."))


def _set(path: str, is_packed: bool, fields: dict[str, object]) -> Callable[[Path], None]:
    """Write a MATLAB file with further fields."""
    return lambda folder: write_set(folder / path, 1, is_packed=is_packed, **fields)


def _tables() -> Iterator[Attack]:
    """Places of sidecars, tables, prose and paths."""
    sidecar, events = f"{_EEG}_eeg.json", f"{_EEG}_events.tsv"
    seconds = int(START.timestamp())
    for name, value in (
        ("value", {"Note": NAME}),
        ("key", {LAST: 1}),
        ("number", {"Code": int(HOSPITAL_NUMBER)}),
        ("short code in a list", {"Codes": ["a", CODE]}),
        ("moment as seconds", {"at": seconds}),
        ("moment as milliseconds, another time zone", {"at": (seconds + 3600) * 1000}),
        ("birthday as spreadsheet number", {"birth": 22354}),
        ("escapes", {"Note": "G\u00f6ttfried"}),
    ):
        yield Attack(f"JSON {name}", _write(sidecar, json.dumps({"TaskName": "rest"} | value)))
    full = "".join(f"\\u{ord(c):04x}" for c in FIRST)
    yield Attack("JSON every letter escaped", _write(sidecar, f'{{"Note": "{full}"}}'))
    yield Attack("TSV cell", _append(events, f"1.5\t0\t{NAME}\t1\t9\n".encode()))
    yield Attack("TSV cell, short name", _append(events, b"1.5\t0\tLuex\t1\t9\n"))
    yield Attack("TSV value column", _append(events, b"1.5\t0\tx\t1\t9\tQX7\n"))
    yield Attack("TSV header", _replace("participants.tsv", "sex", f"sex_{FIRST}"))
    yield Attack("TSV id", _replace("participants.tsv", "sub-001\t34", f"sub-001\t{CODE}"))
    yield Attack(
        "TSV birthday as spreadsheet number",
        _write("participants.tsv", "participant_id\tgeburtsdatum\nsub-001\t22354\n"),
    )
    yield Attack("file name", _write(f"{FIRST}.txt", "x"))
    yield Attack("folder name", _write(f"{LAST}/x.txt", "x"))
    yield Attack("file name, short code", _write("sub-001/eeg/QX7_notes.txt", "x"))
    yield Attack("hidden file", _write(".cache", f"{HOSPITAL_NUMBER}"))
    yield Attack(
        "unknown format", _write("blob.xyz", b"\x00\x01\x02" + LAST.encode() + b"\xff\xfe")
    )
    yield Attack("unknown format, short name", _write("blob.xyz", b"\x00\xff\x81 for Lux \x00\xff"))
    yield Attack("link", lambda folder: (folder / "link").symlink_to(folder / "README.md"))


def _prose() -> Iterator[Attack]:
    """Spellings and encodings, in a README."""
    compact = f"{FIRST}{LAST}"
    texts: dict[str, bytes] = {
        "name as it is": NAME.encode(),
        "capitals": NAME.upper().encode(),
        "last name first": f"{LAST}, {FIRST}".encode(),
        "DICOM name": f"{LAST}^{FIRST}".encode(),
        "underscore": f"{LAST}_{FIRST}".lower().encode(),
        "joined": compact.encode(),
        "umlaut written out": b"Goettfried",
        "umlaut dropped": b"GOTTFRIED",
        "decomposed umlaut": "Go\u0308ttfried".encode(),
        "spaced letters": " ".join("Anneliese").encode(),
        "dashes between letters": "-".join("Goettfried").encode(),
        "Latin-1": LAST.encode("latin-1"),
        "UTF-16": NAME.encode("utf-16"),
        "UTF-16 without a mark": b"\x00" + NAME.encode("utf-16-be"),
        "UTF-32": NAME.encode("utf-32"),
        "DOS code page": LAST.encode("cp437"),
        "percent": quote(NAME).encode(),
        "every letter as percent": "".join(f"%{b:02X}" for b in FIRST.encode()).encode(),
        "entities": html.escape(FIRST).encode() + b" G&ouml;ttfried",
        "every letter as entity": "".join(f"&#{ord(c)};" for c in FIRST).encode(),
        "every letter as hexadecimal entity": "".join(f"&#x{ord(c):X};" for c in LAST).encode(),
        "quoted printable": b"G=C3=B6ttfried",
        "hexadecimal": FIRST.encode().hex().encode(),
        "hexadecimal with colons": FIRST.encode().hex(":").encode(),
        "escaped bytes": "".join(f"\\x{b:02x}" for b in FIRST.encode()).encode(),
        "number": HOSPITAL_NUMBER.encode(),
        "number in groups": b"884 120 937",
        "number with dashes": b"884-120-937",
        "number with dots": b"884.120.937",
        "number with letters": f"MRN{HOSPITAL_NUMBER}".encode(),
        "serial with other marks": b"sn 448812 kx",
        "institution joined": b"kestrelklinik",
        "short code": b"Subject qx7 was tired.",
        "short name in capitals": "LÜX".encode(),
        "e-mail": b"Write to nobody.special@example.org",
        "telephone": b"Call +41 44 255 11 11",
        "home": b"/home/jdoe/data/raw",
        "Windows path": b"C:\\Users\\jdoe\\Desktop\\raw",
        "unknown doctor": b"Seen by Dr. Unbekannter",
        "network address": b"host 00:1B:44:11:3A:B7",
        "social security number": b"SSN 123-45-6789",
        "patient field": b"Patient name: Somebody",
        "another day": b"Measured on 3 May 2016.",
    }
    for offset in range(3):
        coded = base64.b64encode(b"x" * offset + f"{FIRST} {LAST} was here".encode())
        texts[f"base64, shifted by {offset}"] = coded
    texts["base64 of UTF-16"] = base64.b64encode(f"for {FIRST}".encode("utf-16-le"))
    texts["base64 in the URL alphabet"] = base64.urlsafe_b64encode(f"?>>{LAST}".encode())
    for name, raw in texts.items():
        yield Attack(f"prose: {name}", _append("README.md", b"\n" + raw + b"\n"))


def _days() -> Iterator[Attack]:
    """Spellings of a birthday and of a moment."""
    spelled = (
        "1961-03-14", "1961/03/14", "1961.03.14", "19610314", "14.03.1961", "14.3.1961",
        "14/03/1961", "03/14/1961", "3/14/1961", "14-03-1961", "03-14-1961", "14.03.61", "14/03/61",
        "03/14/61", "610314", "140361", "031461", "14031961", "03141961", "14-MAR-1961",
        "14 March 1961", "March 14, 1961", "Mar 14 1961", "14. März 1961", "14 mars 1961",
        "14. Maerz 1961", "14MAR1961", "14mar61", "1961-Mar-14", "1961_03_14", "14 03 1961",
        "1961-073", "1961-03-14T00:00:00", "2437373", "2018-11-23T14:31:07", "20181123T143107",
        "20181123143107", "1542983467", "1542983467000", "23.11.2018 14:31",
    )  # fmt: skip
    for text in spelled:
        yield Attack(f"day: {text}", _append("README.md", f"\non {text} and\n".encode()))
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le"):
        raw = "14.03.1961".encode(encoding)
        yield Attack(f"day in {encoding}", _write("blob.xyz", b"\x00\x01\xff" + raw + b"\xff\xfe"))
    coded = base64.b64encode(b"born 1961-03-14 in")
    yield Attack("day in base64", _append("README.md", b"\n" + coded + b"\n"))


def _packed() -> Iterator[Attack]:
    """Places of pages, pictures and packed files."""
    words = f"seen: {NAME}".encode()
    path = f"{_EEG}_physio.tsv.gz"

    def named_gzip(**options: object) -> bytes:
        out = io.BytesIO()
        with gzip.GzipFile(fileobj=out, mode="wb", **options) as file:  # type: ignore[call-overload]
            file.write(b"onset\n1\n")
        return out.getvalue()

    yield Attack("gzip content", _write(path, gzip.compress(words, mtime=0)))
    yield Attack("gzip name", _write(path, named_gzip(filename=f"{FIRST}.tsv", mtime=0)))
    moment = int(START.timestamp())
    yield Attack("gzip moment", _write(path, named_gzip(filename="", mtime=moment)))
    yield Attack(
        "gzip in gzip", _write(path, gzip.compress(gzip.compress(words, mtime=0), mtime=0))
    )
    yield Attack("after gzip", _append(path, b"Lux was here"))
    yield Attack("zip content", lambda f: _zip(f, "run.py", words))
    yield Attack("zip content, short name", lambda f: _zip(f, "run.txt", b"for Lux only"))
    yield Attack("zip member name", lambda f: _zip(f, f"{FIRST}/run.py", b"x"))
    yield Attack("zip comment", lambda f: _zip(f, "run.py", b"x", comment=words))
    yield Attack("zip moment", lambda f: _zip(f, "run.py", b"x", moment=(2018, 11, 23, 1, 2, 4)))
    yield Attack("gzip in zip", lambda f: _zip(f, "a.txt.gz", gzip.compress(words, mtime=0)))
    picture = base64.b64encode(png_bytes(png_chunk(b"tEXt", b"Author\x00" + words))).decode()
    for name, piece in (
        ("comment", f"<!-- {CODE} -->"),
        ("attribute", f'<p title="{SHORT_NAME}">x</p>'),
        ("entities", "<p>&#65;nneliese</p>"),
        ("split by tags", "<p>Seen on 14.&#48;3.1961</p>"),
        ("picture with words", f'<img src="data:image/png;base64,{picture}">'),
        (
            "embedded text",
            f'<a href="data:text/plain;base64,{base64.b64encode(words).decode()}">x</a>',
        ),
        ("script", f'<script>var a = "{HOSPITAL_NUMBER}";</script>'),
    ):
        yield Attack(f"page: {name}", _replace("report.html", "</body>", f"{piece}</body>"))
    for name, chunk in (
        ("words", png_chunk(b"tEXt", b"Author\x00" + words)),
        ("packed words", png_chunk(b"zTXt", b"Author\x00\x00" + zlib.compress(words))),
        ("moment", png_chunk(b"tIME", struct.pack(">HBBBBB", 2018, 11, 23, 1, 2, 3))),
        ("private chunk", png_chunk(b"prIv", b"QX7 was here")),
    ):
        yield Attack(f"picture: {name}", _write("picture.png", png_bytes(chunk)))
    yield Attack("after a picture", _append("picture.png", b"QX7 was here"))


def _zip(
    folder: Path,
    name: str,
    raw: bytes,
    *,
    comment: bytes = b"",
    moment: tuple[int, int, int, int, int, int] = (1980, 1, 1, 0, 0, 0),
) -> None:
    """Write a zip file with one packed member."""
    with zipfile.ZipFile(folder / "code.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = comment
        info = zipfile.ZipInfo(name, date_time=moment)
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, raw)


ATTACKS: tuple[Attack, ...] = (
    *_edf(), *_brainvision(), *_fif(), *_containers(), *_tables(), *_prose(), *_days(), *_packed(),
)  # fmt: skip
"""Every way that the scan is tested against."""


def copy_folder(clean: Path, folder: Path) -> Path:
    """Return a fresh copy of a clean folder, to be attacked."""
    shutil.copytree(clean, folder)
    return folder
