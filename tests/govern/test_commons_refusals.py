"""What the gate refuses, to whom, and what its log says of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.govern.published import GRU, ID, events, publish

from fascicle.core import Consent, Request, Tier
from fascicle.errors import Refusal
from fascicle.govern import open_commons, parse_codes
from fascicle.testing import (
    MadeRelease,
    ReleaseShape,
    Sealer,
    make_release,
)

# -- what is refused on the way in ---------------------------------------------------------------


def change(made: MadeRelease, how: str) -> MadeRelease:
    release, folder = made.release, made.folder
    recording = folder / "sub-02" / "eeg" / "sub-02_task-rest_eeg.eeg"
    if how == "FSC501":
        return replace(made, release=replace(release, seal={}))
    if how == "FSC502":
        return replace(made, release=replace(release, seal=release.seal | {"signature": "00"}))
    if how == "FSC503":
        return replace(made, release=replace(release, assets=release.assets[1:]))
    if how == "FSC504":
        (folder / "added.txt").write_text("after the proof")
    if how == "FSC505":
        content = bytearray(recording.read_bytes())
        content[1000] ^= 1
        recording.write_bytes(content)
    if how == "FSC510":
        consents = release.consents | {"02": parse_codes("unknown")}
        return replace(made, release=replace(release, consents=consents))
    if how == "FSC511":
        from datetime import date

        withdrawn = replace(release.consents["03"], withdrawn=date(2025, 1, 1))
        consents = release.consents | {"03": withdrawn}
        return replace(made, release=replace(release, consents=consents))
    return made


@pytest.mark.parametrize(
    "code", ["FSC501", "FSC502", "FSC503", "FSC504", "FSC505", "FSC510", "FSC511", "FSC512"]
)
def test_what_may_not_enter_is_refused_logged_and_leaves_nothing(
    code: str, commons, made, tmp_path: Path
) -> None:
    confidence = 0.5 if code == "FSC512" else 1.0

    with pytest.raises(Refusal, match=rf"{code}.*Clause: \w+"):
        publish(commons, change(made, code), identity_confidence=confidence)

    assert events(commons) == [("refuse", code)]
    assert len(commons.log(ID)) == 1
    assert commons.log("ds-of-somebody-else") == ()
    assert commons.search("") == ()
    objects = tmp_path / "commons" / "objects"
    assert not objects.exists() or list(objects.rglob("*")) == []
    assert commons.verify() == ()


def test_nobody_publishes_without_a_name(made, tmp_path: Path) -> None:
    with open_commons(tmp_path / "commons", agent=" ", create=True) as commons:
        with pytest.raises(Refusal, match="FSC500"):
            publish(commons, made)

        assert events(commons) == [("refuse", "FSC500")]


def test_the_first_key_of_an_agent_is_remembered(commons, made, tmp_path: Path) -> None:
    publish(commons, made)
    shape = ReleaseShape(seed=9)
    stranger = make_release(tmp_path / "other", shape, sealer=Sealer(seed=1))

    with pytest.raises(Refusal, match="FSC506"):
        publish(commons, stranger)

    commons.accept_key(stranger.release.seal["public_key"])
    assert publish(commons, stranger) == "2"
    with pytest.raises(Refusal, match="FSC506"):
        publish(commons, made)


def test_nobody_adds_a_version_to_a_strangers_dataset(commons, made, tmp_path: Path) -> None:
    publish(commons, made)
    forged = make_release(tmp_path / "other", ReleaseShape(seed=9), sealer=Sealer(seed=1))

    with (
        open_commons(tmp_path / "commons", agent="mallory") as second,
        pytest.raises(Refusal, match=r"FSC507.*Clause: publisher"),
    ):
        publish(second, forged)

    assert commons.describe(ID).versions == ("1",)


def test_a_colleague_with_the_same_vault_adds_the_next_version(commons, made, tmp_path) -> None:
    publish(commons, made)
    other = make_release(tmp_path / "other", ReleaseShape(seed=9))

    with open_commons(tmp_path / "commons", agent="grace") as second:
        assert publish(second, other) == "2"


def test_animals_need_no_consent_and_their_protocol_is_kept(commons, tmp_path: Path) -> None:
    mice = replace(ReleaseShape().dataset, species=("mus musculus",), tier=Tier.OPEN)
    made = make_release(
        tmp_path / "mice", ReleaseShape(dataset=mice, consents={"01": Consent(), "02": Consent()})
    )

    publish(commons, made, protocol="A-2024-7")

    assert commons.describe(ID).protocol == "A-2024-7"
    assert commons.decide(ID, request=Request("", commercial=True)).allowed


# -- what is refused on the way out --------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "tier", "request_", "clause"),
    [
        ("GRU", Tier.CONTROLLED, Request("grace"), "tier"),
        ("HMB", Tier.CONTROLLED, Request("grace", "GRU"), "DUO:0000006"),
        ("GRU NCU", Tier.OPEN, Request("grace", commercial=True), "commercial"),
        ("GRU", Tier.OPEN, Request("grace", ai_training=True), "ai-training"),
    ],
)
def test_who_may_not_read_is_told_why_and_the_log_knows(
    codes: str, tier: Tier, request_: Request, clause: str, commons, tmp_path: Path
) -> None:
    shape = ReleaseShape(
        dataset=replace(ReleaseShape().dataset, tier=tier),
        consents=dict.fromkeys(("01", "02", "03"), parse_codes(codes)),
    )
    publish(commons, make_release(tmp_path / "out", shape))

    with pytest.raises(Refusal, match=rf"FSC520.*Clause: {clause}\."):
        commons.read(ID, "", tmp_path / "got", request_)

    assert not (tmp_path / "got").exists()
    assert events(commons) == [("publish", ""), ("refuse", "FSC520")]
    assert commons.log()[-1].details["agent"] == "grace"


def test_a_grant_is_logged_with_its_duties(commons, made, tmp_path: Path) -> None:
    publish(commons, made)

    commons.read(ID, "1", tmp_path / "got", GRU)

    entry = commons.log(ID)[-1]
    assert entry.event == "read"
    assert entry.details["purpose"] == "GRU"
    assert entry.details["obligations"] == ["do not seek out who a participant is"]


def test_the_handle_speaks_for_who_opened_it(commons, made, tmp_path: Path) -> None:
    publish(commons, made)

    with open_commons(tmp_path / "commons", agent="grace", purpose="HMB") as reader:
        reader.read(ID, "", tmp_path / "got")

    assert commons.log()[-1].details["agent"] == "grace"
