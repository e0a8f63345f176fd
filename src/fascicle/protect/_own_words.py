"""Words that Fascicle itself writes into every dataset, whoever is in it.

The keywords of the formats, the fields of BIDS and the names of formats in reports. A folder that
is called ``Dataformat`` points to nobody, and each BrainVision header says ``DataFormat``: taken
from a path such a word would refuse every dataset and protect no one.
"""

from __future__ import annotations

import re
from functools import cache

from fascicle.core import BIDS_KEYS, Modality
from fascicle.formats import registry

from ._words import fold_word, split_words, word_set

KEYWORDS = word_set(
    """
    Codepage UseBigEndianOrder DataFile MarkerFile DataFormat DataOrientation MULTIPLEXED VECTORIZED
    NumberOfChannels
    DataPoints SamplingInterval BinaryFormat IEEE FLOAT Infos Coordinates Mk Ch Exchange Segment
    Startdate Annotations
    setname filename filepath subject nbchan pnts srate xmin xmax icaact icawinv icasphere
    icaweights icachansind chanlocs urchanlocs chaninfo urevent latency urlatency epoch epochs
    formatVersion metaDataTags LengthUnit TimeUnit FrequencyUnit dataTimeSeries measurementList
    measurementLists sourceIndex detectorIndex wavelengthIndex wavelengthActual dataType
    dataTypeLabel dataTypeIndex probe wavelengths sourcePos2D sourcePos3D detectorPos2D
    detectorPos3D sourceLabels detectorLabels landmarkPos3D landmarkLabels dataLabels aux stim
    SubjectID MeasurementDate MeasurementTime probeInfo montages optode optodes

    Name BIDSVersion HEDVersion DatasetType License Authors Acknowledgements HowToAcknowledge
    Funding EthicsApprovals ReferencesAndLinks DatasetDOI DatasetLinks GeneratedBy SourceDatasets
    Keywords TaskName TaskDescription Instructions InstitutionName InstitutionAddress
    InstitutionalDepartmentName Manufacturer ManufacturersModelName ManufacturersAmplifierModelName
    DeviceSerialNumber SoftwareVersions SamplingFrequency PowerLineFrequency SoftwareFilters
    HardwareFilters RecordingDuration RecordingType EpochLength CapManufacturer
    CapManufacturersModelName EEGReference EEGGround EEGPlacementScheme EEGCoordinateSystem
    EEGCoordinateUnits EEGCoordinateSystemDescription iEEGReference iEEGGround
    iEEGPlacementScheme iEEGElectrodeGroups iEEGCoordinateSystem iEEGCoordinateUnits
    iEEGCoordinateSystemDescription iEEGCoordinateProcessingDescription ElectrodeManufacturer
    ElectricalStimulation ElectricalStimulationParameters SubjectArtefactDescription
    HeadCircumference DewarPosition DigitizedLandmarks DigitizedHeadPoints AssociatedEmptyRoom
    ContinuousHeadLocalization HeadCoilFrequency MaxMovement MEGCoordinateSystem
    MEGCoordinateUnits HeadCoilCoordinates HeadCoilCoordinateSystem HeadCoilCoordinateUnits
    SpatialCompensation GradientOrder SpatialReference AnatomicalLandmarkCoordinates
    AnatomicalLandmarkCoordinateSystem AnatomicalLandmarkCoordinateUnits NIRSCoordinateSystem
    NIRSCoordinateUnits NIRSSourceOptodeCount NIRSDetectorOptodeCount ShortChannelCount
    EEGChannelCount EOGChannelCount ECGChannelCount EMGChannelCount ECOGChannelCount
    SEEGChannelCount MEGChannelCount MEGREFChannelCount NIRSChannelCount MiscChannelCount
    TriggerChannelCount Description LongName Levels Units TermURL Delimiter StimulusPresentation
    participants electrodes channels coordsystem derivatives sourcedata phenotype sidecar

    context graph type identifier variableMeasured measurementTechnique conditionsOfAccess
    isAccessibleForFree QuantitativeValue PropertyValue DefinedTerm inDefinedTermSet DataDownload
    DataCatalog encodingFormat contentSize contentUrl dateModified datePublished dateCreated
    distribution isBasedOn creativeWorkStatus schemaVersion usageInfo
    """
)
"""As they are written; compared without regard to case."""

NWB_NAMES = word_set(
    """
    AbstractFeatureSeries acquisition age AlignedDynamicTable amperes analysis annotation
    AnnotationSeries annotator axis axis_descriptions band_limits band_mean band_name band_stdev
    bands BaseImage BehavioralEpochs BehavioralEvents BehavioralTimeSeries bias_current binning
    bits_per_pixel bridge_balance CalibratedCamera capacitance_compensation capacitance_fast
    capacitance_slow categories cell_id channel_conversion Clustering clustering_interface
    ClusterWaveforms colnames comments CompassDirection confidence Container continuity control
    control_description conversion corrected CorrectedImageStack count CSRMatrix
    CurrentClampSeries CurrentClampStimulusSeries data Data data_collection date_of_birth
    DecompositionSeries definition description detection_method Device device DeviceModel
    devices DfOverF dimension dimensions distance distortion_coefficients duration
    DurationVectorData DynamicTable DynamicTableRegion edges ElectricalSeries electrode
    electrode_group ElectrodeGroup electrodes electrodes_index ElectrodesTable element_id
    ElementIdentifiers elements emission_lambda entities entities_idx entity_id entity_keys
    entity_uri EnumData epochs EventDetection events EventsTable EventWaveform excitation_lambda
    experiment_description experimental_conditions ExperimentalConditionsTable experimenter
    exposure_time external_file external_resources ExternalImage extracellular_ephys EyeTracking
    farads feature_units FeatureExtraction features field field_of_view file_create_date
    file_name file_object_id files files_idx FilteredEphys filtering Fluorescence focal_depth
    focal_depth_image format FrequencyBandsTable gain general genotype GrayscaleImage
    grid_spacing group group_name HERD hertz id identifier idx_start Image image_format
    image_mask image_mode ImageMaskSeries ImageReferences Images ImageSegmentation ImageSeries
    imaging_plane imaging_rate ImagingPlane ImagingRetinotopy imp indexed_images
    indexed_timeseries IndexSeries indicator indices indptr initial_access_resistance
    institution intensity interval intervals IntervalSeries intracellular_ephys
    intracellular_recordings IntracellularElectrode IntracellularElectrodesTable
    IntracellularRecordingsTable IntracellularResponsesTable IntracellularStimuliTable
    intrinsic_matrix invalid_times IZeroClampSeries key keys keys_idx keywords lab labeled_video
    labeled_videos LabMetaData LFP location manifold manufacturer masked_imageseries meaning
    meanings_tables MeaningsTable metric model model_name model_number models MotionCorrection
    MultiCameraPoseEstimation node_locations node_visibility nodes notes num num_samples
    nwb_version NWBContainer NWBData NWBDataInterface NWBFile object_id object_keys object_type
    objects objects_idx obs_intervals obs_intervals_index offset ohms OnePhotonSeries
    OpticalChannel OpticalSeries optogenetics OptogeneticSeries OptogeneticStimulusSite
    optophysiology order_of_images orientation origin_coords original original_videos
    PatchClampSeries peak_over_rms percent pharmacology pixel_mask pixel_mask_index
    PlaneSegmentation pmt_gain PoseEstimation PoseEstimationSeries PoseTraining Position
    position power presentation processing ProcessingModule protocol PupilTracking rate
    recordings recordings_index reference reference_frame reference_images rel_x rel_y rel_z
    related_publications relative_path repetitions repetitions_index RepetitionsTable resistance
    resistance_comp_bandwidth resistance_comp_correction resistance_comp_prediction resolution
    response responses RGBAImage RGBImage RoiResponseSeries rois root rotation_matrix
    sampling_rate scan_line_rate scorer scratch ScratchData seal seconds sequential_recordings
    sequential_recordings_index SequentialRecordingsTable serial_number series series_index
    session_description session_id session_start_time sex shape sign_map SimpleMultiContainer
    simultaneous_recordings simultaneous_recordings_index SimultaneousRecordingsTable site
    Skeleton skeleton_instance skeleton_instances SkeletonInstance SkeletonInstances Skeletons
    slice slices source_channels source_description source_electricalseries source_frame
    source_idx source_script source_software source_timeseries source_video
    source_video_frame_index source_videos SourceVideos SpatialSeries species spike_times
    spike_times_index SpikeEventSeries start_time starting_frame starting_time stimuli stimulus
    stimulus_description stimulus_template stimulus_type stop_time strain Subject subject
    subject_id surgery sweep_number sweep_table SweepTable sync table tags tags_index target
    templates time_before_peak_in_ms TimeIntervals times TimeSeries timeseries timeseries_index
    TimeSeriesReferenceVectorData timestamp timestamps timestamps_reference_time
    TimestampVectorData training_frames TrainingFrame TrainingFrames translation_vector trials
    TwoPhotonSeries unit Units units value vasculature_image VectorData VectorIndex version
    virus VoltageClampSeries VoltageClampStimulusSeries volts voxel_mask voxel_mask_index
    was_generated_by watts waveform_filtering waveform_mean waveform_sd waveforms
    waveforms_index waveforms_index_index weight whole_cell_capacitance_comp
    whole_cell_series_resistance_comp xy_translation TTL NIDQ Shank hdmf_common
    hdmf_experimental specifications neurodata_type namespace specloc iscell probability snr
    spatial_correlation Neuropil Denoised Deconvolved SummaryImages RoiResponseSeriesDfOverF
    enhanced maximum correlation Microscope
    """
)
"""Names of the schema of NWB (core 2.11, hdmf-common 1.10, ndx-pose) and of what we call things."""

_PART = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+")
_MIN_PART = 4


def is_own_word(word: str) -> bool:
    """Tell whether a word is a keyword of what Fascicle writes, or a part of one.

    Examples
    --------
    >>> is_own_word("Dataformat"), is_own_word("Sampling"), is_own_word("Meier")
    (True, True, False)
    """
    return fold_word(word) in _own_words()


@cache
def _own_words() -> frozenset[str]:
    """Return all keywords, their parts, and the words that name formats."""
    named = " ".join(f"{plugin.name} {plugin.title}" for plugin in registry().values())
    # Of what every dataset is made: folders of modalities, keys of names.
    keywords = KEYWORDS | NWB_NAMES | {m.value for m in Modality} | set(BIDS_KEYS)
    parts = (part for keyword in keywords for part in _PART.findall(keyword))
    return frozenset(
        {fold_word(word) for word in keywords}
        | {fold_word(part) for part in parts if len(part) >= _MIN_PART}
        | set(split_words(named))
    )
