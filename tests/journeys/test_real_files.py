"""Every real recording through `share`: written or explained, valid, and free of its people."""

from __future__ import annotations

import os
import re
import shutil
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest

from fascicle.core import Severity, Source
from fascicle.errors import FormatError, InputError
from fascicle.formats import read_header, recognise
from fascicle.workflows import ShareOptions, ShareResult, share

pytestmark = [pytest.mark.journey, pytest.mark.data, pytest.mark.slow]

KINDS = ("eeg", "ieeg", "meg", "nirs")
ANSWERS = ShareOptions(
    publish=False, consent="GRU", participants="confirmed", name="Recordings", n_jobs=1
)
UNREADABLE = {"FSC236"}
"""Why recordings are left out: an .xdf that holds no stream of signals."""
MNE_READERS = {
    "bdf": "read_raw_bdf", "brainvision": "read_raw_brainvision", "edf": "read_raw_edf",
    "fif": "read_raw_fif", "gdf": "read_raw_gdf", "nirx": "read_raw_nirx",
    "persyst": "read_raw_persyst", "snirf": "read_raw_snirf",
}  # fmt: skip
SHORTEST = 6
"""Shorter words stand in samples and in other words by chance."""
NO_NAMES = {"anonymous", "default", "default_subject", "mne_anonymize", "recording", "unknown"}
"""What stands in fields for names and is nobody's."""


@dataclass(frozen=True)
class Shared:
    """One recording and what became of it."""

    root: Path
    source: Source
    out: Path
    result: ShareResult | None

    @property
    def name(self) -> str:
        return f"{self.root.name}/{self.source.primary}"


def signals_folder() -> Path:
    default = Path(__file__).parents[2].parent / "shared" / "data"
    return Path(os.environ.get("FASCICLE_TEST_DATA", default)) / "signals"


@pytest.fixture(scope="module")
def everything(tmp_path_factory) -> list[Shared]:
    """Each recording, shared alone from a folder that holds nothing but its files."""
    signals = signals_folder()
    if not signals.is_dir():
        pytest.skip("no real recordings here: set FASCICLE_TEST_DATA")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASCICLE_HOME", str(tmp_path_factory.mktemp("home")))
        return [
            share_alone(signals / kind, source, tmp_path_factory.mktemp("real"))
            for kind in KINDS
            if (signals / kind).is_dir()
            for source in recognise(signals / kind).sources
        ]


def share_alone(root: Path, source: Source, folder: Path) -> Shared:
    for path in source.files:
        target = folder / "raw" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (root / path).is_dir() else shutil.copyfile
        copy(root / path, target)
    try:
        result = share(folder / "raw", folder / "out", ANSWERS)
    except InputError as error:
        assert error.code == "FSC114", source.primary
        result = None
    return Shared(root, source, folder / "out", result)


def test_each_is_written_or_a_format_error_says_why_not(everything):
    for one in everything:
        if one.result is None:
            with pytest.raises(FormatError) as raised:
                read_header(one.root, one.source)
            assert raised.value.code in UNREADABLE, one.name
        else:
            assert (one.result.n_recordings, one.result.left_out) == (1, {}), one.name


def test_the_validator_reports_no_error(everything):
    errors = [
        (one.name, finding.code)
        for one in everything
        if one.result is not None
        for finding in one.result.findings
        if finding.origin == "bids-validator" and finding.severity is Severity.ERROR
    ]

    assert errors == []


def test_the_proof_passes(everything):
    refused = [
        (one.name, [f.code for f in one.result.findings if f.origin == "scan"])
        for one in everything
        if one.result is not None and one.result.refused
    ]

    assert refused == []


def test_names_numbers_and_days_of_the_headers_are_in_no_byte_of_the_output(everything):
    n_searched = 0
    for one in everything:
        if one.result is None or one.source.format not in MNE_READERS:
            continue
        written = {path: path.read_bytes().lower() for path in one.out.rglob("*") if path.is_file()}
        for word in told_by_mne(one):
            n_searched += 1
            for spelled in (word.lower().encode(), word.lower().encode("utf-16-le")):
                found = [path.name for path, content in written.items() if spelled in content]
                assert found == [], (one.name, len(word))

    assert n_searched > 100


def told_by_mne(one: Shared) -> Iterator[str]:
    """What MNE-Python finds in the source about the person and the day."""
    import mne

    path = one.root / one.source.primary
    path = path.parent if one.source.format == "nirx" else path
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw = getattr(mne.io, MNE_READERS[one.source.format])(path, verbose="ERROR")
    about = raw.info["subject_info"] or {}
    words = [about.get(key) for key in ("his_id", "first_name", "last_name", "middle_name")]
    words += [raw.info["experimenter"], (raw.info["device_info"] or {}).get("serial")]
    birthday = about.get("birthday")
    yield from (
        word
        for word in map(str, filter(None, words))
        if len(re.sub(r"\W", "", word)) >= SHORTEST and word.lower() not in NO_NAMES
    )
    for day in (raw.info["meas_date"], birthday):
        # Of days the year stays, which is written as its first day.
        if day is not None and (day.month, day.day) != (1, 1):
            yield from spellings(day)


def spellings(day: date | datetime) -> Iterator[str]:
    """A day as headers, sidecars and file names write it."""
    yield from (f"{day:{form}}" for form in ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d-%b-%Y"))
    yield f"{day:%Y_%m_%d}"
