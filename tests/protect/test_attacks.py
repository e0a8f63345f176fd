"""Every attack is caught, and a clean dataset is not accused.

The table of attacks is in `fascicle.testing`: places, spellings and encodings in which an
identifier may survive in files that were written without the remover.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fascicle.core import Plan
from fascicle.formats import read_header, recognise, write_recording
from fascicle.protect import (
    POLICIES,
    Person,
    collect_identifiers,
    forbidden_words,
    release_header,
    scan,
)
from fascicle.testing import (
    ATTACKS,
    IDENTIFIERS,
    Attack,
    Planted,
    copy_folder,
    make_bdf,
    make_brainvision,
    make_clean_folder,
    make_edf,
    make_eeglab,
    make_fif,
    make_snirf,
)

SAFE = POLICIES["safe-harbour"]
SECRETS = (
    "Anneliese",
    "ttfried",
    "884120937",
    "QX7",
    "Brunhilde",
    "Kestrel",
    "448812",
    "1961-03-14",
)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clean_folder(tmp_path_factory.mktemp("clean") / "dataset")


def test_there_are_at_least_forty_attacks_of_different_names() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 40


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_caught(attack: Attack, clean: Path, tmp_path: Path) -> None:
    folder = copy_folder(clean, tmp_path / "dataset")
    attack.plant(folder)

    result = scan(folder, IDENTIFIERS, SAFE)

    assert not result.passed
    # What the findings say may be shown: places and kinds, never a value.
    said = " ".join(f"{f.place} {f.reason} {f.fix}" for f in result.findings)
    assert not any(secret in said for secret in SECRETS)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("policy", POLICIES)
def test_a_clean_dataset_is_not_accused(policy: str, seed: int, tmp_path: Path) -> None:
    folder = make_clean_folder(tmp_path / "dataset", seed=seed)

    result = scan(folder, IDENTIFIERS, POLICIES[policy])

    assert result.hits == ()
    assert result.findings == ()


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (make_edf, "a.edf"),
        (make_bdf, "a.bdf"),
        (make_brainvision, "a.vhdr"),
        (make_fif, "a_raw.fif"),
        (make_eeglab, "a.set"),
        (make_snirf, "a.snirf"),
    ],
)
def test_with_the_remover_off_a_recording_is_refused_and_with_it_nothing_is_left(
    make: Callable[..., Path], name: str, tmp_path: Path
) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    raw.mkdir()
    out.mkdir()
    make(raw / name, planted=Planted())
    source = recognise(raw).sources[0]
    header = read_header(raw, source)
    plan = Plan(str(raw), "study", datetime(2026, 1, 1, tzinfo=UTC), ())
    identifiers = collect_identifiers(raw, plan, {"rec-0001": header})

    forbidden = forbidden_words(identifiers)
    released = release_header(header, SAFE, Person("001"), forbidden=forbidden)
    write_recording(raw, source, released.header, out, "sub-001_task-rest_eeg")

    assert not scan(raw, identifiers, SAFE).passed
    assert scan(out, identifiers, SAFE).findings == ()
