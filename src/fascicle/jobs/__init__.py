"""Local work: processes, isolated readers, resume, atomic and private files."""

from ._apart import run_apart, run_isolated
from ._cluster import ClusterWorkers
from ._files import (
    clone_file,
    make_private_folder,
    remove_tree,
    require_space,
    sha256_file,
    translate_os_error,
    write_atomic,
    write_private,
)
from ._journal import Journal
from ._locks import hold_file, lock_folder, lock_output
from ._run import Outcome, n_usable_cores, run_all
from ._workers import Workers

__all__ = [
    "ClusterWorkers",
    "Journal",
    "Outcome",
    "Workers",
    "clone_file",
    "hold_file",
    "lock_folder",
    "lock_output",
    "make_private_folder",
    "n_usable_cores",
    "remove_tree",
    "require_space",
    "run_all",
    "run_apart",
    "run_isolated",
    "sha256_file",
    "translate_os_error",
    "write_atomic",
    "write_private",
]
