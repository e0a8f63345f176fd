"""How long `look` takes on 10,000 files, and how much of it is inference.

Writes ``benchmarks/results/look_speed.json``::

    python benchmarks/look_speed.py
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from _results import write_results

from fascicle.formats import recognise
from fascicle.prepare import look
from fascicle.testing import Shape, make_edf

TASKS = ("rest", "EO", "oddball", "nback", "faces")


def fill(folder: Path, n_files: int) -> None:
    """Write small recordings of many participants; no two are alike."""
    template = bytearray(make_edf(folder / "template.edf", shape=Shape()).read_bytes())
    (folder / "template.edf").unlink()
    for at in range(n_files):
        person, rest = divmod(at, 20)
        session, rest = divmod(rest, 10)
        task, run = divmod(rest, 2)
        stem = f"S{person + 1:03d}_ses{session + 1}_{TASKS[task]}_run{run + 1}.edf"
        path = folder / f"S{person + 1:03d}" / f"ses{session + 1}" / stem
        path.parent.mkdir(parents=True, exist_ok=True)
        template[-4:] = at.to_bytes(4, "little")
        path.write_bytes(template)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, args.files)
        start = time.perf_counter()
        recognise(folder)
        recognised = time.perf_counter() - start
        start, busy = time.perf_counter(), time.process_time()
        looked = look(folder, made_at=datetime(2026, 1, 31, tzinfo=UTC))
        took, busy = time.perf_counter() - start, time.process_time() - busy
    plan = looked.plan
    people = {r.entities["participant"].value for r in plan.recordings}
    found = {
        "n_files": args.files,
        "n_recordings": len(plan.recordings),
        "n_participants": len(people),
        "look_s": round(took, 2),
        "look_processor_s": round(busy, 2),
        "of_which_recognise_s": round(recognised, 2),
        "identity_confidence": plan.identity_confidence,
    }
    print(found)
    write_results("look_speed", found, seed=7)


if __name__ == "__main__":
    main()
