"""What each measure of an image means, with its unit and the formula's source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fascicle.core import Measure

_MRIQC: Final = "as MRIQC defines it (doi:10.1371/journal.pone.0184661)"
_TISSUE: Final = {"csf": "fluid", "gm": "grey matter", "wm": "white matter", "total": "the tissues"}
_AXIS: Final = {"x": "first stored axis", "y": "second stored axis", "z": "third stored axis"}

MEANINGS: Final[Mapping[str, tuple[str, str]]] = {
    "cjv": ("", f"Coefficient of joint variation of white and grey matter, {_MRIQC}; low is good."),
    "cnr": ("", f"Contrast of white and grey matter over noise, {_MRIQC}; high is good."),
    "efc": ("", f"Entropy focus criterion, {_MRIQC}; ghosts and blur raise it."),
    "fber": ("", f"Energy of the head over that of air, {_MRIQC}; -1 if the air is empty."),
    "wm2max": ("", f"White matter over the brightest of the image, {_MRIQC}; usual are .6 to .8."),
    "qi_1": ("", "Share of the air that is more than noise (Mortamet's first index)."),
    "inu_range": (
        "",
        "Range of the smooth factor over the brain, from its 5th to 95th percentile.",
    ),
    "inu_med": ("", "Median of the smooth factor over the brain."),
    **{f"snr_{k}": ("", f"Signal over noise within {v}, {_MRIQC}.") for k, v in _TISSUE.items()},
    **{
        f"snrd_{k}": ("", f"Signal of {v} over the noise of air, after Dietrich.")
        for k, v in _TISSUE.items()
    },
    **{f"icvs_{k}": ("", f"Share of {v} in the brain's mask.") for k, v in _TISSUE.items()},
    **{f"fwhm_{k}": ("voxels", f"Smoothness along the {v}.") for k, v in _AXIS.items()},
    "fwhm_avg": ("voxels", "Mean smoothness, as the full width at half maximum."),
    "brain_ml": ("mL", "Volume of the mask of the brain."),
    "cut_top": ("", "Area of brain in the topmost slice over the largest area; 0 if all is seen."),
    "cut_bottom": (
        "",
        "Area of brain in the lowest slice over the largest area; 0 if all is seen.",
    ),
    "snr": ("", f"Signal over noise within the brain of the mean volume, {_MRIQC}."),
    "tsnr": ("", "Median over the brain of the mean over the standard deviation in time."),
    "fd_mean": ("mm", "Mean framewise displacement (Power et al. 2012, 50 mm)."),
    "fd_max": ("mm", "Largest framewise displacement."),
    "fd_num": ("", "Volumes with a framewise displacement above 0.2 mm."),
    "fd_perc": ("%", "Share of volumes with a framewise displacement above 0.2 mm."),
    "dvars_nstd": ("", "Mean DVARS (Power et al. 2012); 10 is one percent of the signal."),
    "dvars_std": ("", "Mean standardised DVARS (Nichols 2013); 1 for noise alone."),
    "dvars_vstd": ("", "Mean DVARS with each voxel over its own expected change."),
    "gcor": ("", "Mean correlation of all pairs of voxels (Saad et al. 2013)."),
    "aor": ("", "Mean share of outlying voxels, by the rule of AFNI's 3dToutcount."),
    "aqi": ("", "Mean distance of volumes to the median one, as AFNI's 3dTqual takes it."),
    "gsr_x": ("", "Ghost over signal along the left-right axis (Giannelli et al. 2010)."),
    "gsr_y": ("", "Ghost over signal along the front-back axis (Giannelli et al. 2010)."),
    "gsr": ("", "Ghost over signal along the phase-encoding axis (Giannelli et al. 2010)."),
    "n_spikes": ("", "Slices of volumes that are far brighter or darker than before and after."),
    "n_lost": ("", "Volumes without signal."),
    "dummy_trs": ("", "Volumes at the start before the signal was steady."),
    "size_t": ("", "Volumes."),
    "exclude_probability": ("", "Probability that an expert excludes the image; see the card."),
}


def explain_measures(values: Mapping[str, float]) -> dict[str, Measure]:
    """Return values with unit and meaning, in the order of the names."""
    return {name: Measure(values[name], *MEANINGS[name]) for name in sorted(values)}
