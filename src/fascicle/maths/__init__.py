"""Functions on arrays: spectra, runs, clocks, burnt-in text, private sums, attacks; pure.

Arrays are time-last, ``(n_channels, n_times)``. What must be summed over a long recording comes as
an accumulator: it is fed block after block, its memory does not grow, and its result does not
depend on where the blocks were cut.
"""

from ._alignment import MIN_PULSES, Alignment, ClockTest, align_pulses, compare_clocks
from ._amplitudes import robust_scale, robust_z
from ._artifact_bins import (
    BIN_FEATURES,
    BIN_LEVELS,
    BIN_S,
    bin_features,
    bin_levels,
    drift_chances,
    gather_bins,
)
from ._artifact_events import (
    BLINK_FEATURES,
    SACCADE_FEATURES,
    SLOW_HZ,
    EyeScene,
    blink_features,
    blink_maps,
    find_peaks_above,
    own_filter,
    saccade_features,
    spread_of,
    step_trace,
    weighted_trace,
)
from ._artifact_rhythms import HeartBeat, bridge_ratios, find_heart_beat
from ._bands import Decimator, split_bands
from ._burnt_text import BurntText, StillPixels, find_burnt_text
from ._calcium_pools import Pools, deconvolve
from ._calcium_spikes import InferredSpikes, estimate_decay, event_features, infer_spikes
from ._calcium_traces import native_frames, resample, running_baseline, trace_noise
from ._cell_footprints import Footprint, bin_frames, find_footprints
from ._cell_traces import CellTraces, extract_traces, measure_dff
from ._copied_rows import attack_copies, attack_values, expect_copies
from ._envelopes import Envelope
from ._fingerprints import SPECTRUM_HZ, connectome_fingerprint, match_people, spectrum_fingerprint
from ._head_motion import framewise_displacement, read_motion, rigid_matrix
from ._image_contrast import (
    TissueValues,
    air_signal_to_noise,
    artefact_share,
    contrast_to_noise,
    focus_entropy,
    foreground_energy,
    joint_variation,
    signal_to_noise,
    smoothness_voxels,
    white_to_top,
)
from ._image_masks import find_air_artefacts, find_brain, find_head, otsu_threshold, three_classes
from ._intervals import proportion_interval, wilson_interval
from ._linkage_attacks import (
    LinkageAttack,
    TwinRows,
    attack_inference,
    attack_linkability,
    attack_singling_out,
)
from ._logistic import Logistic, fit_logistic
from ._membership import (
    FEW_ALARMS,
    MembershipAttack,
    TailHits,
    attack_membership,
    density_scores,
    nearness_scores,
    people_needed,
)
from ._mixed_rows import RowMetric, spread_words
from ._motion_shifts import MotionShifts, find_motion, move_back
from ._private_fits import (
    N_LOGISTIC_STEPS,
    Fit,
    LogisticClimb,
    fit_linear,
    fold_products,
    logistic_gradients,
)
from ._private_matrices import fold_matrices, project_correlation, shrink_eigenvalues, unfold_matrix
from ._private_noise import RandomBits, discrete_gaussian
from ._private_quantiles import (
    N_RANKS,
    RANKS_BOUND,
    PrivateRanks,
    rank_contributions,
    read_ranks,
)
from ._private_sums import PrivateSum, add_privately, clip_to_grid, grid_sigma
from ._private_utility import affordable_noise, expected_correlation
from ._realignment import Realigner
from ._roc import area_under_curve
from ._runs import ExtremeRuns, FlatBins, HeldSamples
from ._scalp_positions import blink_weights, find_scalp_positions, saccade_weights
from ._series_quality import (
    Dvars,
    count_settling,
    ghost_to_signal,
    global_correlation,
    measure_dvars,
    median_distances,
    outlier_shares,
)
from ._shifts import Shift, find_shift
from ._small_network import SmallNetwork, teach_network
from ._spectra import WelchSpectrum, high_frequency_ratio, line_noise_ratio
from ._spikes import find_spikes, spike_noise
from ._synthetic_utility import (
    FeatureUtility,
    TableUtility,
    TaughtScore,
    teach_and_test,
    utility_of_features,
    utility_of_matrices,
    utility_of_spectra,
    utility_of_table,
)
from ._table_risk import (
    RecordRisk,
    count_classmates,
    count_diversity,
    expect_match,
    find_classes,
    link_records,
    lose_information,
    measure_closeness,
    measure_records,
)
from ._trait_attack import TraitAttack, attack_class, attack_number, predict_across
from ._uneven_field import estimate_unevenness
from ._units import REFRACTORY_S, isi_violations, presence_ratio

__all__ = [
    "BIN_FEATURES",
    "BIN_LEVELS",
    "BIN_S",
    "BLINK_FEATURES",
    "FEW_ALARMS",
    "MIN_PULSES",
    "N_LOGISTIC_STEPS",
    "N_RANKS",
    "RANKS_BOUND",
    "REFRACTORY_S",
    "SACCADE_FEATURES",
    "SLOW_HZ",
    "SPECTRUM_HZ",
    "Alignment",
    "BurntText",
    "CellTraces",
    "ClockTest",
    "Decimator",
    "Dvars",
    "Envelope",
    "ExtremeRuns",
    "EyeScene",
    "FeatureUtility",
    "Fit",
    "FlatBins",
    "Footprint",
    "HeartBeat",
    "HeldSamples",
    "InferredSpikes",
    "LinkageAttack",
    "Logistic",
    "LogisticClimb",
    "MembershipAttack",
    "MotionShifts",
    "Pools",
    "PrivateRanks",
    "PrivateSum",
    "RandomBits",
    "Realigner",
    "RecordRisk",
    "RowMetric",
    "Shift",
    "SmallNetwork",
    "StillPixels",
    "TableUtility",
    "TailHits",
    "TaughtScore",
    "TissueValues",
    "TraitAttack",
    "TwinRows",
    "WelchSpectrum",
    "add_privately",
    "affordable_noise",
    "air_signal_to_noise",
    "align_pulses",
    "area_under_curve",
    "artefact_share",
    "attack_class",
    "attack_copies",
    "attack_inference",
    "attack_linkability",
    "attack_membership",
    "attack_number",
    "attack_singling_out",
    "attack_values",
    "bin_features",
    "bin_frames",
    "bin_levels",
    "blink_features",
    "blink_maps",
    "blink_weights",
    "bridge_ratios",
    "clip_to_grid",
    "compare_clocks",
    "connectome_fingerprint",
    "contrast_to_noise",
    "count_classmates",
    "count_diversity",
    "count_settling",
    "deconvolve",
    "density_scores",
    "discrete_gaussian",
    "drift_chances",
    "estimate_decay",
    "estimate_unevenness",
    "event_features",
    "expect_copies",
    "expect_match",
    "expected_correlation",
    "extract_traces",
    "find_air_artefacts",
    "find_brain",
    "find_burnt_text",
    "find_classes",
    "find_footprints",
    "find_head",
    "find_heart_beat",
    "find_motion",
    "find_peaks_above",
    "find_scalp_positions",
    "find_shift",
    "find_spikes",
    "fit_linear",
    "fit_logistic",
    "focus_entropy",
    "fold_matrices",
    "fold_products",
    "foreground_energy",
    "framewise_displacement",
    "gather_bins",
    "ghost_to_signal",
    "global_correlation",
    "grid_sigma",
    "high_frequency_ratio",
    "infer_spikes",
    "isi_violations",
    "joint_variation",
    "line_noise_ratio",
    "link_records",
    "logistic_gradients",
    "lose_information",
    "match_people",
    "measure_closeness",
    "measure_dff",
    "measure_dvars",
    "measure_records",
    "median_distances",
    "move_back",
    "native_frames",
    "nearness_scores",
    "otsu_threshold",
    "outlier_shares",
    "own_filter",
    "people_needed",
    "predict_across",
    "presence_ratio",
    "project_correlation",
    "proportion_interval",
    "rank_contributions",
    "read_motion",
    "read_ranks",
    "resample",
    "rigid_matrix",
    "robust_scale",
    "robust_z",
    "running_baseline",
    "saccade_features",
    "saccade_weights",
    "shrink_eigenvalues",
    "signal_to_noise",
    "smoothness_voxels",
    "spectrum_fingerprint",
    "spike_noise",
    "split_bands",
    "spread_of",
    "spread_words",
    "step_trace",
    "teach_and_test",
    "teach_network",
    "three_classes",
    "trace_noise",
    "unfold_matrix",
    "utility_of_features",
    "utility_of_matrices",
    "utility_of_spectra",
    "utility_of_table",
    "weighted_trace",
    "white_to_top",
    "wilson_interval",
]
