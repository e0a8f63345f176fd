"""Which formats there are: one line for each, loaded when first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import cast

from fascicle.core import Format

ENTRY_POINT_GROUP = "fascicle.formats"

FORMATS: tuple[tuple[str, str], ...] = (
    # From the most specific signature to the least: the first that recognises a file has it.
    ("fif", "fascicle.formats._fif:Fif"),
    ("bdf", "fascicle.formats._edf:Bdf"),
    ("edf", "fascicle.formats._edf:Edf"),
    ("brainvision", "fascicle.formats._brainvision:BrainVision"),
    ("eeglab", "fascicle.formats._eeglab:Eeglab"),
    ("fieldtrip", "fascicle.formats._fieldtrip:FieldTrip"),
    ("nwb", "fascicle.formats._nwb:Nwb"),
    ("snirf", "fascicle.formats._snirf:Snirf"),
    ("deeplabcut", "fascicle.formats._dlc:DeepLabCut"),
    ("sleap", "fascicle.formats._sleap:Sleap"),
    ("anndata", "fascicle.formats._anndata:AnnData"),
    ("tenx", "fascicle.formats._tenx:TenX"),
    ("tenx-mtx", "fascicle.formats._tenx:TenXFolder"),
    ("loom", "fascicle.formats._loom:Loom"),
    ("rdata", "fascicle.formats._rdata:RData"),
    ("abf", "fascicle.formats._abf:Abf"),
    ("phy", "fascicle.formats._sorted:KilosortPhy"),
    ("kwik", "fascicle.formats._kwik:Kwik"),
    ("igor", "fascicle.formats._igor:IgorWave"),
    ("igor-packed", "fascicle.formats._igor:IgorExperiment"),
    ("cnt", "fascicle.formats._neuroscan:Neuroscan"),
    ("ant", "fascicle.formats._declared:AntNeuro"),
    ("gdf", "fascicle.formats._declared:Gdf"),
    ("xdf", "fascicle.formats._xdf:Xdf"),
    ("mff", "fascicle.formats._mff:Mff"),
    ("ctf", "fascicle.formats._magnetic:Ctf"),
    ("bti", "fascicle.formats._magnetic:Bti"),
    ("neuralynx", "fascicle.formats._neuralynx:Neuralynx"),
    ("spikeglx", "fascicle.formats._spikeglx:SpikeGlx"),
    ("openephys", "fascicle.formats._openephys:OpenEphys"),
    ("intan", "fascicle.formats._intan:Intan"),
    ("blackrock", "fascicle.formats._neo:Blackrock"),
    ("openephys-legacy", "fascicle.formats._neo:OpenEphysLegacy"),
    ("plexon", "fascicle.formats._neo:Plexon"),
    ("axona", "fascicle.formats._neo:Axona"),
    ("mcs-raw", "fascicle.formats._neo:McsRaw"),
    ("mcs", "fascicle.formats._hdf5_probes:McsHdf5"),
    ("mearec", "fascicle.formats._hdf5_probes:MeaRec"),
    ("described", "fascicle.formats._described:Described"),
    ("dicom", "fascicle.formats._dicom:Dicom"),
    ("nifti", "fascicle.formats._nifti:Nifti"),
    ("minc", "fascicle.formats._minc:Minc"),
    ("par-rec", "fascicle.formats._par_rec:ParRec"),
    ("mgh", "fascicle.formats._mgh:Mgh"),
    ("ome-zarr", "fascicle.formats._micrographs:OmeZarr"),
    ("micrograph", "fascicle.formats._micrographs:TiffMicrograph"),
    ("persyst", "fascicle.formats._persyst:Persyst"),
    ("nihon", "fascicle.formats._declared:NihonKohden"),
    ("curry", "fascicle.formats._declared:Curry"),
    ("nicolet", "fascicle.formats._declared:Nicolet"),
    ("nicolet-e", "fascicle.formats._declared:NicoletE"),
    ("nirx", "fascicle.formats._optical:Nirx"),
    ("boxy", "fascicle.formats._optical:Boxy"),
    ("muse", "fascicle.formats._headsets:Muse"),
    ("openbci", "fascicle.formats._headsets:OpenBci"),
    ("emotiv", "fascicle.formats._headsets:Emotiv"),
    ("suite2p", "fascicle.formats._suite2p:Suite2p"),
    ("miniscope", "fascicle.formats._miniscope:Miniscope"),
    ("caiman", "fascicle.formats._caiman:CaImAn"),
    ("trace-table", "fascicle.formats._trace_tables:TraceTable"),
    ("tiff-movie", "fascicle.formats._tiff_movies:TiffMovie"),
    ("hdf5-movie", "fascicle.formats._hdf5_movies:Hdf5Movie"),
    ("video", "fascicle.formats._video:Video"),
    ("eyelink", "fascicle.formats._eyelink:EyeLink"),
    ("ibl", "fascicle.formats._ibl:Ibl"),
    # A picture may show anything: every other format is asked before.
    ("picture", "fascicle.formats._micr_pictures:Picture"),
    # No words to go by, only numbers that are possible.
    ("egi", "fascicle.formats._declared:EgiSimple"),
    ("kit", "fascicle.formats._magnetic:Kit"),
    ("trials", "fascicle.formats._trials:TrialTable"),
)
"""Name and class of every built-in format, in the order in which they are asked."""


class _LazyRegistry(Mapping[str, Format]):
    """Loads a format's module when it is looked up."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        self._targets = dict(targets)
        self._loaded: dict[str, Format] = {}

    def __getitem__(self, name: str) -> Format:
        if name not in self._loaded:
            module, _, cls = self._targets[name].partition(":")
            self._loaded[name] = cast(Format, getattr(import_module(module), cls)())
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def __len__(self) -> int:
        return len(self._targets)


@cache
def registry() -> Mapping[str, Format]:
    """Return every format by name: the built-in ones, then those that plug-ins bring.

    A plug-in names its class in the entry-point group ``fascicle.formats``; a built-in format
    cannot be replaced by one.

    Returns
    -------
    mapping of str to Format
        In the order in which formats are asked whether a file is theirs; loaded on first use.

    Examples
    --------
    >>> registry()["edf"].title
    'European Data Format (EDF, EDF+)'
    """
    from importlib import metadata  # takes as long to import as all of this room

    targets = dict(FORMATS)
    points = sorted(metadata.entry_points(group=ENTRY_POINT_GROUP), key=lambda p: (p.name, p.value))
    for point in points:
        targets.setdefault(point.name, point.value)
    return _LazyRegistry(targets)
