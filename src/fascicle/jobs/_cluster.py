"""Workers on other machines: the same units of work, on a Dask cluster."""

from __future__ import annotations

import platform
import secrets
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from fascicle.errors import DependencyError, FascicleError, JobError

from ._files import write_atomic
from ._workers import Workers

Value = TypeVar("Value")

CONNECT_S = 15.0
"""How long the scheduler has for its first answer, in seconds."""

_RETRIES = 1
_M_TRIM, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 64 << 20


class ClusterWorkers(Workers):
    """Processes of a Dask cluster, used like local ones.

    Every worker must see the raw folder and the output under the same paths (a shared file system)
    and have the same version of Fascicle. What travels is what a unit needs to know: names of
    files, identifiers to look for. It is encrypted only where the address begins with ``tls://``.

    Parameters
    ----------
    address : str
        Address of the scheduler: ``"tcp://10.0.0.5:8786"``.
    folder : Path
        A folder that every worker must see and be able to write into; used for a probe.
    """

    def __init__(self, address: str, folder: Path) -> None:
        super().__init__(1)
        self._address = address
        self._folder = folder
        self._client: Any = None
        self._executor: Any = None

    @property
    def is_started(self) -> bool:
        """True from the connection until it is closed."""
        return self._client is not None

    def start(self) -> None:
        """Connect, and make sure that every worker can do the work; a second call does nothing.

        Raises
        ------
        DependencyError
            FSC802 if Dask is not installed.
        JobError
            FSC710 if nobody answers at the address, FSC711 if the cluster has no worker, FSC712 if
            a worker does not see the folders, FSC713 if one has another version of Fascicle.
        """
        if self._client is not None:
            return
        client = _connect(self._address)
        try:
            self.n_jobs = _require_workers(client, self._folder)
        except BaseException:
            client.close()
            raise
        self._client = client
        self._executor = client.get_executor(pure=False, retries=_RETRIES)

    def submit(self, function: Callable[..., Value], *args: Any) -> Future[Value]:  # noqa: ANN401 - whatever the function takes
        """Hand a module-level function to a worker of the cluster."""
        self.start()
        future: Future[Value] = self._executor.submit(_work, function, *args)
        return future

    def explain(self, error: Exception) -> FascicleError:
        """Return what became of a unit whose worker did not give it back."""
        if isinstance(error, CancelledError):
            reason = "the cluster gave the unit up"
        else:
            reason = f"the cluster answered {type(error).__name__}"
        return JobError(
            "FSC714",
            f"Expected this unit to be finished on the cluster, but {reason}.",
            "Look whether its workers have enough memory and are still there; then run the same "
            "command again: what is finished is kept.",
        )

    def close(self, *, wait: bool = True) -> None:
        """Drop what has not begun and leave the cluster, whose workers go on running."""
        if self._client is not None:
            self._executor.shutdown(wait=wait)
            self._client.close()
            self._client = self._executor = None


def _connect(address: str) -> Any:  # noqa: ANN401 - a client of an untyped library
    try:
        from distributed import Client
    except ImportError as error:
        raise DependencyError(
            "FSC802",
            "Expected the optional library that talks to clusters, and it is not installed.",
            "Install it: pip install 'fascicle[cluster]'.",
        ) from error
    try:
        return Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise JobError(
            "FSC710",
            "Expected the scheduler of a Dask cluster at the address, got no answer "
            f"({type(error).__name__}).",
            "Write the address as the scheduler prints it, as tcp://10.0.0.5:8786, and look "
            "whether it is running.",
        ) from error


def _require_workers(client: Any, folder: Path) -> int:  # noqa: ANN401 - untyped library
    """Return how many threads of work there are; every worker must see what this process sees."""
    threads = client.nthreads()
    if not threads:
        raise JobError(
            "FSC711",
            "Expected a cluster with workers, got one without any.",
            "Start some: dask worker ADDRESS --nthreads 1.",
        )
    probe = folder / "cluster-probe"
    token = secrets.token_hex(16)
    write_atomic(probe, token)
    try:
        answers = client.run(_probe, str(probe))
    finally:
        probe.unlink(missing_ok=True)
    n_blind = sum(answer[0] != token for answer in answers.values())
    if n_blind:
        raise JobError(
            "FSC712",
            f"Expected every worker to see the output folder, {n_blind} of {len(answers)} do not.",
            "Put raw folder and output on a file system that all machines share, under the same "
            "path.",
        )
    n_other = sum(answer[1] != version("fascicle") for answer in answers.values())
    if n_other:
        raise JobError(
            "FSC713",
            f"Expected one version of Fascicle everywhere, {n_other} of {len(answers)} workers "
            "have another.",
            f"Install fascicle=={version('fascicle')} on them.",
        )
    return sum(threads.values())


def _probe(path: str) -> tuple[str, str]:
    """Return what a worker reads in the probe, and the version that it has."""
    try:
        return Path(path).read_text("utf-8"), version("fascicle")
    except OSError:
        return "", version("fascicle")


@cache
def keep_freed_memory() -> bool:
    """Have this process keep what it freed for the next block of samples, up to 64 MB.

    Dask starts its workers with ``MALLOC_TRIM_THRESHOLD_``, which also ends glibc's adaption to
    the sizes that are asked for: every block is then mapped anew, page by page, and that took a
    third of the processor time of a conversion.

    Returns
    -------
    bool
        True where the C library could be told; False where it is not glibc.
    """
    if platform.system() != "Linux":
        return False
    import ctypes

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES // 2) and mallopt(_M_TRIM, _KEPT_BYTES))


def _work(function: Callable[..., Value], *args: Any) -> Value:  # noqa: ANN401 - whatever the function takes
    """Run a unit in a worker, which may start processes of its own for readers that can crash."""
    keep_freed_memory()
    return function(*args)
