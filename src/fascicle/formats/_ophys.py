"""What all recordings of calcium imaging have in common: movies and cells, written as NWB.

A recording is opened into *movies* (frames of one plane or volume, seen through one channel) and
*cells* (masks and traces that an analysis found). A format says how its files become these; where
they go is said here, once. Pixels keep the type that they were stored in.

Arrays of NWB have the axes frame, x, y(, z): columns before rows, as the standard orders them.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Header, Modality
from fascicle.errors import FormatError

from ._files import written_paths
from ._nwb_write import NwbDraft, write_nwb
from ._vendor import Opened, VendorFormat, foreign_reader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fascicle.core import Source, Written

BLOCK_BYTES = 16 << 20
"""What one block of frames holds at most, unless a single frame is larger."""

FRAMES_AS_TIMES = "Times count frames, one for each second: the frame rate is not known."
"""What a series says whose rate nobody knows; NWB demands a rate."""

_SETTINGS = "ophys.json"
_MAX_SETTINGS_BYTES = 1 << 20
_ONE_PHOTON = "one-photon"
_UNKNOWN = "unknown"
_UNIT = "n.a."


@dataclass(frozen=True, slots=True)
class Movie:
    """Frames of one plane or volume, seen through one channel.

    Attributes
    ----------
    shape : tuple of int
        ``(n_frames, height, width)`` or ``(n_frames, n_planes, height, width)``.
    dtype : str
        How pixels are stored: ``"<u2"``.
    blocks : callable
        Yields arrays of shape ``(n_block, *shape[1:])``, from the first frame, whenever called.
    is_registered : bool
        True if an analysis has moved the frames upon one another.
    times_s : ndarray of float64, shape (n_frames,), or None
        When each frame was taken, where frames do not come at one rate.
    """

    shape: tuple[int, ...]
    dtype: str
    blocks: Callable[[], Iterable[NDArray[Any]]]
    is_registered: bool = False
    times_s: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Cells:
    """What an analysis found in one plane.

    Attributes
    ----------
    masks : tuple of (ndarray, ndarray, ndarray)
        Of each cell: columns, rows and weights of its pixels, all of shape (n_pixels,). Empty if
        nobody says where the cells are.
    traces : mapping of str to ndarray, shape (n_frames, n_cells)
        By what they are: ``"fluorescence"``, ``"neuropil"``, ``"deconvolved"``, ``"denoised"``,
        ``"spikes"``.
    columns : mapping of str to ndarray, shape (n_cells,)
        What else is said of each cell: ``"iscell"``, ``"probability"``.
    images : mapping of str to ndarray, shape (height, width)
        ``"mean"``, ``"correlation"``, ...
    """

    masks: tuple[tuple[NDArray[Any], NDArray[Any], NDArray[Any]], ...]
    traces: Mapping[str, NDArray[Any]]
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    images: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def n_cells(self) -> int:
        """How many there are."""
        return next(iter(self.traces.values())).shape[1] if self.traces else len(self.masks)

    @property
    def n_frames(self) -> int:
        """Length of the traces."""
        return next(iter(self.traces.values())).shape[0] if self.traces else 0


@dataclass(frozen=True, slots=True)
class OpenedOphys:
    """A recording that was opened.

    Attributes
    ----------
    header : Header
        What it says.
    movies : tuple of Movie
        One for each channel.
    cells : tuple of Cells
        One for each plane that was analysed.
    """

    header: Header
    movies: tuple[Movie, ...] = ()
    cells: tuple[Cells, ...] = ()


class OphysFormat(VendorFormat):
    """Base of the formats of calcium imaging: a subclass opens, everything else is here."""

    modalities: tuple[Modality, ...] = (Modality.OPHYS,)
    requires = "neurodata"

    @abstractmethod
    def open_ophys(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedOphys:
        """Open a recording; frames are read when they are asked for."""

    def open(self, root: Path, files: tuple[PurePosixPath, ...]) -> Opened:
        """Refuse: a movie has no channels over time."""
        raise FormatError(
            "FSC251",
            "Expected a recording of channels over time, got a movie.",
            "Write it as NWB.",
        )

    def read_header(self, root: Path, source: Source) -> Header:
        """Read what the files say, and what the lab says beside them."""
        with foreign_reader(self.title, self.requires):
            return self._open(root, source).header

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Write movies and cells as NWB, with nothing said but what `header` says."""
        from fascicle.core import Written

        with foreign_reader(self.title, self.requires):
            opened = self._open(root, source)
            if opened.header.shape != header.shape or opened.header.n_times != header.n_times:
                raise FormatError(
                    "FSC231",
                    f"Expected a header of {opened.header.n_times} frames, got {header.n_times}.",
                    "Give the header that was read from this recording.",
                )
            write_nwb(folder / f"{stem}.nwb", header, lambda draft: build_ophys(draft, opened))
        return Written("nwb", written_paths(f"{stem}.nwb"), copied=False)

    def find_settings(self, root: Path, primary: PurePosixPath) -> tuple[PurePosixPath, ...]:
        """Return the files in which the lab says more: they are part of the recording."""
        return find_settings(root, primary)

    def _open(self, root: Path, source: Source) -> OpenedOphys:
        settings = find_settings(root, source.primary)
        files = tuple(path for path in source.files if path not in settings)
        opened = self.open_ophys(root, files)
        header = complete_header(opened, read_settings(root, source.primary))
        if header.n_times <= 0 or 0 in header.shape:
            raise FormatError(
                "FSC251",
                "Expected at least one frame, got none.",
                "The recording was cut off or never started: copy it again, or leave it out.",
            )
        return replace(opened, header=header)


def find_settings(root: Path, primary: PurePosixPath) -> tuple[PurePosixPath, ...]:
    """Return the files that state more of a recording, the nearest one last."""
    places = [folder / _SETTINGS for folder in reversed(primary.parents)]  # the raw folder first
    own = primary.parent / f"{primary.name.partition('.')[0]}.json"
    places += [own] if own != primary else []
    return tuple(place for place in places if (root / place).is_file())


def read_settings(root: Path, primary: PurePosixPath) -> dict[str, Any]:
    """Return what the lab states beside a recording, in ``NAME.json`` or ``ophys.json``.

    Movies seldom state their rate, indicator or wavelength. A JSON file adds them under the names
    of BIDS: ``{"FrameRate": 30.1, "Indicator": "GCaMP6f"}``. ``ophys.json`` holds for everything
    in its folder and below, the nearest one first; ``NAME.json`` for the recording beside it. A
    file that is no such object says nothing.
    """
    settings: dict[str, Any] = {}
    for place in find_settings(root, primary):
        path = root / place
        if path.stat().st_size > _MAX_SETTINGS_BYTES:
            continue
        try:
            said = json.loads(path.read_text("utf-8"))
        except (ValueError, OSError):
            continue
        settings |= said if isinstance(said, dict) else {}
    return settings


def complete_header(opened: OpenedOphys, settings: Mapping[str, Any]) -> Header:
    """Return the header with sizes, rate and what the lab states beside the files."""
    header = opened.header
    metadata = {**header.metadata, **settings}
    rate_hz = header.sfreq_hz
    for name in ("SamplingFrequency", "FrameRate"):
        value = settings.get(name)
        if isinstance(value, int | float) and 0 < value < 1e6:
            rate_hz = float(value)
    if rate_hz > 0:
        metadata["FrameRate"] = rate_hz
    shape = opened.movies[0].shape if opened.movies else ()
    if not shape:
        first = opened.cells[0] if opened.cells else Cells((), {})
        shape = (first.n_frames, sum(cells.n_cells for cells in opened.cells))
    counts = {
        "NumberOfFrames": shape[0],
        "NumberOfPlanes": shape[1] if len(shape) == 4 else max(1, len(opened.cells)),
        "NumberOfROIs": sum(cells.n_cells for cells in opened.cells),
    }
    metadata |= {name: count for name, count in counts.items() if count}
    return replace(header, sfreq_hz=rate_hz, n_times=shape[0], shape=shape, metadata=metadata)


def build_ophys(draft: NwbDraft, opened: OpenedOphys) -> None:
    """Add everything of a recording to the draft of its NWB file."""
    plane = _add_plane(draft)
    for i, movie in enumerate(opened.movies):
        _add_movie(draft, movie, plane, i if len(opened.movies) > 1 else None)
    if opened.cells:
        _add_cells(draft, opened.cells, plane)
    draft.add_events()


def _add_plane(draft: NwbDraft) -> Any:  # noqa: ANN401 - pynwb
    """Add the microscope and the plane that it looked at."""
    from pynwb.ophys import OpticalChannel

    header, said = draft.header, draft.header.metadata
    maker = header.manufacturer or str(said.get("Manufacturer") or "")
    model = (
        draft.file.create_device_model(name="MicroscopeModel", manufacturer=maker)
        if maker
        else None
    )
    device = draft.file.create_device(
        name="Microscope", description="Microscope that recorded the frames.", model=model
    )
    channel = OpticalChannel(
        name="OpticalChannel",
        description="Detected light.",
        emission_lambda=_number(said.get("EmissionWavelength")),
    )
    spacing = _spacing(said.get("PixelSizeMicrometres"))
    return draft.file.create_imaging_plane(
        name="ImagingPlane",
        optical_channel=channel,
        description="Plane or volume that was imaged.",
        device=device,
        excitation_lambda=_number(said.get("ExcitationWavelength")),
        indicator=str(said.get("Indicator") or said.get("IndicatorName") or _UNKNOWN),
        location=str(said.get("BrainRegion") or said.get("BrainLocation") or _UNKNOWN),
        imaging_rate=header.sfreq_hz or None,
        **({"grid_spacing": spacing, "grid_spacing_unit": "micrometers"} if spacing else {}),
    )


def _number(value: object) -> float:
    """Return a number, NaN for what is not stated: NWB demands one."""
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    return float(value) if isinstance(value, int | float) else float("nan")


def _spacing(value: object) -> list[float] | None:
    """Return the size of a pixel along x and y (and z), if it is stated."""
    sizes = list(value) if isinstance(value, list | tuple) else [value]
    if not all(isinstance(size, int | float) and size > 0 for size in sizes):
        return None
    numbers = [float(size) for size in sizes if isinstance(size, int | float)]
    return numbers * 2 if len(numbers) == 1 else numbers


def _add_movie(draft: NwbDraft, movie: Movie, plane: Any, channel: int | None) -> None:  # noqa: ANN401
    """Add the frames of one channel."""
    from pynwb.ophys import OnePhotonSeries, TwoPhotonSeries

    is_one = draft.header.metadata.get("ImagingType") == _ONE_PHOTON
    series = OnePhotonSeries if is_one else TwoPhotonSeries
    shape = (movie.shape[0], *reversed(movie.shape[1:]))

    def transposed() -> Iterable[NDArray[Any]]:
        for block in movie.blocks():
            # (n_block, height, width) -> (n_block, width, height); planes go last
            yield block.transpose(0, *range(block.ndim - 1, 0, -1))

    draft.file.add_acquisition(
        series(
            name=series.__name__ + ("" if channel is None else f"Channel{channel + 1}"),
            description="Frames, moved upon one another by an analysis."
            if movie.is_registered
            else "Frames as they were recorded.",
            data=draft.stream(shape, movie.dtype, transposed),
            imaging_plane=plane,
            dimension=list(shape[1:]),
            unit=_UNIT,
            comments="n/a" if draft.header.sfreq_hz else FRAMES_AS_TIMES,
            **(
                {"rate": draft.header.sfreq_hz or 1.0}
                if movie.times_s is None
                else {"timestamps": movie.times_s}
            ),
        )
    )


_TRACES = {
    "fluorescence": ("Fluorescence", "RoiResponseSeries", "Fluorescence of each cell."),
    "neuropil": ("Fluorescence", "Neuropil", "Fluorescence of the neuropil around each cell."),
    "denoised": ("Fluorescence", "Denoised", "Fluorescence of each cell without noise."),
    "deconvolved": ("Fluorescence", "Deconvolved", "Activity of each cell, deconvolved."),
    "spikes": ("Fluorescence", "Spikes", "Spikes in each frame, recorded with an electrode."),
    "dff": ("DfOverF", "RoiResponseSeriesDfOverF", "Change of fluorescence over its baseline."),
}
_COLUMNS = {
    "iscell": "1 for a cell, 0 for what was rejected, by the analysis or a person.",
    "probability": "Probability that it is a cell, by the classifier of the analysis.",
    "snr": "Signal to noise ratio.",
    "spatial_correlation": "Correlation of the mask with the frames in which the cell is active.",
}
_IMAGES = {
    "mean": "Mean of the frames.",
    "enhanced": "Mean of the frames with its background evened out.",
    "maximum": "Maximum over the frames.",
    "correlation": "Correlation of each pixel with its neighbours.",
}


_NOWHERE = "Nothing tells where the cells are: each has one pixel of no weight, as NWB needs one."
_NO_PIXEL = (np.zeros(1, np.uint32), np.zeros(1, np.uint32), np.zeros(1, np.float32))


def _add_cells(draft: NwbDraft, planes: Sequence[Cells], plane: Any) -> None:  # noqa: ANN401
    """Add masks, traces and images of every plane that was analysed."""
    from pynwb.ophys import DfOverF, Fluorescence, ImageSegmentation

    module = draft.file.create_processing_module("ophys", "Cells, and what they did.")
    segmentation = ImageSegmentation(name="ImageSegmentation")
    module.add(segmentation)
    holders: dict[str, Any] = {}
    for i, cells in enumerate(planes):
        suffix = f"Plane{i + 1}" if len(planes) > 1 else ""
        table = _add_masks(segmentation, cells, plane, f"PlaneSegmentation{suffix}")
        for name, values in cells.traces.items():
            holder, series, description = _TRACES[name]
            if holder not in holders:
                holders[holder] = {"Fluorescence": Fluorescence, "DfOverF": DfOverF}[holder]()
                module.add(holders[holder])
            _add_trace(draft, (holders[holder], table), f"{series}{suffix}", description, values)
        _add_images(module, cells.images, f"SummaryImages{suffix}")


def _add_masks(segmentation: Any, cells: Cells, plane: Any, name: str) -> Any:  # noqa: ANN401
    """Add the table of the cells of a plane."""
    table = segmentation.create_plane_segmentation(
        name=name,
        description="Pixels of each cell." if cells.masks else _NOWHERE,
        imaging_plane=plane,
    )
    for columns, rows, weights in cells.masks or (_NO_PIXEL,) * cells.n_cells:
        table.add_roi(
            pixel_mask=list(zip(columns.tolist(), rows.tolist(), weights.tolist(), strict=True))
        )
    for column, values in cells.columns.items():
        table.add_column(name=column, description=_COLUMNS[column], data=np.asarray(values))
    return table


def _add_trace(
    draft: NwbDraft,
    owners: tuple[Any, Any],
    name: str,
    description: str,
    values: NDArray[Any],
) -> None:
    """Add one kind of trace of all cells of a plane."""
    from pynwb.ophys import RoiResponseSeries

    holder, table = owners
    n_cells = values.shape[1]
    n_block = max(1, BLOCK_BYTES // max(1, n_cells * values.dtype.itemsize))

    def blocks() -> Iterable[NDArray[Any]]:
        for start in range(0, len(values), n_block):
            yield values[start : start + n_block]

    holder.add_roi_response_series(
        RoiResponseSeries(
            name=name,
            description=description,
            data=draft.stream(values.shape, values.dtype, blocks),
            rois=table.create_roi_table_region(
                region=list(range(n_cells)), description="Cells, in their order."
            ),
            unit=_UNIT,
            rate=draft.header.sfreq_hz or 1.0,
            comments="n/a" if draft.header.sfreq_hz else FRAMES_AS_TIMES,
        )
    )


def _add_images(module: Any, images: Mapping[str, NDArray[Any]], name: str) -> None:  # noqa: ANN401
    """Add the images that an analysis made of all frames."""
    from pynwb.base import Images
    from pynwb.image import GrayscaleImage

    if not images:
        return
    module.add(
        Images(
            name=name,
            description="Images of the whole recording.",
            images=[
                GrayscaleImage(
                    name=key,
                    description=_IMAGES[key],
                    data=np.ascontiguousarray(np.asarray(image).T),  # x first, as the frames
                )
                for key, image in images.items()
            ],
        )
    )


def require_traces(cells: Cells) -> Cells:
    """Return the cells; raise FormatError FSC254 if masks, traces and columns do not fit."""
    sizes = {values.shape for values in cells.traces.values()}
    counts = {size[-1] for size in sizes} | {len(values) for values in cells.columns.values()}
    counts |= {len(cells.masks)} if cells.masks else set()
    if len(sizes) > 1 or len(counts) > 1 or any(len(size) != 2 for size in sizes):
        raise FormatError(
            "FSC254",
            f"Expected masks, traces and columns of the same cells, got {len(counts)} different "
            "counts.",
            "Copy the whole folder of results again, or run the analysis anew.",
        )
    return cells
