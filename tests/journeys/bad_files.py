"""Damaged, hostile and oddly named files, each in a folder of its own, beside good recordings."""

import gzip
import os
import stat
import struct
import zipfile
import zlib
from contextlib import suppress

import numpy as np

from fascicle.testing import (
    PLANTED,
    Planted,
    Shape,
    make_bdf,
    make_brainvision,
    make_edf,
    make_eeglab,
    make_fif,
    make_snirf,
)

SHAPE = Shape((251,) * 3, ("C3", "C4", "Oz"), 5)
GOOD = ("A01_rest.edf", "A02_rest.edf")
EMPTY = ("edf", "bdf", "vhdr", "eeg", "vmrk", "fif", "set", "fdt", "cnt", "gdf", "xdf", "snirf",
         "csv", "xlsx", "json", "raw", "bin", "ncs", "mff", "txt")  # fmt: skip
N_CUTS = 20


class Zoo:
    """A raw folder with a subfolder for each case; names of cases stand in no path."""

    def __init__(self, raw):
        self.raw = raw
        self.cases = {}
        self._makers = {
            "edf": lambda path: make_edf(path, seed=3, shape=SHAPE, planted=Planted()),
            "bdf": lambda path: make_bdf(path, seed=4, shape=SHAPE, planted=Planted()),
            "vhdr": lambda path: make_brainvision(path, seed=5, shape=SHAPE, planted=Planted()),
            "fif": lambda path: make_fif(path, seed=6, shape=SHAPE, planted=Planted()),
        }
        raw.mkdir(parents=True)
        for seed, name in enumerate(GOOD):
            make_edf(raw / name, seed=20 + seed, shape=SHAPE)

    def new(self, case):
        """Return the folder of a new case."""
        folder = self.raw / f"P{len(self.cases) + 100}"
        folder.mkdir()
        self.cases[case] = folder.name
        return folder

    def recording(self, case, kind):
        """Make a whole recording, whose bytes a test may change; return its path."""
        path = self.new(case) / f"rest.{kind}"
        if kind == "fif":
            path = path.with_name("rest_raw.fif")
        return self._makers[kind](path)

    def patched(self, case, kind, change):
        """Make a recording and change its bytes."""
        path = self.recording(case, kind)
        path.write_bytes(change(path.read_bytes()))

    def field(self, case, kind, field, text):
        """Make an EDF or BDF recording and overwrite a field, given by place and width."""
        at, width = field
        self.patched(
            case, kind, lambda data: data[:at] + text.encode().ljust(width) + data[at + width :]
        )

    def vhdr(self, case, old, new):
        """Make a BrainVision recording and replace words in its header."""
        path = self.recording(case, "vhdr")
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
        return path


def fif_tags(data):
    """Yield place and kind of each tag of a FIF file."""
    place = 0
    while place + 16 <= len(data):
        kind, _, size, following = struct.unpack(">iiii", data[place : place + 16])
        yield place, kind
        if following < 0:
            return
        place = following or place + 16 + size


def with_tag(kind, at, value):
    """Return a change of a FIF file: a word of the first tag of a kind (8 is its size)."""

    def change(data):
        place = next(place for place, found in fif_tags(data) if found == kind)
        return data[: place + at] + value + data[place + at + 4 :]

    return change


def add_wrong_headers(zoo):
    """Add headers that state what cannot be."""
    n_signals, n_header, n_records, record_s = (252, 4), (184, 8), (236, 8), (244, 8)
    n_samples, low = (256 + 4 * 216, 8), (256 + 4 * 104, 8)  # three channels and annotations
    for text in ("99999999", "-5", "abc"):
        zoo.field(f"records {text}", "edf", n_records, text)
    for text in ("9999", "-1"):
        zoo.field(f"signals {text}", "edf", n_signals, text)
    for text in ("0", "99999999"):
        zoo.field(f"header bytes {text}", "edf", n_header, text)
    for text in ("1e300", "1e-300", "nan", "-1"):
        zoo.field(f"record length {text}", "edf", record_s, text)
    for text in ("99999999", "0"):
        zoo.field(f"samples {text}", "edf", n_samples, text)
    zoo.field("range nan", "edf", low, "nan")


def add_wrong_texts(zoo):
    """Add BrainVision headers that state what cannot be, or name files elsewhere."""
    for text in ("2000000000", "-1", "x"):
        zoo.vhdr(f"channels {text}", "NumberOfChannels=3", f"NumberOfChannels={text}")
    for text in ("0", "nan", "1e-300", "-4"):
        zoo.vhdr(f"interval {text}", "SamplingInterval=", f"SamplingInterval={text};")
    zoo.vhdr("points", "DataPoints=", "DataPoints=9")
    zoo.vhdr("resolution", ",,0.1,", ",,1e999,")
    for path in ("../../secret.eeg", "/etc/passwd", "C:\\\\secret.eeg"):
        at = zoo.vhdr(f"path {path}", "DataFile=rest.eeg", f"DataFile={path}")
        at.with_suffix(".eeg").rename(at.with_name("other.eeg"))
    (zoo.raw.parent / "secret.eeg").write_bytes(bytes(7530))


def add_wrong_tags(zoo):
    """Add FIF files with tags that are too large, lead elsewhere or hold nonsense."""
    huge = struct.pack(">i", 2**31 - 1)
    for kind, name in ((200, "channel count"), (203, "channel"), (300, "samples")):
        zoo.patched(f"fif 2 GB {name}", "fif", with_tag(kind, 8, huge))
        zoo.patched(f"fif negative {name}", "fif", with_tag(kind, 8, struct.pack(">i", -7)))
        zoo.patched(f"fif far {name}", "fif", with_tag(kind, 12, struct.pack(">i", 2**31 - 9)))
        zoo.patched(f"fif circle {name}", "fif", with_tag(kind, 12, struct.pack(">i", 36)))
    zoo.patched("fif channels", "fif", with_tag(200, 16, huge))
    for rate in (np.nan, 0.0, 1e38, 1e-30):
        zoo.patched(f"fif rate {rate}", "fif", with_tag(201, 16, struct.pack(">f", rate)))


def add_cut_and_garbled(zoo):
    """Add files that are empty, end too early, or go on as noise."""
    rng = np.random.default_rng(11)
    for suffix in EMPTY:
        (zoo.new(f"empty {suffix}") / f"rest.{suffix}").write_bytes(b"")
    for kind, n_bytes in (("edf", 256 * 5), ("bdf", 256 * 5), ("fif", 3000)):
        zoo.patched(f"header only {kind}", kind, lambda data, n=n_bytes: data[:n])
    zoo.recording("header only vhdr", "vhdr").with_suffix(".eeg").write_bytes(b"")
    zoo.recording("no eeg", "vhdr").with_suffix(".eeg").unlink()
    zoo.recording("no vmrk", "vhdr").with_suffix(".vmrk").unlink()
    zoo.recording("no vhdr", "vhdr").unlink()
    for kind, n_bytes in (("edf", 256), ("edf", 8), ("fif", 12), ("fif", 2000), ("vhdr", 60)):
        noise = rng.bytes(20_001)
        zoo.patched(f"noise {kind} {n_bytes}", kind, lambda d, n=n_bytes, x=noise: d[:n] + x)
    for kind in ("edf", "fif", "vhdr", "set"):
        (zoo.new(f"only noise {kind}") / f"rest.{kind}").write_bytes(rng.bytes(9999))


def add_cuts(zoo, n_cuts=N_CUTS, seed=77):
    """Cut recordings off at seeded places, most of them among the samples."""
    rng = np.random.default_rng(seed)
    for kind, suffix in (("edf", ".edf"), ("bdf", ".bdf"), ("vhdr", ".eeg"), ("vhdr", ".vhdr"),
                         ("fif", ".fif")):  # fmt: skip
        for i in range(n_cuts):
            path = zoo.recording(f"cut {suffix} {i}", kind).with_suffix(suffix)
            data = path.read_bytes()
            low = 1 if i % 4 == 0 else len(data) // 2
            path.write_bytes(data[: int(rng.integers(low, len(data) - 1))])


def add_bombs(zoo):
    """Add files of which a few bytes unpack to gigabytes, or claim to."""
    zeros = gzip.compress(bytes(16 << 20))
    head = zoo.recording("bomb fif.gz", "fif")
    packed = gzip.compress(head.read_bytes()) + zeros * 40
    head.with_name("rest_raw.fif.gz").write_bytes(packed)
    head.unlink()
    inner = zoo.new("bomb zip") / "rest.zip"
    content = bytes(8 << 20)
    for _ in range(4):
        with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as box:
            for i in range(16):
                box.writestr(f"{i}.zip", content)
        content = inner.read_bytes()
    path = make_eeglab(zoo.new("bomb set") / "rest.set", seed=8, shape=SHAPE)
    path.write_bytes(_claiming(path.read_bytes(), 2_000_000_000))
    path = make_snirf(zoo.new("bomb snirf") / "rest.snirf", seed=9)
    _claim_samples(path, 10**11)
    _write_wide_book(zoo.raw / "participants.xlsx")


def _claiming(data, n_bytes):
    """Return a MATLAB file whose packed variable claims a size."""
    kind, size = struct.unpack_from("<II", data, 128)
    body = zlib.decompress(data[136 : 136 + size]) if kind == 15 else data[128 : 136 + size]
    body = zlib.compress(body[:4] + struct.pack("<I", n_bytes) + body[8:])
    return data[:128] + struct.pack("<II", 15, len(body)) + body


def _claim_samples(path, n_times):
    import h5py

    with h5py.File(path, "r+") as file:
        block = file["nirs/data1"]
        n_channels = block["dataTimeSeries"].shape[1]
        del block["dataTimeSeries"], block["time"]
        block.create_dataset("dataTimeSeries", (n_times, n_channels), "f8", chunks=(4096, 1))
        block["time"] = np.array([0.0, 0.1])


def _write_wide_book(path):
    """Write a workbook whose sheet unpacks to hundreds of megabytes."""
    import openpyxl

    openpyxl.Workbook().save(path)
    with zipfile.ZipFile(path) as box:
        members = {name: box.read(name) for name in box.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as box:
        for name, data in members.items():
            box.writestr(name, bytes(100 << 20) if name.endswith("sheet1.xml") else data)


def add_links_and_pipes(zoo):
    """Add what is no file: links to everywhere, a pipe, a socket, a device."""
    outside = zoo.raw.parent / "outside"
    outside.mkdir()
    make_edf(outside / "secret.edf", seed=30, shape=SHAPE)
    (zoo.new("link inside") / "rest.edf").symlink_to(zoo.raw / GOOD[0])
    (zoo.new("link outside") / "rest.edf").symlink_to(outside / "secret.edf")
    (zoo.new("link to folder outside") / "more").symlink_to(outside, target_is_directory=True)
    (zoo.new("broken link") / "rest.edf").symlink_to(zoo.raw / "gone.edf")
    (zoo.new("link to itself") / "rest.edf").symlink_to("rest.edf")
    (zoo.new("cyclic folder") / "again").symlink_to(zoo.raw, target_is_directory=True)
    (zoo.new("device") / "rest.edf").symlink_to("/dev/zero")
    os.mkfifo(zoo.new("pipe") / "rest.edf")
    with suppress(PermissionError):  # only root may make a device
        os.mknod(zoo.raw / "device.edf", stat.S_IFCHR | 0o600, os.makedev(1, 5))
    os.mkfifo(zoo.raw / "dataset_description.json")
    os.mkfifo(zoo.raw / "more.csv")


NAMES = {
    "composed": "caf\u00e9_rest.edf",
    "decomposed": "cafe\u0301_pause.edf",
    "emoji": "\U0001f9e0\U0001f44d\U0001f3fd.edf",
    "right to left": "\u05d3\u05d2\u05d9\u05de\u05d4 \u202e fde.edf",
    "long": "x" * 251 + ".edf",
    "spaces": "  two  words  .edf",
    "quotes": 'it\'s "so" `odd`.edf',
    "line feed": "one\ntwo\r.edf",
    "option": "-rf.edf",
    "another option": "--xq=x.edf",
    "reserved": "CON.edf",
    "markup": "[b]x[",
    "format": "{x} %s $HOME [b].edf",
    "separator": "a:b;c|d*e?.edf",
    "tag": "<b>1<i>.edf",
    "no ending": "recording",
}


def add_names(zoo):
    """Add good recordings under names that break programs."""
    for seed, (case, name) in enumerate(NAMES.items()):
        folder = zoo.new(f"name {case}")
        if case == "markup":
            folder = folder / name
            folder.mkdir()
            name = "].edf"
        make_edf(folder / name, seed=40 + seed, shape=SHAPE)
    raw = os.fsencode(zoo.new("name not utf-8"))
    content = (zoo.raw / GOOD[0]).read_bytes()
    with open(raw + b"/M\xfcller_rest.edf", "wb") as stream:  # noqa: PTH123 - a name of bytes
        stream.write(content)


def planted_words():
    """Return what no message may hold."""
    return (*Planted().words(), PLANTED, "1951", "Wiesengrund", "secret.eeg")


def crash_hdf5(path):
    """Change one byte of a text's type: the library of HDF5 reads at an address that is none."""
    whole = bytearray(path.read_bytes())
    at = whole.index(b"\x19\x01\x01\x00\x10\x00\x00\x00") + 1
    whole[at] = 14
    path.write_bytes(whole)
    return path


def stall_hdf5(path):
    """Change one byte of a heap of texts: the library of HDF5 walks in a circle."""
    whole = bytearray(path.read_bytes())
    planted = whole.index(PLANTED.encode(), whole.index(b"GCOL"))
    free = next(at for at in range(planted, len(whole), 8) if whole[at + 1] == 0x0F)
    whole[free] = 151
    path.write_bytes(whole)
    return path
