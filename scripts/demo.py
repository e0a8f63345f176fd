"""Run the main job on real recordings, with the commands that a user would type.

Everything stays in ``demo/``: the raw folder, the vault, the commons. Without network it says so
and runs ``fascicle demo``, which simulates its recordings.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import make_demo_input

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "demo"
PARTIAL = 1


def main() -> int:
    """Make the raw folder, share it, find it again; say where to look."""
    started = time.monotonic()
    for name in ("raw", "dataset", "dataset.private", "commons", "home", "simulated"):
        shutil.rmtree(DEMO / name, ignore_errors=True)
    recording = make_demo_input.fetch_recording(DEMO / "download")
    if recording is None:
        print("The real recording cannot be fetched here; what follows is simulated.", flush=True)
        return fascicle("demo", "demo/simulated")
    n_files = make_demo_input.make_raw_folder(recording, DEMO / "raw")
    print(
        f"Made demo/raw: {n_files} files as a lab keeps them: EEG and MEG, cut from one real\n"
        "recording of 306 MEG and 60 EEG channels; real DICOM and functional images of a scanner;\n"
        f"and a simulated head, to be held back. The {len(make_demo_input.PEOPLE)} people in it "
        "are invented: their\nnames, birth dates and hospital numbers are planted in file names, "
        "headers, markers\nand tables.",
        flush=True,
    )
    code = share_and_find()
    if code == 0:
        say_where_to_look(time.monotonic() - started)
    return code


def share_and_find() -> int:
    """Run look, share, find and show; 0 if each did what it must."""
    commons = ["--commons", "demo/commons"]
    if fascicle("look", "demo/raw", "--plan", "demo/plan.yaml"):
        return 1
    about = ["--name", "Rest and oddball", "--author", "Demo Lab", "--author", "A. N. Other"]
    asked = ["--yes", "--consent", "demo/raw/consent.csv", "--licence", "CC-BY-4.0", *about]
    code = fascicle(
        "share", "demo/raw", "demo/dataset", "--plan", "demo/plan.yaml", *asked, *commons
    )
    # Partial is right here: one person did not consent, one file is broken, a head is held back.
    if code not in {0, PARTIAL} or not (DEMO / "dataset" / "report.html").exists():
        return 1
    words = ["oddball", "MEG"]
    if fascicle("find", *words, *commons):
        return 1
    found = subprocess.run(
        [*executable(), "find", *words, *commons, "--json"],
        cwd=ROOT,
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    return fascicle("show", first_dataset(found.stdout), *commons)


def first_dataset(found: str) -> str:
    """Return the id of the first hit that ``fascicle find --json`` printed."""
    return str(json.loads(found)[0]["id"])


def fascicle(*arguments: str) -> int:
    """Show a command and run it."""
    print(f"\n$ fascicle {shlex.join(arguments)}", flush=True)
    command = [*executable(), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode


def executable() -> list[str]:
    """Return the way to Fascicle in this environment."""
    return [sys.executable, "-m", "fascicle"]


def environment() -> dict[str, str]:
    """Keep the demo's vault and settings in the demo's folder."""
    return {"COLUMNS": "110"} | os.environ | {"FASCICLE_HOME": str(DEMO / "home")}


def say_where_to_look(seconds: float) -> None:
    """Name the files that are worth opening."""
    print(
        f"\nDone in {seconds:.0f} s. Where to look:\n"
        "  demo/dataset/report.html  what came in, what was done, the proof and its limits\n"
        "  demo/dataset              the dataset: BIDS, de-identified, sealed\n"
        "  demo/dataset.private      the plan, the report with raw names, and what was held back\n"
        "                            because a face can be drawn from it: for you alone\n"
        "  demo/commons              the commons in which it was published"
    )


if __name__ == "__main__":
    sys.exit(main())
