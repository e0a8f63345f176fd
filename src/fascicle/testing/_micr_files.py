"""Micrographs as microscopes and their programs write them, with identifiers in every field."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from ._planted import Planted

if TYPE_CHECKING:
    from collections.abc import Sequence

_OME = "http://www.openmicroscopy.org/Schemas/OME/2016-06"


@dataclass(frozen=True, slots=True)
class MicrographShape:
    """Size of a synthetic micrograph.

    Attributes
    ----------
    n_times, n_channels, n_slices, height, width : int
        Planes, and pixels of each.
    dtype : str
        Type of the pixels.
    """

    n_times: int = 1
    n_channels: int = 2
    n_slices: int = 3
    height: int = 71
    width: int = 97
    dtype: str = "uint16"

    def pixels(self, seed: int) -> NDArray[Any]:
        """Return cells over a dark ground, shape (times, channels, slices, rows, columns)."""
        rng = np.random.default_rng(seed)
        planes = (self.n_times, self.n_channels, self.n_slices)
        y, x = np.mgrid[: self.height, : self.width]
        image = np.zeros((*planes, self.height, self.width))
        for index in np.ndindex(*planes):
            for _ in range(9):
                top, left = rng.uniform(0, self.height), rng.uniform(0, self.width)
                square = ((y - top) ** 2 + (x - left) ** 2) / rng.uniform(8, 40)
                image[index] += rng.uniform(30, 90) * np.exp(-square)
        image += rng.normal(20, 2, image.shape)
        scale = 1.0 if np.dtype(self.dtype).itemsize == 1 else 17.0
        return np.clip(image * scale, 0, 250 * scale).astype(self.dtype)


def make_imagej_stack(
    path: Path, *, seed: int, planted: Planted, shape: MicrographShape | None = None
) -> Path:
    """Write a stack of slices as ImageJ does, with identifiers in its tags.

    Parameters
    ----------
    path : Path
        The ``.tif`` file.
    seed : int
        Of the pixels.
    planted : Planted
        What its tags hold.
    shape : MicrographShape, optional
        Its size; one channel of it is written.

    Returns
    -------
    Path
        The file.
    """
    import tifffile

    pixels = (shape or MicrographShape(n_channels=1)).pixels(seed)[0, 0]
    info = f"Patient = {planted.name}\nOperator = {planted.operator}\n"
    tifffile.imwrite(
        path, pixels, imagej=True, resolution=(2.0, 2.0), datetime=planted.start,
        metadata={"axes": "ZYX", "spacing": 2.5, "unit": "um", "Info": info,
                  "Labels": [planted.text] * len(pixels)},
        extratags=_person_tags(planted),
    )  # fmt: skip
    return path


def _person_tags(planted: Planted) -> list[tuple[int, int, int, str, bool]]:
    """Return tags that name people and places, as tifffile takes them."""
    texts = {315: planted.operator, 316: planted.serial, 33432: planted.institution,
             269: f"D:\\slides\\{planted.name}.tif", 285: planted.code}  # fmt: skip
    return [(code, 2, 0, text, True) for code, text in texts.items()]


def make_ome_tiff(
    path: Path, *, seed: int, planted: Planted, shape: MicrographShape | None = None
) -> Path:
    """Write an OME-TIFF whose XML names people, projects, devices and days.

    Parameters
    ----------
    path : Path
        The ``.ome.tif`` file.
    seed : int
        Of the pixels.
    planted : Planted
        What its XML and tags hold.
    shape : MicrographShape, optional
        Its size.

    Returns
    -------
    Path
        The file.
    """
    import tifffile

    shape = shape or MicrographShape()
    xml = _ome_xml(shape, planted)
    pixels = shape.pixels(seed)
    with tifffile.TiffWriter(path, ome=False) as file:
        for i, plane in enumerate(pixels.reshape(-1, shape.height, shape.width)):
            file.write(
                plane, photometric="minisblack", compression="zlib", rowsperstrip=17,
                description=xml.encode() if i == 0 else None, metadata=None, contiguous=False,
                software=f"Acquire by {planted.operator}", extratags=_person_tags(planted),
            )  # fmt: skip
    return path


def _ome_xml(shape: MicrographShape, planted: Planted) -> str:
    operator, serial = quoteattr(planted.operator), quoteattr(planted.serial)
    kind = {"uint8": "uint8", "uint16": "uint16", "float32": "float"}[shape.dtype]
    names = ["DAPI", "GFP", planted.text]
    channels = "".join(
        f'<Channel ID="Channel:0:{i}" Name={quoteattr(names[i % 3])} SamplesPerPixel="1" '
        'AcquisitionMode="LaserScanningConfocalMicroscopy"/>'
        for i in range(shape.n_channels)
    )
    n_planes = shape.n_times * shape.n_channels * shape.n_slices
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{_OME}" Creator={operator} '
        'UUID="urn:uuid:1c5a6ba2-1d6b-4c2e-9b8e-0123456789ab">'
        f"<Project ID='Project:0' Name={quoteattr(planted.name)}/>"
        f'<Experimenter ID="Experimenter:0" LastName={operator} UserName={operator} '
        f"Institution={quoteattr(planted.institution)}/>"
        f'<Instrument ID="Instrument:0"><Microscope Manufacturer="Zeiss" SerialNumber={serial}/>'
        '<Objective ID="Objective:0" NominalMagnification="20" LensNA="0.8" Immersion="Air"/>'
        f'</Instrument><Image ID="Image:0" Name={quoteattr(planted.code)}>'
        f"<AcquisitionDate>{planted.start:%Y-%m-%dT%H:%M:%S}</AcquisitionDate>"
        f"<Description>{planted.place}</Description>"
        f'<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="{kind}" SizeX="{shape.width}" '
        f'SizeY="{shape.height}" SizeZ="{shape.n_slices}" SizeC="{shape.n_channels}" '
        f'SizeT="{shape.n_times}" PhysicalSizeX="0.5" PhysicalSizeXUnit="µm" PhysicalSizeY="0.25" '
        'PhysicalSizeYUnit="µm" PhysicalSizeZ="2" PhysicalSizeZUnit="µm">'
        f'{channels}<TiffData IFD="0" PlaneCount="{n_planes}"/></Pixels></Image></OME>'
    )


def make_slide(path: Path, *, seed: int, planted: Planted, height: int = 1031) -> Path:
    """Write a slide as a scanner does: an image in tiles, its thumbnail, the label, a photograph.

    Parameters
    ----------
    path : Path
        The ``.svs`` or ``.tif`` file.
    seed : int
        Of the pixels.
    planted : Planted
        What its description and label hold.
    height : int
        Rows of the image.

    Returns
    -------
    Path
        The file.
    """
    import tifffile

    rng = np.random.default_rng(seed)
    pixels = rng.integers(180, 240, (height, 517, 3), np.uint8)
    pixels[height // 3 :, 100:300] = (150, 60, 120)
    about = (
        f"Aperio Image Library v11.2.1 \r\n{height}x517 [0,0 517x{height}] (256x256)|AppMag = 20"
        f"|MPP = 0.4990|User = {planted.operator}|ScanScope ID = {planted.serial}"
        f"|Filename = {planted.name}|ImageID = {planted.code}|Date = 11/23/19"
    )
    options: dict[str, Any] = {"photometric": "rgb", "metadata": None, "software": False}
    label = np.full((61, 83, 3), 255, np.uint8)
    label[20:30, 10:70] = 0  # where a name would be written
    with tifffile.TiffWriter(path) as file:
        file.write(pixels, tile=(256, 256), compression="zlib", description=about, **options)
        file.write(pixels[::8, ::8].copy(), description=about, **options)
        file.write(label, description=f"Aperio\r\nlabel 83x61 {planted.name}", subfiletype=1,
                   **options)  # fmt: skip
        file.write(
            label[::-1].copy(), description="Aperio\r\nmacro 83x61", subfiletype=9, **options
        )
    return path


def make_ome_zarr(
    folder: Path, *, seed: int, planted: Planted, shape: MicrographShape | None = None
) -> Path:
    """Write an OME-Zarr folder whose attributes and XML name people.

    Parameters
    ----------
    folder : Path
        The ``.ome.zarr`` folder.
    seed : int
        Of the pixels.
    planted : Planted
        What its attributes hold.
    shape : MicrographShape, optional
        Its size.

    Returns
    -------
    Path
        The folder.
    """
    import zarr

    shape = shape or MicrographShape()
    pixels = shape.pixels(seed)
    store = zarr.DirectoryStore(str(folder), dimension_separator="/")
    group = zarr.group(store, overwrite=True)
    for level, array in enumerate((pixels, pixels[..., ::2, ::2])):
        group.create_dataset(str(level), data=array, chunks=(1, 1, 1, 32, 41),
                             dimension_separator="/")  # fmt: skip
    units: dict[str, Any] = {"type": "space", "unit": "micrometer"}
    axes = [{"name": "t", "type": "time"}, {"name": "c", "type": "channel"},
            *({"name": axis, **units} for axis in "zyx")]  # fmt: skip
    datasets = [
        {"path": str(i), "coordinateTransformations": [
            {"type": "scale", "scale": [1, 1, 2.0, 0.25 * 2**i, 0.5 * 2**i]}]}
        for i in range(2)
    ]  # fmt: skip
    group.attrs.put({
        "multiscales": [{"name": planted.name, "version": "0.4", "axes": axes,
                         "datasets": datasets}],
        "omero": {"channels": [{"label": "DAPI"}, {"label": "GFP"}][: shape.n_channels]},
        "_creator": {"name": planted.operator, "host": planted.serial},
        "acquired": planted.start.isoformat(),
    })  # fmt: skip
    (folder / "OME").mkdir()
    (folder / "OME" / "METADATA.ome.xml").write_text(_ome_xml(shape, planted), "utf-8")
    return folder


def make_slices(
    folder: Path, *, seed: int, planted: Planted, n_slices: int = 5, ending: str = "tif"
) -> Sequence[Path]:
    """Write numbered slices, a file each, with a note that states the size of a pixel.

    Parameters
    ----------
    folder : Path
        Is made; its name should speak of slices.
    seed : int
        Of the pixels.
    planted : Planted
        What the tags or texts of each file hold.
    n_slices : int
        How many.
    ending : str
        ``"tif"`` or ``"png"``.

    Returns
    -------
    sequence of Path
        The slices.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pixels = MicrographShape(1, 1, n_slices, dtype="uint8").pixels(seed)[0, 0]
    paths = [folder / f"z_{i:0{math.ceil(math.log10(n_slices + 1)) + 1}d}.{ending}"
             for i in range(n_slices)]  # fmt: skip
    for path, plane in zip(paths, pixels, strict=True):
        _write_slice(path, plane, planted)
    note = {"PixelSize": [4.0, 4.0, 45.0], "PixelSizeUnits": "nm", "MicroscopyTechnique": "SEM"}
    (folder / "micrograph.json").write_text(json.dumps(note), "utf-8")
    return paths


def _write_slice(path: Path, plane: NDArray[Any], planted: Planted) -> None:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    if path.suffix == ".png":
        texts = PngInfo()
        texts.add_text("Author", planted.name)
        Image.fromarray(plane).save(path, pnginfo=texts)
        return
    import tifffile

    tifffile.imwrite(path, plane, metadata=None, software=False, datetime=planted.start,
                     description=f"Author = {planted.name}",
                     extratags=_person_tags(planted))  # fmt: skip
