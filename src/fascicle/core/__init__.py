"""The nouns of Fascicle and the protocols that plug-ins keep; pure, no files, no clocks."""

from ._bids import BIDS_KEYS, join_bids_name, needs_task, split_bids_name
from ._digests import content_id, format_canonical
from ._findings import Finding, Severity
from ._head_shapes import HeadShape
from ._labels import Annotation, Decision, Label, Measure
from ._mechanisms import Mechanism, Noise
from ._passphrases import is_locked, lock_bytes, unlock_bytes
from ._people import Consent, Participant, Tier
from ._pictures import Drawing, Picture, pack_array, unpack_array
from ._plans import (
    ENTITIES,
    PUBLISH_CONFIDENCE,
    Inferred,
    Plan,
    PlannedParticipant,
    PlannedRecording,
    Question,
)
from ._protocols import FileHead, Format, Progress, ProgressHook
from ._recordings import (
    Channel,
    DeviceClock,
    Event,
    Family,
    Header,
    Identifier,
    Modality,
    Source,
    Subject,
    Written,
)
from ._releases import Activity, Asset, Dataset, Release, Request
from ._terms import PREFIXES, Term
from ._words import say_at_least, say_count

__all__ = [
    "BIDS_KEYS",
    "ENTITIES",
    "PREFIXES",
    "PUBLISH_CONFIDENCE",
    "Activity",
    "Annotation",
    "Asset",
    "Channel",
    "Consent",
    "Dataset",
    "Decision",
    "DeviceClock",
    "Drawing",
    "Event",
    "Family",
    "FileHead",
    "Finding",
    "Format",
    "HeadShape",
    "Header",
    "Identifier",
    "Inferred",
    "Label",
    "Measure",
    "Mechanism",
    "Modality",
    "Noise",
    "Participant",
    "Picture",
    "Plan",
    "PlannedParticipant",
    "PlannedRecording",
    "Progress",
    "ProgressHook",
    "Question",
    "Release",
    "Request",
    "Severity",
    "Source",
    "Subject",
    "Term",
    "Tier",
    "Written",
    "content_id",
    "format_canonical",
    "is_locked",
    "join_bids_name",
    "lock_bytes",
    "needs_task",
    "pack_array",
    "say_at_least",
    "say_count",
    "split_bids_name",
    "unlock_bytes",
    "unpack_array",
]
