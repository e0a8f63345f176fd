"""Write ``requirements.lock``: versions that resolve together for every extra and group.

The lock is a list of constraints (``pip install -c requirements.lock``): names and versions, no
addresses, so that it serves behind any mirror. Packages that only other platforms need are not in
it and resolve freely there.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"

# Packages that an environment brings with it: a pin would have pip change them under its feet.
BROUGHT = {"pip", "fascicle"}

HEADER = """\
# Versions that resolved together for every extra and group (Python {version}, {platform}).
# Constraints, not requirements: pip install -c requirements.lock fascicle. Made by `make lock`.
"""


def main() -> int:
    """Resolve everything anew and write the lock."""
    pins = resolve(requirements())
    header = HEADER.format(version=".".join(map(str, sys.version_info[:2])), platform=sys.platform)
    LOCK.write_text(header + "\n".join(pins) + "\n", "utf-8")
    print(f"{len(pins)} pins in {LOCK.name}")
    return 0


def requirements() -> list[str]:
    """Return what pyproject.toml asks for: package with extras, groups, the build."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = ",".join(sorted(project["project"]["optional-dependencies"]))
    groups = project["dependency-groups"].values()
    plain = {entry for group in groups for entry in group if isinstance(entry, str)}
    return [f".[{extras}]", *sorted(plain), *project["build-system"]["requires"]]


def resolve(wanted: list[str]) -> list[str]:
    """Ask pip what it would install into an empty environment, as sorted ``name==version``."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
    done = subprocess.run(
        [*command, "--report", "-", *wanted], cwd=ROOT, check=True, stdout=subprocess.PIPE
    )
    found = (item["metadata"] for item in json.loads(done.stdout)["install"])
    # A build of one's own (2.13.0+cpu) is the same version: other machines have others.
    versions = {
        re.sub(r"[-_.]+", "-", item["name"]).lower(): item["version"].partition("+")[0]
        for item in found
    }
    return [
        f"{name}=={version}" for name, version in sorted(versions.items()) if name not in BROUGHT
    ]


if __name__ == "__main__":
    sys.exit(main())
