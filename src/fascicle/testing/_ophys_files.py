"""Synthetic calcium imaging: movies and results of analyses, as programs write them."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._planted import Planted

FRAMES = (29, 37, 43)
"""Frames, rows and columns of a synthetic movie: odd and unequal."""

N_CELLS = 5


def simulate_movie(seed: int, shape: tuple[int, int, int] = FRAMES) -> NDArray[np.uint16]:
    """Return a movie of round cells that flash, on an uneven background, with noise of photons.

    Parameters
    ----------
    seed : int
        The same seed gives the same movie.
    shape : tuple of int
        Frames, rows, columns.

    Returns
    -------
    ndarray of uint16, shape (n_frames, height, width)
        Counts of a few hundred.
    """
    rng = np.random.default_rng(seed)
    n_frames, height, width = shape
    rows, columns = np.mgrid[:height, :width]
    scene = 200 + 100 * np.sin(rows / 7.0) * np.cos(columns / 9.0)
    movie = np.repeat(scene[np.newaxis], n_frames, axis=0)
    for row, column in _centres(rng, height, width):
        cell = 400.0 * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 8.0)
        movie += cell * (1 + _flashes(rng, n_frames))[:, np.newaxis, np.newaxis]
    return rng.poisson(movie).astype(np.uint16)


def _centres(rng: np.random.Generator, height: int, width: int) -> NDArray[np.int64]:
    """Return where cells are."""
    places = [rng.integers(4, height - 4, N_CELLS), rng.integers(4, width - 4, N_CELLS)]
    return np.stack(places, axis=1)


def _flashes(rng: np.random.Generator, n_frames: int) -> NDArray[np.float64]:
    """Return the activity of a cell: spikes that decay."""
    spikes = rng.random(n_frames) < 0.1
    return np.convolve(spikes, np.exp(-np.arange(9) / 3.0))[:n_frames]


def make_scanimage(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    n_channels: int = 1,
    n_planes: int = 1,
    rate_hz: float = 30.01,
) -> Path:
    """Write a synthetic movie of ScanImage (2018): settings in a tag, a text for each frame.

    Parameters
    ----------
    path : Path
        Ends in ``.tif``.
    seed : int
        The same seed gives the same pixels.
    planted : Planted, optional
        Identifiers for the texts.
    n_channels, n_planes : int
        Channels take turns from page to page, then planes.
    rate_hz : float
        Frames (of one plane) in a second.

    Returns
    -------
    Path
        The file.
    """
    import tifffile

    person = planted or Planted()
    n_pages = FRAMES[0] * n_channels * n_planes
    pages = simulate_movie(seed, (n_pages, *FRAMES[1:])).astype(np.int16)
    channels = " ".join(str(i + 1) for i in range(n_channels))
    settings = "\n".join([
        "SI.LINE_FORMAT_VERSION = 1",
        "SI.VERSION_MAJOR = '2018b'",
        f"SI.hChannels.channelSave = [{channels}]",
        f"SI.hConfigurationSaver.cfgFilename = 'D:\\{person.operator}\\rig.cfg'",
        f"SI.hFastZ.enable = {'true' if n_planes > 1 else 'false'}",
        "SI.hFastZ.numDiscardFlybackFrames = 0",
        f"SI.hRoiManager.scanFrameRate = {rate_hz}",
        f"SI.hRoiManager.scanVolumeRate = {rate_hz / n_planes}",
        f"SI.hScan2D.logFilePath = 'E:\\{person.institution}\\{person.name}'",
        f"SI.hScan2D.logFileStem = '{person.code}'",
        f"SI.hStackManager.numSlices = {n_planes}",
    ])
    epoch = person.start.strftime("[%Y %m %d %H %M %S.0]")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        for i, page in enumerate(pages):
            moment = f"frameTimestamps_sec = {i / rate_hz:.6f}"
            said = f"frameNumbers = {i + 1}\n{moment}\nepoch = {epoch}\n"
            writer.write(
                page, photometric="minisblack", description=said, software=settings, metadata=None,
                contiguous=False, extratags=[(315, 2, 0, person.name, True)],
            )  # fmt: skip
    return path


def make_tiff_stack(
    path: Path, *, seed: int = 7, planted: Planted | None = None, is_packed: bool = False
) -> Path:
    """Write a movie of plain pages, with a person in its tags.

    Parameters
    ----------
    path : Path
        Ends in ``.tif``.
    seed : int
        The same seed gives the same pixels.
    planted : Planted, optional
        Identifiers for the tags.
    is_packed : bool
        True packs each page (deflate).

    Returns
    -------
    Path
        The file.
    """
    import tifffile

    person = planted or Planted()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tifffile.TiffWriter(path) as writer:
        for page in simulate_movie(seed):
            writer.write(
                page, photometric="minisblack", metadata=None, contiguous=False,
                description=f"{person.name} {person.text}", datetime=person.start,
                compression="zlib" if is_packed else None,
                extratags=[(315, 2, 0, person.operator, True), (316, 2, 0, person.serial, True)],
            )  # fmt: skip
    return path


def make_tiff_sequence(
    folder: Path, *, seed: int = 7, planted: Planted | None = None, n_frames: int = 11
) -> Path:
    """Write a movie of numbered files, ``0.tif``, ``1.tif``, ..., of one page each.

    Parameters
    ----------
    folder : Path
        Where they go; it is made.
    seed : int
        The same seed gives the same pixels.
    planted : Planted, optional
        Identifiers for the tags.
    n_frames : int
        How many.

    Returns
    -------
    Path
        The first file.
    """
    import tifffile

    person = planted or Planted()
    folder.mkdir(parents=True, exist_ok=True)
    for i, page in enumerate(simulate_movie(seed, (n_frames, *FRAMES[1:]))):
        tifffile.imwrite(
            folder / f"{i}.tif", page, photometric="minisblack", metadata=None,
            description=f"measured by {person.name}",
        )  # fmt: skip
    return folder / "0.tif"


def make_hdf5_movie(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    axes: str = "tyx",
    is_labelled: bool = False,
) -> Path:
    """Write a movie in HDF5, its axes in any order.

    Parameters
    ----------
    path : Path
        Ends in ``.h5``.
    seed : int
        The same seed gives the same pixels.
    planted : Planted, optional
        Identifiers for the attributes.
    axes : str
        ``t`` frames, ``z`` planes, ``y`` rows, ``x`` columns, ``c`` channels.
    is_labelled : bool
        True labels the axes, as SIMA does.

    Returns
    -------
    Path
        The file.
    """
    import h5py

    person = planted or Planted()
    movie = simulate_movie(seed)
    pixels: NDArray[Any] = movie
    letters = "tyx"
    for letter, n in (("c", 2), ("z", 3)):
        if letter in axes:
            pixels = np.stack([pixels + np.uint16(7 * i) for i in range(n)], axis=-1)
            letters += letter
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w", libver="earliest", track_order=False) as file:
        node = file.create_dataset(
            "imaging", data=pixels.transpose([letters.index(letter) for letter in axes])
        )
        file.attrs["experimenter"] = person.name
        file.attrs["frame_rate"] = 15.5
        if is_labelled:
            node.attrs["element_size_um"] = (1.0, 0.7, 0.9)
            for i, letter in enumerate(axes):
                node.dims[i].label = letter
    return path


def make_suite2p(
    folder: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    n_planes: int = 2,
    has_movie: bool = True,
) -> Path:
    """Write a synthetic folder of Suite2p: ``plane0``, ``plane1``, ... and ``combined``.

    Parameters
    ----------
    folder : Path
        Called ``suite2p``; it is made.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the settings.
    n_planes : int
        How many.
    has_movie : bool
        True writes the registered frames (``data.bin``), too.

    Returns
    -------
    Path
        ``stat.npy`` of the first plane.
    """
    for i in range(n_planes):
        _make_plane(folder / f"plane{i}", seed + i, planted or Planted(), has_movie=has_movie)
    if n_planes > 1:
        _make_plane(folder / "combined", seed, planted or Planted(), has_movie=False)
    return folder / "plane0" / "stat.npy"


def _make_plane(folder: Path, seed: int, person: Planted, *, has_movie: bool) -> None:
    """Write the results of one plane."""
    rng = np.random.default_rng(seed)
    n_frames, height, width = FRAMES
    n_cells = N_CELLS + seed % 2
    movie = simulate_movie(seed).astype(np.int16)
    folder.mkdir(parents=True, exist_ok=True)
    stat = np.empty(n_cells, object)
    for i in range(n_cells):
        n_pixels = 9 + i
        stat[i] = {
            "ypix": rng.integers(0, height, n_pixels),
            "xpix": rng.integers(0, width, n_pixels),
            "lam": rng.random(n_pixels, np.float32),
            "med": [int(rng.integers(0, height)), int(rng.integers(0, width))],
            "npix": n_pixels,
            "skew": np.float32(rng.normal()),
        }
    ops = {
        "fs": 15.25,
        "nframes": n_frames,
        "Ly": height,
        "Lx": width,
        "yrange": [1, height - 2],
        "xrange": [2, width - 1],
        "meanImg": movie.mean(axis=0).astype(np.float32),
        "max_proj": movie[:, 1:-2, 2:-1].max(axis=0).astype(np.float32),
        "save_path0": f"/data/{person.institution}/{person.name}/suite2p",
        "filelist": [f"/data/{person.code}/a.tif"],
    }
    np.save(folder / "stat.npy", stat, allow_pickle=True)
    np.save(folder / "ops.npy", np.array(ops, dtype=object), allow_pickle=True)
    for name in ("F.npy", "Fneu.npy", "spks.npy"):
        np.save(folder / name, rng.normal(100, 9, (n_cells, n_frames)).astype(np.float32))
    probability = rng.random(n_cells)
    np.save(folder / "iscell.npy", np.stack([probability > 0.5, probability], axis=1))
    if has_movie:
        (folder / "data.bin").write_bytes(movie.astype("<i2").tobytes())


def make_caiman(path: Path, *, seed: int = 7, planted: Planted | None = None) -> Path:
    """Write synthetic results of CaImAn: sparse masks, traces, judgements, settings.

    Parameters
    ----------
    path : Path
        Ends in ``.hdf5``.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the settings.

    Returns
    -------
    Path
        The file.
    """
    import h5py
    from scipy import sparse

    person = planted or Planted()
    rng = np.random.default_rng(seed)
    n_frames, height, width = FRAMES
    is_in = rng.random((height * width, N_CELLS)) < 0.01
    masks = sparse.csc_matrix(np.where(is_in, rng.random(is_in.shape), 0.0))
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w", libver="earliest") as file:
        found = file.create_group("estimates")
        for key, values in (
            ("data", masks.data), ("indices", masks.indices), ("indptr", masks.indptr),
            ("shape", np.array(masks.shape)),
        ):  # fmt: skip
            found.create_dataset(f"A/{key}", data=values)
        for key in ("C", "S", "YrA", "F_dff"):
            found.create_dataset(key, data=rng.normal(1, 0.2, (N_CELLS, n_frames)))
        found["dims"] = [height, width]
        found["idx_components"] = np.array([0, 2, 3])
        found["SNR_comp"] = rng.random(N_CELLS)
        found["r_values"] = rng.random(N_CELLS)
        file["params/data/fr"] = 12.5
        file["params/data/fnames"] = np.array(
            [f"/home/{person.name}/{person.code}.tif".encode()], dtype="S"
        )
    return path


def make_trace_tables(folder: Path, *, seed: int = 7, is_packed: bool = True) -> Path:
    """Write traces of calcium with the spikes of the same cells, as spikefinder gives them.

    Parameters
    ----------
    folder : Path
        Where the two tables go; it is made.
    seed : int
        The same seed gives the same bytes.
    is_packed : bool
        True packs them (gzip).

    Returns
    -------
    Path
        The table of calcium.
    """
    rng = np.random.default_rng(seed)
    n_frames = 211
    folder.mkdir(parents=True, exist_ok=True)
    spikes = rng.poisson(0.1, (n_frames, N_CELLS))
    calcium = np.stack([np.convolve(s, np.exp(-np.arange(20) / 5.0))[:n_frames] for s in spikes.T])
    suffix = ".csv.gz" if is_packed else ".csv"
    for name, values, code in (("calcium", calcium.T, "%.9g"), ("spikes", spikes, "%d")):
        text = io.StringIO()
        header = ",".join(map(str, range(N_CELLS)))
        np.savetxt(text, values, fmt=code, delimiter=",", header=header, comments="")
        data = text.getvalue().encode()
        target = folder / f"3.train.{name}{suffix}"
        target.write_bytes(gzip.compress(data, mtime=0) if is_packed else data)
    return folder / f"3.train.calcium{suffix}"


def make_miniscope(
    folder: Path, *, seed: int = 7, planted: Planted | None = None, jitter_ms: float = 0.0
) -> Path:
    """Write a synthetic session of a UCLA Miniscope: two videos without loss, times, descriptions.

    Parameters
    ----------
    folder : Path
        The session; its folder ``Miniscope`` is made.
    seed : int
        The same seed gives the same pixels.
    planted : Planted, optional
        Identifiers for the description of the session.
    jitter_ms : float
        By how much frames come early or late.

    Returns
    -------
    Path
        The description of the Miniscope.
    """
    import cv2

    person = planted or Planted()
    place = folder / "Miniscope"
    place.mkdir(parents=True, exist_ok=True)
    movie = simulate_movie(seed, (FRAMES[0], 38, 44)) // 8
    for number, frames in enumerate((movie[:17], movie[17:])):
        codec = cv2.VideoWriter.fourcc(*"FFV1")
        writer = cv2.VideoWriter(str(place / f"{number}.avi"), codec, 20.0, (44, 38), isColor=False)
        for frame in np.clip(frames, 0, 255).astype(np.uint8):
            writer.write(frame)
        writer.release()
    start = person.start
    session = {
        "animalName": person.code, "researcherName": person.name, "baseDirectory": person.place,
        "recordingStartTime": {
            "year": start.year, "month": start.month, "day": start.day,
            "hour": start.hour, "minute": start.minute, "second": start.second,
        },
    }  # fmt: skip
    device = {"deviceName": "Miniscope", "deviceType": "Miniscope_V4_BNO", "frameRate": "20.0FPS",
              "compression": "FFV1"}  # fmt: skip
    (folder / "metaData.json").write_text(json.dumps(session))
    (place / "metaData.json").write_text(json.dumps(device))
    wobble = np.random.default_rng(seed).uniform(-jitter_ms, jitter_ms, len(movie))
    times = 12 + 50 * np.arange(len(movie)) + wobble.round()
    rows = [f"{i},{int(time)},0" for i, time in enumerate(times)]
    header = "Frame Number,Time Stamp (ms),Buffer Index"
    (place / "timeStamps.csv").write_text("\n".join([header, *rows]) + "\n")
    return place / "metaData.json"
