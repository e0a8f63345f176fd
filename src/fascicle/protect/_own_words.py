"""Words that Fascicle itself writes into every dataset, whoever is in it.

The keywords of the formats, the fields of BIDS and the names of formats in reports. A folder that
is called ``Dataformat`` points to nobody, and each BrainVision header says ``DataFormat``: taken
from a path such a word would refuse every dataset and protect no one.
"""

from __future__ import annotations

import re
from functools import cache

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
    parts = (part for keyword in KEYWORDS for part in _PART.findall(keyword))
    return frozenset(
        {fold_word(word) for word in KEYWORDS}
        | {fold_word(part) for part in parts if len(part) >= _MIN_PART}
        | set(split_words(named))
    )
