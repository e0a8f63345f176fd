"""The handle: what is published comes back byte for byte, to those who may have it."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fascicle.core import Consent, Dataset, Request, Severity, Tier
from fascicle.errors import InputError, Refusal
from fascicle.govern import Filters, open_commons, parse_codes
from fascicle.testing import (
    MadeRelease,
    ReleaseShape,
    Sealer,
    list_assets,
    make_release,
    seal_release,
)

ID = ReleaseShape().dataset.id
GRU = Request("grace", purpose="GRU")


@pytest.fixture
def made(tmp_path: Path) -> MadeRelease:
    return make_release(tmp_path / "out")


@pytest.fixture
def commons(tmp_path: Path):
    with open_commons(tmp_path / "commons", agent="ada", create=True) as commons:
        yield commons


def publish(commons, made: MadeRelease, **options: object) -> str:
    return commons.publish(made.release, made.folder, **options).dataset.version


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def events(commons) -> list[tuple[str, str]]:
    return [(entry.event, entry.details.get("code", "")) for entry in commons.log()]


# -- the way in and out --------------------------------------------------------------------------


def test_what_is_published_comes_back_byte_for_byte(commons, made, tmp_path: Path) -> None:
    before = contents(made.folder)
    assert publish(commons, made) == "1"

    grant = commons.read(ID, "", tmp_path / "got" / "here", GRU)

    assert contents(tmp_path / "got" / "here") == contents(made.folder) == before
    assert grant.n_files == len(before)
    assert commons.verify() == ()


def test_the_same_again_is_the_same_version_and_a_change_is_the_next(
    commons, made, tmp_path: Path
) -> None:
    publish(commons, made)
    assert publish(commons, made) == "1"

    other = make_release(tmp_path / "new", ReleaseShape(seed=8))
    assert publish(commons, other) == "2"

    for version, folder in (("1", made.folder), ("2", other.folder)):
        commons.read(ID, version, tmp_path / f"got{version}", GRU)
        assert contents(tmp_path / f"got{version}") == contents(folder)
    assert commons.describe(ID).versions == ("1", "2")


def test_a_second_version_stores_only_what_is_new(commons, made, tmp_path: Path) -> None:
    publish(commons, made)
    before = set((tmp_path / "commons" / "objects").rglob("*"))
    shutil.copytree(made.folder, tmp_path / "more")
    (tmp_path / "more" / "sub-02" / "eeg" / "note.json").write_text("{}")
    release = replace(made.release, assets=list_assets(tmp_path / "more"))

    publish(commons, MadeRelease(seal_release(release, Sealer()), tmp_path / "more"))

    added = set((tmp_path / "commons" / "objects").rglob("*")) - before
    assert len([path for path in added if path.is_file()]) == 1


def test_what_is_published_is_found_and_described(commons, made) -> None:
    publish(commons, made, protocol="")

    assert [hit.dataset.id for hit in commons.search("resting eeg")] == [ID]
    assert commons.search("resting eeg", Filters(species="mus musculus")) == ()
    entry = commons.describe(ID)
    assert entry.dataset == replace(made.release.dataset, version="1")
    assert entry.n_files == len(made.release.assets)
    assert [act.name for act in entry.activities] == ["convert"] * 3 + ["publish"]
    assert entry.conditions.permissions == (("DUO:0000042",),)


def test_lineage_is_told_without_digests(commons, made) -> None:
    publish(commons, made)

    lineage = commons.lineage(ID)

    assert {"prefix", "entity", "activity", "agent", "used", "wasGeneratedBy",
            "wasAssociatedWith", "wasDerivedFrom", "wasAttributedTo"} <= set(lineage)  # fmt: skip
    text = json.dumps(lineage)
    assert not any(asset.digest in text for asset in made.release.assets)


def test_progress_is_told_for_each_file(commons, made) -> None:
    seen = []

    commons.publish(made.release, made.folder, on_progress=seen.append)

    assert [step.done for step in seen] == list(range(1, len(made.release.assets) + 1))
    assert {step.stage for step in seen} == {"publish"}


def test_nothing_is_written_where_something_is(commons, made, tmp_path: Path) -> None:
    publish(commons, made)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")

    with pytest.raises(InputError, match="FSC154"):
        commons.read(ID, "", tmp_path / "full", GRU)

    (tmp_path / "empty").mkdir()
    commons.read(ID, "", tmp_path / "empty", GRU)
    assert contents(tmp_path / "full") == {"mine.txt": b"mine"}
    assert contents(tmp_path / "empty") == contents(made.folder)


@pytest.mark.parametrize(("name", "version"), [("ds-ffffffffffff", ""), (ID, "7"), (ID, "x")])
def test_what_is_not_there_is_said_so(name: str, version: str, commons, made, tmp_path) -> None:
    publish(commons, made)

    for ask in (commons.describe, commons.lineage, commons.decide):
        with pytest.raises(InputError, match="FSC153"):
            ask(name, version)
    with pytest.raises(InputError, match="FSC153"):
        commons.read(name, version, tmp_path / "got", GRU)


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


# -- what verify sees ----------------------------------------------------------------------------


def damage(folder: Path, how: str) -> None:
    recording = max(
        (path for path in (folder / "objects").rglob("*") if path.is_file()),
        key=lambda path: path.stat().st_size,
    )
    recording.chmod(0o600)
    if how == "object changed":
        content = bytearray(recording.read_bytes())
        content[-1] ^= 1
        recording.write_bytes(content)
    elif how == "object lost":
        recording.unlink()
    else:
        statement = {
            "row changed": "UPDATE rows SET line = 'x' WHERE position = 1",
            "log changed": "UPDATE log_details SET details = '{}'",
        }[how]
        with closing(sqlite3.connect(folder / "commons.sqlite")) as raw:
            raw.execute(statement)
            raw.commit()


@pytest.mark.parametrize("how", ["object changed", "object lost", "row changed", "log changed"])
def test_damage_is_found_and_never_handed_out(how: str, commons, made, tmp_path: Path) -> None:
    publish(commons, made)
    damage(tmp_path / "commons", how)

    findings = commons.verify()

    assert [finding.severity for finding in findings] == [Severity.ERROR]
    if how != "log changed":
        with pytest.raises(OSError, match=r"FSC60[35]"):
            commons.read(ID, "", tmp_path / "got", GRU)
        assert not any(path.name.endswith("got.part") for path in tmp_path.iterdir())
        assert not (tmp_path / "got").exists()


def test_the_folder_that_one_stands_in_is_no_destination(
    commons, made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(commons, made)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    with pytest.raises(InputError, match="FSC154"):
        commons.read(ID, "", Path(), GRU)

    assert commons.read(ID, "", Path("got"), GRU).n_files == len(contents(made.folder))
    assert contents(Path("got")) == contents(made.folder)


def test_a_catalogue_that_leads_out_of_the_dataset_is_refused_and_logged(
    commons, made, tmp_path: Path
) -> None:
    publish(commons, made)
    with closing(sqlite3.connect(tmp_path / "commons" / "commons.sqlite")) as raw:
        raw.execute("UPDATE assets SET path = '../../out' WHERE path = 'README'")
        raw.commit()

    with pytest.raises(Refusal, match="FSC521"):
        commons.read(ID, "", tmp_path / "got", GRU)

    assert events(commons)[-1] == ("refuse", "FSC521")
    assert not (tmp_path / "got").exists()


@pytest.mark.parametrize("how", ["object lost", "object changed"])
def test_publishing_again_mends_an_object(how: str, commons, made, tmp_path: Path) -> None:
    publish(commons, made)
    damage(tmp_path / "commons", how)

    assert publish(commons, made) == "1"

    assert commons.verify() == ()


# -- killed, and at once -------------------------------------------------------------------------


def publish_and_die(folder: str, out: str, when: int) -> None:
    made = make_release(Path(out))

    def die(step) -> None:
        if step.done == when:
            os._exit(9)

    with open_commons(Path(folder), agent="ada", create=True) as commons:
        commons.publish(made.release, made.folder, on_progress=die)


@pytest.mark.parametrize("when", [1, 4, 9])
def test_a_killed_publication_shows_nothing_and_a_rerun_completes_it(
    when: int, tmp_path: Path
) -> None:
    worker = multiprocessing.get_context("spawn").Process(
        target=publish_and_die, args=(str(tmp_path / "commons"), str(tmp_path / "out"), when)
    )
    worker.start()
    worker.join(60)
    assert worker.exitcode == 9

    with open_commons(tmp_path / "commons", agent="ada") as commons:
        assert commons.search("") == ()
        assert commons.log() == ()
        made = make_release(tmp_path / "out")
        assert publish(commons, made) == "1"
        assert commons.verify() == ()
        commons.read(ID, "1", tmp_path / "got", GRU)
        assert contents(tmp_path / "got") == contents(tmp_path / "out")


def test_verify_clears_what_a_killed_publication_left(tmp_path: Path) -> None:
    worker = multiprocessing.get_context("spawn").Process(
        target=publish_and_die, args=(str(tmp_path / "commons"), str(tmp_path / "out"), 5)
    )
    worker.start()
    worker.join(60)

    with open_commons(tmp_path / "commons", agent="ada") as commons:
        (finding,) = commons.verify()

        assert finding.code == "commons.orphan"
        assert commons.verify() == ()
    objects = tmp_path / "commons" / "objects"
    assert [path for path in objects.rglob("*") if path.is_file()] == []


def publish_slowly(folder: str, out: str) -> None:
    made = make_release(Path(out), ReleaseShape(n_bytes=900_001))
    with open_commons(Path(folder), agent="ada", create=True) as commons:
        commons.publish(made.release, made.folder)


@pytest.mark.slow
def test_a_publication_killed_at_any_moment_is_whole_or_absent(tmp_path: Path) -> None:
    rng = np.random.default_rng(20)
    spawn = multiprocessing.get_context("spawn")
    make_release(tmp_path / "out", ReleaseShape(n_bytes=900_001))

    for delay_s in rng.uniform(0.2, 1.2, size=12):
        worker = spawn.Process(
            target=publish_slowly, args=(str(tmp_path / "commons"), str(tmp_path / "out"))
        )
        worker.start()
        worker.join(float(delay_s))
        worker.kill()
        worker.join(60)
        with open_commons(tmp_path / "commons", agent="ada", create=True) as commons:
            n_found = len(commons.search(""))
            assert n_found == len(commons.log(ID)) <= 1
            assert all(finding.code == "commons.orphan" for finding in commons.verify())

    publish_slowly(str(tmp_path / "commons"), str(tmp_path / "out"))
    with open_commons(tmp_path / "commons", agent="ada") as commons:
        commons.read(ID, "1", tmp_path / "got", GRU)
        assert contents(tmp_path / "got") == contents(tmp_path / "out")
        assert commons.verify() == ()


def publish_one(folder: str, out: str, number: int) -> None:
    dataset = Dataset(f"ds-{number:012}", f"Study {number}", species=("homo sapiens",))
    made = make_release(Path(out) / str(number), ReleaseShape(dataset=dataset, seed=number))
    with open_commons(Path(folder), agent=f"agent {number}", create=True) as commons:
        for _ in range(3):
            commons.publish(made.release, made.folder)


def test_two_processes_publish_at_once(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [
        spawn.Process(target=publish_one, args=(str(tmp_path / "commons"), str(tmp_path), number))
        for number in (1, 2)
    ]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert [worker.exitcode for worker in workers] == [0, 0]
    with open_commons(tmp_path / "commons", agent="ada") as commons:
        assert {hit.dataset.version for hit in commons.search("study")} == {"1"}
        assert len(commons.search("study")) == 2
        assert commons.verify() == ()


# -- what a stranger with the folder learns ------------------------------------------------------


def test_no_plain_digest_stands_in_a_file_name_or_the_log(commons, made, tmp_path: Path) -> None:
    publish(commons, made)
    digests = {asset.digest for asset in made.release.assets}

    names = {path.name for path in (tmp_path / "commons" / "objects").rglob("*")}

    assert names.isdisjoint(digests)
    assert not any(digest in repr(commons.log()) for digest in digests)


def test_equal_files_of_two_people_cannot_be_linked_by_their_addresses(
    commons, made, tmp_path: Path
) -> None:
    publish(commons, made)  # each participant's sidecar has the same bytes

    sidecar = (made.folder / "sub-01" / "eeg" / "sub-01_task-rest_eeg.json").read_bytes()
    stored = [
        path
        for path in (tmp_path / "commons" / "objects").rglob("*")
        if path.is_file() and path.read_bytes() == sidecar
    ]
    assert len({path.name for path in stored}) == len({path.parent for path in stored}) == 3


def test_no_label_and_no_path_of_the_machine_is_a_name_in_the_store(
    commons, made, tmp_path: Path
) -> None:
    publish(commons, made)

    for path in (tmp_path / "commons" / "objects").rglob("*"):
        assert path.name == "shared" or re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{64}", path.name)
    database = b"".join(p.read_bytes() for p in (tmp_path / "commons").glob("commons.sqlite*"))
    assert str(made.folder).encode() not in database
    assert os.fsencode(tmp_path) not in database


def test_a_persons_lines_of_a_table_are_stored_apart_from_the_others(
    commons, made, tmp_path: Path
) -> None:
    publish(commons, made)

    with closing(sqlite3.connect(tmp_path / "commons" / "commons.sqlite")) as raw:
        owners = raw.execute("SELECT count(DISTINCT owner), count(*) FROM rows").fetchone()

    table = (made.folder / "participants.tsv").read_bytes()
    assert owners == (4, 4)  # the header is about nobody
    for path in (tmp_path / "commons" / "objects").rglob("*"):
        assert not path.is_file() or path.read_bytes() != table
    assert hashlib.sha256(table).hexdigest() not in {
        path.name for path in (tmp_path / "commons").rglob("*")
    }
