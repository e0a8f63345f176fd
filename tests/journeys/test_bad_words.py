"""Tables, consents and plans that a person wrote otherwise than they are meant."""

import time

import pytest
from tests.journeys.bad_runs import ANSWERS, ON_POSIX, STAGED, messages
from tests.journeys.conftest import list_bytes

from fascicle import look, share
from fascicle.errors import InputError, PlanError
from fascicle.workflows import ShareOptions

pytestmark = ON_POSIX

TABLES = {
    "a million columns": (",".join(f"c{i}" for i in range(10**6)) + "\n" + "1," * 10**6).encode(),
    "zero bytes": b"participant_id,sex\nA01,\x00F\n",
    "another encoding": "Teilnehmer;Geschlecht\nA01;m\u00e4nnlich\nA02;w\n".encode("latin-1"),
    "utf-16": "participant_id\tsex\nA01\tF\nA02\tM\n".encode("utf-16"),
    "formulas": b'participant_id,sex\nA01,"=HYPERLINK(""http://x.org"",""A01"")"\nA02,+1+1\n',
    "twice": b"participant_id,sex\nA01,F\nA01,M\nA02,M\n",
    "no id": b"sex,age\nF,31\nF,31\n",
    "a quote that never ends": b'participant_id,sex\nA01,"F\n' + b"A02,M\n" * 999,
    "no rows": b"participant_id,sex\n",
    "noise": bytes(range(256)) * 99,
    "a table of one cell": b"x",
    "deep": b"[" * 99_999,
}


@pytest.mark.parametrize("case", TABLES)
def test_any_table_of_participants_leaves_the_recordings_whole(small, home, case):
    (small / "participants.csv").write_bytes(TABLES[case])

    started = time.monotonic()
    plan = look(small).plan

    assert time.monotonic() - started < 20
    assert len(plan.recordings) == 2
    said = messages(plan.findings)
    assert "HYPERLINK" not in said
    unreadable = {"a million columns", "zero bytes", "noise"}
    assert ("table.unreadable" in {f.code for f in plan.findings}) == (case in unreadable)


@pytest.mark.slow
def test_tables_of_all_kinds_go_through_the_whole_command(small, tmp_path, home):
    for case, content in TABLES.items():
        (small / f"{case}.csv").write_bytes(content)

    result = share(small, tmp_path / "out", STAGED)

    assert (result.n_recordings, result.refused) == (2, False)
    assert b"HYPERLINK" not in b"".join(list_bytes(tmp_path / "out").values())


CONSENTS = {
    "an unknown code": (b"participant_id,duo\nA01,XYZ\nA02,GRU\n", "FSC15"),
    "rows that disagree": (b"participant_id,duo\nA01,GRU\nA01,HMB\n", "FSC15"),
    "no column of codes": (b"participant_id,answer\nA01,yes\n", "FSC15"),
    "another encoding": ("participant_id;duo\nM\u00fcller;GRU\n".encode("latin-1"), "FSC15"),
    "zero bytes": (b"participant_id,duo\nA01,\x00\n", "FSC15"),
    "an endless cell": (b'participant_id,duo\nA01,"' + b"x" * 200_000, "FSC15"),
    "noise": (bytes(range(256)) * 9, "FSC15"),
}


@pytest.mark.parametrize("case", CONSENTS)
def test_a_consent_table_that_is_not_clear_stops_the_run(small, tmp_path, home, case):
    content, code = CONSENTS[case]
    (tmp_path / "consent.csv").write_bytes(content)

    with pytest.raises(InputError, match=code) as caught:
        share(small, tmp_path / "out",
              ShareOptions(**(ANSWERS | {"consent": str(tmp_path / "consent.csv")})))  # fmt: skip

    assert "A01" not in str(caught.value)
    assert "ller" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_consents_of_people_who_were_not_recorded_permit_nobody_else(small, tmp_path, home):
    (tmp_path / "consent.csv").write_text("participant_id,duo\nA01,GRU\nA01,GRU\nZ99,GRU\n")

    result = share(small, tmp_path / "out", ShareOptions(
        commons=tmp_path / "commons", **(ANSWERS | {"consent": str(tmp_path / "consent.csv")})
    ))  # fmt: skip

    assert (result.n_participants, result.exit_code) == (1, 1)


PLANS = {
    "aliases": "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
    "merge keys": "raw: &r {a: 1}\nstudy:\n  <<: *r\n",
    "an object": "raw: !!python/object/apply:os.system ['touch broken']\nstudy: s\n",
    "deep": "[" * 50_000,
    "deep blocks": "".join(" " * i + "a:\n" for i in range(3000)),
    "a list": "- a\n- b\n",
    "a word": "plan",
    "nothing": "",
    "noise": "\x01\x02",
    "two documents": "raw: a\n---\nraw: b\n",
}


@pytest.mark.parametrize("case", PLANS)
def test_a_plan_that_is_none_is_refused(small, tmp_path, home, case, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text(PLANS[case])

    with pytest.raises(PlanError, match="FSC30"):
        share(small, tmp_path / "out", ShareOptions(plan=tmp_path / "plan.yaml", **ANSWERS))

    assert not (tmp_path / "broken").exists()


EDITS = {
    "an unknown field": ("include: true", "include: true\n    exclude: true"),
    "a word for a number": ("bytes: ", "bytes: many #"),
    "a list for a word": ("study: ", "study: [a] #"),
    "an unknown modality": ("modality: eeg", "modality: telepathy"),
    "a day that is none": ("made_at: ", "made_at: yesterday #"),
    "an endless number": ("duration_s: ", "duration_s: .inf #"),
    "no number": ("channels: ", "channels: nan #"),
    "a huge number": ("bytes: ", "bytes: 1e999 #"),
    "a path out of the folder": ('files: ["A01_rest.edf"]', 'files: ["../secret.edf"]'),
    "a path from the root": ('files: ["A01_rest.edf"]', 'files: ["/etc/passwd"]'),
    "a twin": ("key: rec-0002", "key: rec-0001"),
}


@pytest.mark.parametrize("case", EDITS)
def test_an_edit_that_cannot_be_followed_names_its_line(small, tmp_path, home, case):
    path = tmp_path / "plan.yaml"
    look(small, plan_path=path)
    text = path.read_text()
    old, new = EDITS[case]
    old = old if old in text else old.replace('["A01_rest.edf"]', "[A01_rest.edf]")
    assert old in text
    path.write_text(text.replace(old, new, 1))

    with pytest.raises(PlanError, match=r"FSC30.* line "):
        share(small, tmp_path / "out", ShareOptions(plan=path, **ANSWERS))
