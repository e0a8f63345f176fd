"""Look at a raw folder, plan what becomes of it, and write what BIDS wants beside the samples."""

from ._bids_copy import BidsCopy, BidsRules, clean_bids_folder, find_shared_words, merge_sidecar
from ._dataset_files import About, make_dataset_files, make_scans
from ._field_map_groups import FieldMap, Grid, Scan
from ._field_maps import (
    FieldMapLinks,
    Link,
    link_calibrations,
    link_field_maps,
    make_link_fields,
)
from ._grouped import Evidence
from ._headers import read_headers
from ._infer import Inference, infer
from ._link_plan import join_participants, link_plan
from ._look import Look, look
from ._mixed import Mixed, infer_mixed
from ._names import BidsName, assign_names
from ._places import merge_places
from ._plan_file import read_plan, write_plan
from ._questions import APART
from ._recording_sidecars import describe_recording
from ._scan_evidence import (
    MAPS_SETTING,
    NO_MAP,
    gather_evidence,
    read_map_answers,
    recall_scans,
)
from ._sidecars import format_json
from ._tables import Table, make_table, read_table

__all__ = [
    "APART",
    "MAPS_SETTING",
    "NO_MAP",
    "About",
    "BidsCopy",
    "BidsName",
    "BidsRules",
    "Evidence",
    "FieldMap",
    "FieldMapLinks",
    "Grid",
    "Inference",
    "Link",
    "Look",
    "Mixed",
    "Scan",
    "Table",
    "assign_names",
    "clean_bids_folder",
    "describe_recording",
    "find_shared_words",
    "format_json",
    "gather_evidence",
    "infer",
    "infer_mixed",
    "join_participants",
    "link_calibrations",
    "link_field_maps",
    "link_plan",
    "look",
    "make_dataset_files",
    "make_link_fields",
    "make_scans",
    "make_table",
    "merge_places",
    "merge_sidecar",
    "read_headers",
    "read_map_answers",
    "read_plan",
    "read_table",
    "recall_scans",
    "write_plan",
]
