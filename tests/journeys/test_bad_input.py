"""Bad input beside good: a clear finding, nothing lost, no traceback, nothing written to raw."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.journeys import bad_files
from tests.journeys.bad_runs import (
    ON_POSIX,
    STAGED,
    findings_of,
    list_raw,
    messages,
    require_calm,
    run_command,
)
from tests.journeys.conftest import list_bytes

from fascicle import look, share
from fascicle.core import Severity

pytestmark = ON_POSIX

MAX_MEMORY_MB = 900


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
def peak_mb():
    # Linux counts what the process that started this one held as its own, but not here.
    status = Path("/proc/self/status")
    if status.is_file():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
if __name__ == "__main__":
    result = share(Path(sys.argv[1]), Path(sys.argv[2]),
                   ShareOptions(publish=False, participants="confirmed", line_hz=50.0,
                                consent="GRU", n_jobs=1))
    print(result.n_recordings, result.exit_code, peak_mb())
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
