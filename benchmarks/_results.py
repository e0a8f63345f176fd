"""Results of benchmarks as JSON, with what one must know to repeat them."""

from __future__ import annotations

import json
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
PEERS = ("fascicle", "mne", "mne-bids", "numpy", "scipy")


def write_results(name: str, values: dict[str, Any], *, seed: int) -> Path:
    """Write ``results/<name>.json`` with commit, versions and seed beside the values."""
    RESULTS.mkdir(exist_ok=True)
    document = {
        "benchmark": name,
        "commit": _commit(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {peer: _version(peer) for peer in PEERS},
        "seed": seed,
        "results": values,
    }
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    return path


def _commit() -> str:
    answer = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parent,
    )  # fmt: skip
    return answer.stdout.strip() or "unknown"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
