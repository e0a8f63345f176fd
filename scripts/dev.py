#!/usr/bin/env python3
"""Run one of the house's tasks in an environment of its own.

``python scripts/dev.py TASK`` works on Linux, macOS and Windows with nothing but Python 3.11 or
newer; ``make TASK`` calls it. The first run makes ``.venv`` and installs the package with the pins
of ``requirements.lock``; later runs install again only if ``pyproject.toml`` or the lock changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "fascicle-stamp.json"
LOCK = ROOT / "requirements.lock"
OLDEST = (3, 11)

# What each task installs beside the package and its extras: dependency groups of pyproject.toml.
GROUPS = {
    "env": ("test", "check", "docs"),
    "demo": ("demo",),
    "test": ("test",),
    "test-slow": ("test",),
    "check": ("test", "check", "docs"),
    "docs": ("docs",),
    "bench": ("test", "bench"),
    "lock": (),
    "run": ("check",),
}


def main(arguments: list[str]) -> int:
    """Run the task that the first argument names; the others are passed on to it."""
    if not arguments or arguments[0] not in GROUPS:
        print(f"Usage: python scripts/dev.py {{{' | '.join(GROUPS)}}} [ARGUMENTS]", file=sys.stderr)
        return 2
    if sys.version_info < OLDEST:
        return rerun_with_newer_python(arguments)
    task, *rest = arguments
    prepare(GROUPS[task])
    # All run even if one fails, so that one run tells all; and nothing is printed after the last
    # command, so that its closing line stays the last.
    codes = [run(command) for command in commands(task, rest)]
    return next((code for code in codes if code), 0)


def commands(task: str, rest: list[str]) -> list[list[str]]:
    """Return the commands of a task, each run by the environment's interpreter."""
    n_workers = str(min(2, os.cpu_count() or 1))
    pytest = ["-m", "pytest", "-n", n_workers, "--dist", "worksteal"]
    # mypy checks what each platform runs: code behind `sys.platform` is skipped on the others.
    mypy = [["-m", "mypy", "--platform", platform] for platform in ("linux", "darwin", "win32")]
    benchmarks = sorted((ROOT / "benchmarks").glob("[a-z]*.py"))
    sphinx = ["-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", "docs/_build/html"]
    return {
        "env": [],
        "demo": [["scripts/demo.py", *rest]],
        "test": [[*pytest, "-m", "not slow", *rest]],
        "test-slow": [[*pytest, "-m", "slow", *rest]],
        "check": [
            ["-m", "ruff", "format", "--check", "."],
            ["-m", "ruff", "check", "."],
            *mypy,
            ["-c", "from importlinter.cli import lint_imports_command as lint; lint()"],
            ["-m", "pytest", "-q", "--durations=0", "tests/rules"],
            sphinx,
        ],
        "docs": [["scripts/reference.py"], sphinx],
        "bench": [[str(path), *rest] for path in benchmarks],
        "lock": [["scripts/lock.py", *rest]],
        "run": [rest],
    }[task]


def prepare(groups: tuple[str, ...]) -> None:
    """Make the environment hold the package, its extras and these dependency groups."""
    if not python_of(VENV).exists():
        print(f"Making {VENV} ...", flush=True)
        make_venv()
    # Several makes at once (or a killed one) must not leave half an environment taken for whole.
    digest = digest_of(ROOT / "pyproject.toml", LOCK)
    stamp = json.loads(STAMP.read_text("utf-8")) if STAMP.exists() else {}
    installed = set(stamp.get("groups", ())) if stamp.get("digest") == digest else set()
    if stamp.get("digest") == digest and set(groups) <= installed:
        return
    wanted = sorted(installed | set(groups))
    print(f"Installing fascicle ({', '.join(wanted) or 'package only'}) ...", flush=True)
    STAMP.unlink(missing_ok=True)
    constraints = ["-c", str(LOCK)] if LOCK.exists() else []
    requirements = [line for group in wanted for line in requirements_of(group)]
    install = ["-m", "pip", "install", "--quiet", *constraints, "-e", ".[all,twins]"]
    code = run([*install, *requirements])
    if code:
        raise SystemExit(code)
    STAMP.write_text(json.dumps({"digest": digest, "groups": wanted}), "utf-8")


def requirements_of(group: str) -> list[str]:
    """Return the requirements of a dependency group, with the groups that it includes.

    ``pip install --group`` does the same from pip 25.1 on; a fresh machine may have an older one.
    """
    import tomllib  # not above: an older Python must get as far as its own message

    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    found: list[str] = []
    for entry in groups[group]:
        found += [entry] if isinstance(entry, str) else requirements_of(entry["include-group"])
    return found


def make_venv() -> None:
    """Make the environment with whatever this machine has for it."""
    attempts = [[sys.executable, "-m", "venv", str(VENV)]]
    if shutil.which("uv"):
        attempts.append(["uv", "venv", "--seed", "--python", sys.executable, str(VENV)])
    attempts.append([sys.executable, "-m", "virtualenv", str(VENV)])
    for attempt in attempts:
        # Debian's Python comes without ensurepip: the first attempt then leaves a half-made folder.
        if subprocess.run(attempt, check=False).returncode == 0:
            return
        shutil.rmtree(VENV, ignore_errors=True)
    raise SystemExit("Cannot make a virtual environment. On Debian: apt install python3-venv")


def rerun_with_newer_python(arguments: list[str]) -> int:
    """Go on with a Python that is new enough, if this machine has one."""
    for minor in (13, 12, 11):
        found = shutil.which(f"python3.{minor}")
        # A shim may stand on the path without the version behind it.
        if found and subprocess.run([found, "-c", ""], check=False).returncode == 0:
            return subprocess.run([found, __file__, *arguments], check=False).returncode
    print("Fascicle needs Python 3.11 or newer; none was found on the path.", file=sys.stderr)
    return 1


def run(command: list[str]) -> int:
    """Run a command with the environment's interpreter, from the root of the checkout."""
    environment = os.environ | {"PYTHONUTF8": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    # One thread for each worker process: on two cores, more only stand in each other's way.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        environment.setdefault(name, "1")
    data = ROOT.parent / "shared" / "data"
    if data.is_dir():
        environment.setdefault("FASCICLE_TEST_DATA", str(data))
    whole = [str(python_of(VENV)), *command]
    return subprocess.run(whole, cwd=ROOT, env=environment, check=False).returncode


def python_of(venv: Path) -> Path:
    """Return the interpreter of a virtual environment on this platform."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def digest_of(*paths: Path) -> str:
    """Return one digest of several files and of the interpreter's version."""
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
