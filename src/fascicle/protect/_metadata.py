"""What leaves of a recording's technical metadata: named fields, with values of a known form."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from fascicle.formats import MICROSCOPY_SUFFIXES

from ._cell_words import release_annotations
from ._imaging_fields import IMAGING_CODES, IMAGING_NUMBERS
from ._labels import holds_identifier, release_phrase
from ._words import word_set

_NUMBERS = word_set(
    """
    AcquisitionDuration AcquisitionMatrixPE AcquisitionVoxelSize ArterialSpinLabelingDelay
    BackgroundSuppression BackgroundSuppressionNumberPulses
    BackgroundSuppressionPulseTime BandwidthPerPixelPhaseEncode BaseResolution BolusCutOffDelayTime
    BolusCutOffFlag CoilCombinationMethodNumber DecayCorrectionFactor DelayAfterTrigger DelayTime
    DerivedVendorReportedEchoSpacing DiffusionScheme DoseCalibrationFactor DwellTime EchoNumber
    EchoTime EchoTime1 EchoTime2 EchoTrainLength EffectiveEchoSpacing EstimatedEffectiveEchoSpacing
    EstimatedTotalReadoutTime FlipAngle FrameDuration FrameTimesStart Frames ImageDecayCorrected
    ImageDecayCorrectionTime ImageOrientationPatientDICOM ImagingFrequency InjectedMass
    InjectedMassPerWeight InjectedRadioactivity InjectedVolume InjectionEnd InjectionStart
    InplanePhaseEncodingSteps InversionTime LabelingDistance LabelingDuration
    LabelingPulseAverageB1 LabelingPulseAverageGradient LabelingPulseDuration
    LabelingPulseFlipAngle LabelingPulseInterval LabelingPulseMaximumGradient M0Estimate
    MTNumberOfPulses MTOffsetFrequency MTPulseBandwidth MTPulseDuration MTState
    MagneticFieldStrength MolarActivity MultibandAccelerationFactor NonlinearGradientCorrection
    NumberOfAverages NumberOfVolumesDiscardedByScanner NumberOfVolumesDiscardedByUser
    NumberShots ParallelReductionFactorInPlane ParallelReductionFactorOutOfPlane
    PartialFourier PercentPhaseFOV PercentSampling PhaseEncodingLines PhaseEncodingSteps
    PhaseEncodingStepsNoPartialFourier PhaseOversampling PhaseResolution PixelBandwidth
    PixelSize PlasmaFreeFraction PostLabelingDelay ReceiveGain ReconFilterSize ReconMatrixPE
    ReconMethodParameterValues RefLinesPE RepetitionTime
    RepetitionTimeExcitation RepetitionTimePreparation SAR ScanStart ScatterFraction SeriesNumber
    ShimSetting SliceThickness SliceTiming SpacingBetweenSlices SpecificRadioactivity
    SpoilingGradientDuration
    SpoilingGradientMoment SpoilingRFPhaseIncrement SpoilingState TotalAcquiredPairs
    TotalReadoutTime TriggerDelayTime TxRefAmp VascularCrushing VascularCrushingVENC
    VendorReportedEchoSpacing VolumeTiming WaterFatShift dcmmeta_reorient_transform

    SamplingFrequency RecordingDuration NumberOfChannels NumberOfUnits NumberOfSpikes
    NumberOfSweeps NumberOfFrames NumberOfPlanes NumberOfROIs NumberOfKeypoints NumberOfTrials
    NumberOfCells NumberOfGenes NumberOfDonors NumberOfColumnsLeftOut ProbeCount FrameRate
    ExposureTime ExcitationWavelength
    EmissionWavelength ImagingDepth FieldOfView IndicatorConcentration Magnification
    NumericalAperture PixelSizeMicrometres SliceThicknessMicrometres StartTime
    LineRate ConversionFactor ImageWidth ImageHeight NumberOfLevels ChunkSize
    AudioRemoved NumberOfRemovedTracks NumberOfOverlaysRemoved
    """
)
"""Fields of BIDS (and of dcm2niix beside it) whose values are numbers, true or false, or lists of
them; then those of the other modalities."""

_CODES = {
    name: re.compile(pattern)
    for pattern, names in (
        (r"[ijk]-?", "PhaseEncodingDirection SliceEncodingDirection PhaseEncodingAxis"),
        (r"[123]D", "MRAcquisitionType PETAcquisitionType ReconstructionMethodDimension"),
        (r"MR|PT|CT|NM|US", "Modality"),
        (r"Hz|rad/s|T|arbitrary|Bq/mL|SUV|s|ms|MBq|GBq|mCi|MBq/mg|mg|kg|mL|um|mm|nm|n/a",
         "Units InjectedRadioactivityUnits InjectedMassUnits SpecificRadioactivityUnits "
         "InjectedVolumeUnits PixelSizeUnits MolarActivityUnits"),
        (r"CASL|PCASL|PASL", "ArterialSpinLabelingType"),
        (r"Included|Separate|Absent|Estimate", "M0Type"),
        (r"dcm2niix|Fascicle", "ConversionSoftware"),
        (r"hold-out|row|columns?|sagittal|coronal|transverse", "SliceOrder"),
        ("|".join(("LM", "EM", "XRAY", *MICROSCOPY_SUFFIXES)), "MicroscopyTechnique"),
        (r"Oil|Water|Glycerol|Air", "Immersion"),
        (r"in vivo|ex vivo|in vitro", "SampleEnvironment"),
        (r"C\d{1,3}|Alexa(?:405|488|546|555|568|594|647)|[CR]FP|E?[GY]FP|Cy[2357]|DA(?:PI|PB|B)|"
         r"Brightfield|Transmitted|Calbindin|Eosin|FITC|GFAP|Golgi|Green|Hematoxylin|Hoechst|Iba1|"
         r"LFB|Luxol|MAP2|MBP|NeuN|Nissl|Olig2|Parvalbumin|Red|Blue|SOX10|TRITC|Tuj1|cFos|mCherry|"
         r"tdTomato", "ChannelNames SampleStaining"),
        (r"one-photon|two-photon|three-photon", "ImagingType"),
        (r"(?:axon-|soma-|ribo)?(?:j|X|s|R)?-?G?R?-?CaMP-?[0-9]{0,2}[a-z]{0,2}|j?(?:RGECO|RCaMP)1[ab]?"
         r"|OGB-1|Cal-520|Fluo-[45]|Fura-2|GCaMP-X|iGluSnFR[0-9]?|(?:td)?Tomato|e?[GY]FP",
         "Indicator IndicatorName"),
    )
    for name in names.split()
}  # fmt: skip
"""Fields whose value is a code, or a list of codes."""

_MODELS = word_set(
    """
    achieva aera allegra amira artis avanto axiom biograph connectom discovery dstream elition
    espree
    essenza fit galan ge gemini gyroscan harmony hrrt ingenia ingenuity intera investigational
    lumina magnetom mmr mr mr750 neuropixels optima panorama prisma prismafit quadra
    quantum scenaria signa skyra sola sonata spectra symphony terra tim titan trio triotim
    ultra vantage verio vida vision
    """
)
_MAKERS = (
    "Siemens", "Siemens Healthineers", "Philips", "Philips Medical Systems", "Philips Healthcare",
    "GE", "GE MEDICAL SYSTEMS", "GE HealthCare", "Bruker", "Canon", "Canon Medical Systems",
    "Toshiba", "Hitachi", "Hyperfine", "UIH", "United Imaging", "CPS", "CTI", "Mediso", "Varian",
    "Agilent", "IMEC", "SpikeGLX", "Open Ephys", "Intan", "Blackrock Microsystems", "Neuralynx",
    "Plexon", "Axona", "Multi Channel Systems", "Molecular Devices", "HEKA", "WaveMetrics",
    "Zeiss", "Leica", "Olympus", "Evident", "Nikon", "Thermo Fisher", "FEI", "JEOL", "Hamamatsu",
    "Bruker Nano", "Inscopix", "UCLA Miniscope", "Thorlabs", "Scientifica", "Sutter", "Femtonics",
    "Carl Zeiss", "Leica Microsystems", "Aperio", "3DHISTECH", "Gatan", "TESCAN", "PerkinElmer",
    "SR Research", "Tobii", "Pupil Labs", "SMI", "10x Genomics", "Illumina", "Vizgen", "NanoString",
)  # fmt: skip
_KNOWN_MAKERS = {maker.casefold(): maker for maker in _MAKERS}
_PHRASES = word_set(
    """
    AttenuationCorrectionMethod BolusCutOffTechnique BrainLocation CASLType
    FlipAngleCorrection HardcopyDeviceSoftwareVersion InjectionMethod
    Instructions LabelingLocationDescription LabelingOrientation NonLinearCorrection
    PCASLType PASLType RandomsCorrectionMethod
    SampleFixation SamplePrimaryAntibody ScatterCorrectionMethod
    SliceOrientation SpoilingType TissueOrigin BrainRegion StainName
    """
)
"""Fields in words: every word must be one of the lab's, of amplifiers or of anatomy."""

_MAX_LIST = 1 << 20
_MAX_COUNT = 10**5


def release_metadata(
    values: Mapping[str, Any], forbidden: Collection[str] = (), allow: Collection[str] = ()
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the metadata that may leave, and the names of the fields that stay behind.

    Parameters
    ----------
    values : mapping of str to JSON values
        Fields by their BIDS names, as a header or a converter states them.
    forbidden : collection of str
        Folded words that point to people of the study.
    allow : collection of str
        Words that a person has read and lets pass.

    Returns
    -------
    dict, tuple of str
        What leaves, in the order of `values`; and the fields that do not, sorted.

    Examples
    --------
    >>> release_metadata({"RepetitionTime": 2.0, "InstitutionName": "A", "ImageType": ["M", "ND"]})
    ({'RepetitionTime': 2.0, 'ImageType': ['M', 'ND']}, ('InstitutionName',))
    """
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if name == "CellAnnotations":
            released: Any = release_annotations(value, forbidden, allow)
        else:
            released = _release(name, value, forbidden)
        if released is not None:
            kept[name] = released
    return kept, tuple(sorted(set(values) - set(kept)))


def _release(name: str, value: Any, forbidden: Collection[str]) -> Any:  # noqa: ANN401 - JSON
    """Return a value that may leave, or None."""
    if name in _NUMBERS or name in IMAGING_NUMBERS:
        if name.endswith("Number") and not _counts(value):
            return None
        return value if _is_numeric(value) or value == "n/a" else None
    if isinstance(value, list | tuple):
        words = [_release_word(name, word, forbidden) for word in value[:_MAX_LIST]]
        return words if words and all(words) else None
    return _release_word(name, value, forbidden) or None


def _counts(value: object) -> bool:
    """Tell whether a number, or each of several, is one that counts, not one that was given."""
    if isinstance(value, list | tuple):
        return all(map(_counts, value))
    return isinstance(value, int | float) and abs(value) < _MAX_COUNT


def _is_numeric(value: object) -> bool:
    """Tell whether a value is made of numbers alone."""
    if isinstance(value, list | tuple):
        return len(value) <= _MAX_LIST and all(map(_is_numeric, value))
    return isinstance(value, bool | int | float)


def _release_word(name: str, value: object, forbidden: Collection[str]) -> str:
    """Return a word that may leave, or nothing."""
    if not isinstance(value, str) or holds_identifier(value, forbidden):
        return ""
    pattern = IMAGING_CODES.get(name) or _CODES.get(name)
    if pattern is not None:
        return value if pattern.fullmatch(value) else ""
    if name == "Manufacturer":
        return _KNOWN_MAKERS.get(value.strip().casefold(), "")
    if name == "ManufacturersModelName":
        words = re.split(r"[\s_-]+", value.strip())
        is_named = any(word.casefold() in _MODELS for word in words)
        return value if is_named and all(map(_is_model_word, words)) else ""
    return release_phrase(value, forbidden) if name in _PHRASES else ""


def _is_model_word(word: str) -> bool:
    """Tell whether a word is of the names of scanners: a model, or a field strength."""
    return word.casefold() in _MODELS or bool(re.fullmatch(r"\d(\.\d)?[tT]?", word))
