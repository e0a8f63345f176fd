"""De-identify, and prove it on the bytes that were written.

The remover (`release_header`, `release_participant`, `release_labels`) builds what may leave from a
whitelist. The verifier (`scan`) shares no list of fields with it: it has parsers of its own, goes
over every byte, and what passes is signed (`seal`).
"""

from ._bids_labels import BIDS_LABEL
from ._deface import DEFACE_VERSION, Defaced, DefaceMethod, FaceMask, Shows, deface, plan_mask
from ._deface_checks import make_doubt
from ._dicom_release import DicomNames, release_dicom
from ._face_attacks import ATTACKERS, FaceTraits, describe_faces
from ._face_surface import shade
from ._face_survival import (
    ENOUGH_PEOPLE,
    FaceRate,
    FaceTrial,
    attack_face,
    face_gallery,
    rank_own,
    scan_face,
    sum_trials,
)
from ._gene_names import count_personal_genes
from ._harvest import collect_identifiers
from ._head_align import COARSE_MM, Alignment, align_head, measure_alignment
from ._head_follow import SessionHead, follow_head
from ._head_shape import HeadPoints, find_cap_points, find_head_frame, release_head_shape
from ._head_space import PlainScan, find_head, make_plain
from ._head_template import HeadTemplate, head_template
from ._labels import (
    forbidden_words,
    release_channel_names,
    release_labels,
    release_phrase,
)
from ._limits import limits
from ._metadata import release_metadata
from ._policies import POLICIES, Person, Policy, release_age, release_time, require_policy
from ._private_answers import Forecast, PrivateAnswer, PrivateQuestion, make_noise
from ._private_columns import CountQuestion, HistogramQuestion, MeanQuestion, QuantileQuestion
from ._private_connectivity import ConnectivityQuestion
from ._private_models import BoundedColumn, LinearQuestion, LogisticQuestion
from ._proof import Hit
from ._release import (
    ReleasedHeader,
    Removal,
    is_trigger,
    pool_groups,
    release_header,
    release_participant,
    release_reference,
)
from ._risk_changes import Change, apply_change, find_changes
from ._risk_columns import Kind, RiskColumn, Role, classify_columns, is_exact_date
from ._risk_level import Level, Reason, RiskContext, judge_risk
from ._risk_signals import MIN_LINKED, MIN_TOLD, Linkage, TraitTold, measure_linkage, measure_trait
from ._risk_table import SensitiveRisk, TableRisk, measure_table
from ._scan import VERIFIER_VERSION, ScanResult, scan
from ._seal import check_seal, seal
from ._twin_audit import TwinAudit, TwinColumns, audit_twin
from ._twin_codecs import Codec
from ._twin_codecs_matrix import MatrixCodec, fit_matrix_codec
from ._twin_codecs_private import (
    PublicColumn,
    fit_private_matrix_codec,
    fit_private_table_codec,
)
from ._twin_codecs_series import SeriesCodec, fit_series_codec
from ._twin_codecs_table import TableCodec, fit_table_codec, infer_kinds, read_numbers_of
from ._twin_codecs_volume import VolumeCodec, fit_volume_codec
from ._twin_models import Generator, fit_generator
from ._twin_rows import (
    make_matrix_rows,
    make_series_rows,
    make_table_rows,
    make_volume_rows,
)
from ._twin_settings import ModelName, TwinNoise, TwinSettings, plan_twin_noise
from ._twin_verdict import TwinReason, Verdict, worst_verdict
from ._vault import (
    Vault,
    VaultEntry,
    open_vault,
    verify_signature,
)
from ._video_detectors import FaceFinder, Sighting
from ._video_faces import FacePlan, FilmShape, MaskRule, is_still, plan_faces
from ._video_survival import (
    Likeness,
    Recogniser,
    choose_portraits,
    find_survivors,
    sum_masked,
)

__all__ = [
    "ATTACKERS",
    "BIDS_LABEL",
    "COARSE_MM",
    "DEFACE_VERSION",
    "ENOUGH_PEOPLE",
    "MIN_LINKED",
    "MIN_TOLD",
    "POLICIES",
    "VERIFIER_VERSION",
    "Alignment",
    "BoundedColumn",
    "Change",
    "Codec",
    "ConnectivityQuestion",
    "CountQuestion",
    "DefaceMethod",
    "Defaced",
    "DicomNames",
    "FaceFinder",
    "FaceMask",
    "FacePlan",
    "FaceRate",
    "FaceTraits",
    "FaceTrial",
    "FilmShape",
    "Forecast",
    "Generator",
    "HeadPoints",
    "HeadTemplate",
    "HistogramQuestion",
    "Hit",
    "Kind",
    "Level",
    "Likeness",
    "LinearQuestion",
    "Linkage",
    "LogisticQuestion",
    "MaskRule",
    "MatrixCodec",
    "MeanQuestion",
    "ModelName",
    "Person",
    "PlainScan",
    "Policy",
    "PrivateAnswer",
    "PrivateQuestion",
    "PublicColumn",
    "QuantileQuestion",
    "Reason",
    "Recogniser",
    "ReleasedHeader",
    "Removal",
    "RiskColumn",
    "RiskContext",
    "Role",
    "ScanResult",
    "SensitiveRisk",
    "SeriesCodec",
    "SessionHead",
    "Shows",
    "Sighting",
    "TableCodec",
    "TableRisk",
    "TraitTold",
    "TwinAudit",
    "TwinColumns",
    "TwinNoise",
    "TwinReason",
    "TwinSettings",
    "Vault",
    "VaultEntry",
    "Verdict",
    "VolumeCodec",
    "align_head",
    "apply_change",
    "attack_face",
    "audit_twin",
    "check_seal",
    "choose_portraits",
    "classify_columns",
    "collect_identifiers",
    "count_personal_genes",
    "deface",
    "describe_faces",
    "face_gallery",
    "find_cap_points",
    "find_changes",
    "find_head",
    "find_head_frame",
    "find_survivors",
    "fit_generator",
    "fit_matrix_codec",
    "fit_private_matrix_codec",
    "fit_private_table_codec",
    "fit_series_codec",
    "fit_table_codec",
    "fit_volume_codec",
    "follow_head",
    "forbidden_words",
    "head_template",
    "infer_kinds",
    "is_exact_date",
    "is_still",
    "is_trigger",
    "judge_risk",
    "limits",
    "make_doubt",
    "make_matrix_rows",
    "make_noise",
    "make_plain",
    "make_series_rows",
    "make_table_rows",
    "make_volume_rows",
    "measure_alignment",
    "measure_linkage",
    "measure_table",
    "measure_trait",
    "open_vault",
    "plan_faces",
    "plan_mask",
    "plan_twin_noise",
    "pool_groups",
    "rank_own",
    "read_numbers_of",
    "release_age",
    "release_channel_names",
    "release_dicom",
    "release_head_shape",
    "release_header",
    "release_labels",
    "release_metadata",
    "release_participant",
    "release_phrase",
    "release_reference",
    "release_time",
    "require_policy",
    "scan",
    "scan_face",
    "seal",
    "shade",
    "sum_masked",
    "sum_trials",
    "verify_signature",
    "worst_verdict",
]
