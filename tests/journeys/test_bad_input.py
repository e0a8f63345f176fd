"""Bad input beside good: a clear finding, nothing lost, no traceback, nothing written to raw."""

import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.journeys import bad_files
from tests.journeys.conftest import list_bytes

from fascicle import look, share, verify
from fascicle.core import Severity
from fascicle.errors import InputError, JobError, PlanError, PrivacyError, StoreError
from fascicle.testing import make_edf
from fascicle.workflows import ShareOptions

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(sys.platform == "win32", reason="needs pipes, links and modes of POSIX"),
]

ANSWERS = {"participants": "confirmed", "line_hz": 50.0, "consent": "GRU", "study": "s"}
STAGED = ShareOptions(publish=False, n_jobs=1, name="Rest", **ANSWERS)
MAX_MEMORY_MB = 900


def run_command(*words, home, wrap=(), timeout_s=240):
    """Run the command in a process of its own, without a terminal."""
    return subprocess.run(
        [*wrap, sys.executable, "-m", "fascicle", *map(str, words)],
        capture_output=True, check=False, timeout=timeout_s, stdin=subprocess.DEVNULL,
        env=dict(os.environ) | {"FASCICLE_HOME": str(home)},
    )  # fmt: skip


def require_calm(answer, *codes):
    """Check that a command ended as documented, without a traceback or a planted word."""
    said = (answer.stdout + answer.stderr).decode("utf-8", "replace")
    assert "Traceback" not in said, said
    assert "FSC708" not in said, said
    assert "FSC706" not in said, said
    assert answer.returncode in codes, said
    return said


def list_raw(raw):
    """Return what stands in a raw folder: names, kinds, sizes, times, without opening pipes."""
    found = {}
    for folder, folders, files in os.walk(os.fsencode(raw)):
        for name in (*folders, *files):
            info = os.lstat(os.path.join(folder, name))  # noqa: PTH118 - names of bytes
            found[folder, name] = (info.st_mode, info.st_size, info.st_mtime_ns)
    return found


def messages(findings):
    return "\n".join(f"{f.reason} {f.fix} {f.place}" for f in findings)


def findings_of(result, folder):
    return [f for f in result.findings if folder in Path(f.raw_place).parts]


@pytest.fixture(scope="module")
def zoo_home(tmp_path_factory):
    home = tmp_path_factory.mktemp("zoo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASCICLE_HOME", str(home / "home"))
        yield home


@pytest.fixture(scope="module")
def zoo(zoo_home):
    """Every damaged, linked and oddly named file beside two good recordings."""
    made = bad_files.Zoo(zoo_home / "raw")
    for add in (
        bad_files.add_cut_and_garbled,
        bad_files.add_wrong_headers,
        bad_files.add_wrong_texts,
        bad_files.add_wrong_tags,
        bad_files.add_names,
        bad_files.add_links_and_pipes,
    ):
        add(made)
    bad_files.add_cuts(made, n_cuts=3)
    return made


@pytest.fixture(scope="module")
def before(zoo):
    return list_raw(zoo.raw)


@pytest.fixture(scope="module")
def seen(zoo, before):
    return look(zoo.raw)


@pytest.fixture(scope="module")
def shared(zoo, zoo_home, before):
    return share(zoo.raw, zoo_home / "out", STAGED)


def test_good_recordings_beside_bad_ones_stand_in_the_dataset(shared, zoo):
    good = {f"{stem}" for stem in ("A01", "A02")}

    assert not shared.refused
    assert (shared.partial, shared.exit_code) == (True, 1)
    plan = look(zoo.raw).plan
    people = {r.entities["participant"].value for r in plan.recordings if r.include}
    assert good <= people
    assert shared.n_recordings == sum(r.include for r in plan.recordings)


def test_recordings_under_any_name_are_taken(seen, zoo):
    taken = {r.source.primary.parts[0] for r in seen.plan.recordings}

    missing = [case for case, folder in zoo.cases.items()
               if case.startswith("name ") and folder not in taken]  # fmt: skip
    assert missing == ["name not utf-8"]
    assert "file.name" in {f.code for f in seen.findings}


def test_every_bad_file_has_a_finding(seen, zoo):
    whole = {"no vmrk"}  # a recording without markers is none the worse
    whole |= {case for case in zoo.cases if case.startswith(("name ", "cut ", "records "))}

    silent = [case for case, folder in zoo.cases.items()
              if case not in whole and not findings_of(seen, folder)]  # fmt: skip
    assert silent == []


def test_what_cannot_be_read_is_left_out_and_counted(seen, shared, zoo):
    unreadable = [f for f in seen.findings if f.code == "file.unreadable"]
    cases = {folder: case for case, folder in zoo.cases.items()}
    found = {cases[Path(f.raw_place).parts[0]] for f in unreadable if Path(f.raw_place).parts}

    expected = {case for case in zoo.cases if case.startswith((
        "signals 9999", "header bytes", "record length", "samples", "range", "channels",
        "interval", "resolution", "path", "fif rate", "fif 2 GB", "fif negative", "header only",
        "no eeg",
    ))}  # fmt: skip
    assert expected - found == set()
    assert len(shared.left_out) == len(unreadable)


def test_recordings_that_were_cut_off_say_so(seen, zoo):
    durations = {r.source.primary.parts[0]: r.duration_s for r in seen.plan.recordings}
    short = {case: folder for case, folder in zoo.cases.items()
             if durations.get(folder, 5.0) < 5.0 and not case.startswith("name ")}  # fmt: skip
    told = {f.raw_place.split("/")[0] for f in seen.findings if f.code == "recording.length"}

    assert len(short) >= 6
    assert [case for case, folder in short.items() if folder not in told] == []


def test_what_a_link_leads_out_to_is_not_read(seen, shared, zoo, zoo_home):
    paths = [str(file) for r in seen.plan.recordings for file in r.source.files]

    assert not any("secret" in path or "again" in path or "more" in path for path in paths)
    codes = {f.code for f in seen.findings}
    assert {"file.broken-link", "file.outside-link", "file.folder-link", "file.special"} <= codes
    assert b"secret" not in b"".join(list_bytes(zoo_home / "out").values())


def test_no_message_holds_a_value_of_the_data(seen, shared, zoo_home):
    said = messages(seen.findings) + messages(shared.findings) + json.dumps(shared.as_dict())
    said = said.replace(zoo_home.as_posix(), "")  # pytest counts its folders: one will be 1951

    assert [word for word in bad_files.planted_words() if word in said] == []


def test_the_raw_folder_is_as_it_was(before, shared, seen, zoo):
    assert list_raw(zoo.raw) == before


def test_nothing_of_a_failed_recording_stands_in_the_dataset(shared, zoo_home):
    out = zoo_home / "out"
    recordings = [p for p in out.glob("sub-*/**/*")
                  if p.suffix in {".edf", ".bdf", ".vhdr", ".fif"}]  # fmt: skip

    assert len(recordings) == shared.n_recordings
    for path in recordings:
        stem = path.name.rpartition("_")[0]
        assert path.with_name(f"{stem}_channels.tsv").exists(), path.name
    errors = [f for f in shared.findings
              if f.origin == "bids-validator" and f.severity is Severity.ERROR]  # fmt: skip
    assert errors == []


def test_the_command_looks_at_all_of_it_without_a_traceback(zoo, zoo_home, before):
    plain = run_command("look", zoo.raw, home=zoo_home / "home")
    machine = run_command("look", zoo.raw, "--json", home=zoo_home / "home")

    require_calm(plain, 0)
    require_calm(machine, 0)
    assert json.loads(machine.stdout)["n_recordings"] > 10


def test_a_plan_keeps_every_name(zoo, zoo_home, seen, tmp_path):
    from fascicle.prepare import read_plan, write_plan

    write_plan(seen.plan, tmp_path / "plan.yaml")

    assert read_plan(tmp_path / "plan.yaml") == seen.plan


MEASURED = """
import resource, sys
from pathlib import Path
from fascicle import share
from fascicle.workflows import ShareOptions
if __name__ == "__main__":
    result = share(Path(sys.argv[1]), Path(sys.argv[2]),
                   ShareOptions(publish=False, participants="confirmed", line_hz=50.0,
                                consent="GRU", n_jobs=1))
    print(result.n_recordings, result.exit_code,
          resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    print(*sorted({f.code for f in result.findings if f.origin == "look"}))
"""


def test_files_that_unpack_to_gigabytes_cost_little_memory_and_are_told(tmp_path, home):
    zoo = bad_files.Zoo(tmp_path / "raw")
    bad_files.add_bombs(zoo)

    answer = subprocess.run(
        [sys.executable, "-c", MEASURED, str(zoo.raw), str(tmp_path / "out")],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip

    assert answer.returncode == 0, answer.stderr
    numbers, codes = answer.stdout.splitlines()
    n_recordings, exit_code, peak_mb = map(int, numbers.split())
    assert (n_recordings, exit_code) == (2, 1)
    assert peak_mb < MAX_MEMORY_MB
    assert {"file.archive", "file.unreadable", "table.unreadable"} <= set(codes.split())


@pytest.mark.slow
def test_recordings_cut_at_a_hundred_places_leave_a_valid_dataset(tmp_path, home):
    zoo = bad_files.Zoo(tmp_path / "raw")
    bad_files.add_cuts(zoo)

    result = share(zoo.raw, tmp_path / "out", STAGED)

    assert not result.refused
    assert result.n_recordings > 50
    assert not any(f.code == "recording.failed" for f in result.findings)
    errors = [f for f in result.findings
              if f.origin == "bids-validator" and f.severity is Severity.ERROR]  # fmt: skip
    assert errors == []


def test_recordings_cut_at_a_hundred_places_are_looked_at_without_an_error(tmp_path):
    zoo = bad_files.Zoo(tmp_path / "raw")
    bad_files.add_cuts(zoo)

    seen = look(zoo.raw)

    taken = {r.source.primary.parts[0] for r in seen.plan.recordings}
    lost = [case for case, folder in zoo.cases.items()
            if folder not in taken and not findings_of(seen, folder)
            and not case.startswith("cut .vhdr")]  # fmt: skip
    assert [case for case in lost if not is_tiny(zoo, case)] == []


def is_tiny(zoo, case):
    """Tell whether so little is left of a file that nothing tells what it was."""
    return all(p.stat().st_size < 256 for p in (zoo.raw / zoo.cases[case]).iterdir())


@contextmanager
def small_disk(folder, n_bytes):
    """Mount a file system of a few bytes on a folder, where that is allowed."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={n_bytes}", "tmpfs", str(folder)],
        capture_output=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip("this user may not mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def small(tmp_path):
    """Two short recordings of two people."""
    folder = tmp_path / "small"
    folder.mkdir()
    for seed, name in enumerate(bad_files.GOOD):
        make_edf(folder / name, seed=60 + seed, shape=bad_files.SHAPE)
    return folder


def fail_at(monkeypatch, n_writes):
    """Let the n-th recording meet a full disk half-way through its samples."""
    from fascicle.formats import _edf

    written = 0

    def write_until_full(*args):
        nonlocal written
        written += 1
        if written == n_writes:
            args[-1].write(b"half")
            raise OSError(errno.ENOSPC, "No space left on device", "Wiesengrund.edf")
        return original(*args)

    original = _edf._copy_records
    monkeypatch.setattr(_edf, "_copy_records", write_until_full)


@pytest.mark.parametrize("n_writes", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_a_disk_that_fills_up_ends_the_run_and_the_next_ends_with_the_same_bytes(
    small, tmp_path, home, monkeypatch, n_writes
):
    share(small, tmp_path / "undisturbed", STAGED)
    with monkeypatch.context() as patch:
        fail_at(patch, n_writes)

        with pytest.raises(JobError, match="FSC707") as caught:
            share(small, tmp_path / "out", STAGED)

    assert "Wiesengrund" not in str(caught.value)
    assert not (tmp_path / "out").exists()
    again = share(small, tmp_path / "out", STAGED)
    assert again.n_new == 3 - n_writes
    assert list_bytes(tmp_path / "out") == list_bytes(tmp_path / "undisturbed")


def test_a_disk_that_is_full_while_tables_are_written_ends_with_a_message(
    small, tmp_path, home, monkeypatch
):
    from fascicle.workflows import _stage

    def fill(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(_stage, "write_derivatives", fill)
        with pytest.raises(JobError, match="FSC707"):
            share(small, tmp_path / "out", STAGED)

    assert share(small, tmp_path / "out", STAGED).n_new == 0


@pytest.mark.slow
@pytest.mark.parametrize("n_bytes", [200_000, 320_000, 420_000, 600_000, 900_000, 1_300_000])
def test_on_a_disk_that_is_really_full_nothing_is_lost(small, tmp_path, n_bytes):
    home = tmp_path / "home"
    words = ("--yes", "--no-publish", "--study", "s", "--line-hz", "50", "--name", "Rest",
             "--participants", "confirmed")  # fmt: skip
    answer = run_command("share", small, tmp_path / "undisturbed", *words, home=home)
    require_calm(answer, 0)
    with small_disk(tmp_path / "disk", n_bytes) as disk:
        out = disk / "out"
        # The run asks for more space than there is: what is checked here comes after that.
        script = (
            "from fascicle.workflows import _stage; _stage.require_space = lambda *_: None;"
            "from fascicle.cli import main; main()"
        )
        words = ("share", str(small), str(out), *words)
        full = subprocess.run(
            [sys.executable, "-c", script, *words], capture_output=True, check=False,
            stdin=subprocess.DEVNULL, env=dict(os.environ) | {"FASCICLE_HOME": str(home)},
        )  # fmt: skip

        said = require_calm(full, 0, 1)
        assert full.returncode == 0 or "FSC707" in said
        # What is there is whole: the disk may fill up when only the owner's report is missing.
        assert not out.exists() or list_bytes(out) == list_bytes(tmp_path / "undisturbed")
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        again = subprocess.run(
            [sys.executable, "-c", script, *words], capture_output=True, check=False,
            stdin=subprocess.DEVNULL, env=dict(os.environ) | {"FASCICLE_HOME": str(home)},
        )  # fmt: skip
        require_calm(again, 0)
        assert list_bytes(out) == list_bytes(tmp_path / "undisturbed")


def test_files_and_folders_that_may_not_be_read_are_told(small, tmp_path, home, monkeypatch):
    closed = small / "A02_rest.edf"
    original = Path.open

    def refuse(self, *args, **kwargs):
        if self == closed:
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)

    result = share(small, tmp_path / "out", STAGED)

    assert (result.n_recordings, result.exit_code) == (1, 1)
    told = [f for f in result.findings if f.code == "file.unreadable"]
    assert [f.raw_place for f in told] == ["A02_rest.edf"]
    assert "right to read" in told[0].fix


def closed_to(user_is_root):
    """Return what runs a command without root's right to read everything."""
    if not user_is_root:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root may read everything, and setpriv is not there to change that")
    drop = "-dac_override,-dac_read_search"
    return ("setpriv", "--bounding-set", drop, "--inh-caps", drop)


def test_the_command_goes_on_without_what_it_may_not_read(small, tmp_path):
    wrap = closed_to(os.geteuid() == 0)
    (small / "shut").mkdir()
    make_edf(small / "shut" / "A03_rest.edf", seed=63, shape=bad_files.SHAPE)
    (small / "A02_rest.edf").chmod(0)
    (small / "shut").chmod(0)
    try:
        answer = run_command("share", small, tmp_path / "out", "--yes", "--no-publish", "--json",
                             home=tmp_path / "home", wrap=wrap)  # fmt: skip
    finally:
        (small / "shut").chmod(0o700)

    require_calm(answer, 1)
    said = json.loads(answer.stdout)
    assert (said["n_recordings"], said["partial"], len(said["left_out"])) == (1, True, 2)
    assert "A02" not in json.dumps(said["findings"])


def test_an_output_that_may_not_be_written_is_told(small, tmp_path):
    wrap = closed_to(os.geteuid() == 0)
    (tmp_path / "shut").mkdir()
    (tmp_path / "shut").chmod(0o500)

    answer = run_command("share", small, tmp_path / "shut" / "out", "--yes",
                         home=tmp_path / "home", wrap=wrap)  # fmt: skip

    said = require_calm(answer, 1)
    assert "FSC705" in said
    assert "Permission denied" in said


@pytest.mark.parametrize(
    ("out", "code"), [("small", "FSC109"), ("small/out", "FSC109"), (".", "FSC109")]
)
def test_an_output_in_the_raw_folder_or_around_it_is_refused(small, tmp_path, out, code):
    before = list_raw(tmp_path)

    answer = run_command("share", small, tmp_path / out, "--yes", home=tmp_path / "home")

    assert code in require_calm(answer, 2)
    assert list_raw(tmp_path) == before


def test_a_commons_in_the_raw_folder_is_refused(small, tmp_path, home):
    before = list_raw(small)

    with pytest.raises(InputError, match="FSC109"):
        share(small, tmp_path / "out", ShareOptions(commons=small / "commons", **ANSWERS))

    assert list_raw(small) == before


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


def test_a_recording_that_went_away_after_the_plan_is_left_out(small, tmp_path, home):
    look(small, plan_path=tmp_path / "plan.yaml")
    (small / "A01_rest.edf").unlink()

    result = share(small, tmp_path / "out",
                   ShareOptions(plan=tmp_path / "plan.yaml", publish=False, **ANSWERS))  # fmt: skip

    assert (result.n_recordings, result.partial, result.exit_code) == (1, True, 1)
    assert len(list((tmp_path / "out").glob("sub-*"))) == 1


@pytest.mark.parametrize("change", ["removed", "grown", "cut", "emptied", "a folder"])
def test_a_recording_that_changes_while_the_run_goes_on_harms_no_other(
    small, tmp_path, home, change
):
    victim = small / "A02_rest.edf"

    def hook(step):
        if step.stage != "identify" or step.done:
            return
        data = victim.read_bytes()
        victim.unlink()
        if change == "a folder":
            victim.mkdir()
        elif change != "removed":
            victim.write_bytes({"grown": data + data[2000:], "cut": data[:3000],
                                "emptied": b""}[change])  # fmt: skip

    result = share(small, tmp_path / "out", STAGED, on_progress=hook)

    assert not result.refused
    assert result.n_recordings == (2 if change in {"grown", "cut"} else 1)
    assert result.partial == (result.n_recordings == 1)
    assert all(f.code != "recording.failed" or "FSC706" not in f.reason for f in result.findings)
    assert "please report" not in messages(result.findings)


def test_a_second_run_into_the_same_output_is_told_to_wait(small, tmp_path, home):
    answers = []

    def hook(step):
        if step.stage == "convert" and not answers:
            answers.append(run_command("share", small, tmp_path / "out", "--yes", "--no-publish",
                                       home=home))  # fmt: skip

    result = share(small, tmp_path / "out", STAGED, on_progress=hook)

    assert "FSC704" in require_calm(answers[0], 1)
    assert (result.exit_code, result.n_recordings) == (0, 2)


VAULTS = {
    "cut": b'{"version": 1, "stud',
    "noise": bytes(range(256)),
    "of the future": b'{"version": 99, "studies": {}}',
    "without its key": b'{"version": 1, "studies": {}}',
    "empty": b"",
}


@pytest.mark.parametrize("case", VAULTS)
def test_a_damaged_vault_stops_the_run_and_is_not_replaced(small, tmp_path, home, case):
    share(small, tmp_path / "out", STAGED)
    vault = home / "vault" / "vault.json"
    vault.write_bytes(VAULTS[case])

    with pytest.raises(PrivacyError, match="FSC412"):
        share(small, tmp_path / "out", STAGED)

    assert vault.read_bytes() == VAULTS[case]
    assert (tmp_path / "out" / "participants.tsv").exists()


def test_a_vault_that_others_can_read_stops_the_run(small, tmp_path, home):
    share(small, tmp_path / "out", STAGED)
    (home / "vault" / "vault.json").chmod(0o644)

    with pytest.raises(PrivacyError, match="FSC410"):
        share(small, tmp_path / "out", STAGED)


def find_catalogue(commons):
    return next(path for path in commons.iterdir() if path.suffix in {".db", ".sqlite"})


def damage_catalogue(commons):
    catalogue = find_catalogue(commons)
    for extra in commons.glob(f"{catalogue.name}-*"):
        extra.unlink()
    data = bytearray(catalogue.read_bytes())
    data[100 : len(data) // 2] = bytes(len(data) // 2 - 100)
    catalogue.write_bytes(bytes(data))


def test_a_damaged_commons_is_told_and_the_dataset_stays(small, tmp_path, home):
    options = ShareOptions(commons=tmp_path / "commons", **ANSWERS)
    share(small, tmp_path / "out", options)
    before = list_bytes(tmp_path / "out")
    damage_catalogue(tmp_path / "commons")

    for words in (("verify",), ("find", "rest"),
                  ("share", small, tmp_path / "out", "--yes", "--consent", "GRU", "--line-hz",
                   "50", "--study", "s", "--participants", "confirmed")):  # fmt: skip
        answer = run_command(*words, "--commons", tmp_path / "commons", home=home)
        said = require_calm(answer, 1)
        assert "FSC60" in said, words

    assert list_bytes(tmp_path / "out") == before


def test_a_commons_that_another_program_holds_is_told(small, tmp_path, home, monkeypatch):
    commons = tmp_path / "commons"
    options = ShareOptions(commons=commons, **ANSWERS)
    share(small, tmp_path / "out", options)
    monkeypatch.setattr("fascicle.store._tables._BUSY_TIMEOUT_MS", 300)
    holder = sqlite3.connect(find_catalogue(commons))
    holder.execute("BEGIN IMMEDIATE")
    make_edf(small / "A03_rest.edf", seed=70, shape=bad_files.SHAPE)

    with pytest.raises(StoreError, match="FSC604"):
        share(small, tmp_path / "out", options)

    holder.rollback()
    holder.close()
    published = share(small, tmp_path / "out", options).published
    assert published is not None
    assert published.version == "2"
    assert verify(commons=commons).findings == ()


@pytest.mark.slow
def test_a_commons_that_may_not_be_written_is_told(small, tmp_path):
    wrap = closed_to(os.geteuid() == 0)
    words = ("share", small, tmp_path / "out", "--yes", "--consent", "GRU", "--participants",
             "confirmed", "--commons", tmp_path / "commons")  # fmt: skip
    home = tmp_path / "home"
    require_calm(run_command(*words, home=home), 0)
    make_edf(small / "A03_rest.edf", seed=70, shape=bad_files.SHAPE)
    closed = [tmp_path / "commons", *(tmp_path / "commons").rglob("*")]
    modes = {path: path.stat().st_mode for path in closed}
    for path in closed:
        path.chmod(0o500 if path.is_dir() else 0o400)

    answer = run_command(*words, home=home, wrap=wrap)

    for path, mode in modes.items():
        path.chmod(mode)
    said = require_calm(answer, 1)
    assert "FSC60" in said or "FSC705" in said
    require_calm(run_command(*words, home=home), 0)
    require_calm(run_command("verify", "--commons", tmp_path / "commons", home=home), 0)


@pytest.mark.parametrize(
    "name",
    [
        "plan.yaml",
        pytest.param("record.json", marks=pytest.mark.slow),
        pytest.param("identifiers.json", marks=pytest.mark.slow),
    ],
)
def test_a_damaged_workspace_is_told_and_mended_as_it_says(small, tmp_path, home, name):
    share(small, tmp_path / "out", STAGED)
    before = list_bytes(tmp_path / "out")
    damaged = tmp_path / "out.private" / name
    damaged.write_text("[{", "utf-8")

    with pytest.raises(InputError, match="FSC128"):
        share(small, tmp_path / "out", STAGED)

    damaged.unlink()
    share(small, tmp_path / "out", STAGED)
    changed = {path for path, data in list_bytes(tmp_path / "out").items() if before[path] != data}
    assert changed <= {"dataset.jsonld"}  # the day of the first run stood in the plan


@pytest.mark.slow
@pytest.mark.parametrize(("name", "content"), [("seal.json", "[{"), ("record.json", "{}")])
def test_a_damaged_seal_or_record_publishes_nothing(small, tmp_path, home, name, content):
    share(small, tmp_path / "out", STAGED)
    (tmp_path / "out.private" / name).write_text(content, "utf-8")

    for words in (("publish", tmp_path / "out", "--commons", tmp_path / "commons"),
                  ("fix", tmp_path / "out")):  # fmt: skip
        assert "FSC128" in require_calm(run_command(*words, home=home), 2)
    assert not (tmp_path / "commons").exists()


@pytest.mark.slow
def test_folders_of_any_name_go_through(small, tmp_path, home):
    for name in (b"not utf-8 \xff", b"-raw", b"line\nfeed [b] \xf0\x9f\xa7\xa0"):
        raw = tmp_path / os.fsdecode(name)
        shutil.copytree(small, raw)
        out = raw.with_name(f"{raw.name} out")

        first = run_command("share", raw, out, "--yes", "--no-publish", "--participants",
                            "confirmed", home=home)  # fmt: skip
        again = share(raw, out, ShareOptions(publish=False, participants="confirmed"))

        require_calm(first, 0)
        assert (again.n_new, again.exit_code) == (0, 0)


def test_a_workspace_that_went_away_leaves_the_dataset_alone(small, tmp_path, home):
    share(small, tmp_path / "out", STAGED)
    before = list_bytes(tmp_path / "out")
    shutil.rmtree(tmp_path / "out.private")

    with pytest.raises(InputError, match="FSC103"):
        share(small, tmp_path / "out", STAGED)

    assert list_bytes(tmp_path / "out") == before


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"\xff{", b'{"digest": "", "result": 3}'])
def test_damaged_entries_of_the_journal_are_done_again(small, tmp_path, home, content):
    share(small, tmp_path / "out", STAGED)
    before = list_bytes(tmp_path / "out")
    for entry in (tmp_path / "out.private" / "journal").glob("*.json"):
        entry.write_bytes(content)

    again = share(small, tmp_path / "out", STAGED)

    assert again.n_new == 2
    assert list_bytes(tmp_path / "out") == before
