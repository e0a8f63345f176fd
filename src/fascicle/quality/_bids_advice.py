"""What the official validator's codes mean, in plain words, and what to do about each.

``{what}`` is the field, column or entity that the validator names; values are never shown. A code
that does not stand here keeps the validator's own words.
"""

from __future__ import annotations

from typing import NamedTuple


class Advice(NamedTuple):
    """What a code means, what to do, and the repair that does it where no judgement is needed."""

    reason: str
    fix: str
    repair: str = ""


_RENAME = "Rename the file as the BIDS specification lays down, or list it in .bidsignore."
_COUNT = "Run the repair: it counts the types in channels.tsv."
_TABLE = "Run the repair: it writes the table as plain UTF-8 text with line feeds."

ADVICE: dict[str, Advice] = {
    # The dataset as a whole
    "MISSING_DATASET_DESCRIPTION": Advice(
        "The dataset has no dataset_description.json.",
        "Add one with Name and BIDSVersion.",
        "complete-description",
    ),
    "README_FILE_MISSING": Advice(
        "The dataset has no README.",
        "Run the repair for a first one from dataset_description.json, then say what was done.",
        "write-readme",
    ),
    "README_FILE_SMALL": Advice(
        "The README is very short.",
        "Say in it who was recorded, doing what, with which device, and whom to ask.",
    ),
    "MULTIPLE_README_FILES": Advice(
        "There is more than one README at the top.", "Keep one of them."
    ),
    "EMPTY_DATASET_NAME": Advice(
        "The dataset has an empty name.", "Give Name in dataset_description.json."
    ),
    "NO_AUTHORS": Advice(
        "The dataset names no authors.",
        "Share again with `--author NAME`, once for each; elsewhere give Authors in "
        "dataset_description.json.",
    ),
    "TOO_FEW_AUTHORS": Advice(
        "The dataset names only one author, or none.",
        "Share again with `--author NAME`, once for each who should be cited; elsewhere list them "
        "under Authors in dataset_description.json.",
    ),
    "AUTHORS_AND_CITATION_FILE_MUTUALLY_EXCLUSIVE": Advice(
        "Authors stand in CITATION.cff and in dataset_description.json.",
        "Keep them in CITATION.cff and remove Authors from dataset_description.json.",
    ),
    "SINGLE_SOURCE_CITATION_FIELDS": Advice(
        "Citation fields stand in CITATION.cff and in dataset_description.json.",
        "Keep them in CITATION.cff only.",
    ),
    "UNKNOWN_BIDS_VERSION": Advice(
        "The stated BIDS version is not one that was published.",
        "Correct BIDSVersion in dataset_description.json.",
    ),
    "SUBJECT_FOLDERS": Advice(
        "There is no sub-... folder at the top of the dataset.",
        "Check that this is the dataset's top folder.",
    ),
    "MISSING_SESSION": Advice(
        "Not all participants have the same sessions.",
        "Nothing to do if that is how it was; else look for the missing recordings.",
    ),
    "NO_VALID_DATA_FOUND_FOR_SUBJECT": Advice(
        "A participant's folder holds no BIDS data.",
        "Add the participant's recordings, or remove the folder.",
    ),
    "CASE_COLLISION": Advice(
        "Two files differ by upper and lower case only.",
        "Rename one of them: on many computers one would replace the other.",
    ),
    "PARTICIPANT_ID_MISMATCH": Advice(
        "participants.tsv does not list the participants that have folders.",
        "Run the repair: it adds a row for each folder that has none.",
        "list-participants",
    ),
    "AGE_89": Advice(
        "An age above 89 stands in the dataset.",
        "Pool ages above 89: they identify people in many countries' rules.",
    ),
    "TSV_PSEUDO_AGE_DEPRECATED": Advice(
        "Ages above 89 are written as 89+.", "Write 89 for all of them."
    ),
    # Names of files
    "NOT_INCLUDED": Advice("The file's name is none that BIDS knows.", _RENAME),
    "FILENAME_MISMATCH": Advice(
        "The parts of the file's name are repeated or out of order.", _RENAME
    ),
    "ALL_FILENAME_RULES_HAVE_ISSUES": Advice("The file's name breaks several rules.", _RENAME),
    "MISSING_REQUIRED_ENTITY": Advice("The file's name lacks a part that it needs.", _RENAME),
    "ENTITY_NOT_IN_RULE": Advice("The file's name has a part that its kind may not have.", _RENAME),
    "ENTITY_WITH_NO_LABEL": Advice("A part of the file's name has no label.", _RENAME),
    "INVALID_ENTITY_LABEL": Advice(
        "A label in the file's name has characters other than letters and digits.", _RENAME
    ),
    "INVALID_LOCATION": Advice(
        "The file lies in a folder where it does not belong.",
        "Move it into the folder of its participant, session and kind.",
    ),
    "DATATYPE_MISMATCH": Advice(
        "The file's name does not fit the kind of data of its folder.",
        "Move the file, or correct the end of its name.",
    ),
    "EXTENSION_MISMATCH": Advice(
        "The file has a format that BIDS does not allow for its kind.",
        "Convert it into one that is allowed.",
    ),
    "EMPTY_FILE": Advice("The file is empty.", "Write it again from its source, or remove it."),
    "FILE_READ": Advice(
        "The file could not be read.", "Check the permissions, and whether it is a broken link."
    ),
    "ORPHANED_SYMLINK": Advice("The file is a link to nothing.", "Put the real file there."),
    "SYMLINK_BROKEN": Advice("The file is a link to nothing.", "Put the real file there."),
    "DUPLICATE_FILES": Advice("The same file is there twice.", "Remove one of them."),
    # JSON
    "JSON_INVALID": Advice("The file is not valid JSON.", "Correct the brackets and commas."),
    "JSON_NOT_AN_OBJECT": Advice(
        "The file holds JSON, but no fields with names.", 'Write it as {"field": value}.'
    ),
    "INVALID_JSON_ENCODING": Advice(
        "The file is not UTF-8 text.", "Run the repair: it writes the text as UTF-8.", "tidy-json"
    ),
    "JSON_SCHEMA_VALIDATION_ERROR": Advice(
        "The field {what} has a value of a kind that BIDS does not allow there.",
        "Correct {what} as the BIDS specification lays down.",
    ),
    "JSON_KEY_REQUIRED": Advice("The required field {what} is missing.", "Add {what}."),
    "JSON_KEY_RECOMMENDED": Advice(
        "BIDS recommends fields that are not there: {what}.",
        "Add those that you know and may share.",
    ),
    "SIDECAR_KEY_REQUIRED": Advice(
        "The required field {what} is missing in the recording's sidecar.",
        "Add {what} to the JSON file beside the recording.",
    ),
    "SIDECAR_KEY_RECOMMENDED": Advice(
        "BIDS recommends fields that the recording's sidecar does not have: {what}.",
        "Add those that you know and may share.",
    ),
    "SIDECAR_WITHOUT_DATAFILE": Advice(
        "The JSON file belongs to no data file.",
        "Rename it after its data file, or remove it.",
    ),
    "SIDECAR_FIELD_OVERRIDE": Advice(
        "The field {what} says something else than the same field higher up.",
        "Keep it in one place.",
    ),
    "MULTIPLE_INHERITABLE_FILES": Advice(
        "Several files of one folder describe the same data.", "Merge them into one."
    ),
    # Tables
    "WRONG_NEW_LINE": Advice("The table ends its lines in the Windows way.", _TABLE, "tidy-table"),
    "TSV_EMPTY_LINE": Advice("The table has an empty line.", _TABLE, "tidy-table"),
    "INVALID_FILE_ENCODING": Advice("The text is not UTF-8.", _TABLE, "tidy-table"),
    "TSV_EQUAL_ROWS": Advice(
        "Some rows have more or fewer cells than there are columns.",
        "Fill missing cells with n/a; check for stray tabs.",
    ),
    "TSV_COLUMN_HEADER_DUPLICATE": Advice(
        "Two columns have the same name.", "Rename or remove one of them."
    ),
    "TSV_COLUMN_MISSING": Advice(
        "The required column {what} is missing.", "Add the column {what}; n/a where unknown."
    ),
    "TSV_COLUMN_ORDER_INCORRECT": Advice(
        "The columns are not in the order that BIDS lays down.",
        "Run the repair: it moves the columns, and changes no value.",
        "order-columns",
    ),
    "TSV_ADDITIONAL_COLUMNS_UNDEFINED": Advice(
        "The column {what} is described nowhere.",
        "Describe {what} in the JSON file beside the table.",
        "describe-columns",
    ),
    "TSV_ADDITIONAL_COLUMNS_MUST_DEFINE": Advice(
        "The column {what} must be described and is not.",
        "Describe {what} in the JSON file beside the table.",
        "describe-columns",
    ),
    "TSV_ADDITIONAL_COLUMNS_NOT_ALLOWED": Advice(
        "The table may not have the column {what}.", "Move {what} to another table."
    ),
    "TSV_INDEX_VALUE_NOT_UNIQUE": Advice(
        "Two rows have the same name in {what}.", "Give each row a name of its own."
    ),
    "TSV_VALUE_INCORRECT_TYPE": Advice(
        "A value of the column {what} is of a kind that BIDS does not allow there.",
        "Correct it, or write n/a if it is missing.",
        "tidy-table",
    ),
    "TSV_COLUMN_TYPE_REDEFINED": Advice(
        "A JSON file describes the column {what} otherwise than BIDS does.",
        "Remove the description, or rename the column.",
    ),
    "SCANS_FILENAME_NOT_MATCH_DATASET": Advice(
        "A scans.tsv lists files that are not there.", "Correct the names, or remove the rows."
    ),
    # Events
    "EVENTS_TSV_MISSING": Advice(
        "The recording has no table of events.",
        "Add an events.tsv, or nothing if there were no events.",
    ),
    "EVENT_ONSET_ORDER": Advice(
        "The events are not in order of time.",
        "Run the repair: it sorts the rows by onset.",
        "sort-events",
    ),
    "MISSING_ONSET_COLUMN": Advice("The table of events has no onset.", "Add the column onset."),
    "SUSPICIOUS_POSITIVE_EVENT_ONSET": Advice(
        "An event begins after the recording ends.", "Check the times of the events."
    ),
    "SUSPICIOUS_NEGATIVE_EVENT_ONSET": Advice(
        "An event begins long before the recording.", "Check the times of the events."
    ),
    "STIMULUS_FILE_MISSING": Advice(
        "The events name a stimulus file that is not there.",
        "Put the file into stimuli/, or write n/a.",
    ),
    # Electrophysiology
    "BRAINVISION_LINKS_BROKEN": Advice(
        "The BrainVision files do not point to one another.",
        "Run the repair: it sets the names of the files beside.",
        "relink-brainvision",
    ),
    "REQUIRED_COORDSYSTEM": Advice(
        "Electrode positions are given, but not in which coordinate system.",
        "Add a coordsystem.json.",
    ),
    "IEEG_ELECTRODES_REQUIRED": Advice(
        "An intracranial recording has no table of electrodes.", "Add an electrodes.tsv."
    ),
    "EXCESSIVE_ELECTRODE_SPECIFICITY": Advice(
        "The table of electrodes is given for each task or run.",
        "Keep one for the session, if the electrodes stayed where they were.",
    ),
    "NIRS_SAMPLING_FREQUENCY": Advice(
        "The channels of the recording have no common sampling rate.",
        "Give sampling_frequency in channels.tsv.",
    ),
    "ASSOCIATED_EMPTY_ROOM": Advice(
        "The empty-room recording that the sidecar names is not there.",
        "Add it, or remove AssociatedEmptyRoom.",
    ),
    **{
        f"{kind}_CHANNEL_COUNT_MISMATCH": Advice(
            f"The sidecar's number of {kind} channels is not that of channels.tsv.",
            _COUNT,
            "count-channels",
        )
        for kind in ("ECG", "EEG", "EMG", "EOG", "MISC", "TRIGGER")
    },
}
