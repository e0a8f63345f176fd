"""What users ask for, one function each."""

from ._annotate import AnnotateResult, Labelled, annotate
from ._check import check, fix
from ._commons import find, get, lineage, log, publish, show, verify
from ._decision_tables import read_decision_table
from ._deface import DefaceResult, deface
from ._demo import demo
from ._export import ExportResult, export
from ._keys import destroy_key, export_keys, import_keys, key_state, rotate_keys
from ._look import look
from ._options import CheckResult, LookResult, Published, ShareOptions, ShareResult
from ._private import budget, release_private, set_budget
from ._private_questions import STATISTICS, PrivateOptions
from ._private_words import PrivateRelease
from ._review import ReviewedLabel, list_labels, review
from ._risk import AppliedChange, RiskOptions, RiskResult, apply_risk_change, measure_risk
from ._share import share
from ._twin_private import TwinPrivacy
from ._twin_words import TwinResult
from ._twins import TwinOptions, synthesize
from ._vault import export_vault, find_person, import_vault

__all__ = [
    "STATISTICS",
    "AnnotateResult",
    "AppliedChange",
    "CheckResult",
    "DefaceResult",
    "ExportResult",
    "Labelled",
    "LookResult",
    "PrivateOptions",
    "PrivateRelease",
    "Published",
    "ReviewedLabel",
    "RiskOptions",
    "RiskResult",
    "ShareOptions",
    "ShareResult",
    "TwinOptions",
    "TwinPrivacy",
    "TwinResult",
    "annotate",
    "apply_risk_change",
    "budget",
    "check",
    "deface",
    "demo",
    "destroy_key",
    "export",
    "export_keys",
    "export_vault",
    "find",
    "find_person",
    "fix",
    "get",
    "import_keys",
    "import_vault",
    "key_state",
    "lineage",
    "list_labels",
    "log",
    "look",
    "measure_risk",
    "publish",
    "read_decision_table",
    "release_private",
    "review",
    "rotate_keys",
    "set_budget",
    "share",
    "show",
    "synthesize",
    "verify",
]
