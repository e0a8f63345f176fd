"""Synthetic recordings of pipettes and results of spike sorting, built to the published layouts."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ._planted import Planted

_BLOCK = 512
_RATE_HZ = 20000.0
_RANGE, _RESOLUTION = 10.0, 32768
_TICK_US = 12.5
_TICKS = 4
"""Ticks of the clock of sweeps and tags in one sample."""

_SECTIONS = (
    "Protocol", "ADC", "DAC", "Epoch", "ADCPerDAC", "EpochPerDAC", "UserList", "StatsRegion",
    "Math", "Strings", "Data", "Tag", "Scope", "Delta", "VoiceTag", "SynchArray", "Annotation",
    "Stats",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SweepShape:
    """Size of a synthetic recording of pipettes.

    Attributes
    ----------
    n_sweeps, n_times : int
        Sweeps and samples of each.
    units : tuple of str
        Unit of each channel.
    """

    n_sweeps: int = 5
    n_times: int = 1009
    units: tuple[str, ...] = ("pA", "mV")

    def counts(self, seed: int) -> NDArray[np.int16]:
        """Return stored values, shape (n_sweeps, n_times, n_channels): noise, and a step."""
        rng = np.random.default_rng(seed)
        shape = (self.n_sweeps, self.n_times, len(self.units))
        counts = rng.normal(0, 40, shape)
        counts[:, self.n_times // 3 : self.n_times // 2] += 600
        return counts.astype(np.int16)


def make_abf(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    shape: SweepShape | None = None,
    version: int = 2,
) -> Path:
    """Write a synthetic Axon Binary Format file of version 1 or 2, with a tag.

    The first channel holds the voltage with steps of 5 mV more in every sweep (version 2).

    Parameters
    ----------
    path : Path
        The file; it is replaced.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the path of the protocol, the tag and the comment.
    shape : SweepShape, optional
        Sweeps and channels.
    version : int
        1 or 2.

    Returns
    -------
    Path
        The file.
    """
    shape = shape or SweepShape()
    make = _make_first if version == 1 else _make_second
    path.write_bytes(make(shape, seed, planted))
    return path


def _texts(planted: Planted | None) -> tuple[bytes, bytes, bytes]:
    """Return the path of the protocol, the tag's words and the file's comment."""
    if planted is None:
        return b"C:\\protocols\\steps.pro", b"drug on", b"none"
    return (
        f"C:\\Users\\{planted.name}\\steps.pro".encode(),
        f"{planted.name} coughed".encode(),
        planted.text.encode(),
    )


def _gains(n_channels: int) -> list[float]:
    """Return the scale of each channel: of the amplifier, in volts for a unit."""
    return [0.5 / (i + 1) for i in range(n_channels)]


def _make_first(shape: SweepShape, seed: int, planted: Planted | None) -> bytes:
    """Return a file of version 1: a header of fixed places, samples, sweeps, tags."""
    counts = shape.counts(seed)
    n_channels = len(shape.units)
    protocol, tag, _ = _texts(planted)
    head = bytearray(12 * _BLOCK)
    data = counts.reshape(-1).astype("<i2").tobytes()
    n_blocks = -(-len(data) // _BLOCK)
    start = planted.start if planted else None
    day = int(f"{start:%Y%m%d}") if start else 20190101
    for at, code, values in (
        (0, "4sfhihi", (b"ABF ", 1.83, 5, counts.size, 0, shape.n_sweeps)),
        (20, "ii", (day, 50000)),
        (40, "iii", (12, 12 + n_blocks + 1, 1)),
        (92, "ii", (12 + n_blocks, shape.n_sweeps)),
        (120, "hf", (n_channels, 1e6 / _RATE_HZ / n_channels)),
        (130, "f", (_TICK_US,)),
        (138, "i", (shape.n_times * n_channels,)),
        (244, "f", (_RANGE,)),
        (252, "i", (_RESOLUTION,)),
        (378, "16h", tuple(range(16))),
        (410, "16h", (*range(n_channels), *(-1,) * (16 - n_channels))),
        (730, "16f", (1.0,) * 16),
        (922, "16f", (*_gains(n_channels), *(1.0,) * (16 - n_channels))),
        (1050, "16f", (1.0,) * 16),
        (4576, "16f", (1.0,) * 16),
        (4898, "384s", (protocol,)),
    ):
        struct.pack_into(f"<{code}", head, at, *values)
    for i, unit in enumerate(shape.units):
        struct.pack_into("<10s", head, 442 + 10 * i, f"IN {i}".ljust(10).encode())
        struct.pack_into("<8s", head, 602 + 8 * i, unit.ljust(8).encode())
    sweeps = b"".join(
        struct.pack("<ii", s * _TICKS * shape.n_times, shape.n_times * n_channels)
        for s in range(shape.n_sweeps)
    )
    tags = struct.pack("<i56shh", 3 * _TICKS * shape.n_times, tag.ljust(56), 1, 0)
    parts = (bytes(head), data, sweeps, tags)
    return b"".join(part.ljust(-(-len(part) // _BLOCK) * _BLOCK, b"\0") for part in parts)


def _make_second(shape: SweepShape, seed: int, planted: Planted | None) -> bytes:
    """Return a file of version 2: a table of sections, then the sections."""
    counts = shape.counts(seed)
    n_channels = len(shape.units)
    protocol, tag, comment = _texts(planted)
    names = [f"IN {i}".encode() for i in range(n_channels)]
    words = [b"", b"Clampex", protocol, comment, b"Cmd 0", b"mV", *names,
             *(unit.encode() for unit in shape.units)]  # fmt: skip
    strings = b"SSCH" + bytes(40) + b"\0".join(words) + b"\0"
    inputs = b"".join(
        _input(i, gain, (6 + i, 6 + n_channels + i)) for i, gain in enumerate(_gains(n_channels))
    )
    length = shape.n_times * n_channels
    sweeps = b"".join(
        struct.pack("<ii", s * _TICKS * shape.n_times, length) for s in range(shape.n_sweeps)
    )
    sections: dict[str, tuple[bytes, int, int]] = {
        "Protocol": (_protocol(shape), 512, 1),
        "ADC": (inputs, 128, n_channels),
        "DAC": (_output(), 256, 1),
        "EpochPerDAC": (_epochs(shape), 48, 2),
        "Strings": (strings, len(strings), 1),
        "Data": (counts.reshape(-1).astype("<i2").tobytes(), 2, counts.size),
        "Tag": (struct.pack("<i56shh", 3 * _TICKS * shape.n_times, tag.ljust(56), 1, 0), 64, 1),
        "SynchArray": (sweeps, 8, shape.n_sweeps),
    }
    start = planted.start if planted else None
    head = bytearray(_BLOCK)
    day, clock = (int(f"{start:%Y%m%d}"), 52_267_000) if start else (0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<4s4bIIIIIHH", head, 0, b"ABF2", 0, 0, 6, 2, _BLOCK, shape.n_sweeps, day,
                     clock, 0, 1, 0)  # fmt: skip
    struct.pack_into("<IIIII", head, 56, 0, 1, 0, 0, 2)
    body, at = b"", 1
    for i, name in enumerate(_SECTIONS):
        content, n_bytes, n = sections.get(name, (b"", 0, 0))
        struct.pack_into("<IIq", head, 76 + 16 * i, at if content else 0, n_bytes, n)
        padded = content.ljust(-(-len(content) // _BLOCK) * _BLOCK, b"\0")
        body, at = body + padded, at + len(padded) // _BLOCK
    return bytes(head) + body


def _protocol(shape: SweepShape) -> bytes:
    """Return the section of the protocol: sweeps of one length, one after the other."""
    section = bytearray(_BLOCK)
    n = shape.n_times * len(shape.units)
    struct.pack_into("<hfb3sIffi", section, 0, 5, 1e6 / _RATE_HZ, 0, b"", 0, _TICK_US, 0.0, n)
    struct.pack_into("<ffii", section, 110, _RANGE, _RANGE, _RESOLUTION, _RESOLUTION)
    struct.pack_into("<i", section, 132, 3)
    return bytes(section)


def _input(number: int, gain: float, strings: tuple[int, int]) -> bytes:
    """Return what is said of one input."""
    return struct.pack(
        "<hhhfffhfhhfffffffffbbfcbhii", number, 0, 0, 1.0, 0.0, 0.0, 0, 0.0, number, number,
        1.0, 1.0, 0.0, gain, 0.0, 1.0, 0.0, 0.0, 0.0, 0, 0, 0.0, b"\0", 0, 0, *strings,
    ).ljust(128, b"\0")  # fmt: skip


def _output() -> bytes:
    """Return what is said of the output: it holds -70 mV and follows the epochs."""
    start = struct.pack("<hhfffffiiiihhh", 0, 0, 0.0, 1.0, -70.0, 1.0, 0.0, 4, 5, 0, 0, 1, 1, 0)
    return start.ljust(256, b"\0")


def _epochs(shape: SweepShape) -> bytes:
    """Return a step of 5 mV more in every sweep, and a ramp back."""
    return b"".join(
        struct.pack("<hhhffiiii", number, 0, kind, level, more, length, 0, 0, 0).ljust(48, b"\0")
        for number, kind, level, more, length in (
            (0, 1, -65.0, 5.0, shape.n_times // 3),
            (1, 2, -70.0, 0.0, shape.n_times // 5),
        )
    )


def make_ibw(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    shape: SweepShape | None = None,
    version: int = 5,
    order: str = "<",
) -> Path:
    """Write a synthetic wave of Igor Pro (.ibw), of version 2 (one sweep) or 5.

    Parameters
    ----------
    path : Path
        The file; it is replaced.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the note and the name of the wave.
    shape : SweepShape, optional
        Sweeps; of its units only the first counts.
    version : int
        2 or 5.
    order : str
        ``">"`` writes it as computers of the time before Intel's did.

    Returns
    -------
    Path
        The file.
    """
    shape = shape or SweepShape()
    counts = shape.counts(seed)[:, :, 0].astype(
        f"{order}f4"
    )  # (n_sweeps, n_times): columns of Igor
    note = f"{planted.name}\r{planted.text}".encode() if planted else b"fine"
    name = f"w_{planted.name}".encode()[:31] if planted else b"wave0"
    unit = shape.units[0].encode()
    if version == 2:
        data = counts[0].tobytes()
        wave = struct.pack(
            f"{order}hi20shhi4s4sihddhhhddcciiI2sIi", 2, 0, name[:19], 2, 0, 0, unit, b"s",
            shape.n_times, 0, 1 / _RATE_HZ, 0.0, 0, 0, 0, 0.0, 0.0, b"\0", b"\0", 0, 0,
            3_657_000_000, b"", 3_657_000_000, 0,
        )  # fmt: skip
        head = struct.pack(f"{order}hiiih", 2, len(wave) + 16 + len(data), len(note), 0, 0)
        head = _with_checksum(head + wave, 14, order)
        path.write_bytes(head + data + bytes(16) + note)
        return path
    data = counts.tobytes()
    wave = struct.pack(
        f"{order}iIIihh6sh32sii4i4d4d4s", 0, 3_657_000_000, 3_657_000_000, counts.size, 2, 0, b"",
        1, name, 0, 0, shape.n_times, shape.n_sweeps, 0, 0, 1 / _RATE_HZ, 1.0, 1.0, 1.0, 0.0, 0.0,
        0.0, 0.0, unit,
    ).ljust(320, b"\0")  # fmt: skip
    head = struct.pack(f"{order}hhiii", 5, 0, 320 + len(data), 0, len(note)).ljust(64, b"\0")
    path.write_bytes(_with_checksum(head + wave, 2, order) + data + note)
    return path


def _with_checksum(head: bytes, at: int, order: str = "<") -> bytes:
    """Return a header whose words of 16 bits add up to zero."""
    total = int(np.frombuffer(head, f"{order}i2").sum(dtype=np.int64))
    return head[:at] + struct.pack(f"{order}H", -total & 0xFFFF) + head[at + 2 :]


def make_phy(folder: Path, *, seed: int = 7, planted: Planted | None = None) -> Path:
    """Write synthetic results of Kilosort and Phy: spikes of four units, labels, templates.

    Parameters
    ----------
    folder : Path
        Where the files go; it is made.
    seed : int
        The same seed gives the same spikes.
    planted : Planted, optional
        Identifiers for the path of the raw recording.

    Returns
    -------
    Path
        The file ``params.py``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    n_spikes, n_sites, n_times = 1009, 7, 61
    times = np.sort(rng.choice(600_000, n_spikes, replace=False)).astype(np.uint64)
    templates = rng.integers(0, 5, n_spikes).astype(np.uint32)
    clusters = np.where(templates == 4, 1, templates).astype(np.int32)  # two of them were merged
    shapes = rng.normal(0, 0.01, (5, n_times, n_sites)).astype(np.float32)
    for i in range(5):
        shapes[i, 20:30, i] -= 1 + i
    for name, array in (
        ("spike_times", times[:, np.newaxis]),
        ("spike_clusters", clusters),
        ("spike_templates", templates[:, np.newaxis]),
        ("templates", shapes),
        ("channel_map", np.arange(n_sites)[:, np.newaxis]),
        ("channel_positions", np.column_stack([np.zeros(n_sites), 20.0 * np.arange(n_sites)])),
        ("amplitudes", rng.normal(10, 1, (n_spikes, 1))),
    ):
        np.save(folder / f"{name}.npy", array)
    raw = f"/home/{planted.name}/{planted.code}/raw.dat" if planted else "raw.dat"
    (folder / "params.py").write_text(
        f"dat_path = r'{raw}'\nn_channels_dat = {n_sites}\ndtype = 'int16'\noffset = 0\n"
        "sample_rate = 30000.\nhp_filtered = False\n"
    )
    note = planted.text if planted else "fine"
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\n0\tgood\n1\tmua\n3\tnoise\n")
    (folder / "cluster_KSLabel.tsv").write_text("cluster_id\tKSLabel\n0\tmua\n2\tgood\n")
    (folder / "cluster_comment.tsv").write_text(f"cluster_id\tcomment\n0\t{note}\n")
    return folder / "params.py"


def make_kwik(path: Path, *, seed: int = 7, planted: Planted | None = None) -> Path:
    """Write a synthetic Kwik file: two groups of channels with units of all labels.

    Parameters
    ----------
    path : Path
        The file; it is replaced.
    seed : int
        The same seed gives the same spikes.
    planted : Planted, optional
        Identifiers for the path of the experiment.

    Returns
    -------
    Path
        The file.
    """
    import h5py

    rng = np.random.default_rng(seed)
    where = f"/home/{planted.name}/{planted.code}/day1" if planted else "day1"
    with h5py.File(path, "w") as file:
        file.attrs["kwik_version"] = 2
        file.attrs["name"] = np.array([where.encode()])
        file.create_group("recordings/0").attrs["sample_rate"] = 20000.0
        file["recordings/0"].attrs["start_time"] = 0.0
        for group in range(2):
            place = file.create_group(f"channel_groups/{group}")
            for channel in range(3):
                attributes = place.create_group(f"channels/{channel}").attrs
                attributes["name"] = np.array([str(channel).encode()])
                attributes["position"] = np.array([10.0 * group, 20.0 * channel], np.float32)
            n_spikes = 307 + 100 * group
            place["spikes/time_samples"] = np.sort(rng.integers(0, 200_000, n_spikes)).astype("u8")
            place["spikes/clusters/main"] = rng.integers(0, 4, n_spikes).astype("u4")
            place["spikes/recording"] = np.zeros(n_spikes, "u2")
            for cluster in range(4):
                own = place.create_group(f"clusters/main/{cluster}")
                own.attrs["cluster_group"] = cluster
    return path
