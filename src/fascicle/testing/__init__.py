"""Contract tests and synthetic data, for our own tests and for authors of plug-ins."""

from ._attacks import ATTACKS, IDENTIFIERS, Attack, copy_folder
from ._beh_files import (
    make_deeplabcut,
    make_eyelink,
    make_ibl,
    make_sleap,
    make_sleap_project,
    make_trials,
)
from ._brainvision_files import make_brainvision
from ._calcium_movies import (
    CalciumTruth,
    MovieDraft,
    MovieTruth,
    simulate_calcium,
    simulate_calcium_movie,
)
from ._cells_files import CellShape, make_h5ad, make_loom, make_tenx, make_tenx_folder
from ._clean_files import make_clean_folder
from ._contracts import FormatContract, read_all
from ._contracts_base import RecordingContract, released
from ._contracts_behaviour import BehaviourContract
from ._contracts_cells import CellsContract, read_anndata, released_cells
from ._contracts_micr import (
    MicrographContract,
    read_pixels,
    read_written_pixels,
    released_micrograph,
)
from ._contracts_neurodata import NeurodataContract, released_neurodata
from ._contracts_ophys import OphysContract, released_ophys
from ._contracts_volumes import VolumeContract, read_canonical, released_volume
from ._dicom_files import make_dicom
from ._dicom_heads import DicomHead, make_dicom_head
from ._edf_files import make_bdf, make_edf
from ._eeg_artifacts import ArtifactRecording, TrueArtifact, make_artifact_recording
from ._ephys_files import make_described, make_nwb, make_openephys, make_spikeglx
from ._face_films import FilmFace, draw_wall, make_animal_film, make_face_film
from ._fieldtrip_files import make_fieldtrip
from ._fif_files import make_fif
from ._head_shapes import make_head_shape, make_surface
from ._heads import HeadSource, make_head, template_source
from ._icephys_files import SweepShape, make_abf, make_ibw, make_kwik, make_phy
from ._layout_draft import Truth
from ._layout_files import write_layout
from ._layouts import DEVELOPMENT_HABITS, HELD_OUT_HABITS, Layout, make_layout
from ._layouts_mixed import (
    MIXED_DEVELOPMENT_HABITS,
    MIXED_HELD_OUT_HABITS,
    MixedLayout,
    make_mixed_layout,
)
from ._micr_files import (
    MicrographShape,
    make_imagej_stack,
    make_ome_tiff,
    make_ome_zarr,
    make_slices,
    make_slide,
)
from ._mixed_draft import MixedTruth
from ._ophys_files import (
    make_caiman,
    make_hdf5_movie,
    make_miniscope,
    make_scanimage,
    make_suite2p,
    make_tiff_sequence,
    make_tiff_stack,
    make_trace_tables,
    simulate_movie,
)
from ._par_rec_files import make_par_rec
from ._planted import PLANTED, Planted, Shape
from ._probe_vendor_files import (
    make_axona,
    make_blackrock,
    make_intan,
    make_mcs,
    make_mcs_raw,
    make_mearec,
    make_openephys_legacy,
    make_plexon,
)
from ._releases import (
    MadeRelease,
    ReleaseShape,
    Sealer,
    list_assets,
    make_release,
    seal_release,
)
from ._stores import StoreContract
from ._vendor_binary import (
    make_ant_head,
    make_cnt,
    make_egi,
    make_gdf,
    make_kit_head,
    make_neuralynx,
    make_nihon,
)
from ._vendor_containers import make_eeglab, make_mff, make_nirx, make_snirf, make_xdf
from ._vendor_text import (
    make_boxy,
    make_curry,
    make_emotiv,
    make_muse,
    make_nicolet,
    make_openbci,
    make_persyst,
)
from ._video_files import make_avi, make_frames, make_mov
from ._volume_files import VolumeShape, make_mgh, make_minc, make_nifti

__all__ = [
    "ATTACKS",
    "DEVELOPMENT_HABITS",
    "HELD_OUT_HABITS",
    "IDENTIFIERS",
    "MIXED_DEVELOPMENT_HABITS",
    "MIXED_HELD_OUT_HABITS",
    "PLANTED",
    "ArtifactRecording",
    "Attack",
    "BehaviourContract",
    "CalciumTruth",
    "CellShape",
    "CellsContract",
    "DicomHead",
    "FilmFace",
    "FormatContract",
    "HeadSource",
    "Layout",
    "MadeRelease",
    "MicrographContract",
    "MicrographShape",
    "MixedLayout",
    "MixedTruth",
    "MovieDraft",
    "MovieTruth",
    "NeurodataContract",
    "OphysContract",
    "Planted",
    "RecordingContract",
    "ReleaseShape",
    "Sealer",
    "Shape",
    "StoreContract",
    "SweepShape",
    "TrueArtifact",
    "Truth",
    "VolumeContract",
    "VolumeShape",
    "copy_folder",
    "draw_wall",
    "list_assets",
    "make_abf",
    "make_animal_film",
    "make_ant_head",
    "make_artifact_recording",
    "make_avi",
    "make_axona",
    "make_bdf",
    "make_blackrock",
    "make_boxy",
    "make_brainvision",
    "make_caiman",
    "make_clean_folder",
    "make_cnt",
    "make_curry",
    "make_deeplabcut",
    "make_described",
    "make_dicom",
    "make_dicom_head",
    "make_edf",
    "make_eeglab",
    "make_egi",
    "make_emotiv",
    "make_eyelink",
    "make_face_film",
    "make_fieldtrip",
    "make_fif",
    "make_frames",
    "make_gdf",
    "make_h5ad",
    "make_hdf5_movie",
    "make_head",
    "make_head_shape",
    "make_ibl",
    "make_ibw",
    "make_imagej_stack",
    "make_intan",
    "make_kit_head",
    "make_kwik",
    "make_layout",
    "make_loom",
    "make_mcs",
    "make_mcs_raw",
    "make_mearec",
    "make_mff",
    "make_mgh",
    "make_minc",
    "make_miniscope",
    "make_mixed_layout",
    "make_mov",
    "make_muse",
    "make_neuralynx",
    "make_nicolet",
    "make_nifti",
    "make_nihon",
    "make_nirx",
    "make_nwb",
    "make_ome_tiff",
    "make_ome_zarr",
    "make_openbci",
    "make_openephys",
    "make_openephys_legacy",
    "make_par_rec",
    "make_persyst",
    "make_phy",
    "make_plexon",
    "make_release",
    "make_scanimage",
    "make_sleap",
    "make_sleap_project",
    "make_slices",
    "make_slide",
    "make_snirf",
    "make_spikeglx",
    "make_suite2p",
    "make_surface",
    "make_tenx",
    "make_tenx_folder",
    "make_tiff_sequence",
    "make_tiff_stack",
    "make_trace_tables",
    "make_trials",
    "make_xdf",
    "read_all",
    "read_anndata",
    "read_canonical",
    "read_pixels",
    "read_written_pixels",
    "released",
    "released_cells",
    "released_micrograph",
    "released_neurodata",
    "released_ophys",
    "released_volume",
    "seal_release",
    "simulate_calcium",
    "simulate_calcium_movie",
    "simulate_movie",
    "template_source",
    "write_layout",
]
