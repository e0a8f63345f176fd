"""The handle on a commons: whatever goes in, comes out or is asked passes here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from fascicle.core import (
    Activity,
    Finding,
    ProgressHook,
    Release,
    Request,
    Severity,
    Tier,
)
from fascicle.errors import InputError, Refusal
from fascicle.store import Filters, LogEntry, NewVersion, StoredVersion

from ._conditions import Conditions, Decision, combine, decide
from ._keys import KeyKeeper
from ._lineage import make_prov
from ._nouns import CatalogueEntry, Grant, Hit
from ._publish import (
    find_humans,
    make_refusal,
    require_consent,
    require_files,
    require_identity,
    require_seal,
    store_files,
)
from ._restore import require_empty, write_out
from ._verify import CATALOGUE_DAMAGE, describe_orphans, find_damage

if TYPE_CHECKING:
    from fascicle.store import Store


class Commons(KeyKeeper):
    """The only way to the data of a commons.

    Made by `open_commons`. Every refusal is written to the log before it is raised. To be closed
    after use, or used in a ``with`` statement.
    """

    def __init__(self, store: Store, agent: str, purpose: str) -> None:
        super().__init__(store, agent)
        self._purpose = purpose

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the commons."""
        self._store.close()

    def publish(
        self,
        release: Release,
        folder: Path,
        *,
        identity_confidence: float = 1.0,
        protocol: str = "",
        on_progress: ProgressHook | None = None,
    ) -> Release:
        """Take a sealed dataset in, as one version.

        All files are stored first; then one transaction makes the version visible, with its
        lineage and its line in the log. A process that dies in between leaves nothing that
        anybody sees, and running it again completes the work.

        Parameters
        ----------
        release : Release
            What enters, with its seal and what its participants allow.
        folder : Path
            Where its files are.
        identity_confidence : float
            How sure it is that no two people were taken for one, between 0 and 1.
        protocol : str
            Number of the animal protocol, if there is one.
        on_progress : callable, optional
            Called after each file.

        Returns
        -------
        Release
            With the version that it has now: that of the newest one if nothing has changed.

        Raises
        ------
        Refusal
            FSC500 if nobody stands for it; FSC501 to FSC505 if the seal is missing, does not hold
            or does not fit the files; FSC506 if the signing key is not the agent's; FSC507 if the
            dataset is another publisher's; FSC510 or FSC511 if consent is missing or withdrawn;
            FSC512 if it is not certain who is who.
        """
        started_at = datetime.now(UTC)
        dataset = release.dataset
        with self._logged("publish", dataset.id):
            self._require_agent()
            manifest = require_seal(release)
            self._require_key(manifest.public_key)
            self._require_publisher(dataset.id, manifest.public_key)
            require_files(release, folder)
            require_identity(identity_confidence)
            humans = find_humans(release, folder)
            require_consent(release.consents, humans)
            with self._cleared_on_refusal(), self._store.publishing():
                stored = store_files(self._store, release, folder, on_progress)
                new = NewVersion(
                    dataset=dataset,
                    assets=stored,
                    consents={label: release.consents[label] for label in humans},
                    activities=(*release.activities, self._publishing(dataset.id, started_at)),
                    seal=dict(manifest.statement),
                    publisher=self._agent,
                    public_key=manifest.public_key,
                    facts={"protocol": protocol},
                )
                version, _ = self._store.add_version(new)
        return replace(release, dataset=replace(dataset, version=version))

    def accept_key(self, public_key: str) -> None:
        """Accept a new signing key for the agent of this handle, after a vault was lost or renewed.

        Parameters
        ----------
        public_key : str
            Ed25519, in hex.
        """
        self._require_agent()
        self._store.replace_key(self._agent, public_key)
        self._store.record("key", self._agent, "", {"agent": self._agent, "action": "accept key"})

    def search(
        self,
        words: str | Sequence[Sequence[str]] = "",
        filters: Filters | None = None,
        limit: int = 20,
    ) -> tuple[Hit, ...]:
        """Return the datasets that fit, best first.

        Parameters
        ----------
        words : str or sequence of sequence of str
            Words that must all be there; or groups, each of which is one idea in several
            spellings (phrases are allowed, and ``rest*`` stands for all that begins so).
        filters : Filters, optional
            Exact conditions.
        limit : int
            How many at most.
        """
        groups = [[word] for word in words.split()] if isinstance(words, str) else words
        matches = self._store.search(groups, filters or Filters(), limit)
        return tuple(Hit(match.dataset, match.score) for match in matches)

    def describe(self, dataset_id: str, version: str = "") -> CatalogueEntry:
        """Return what anybody may know of a version, the newest one if none is named.

        Raises
        ------
        InputError
            FSC153 if there is no such dataset or version.
        """
        found = self._require_version(dataset_id, version)
        return CatalogueEntry(
            dataset=found.dataset,
            versions=found.versions,
            conditions=_conditions(found),
            publisher=found.publisher,
            published_at=found.published_at,
            protocol=found.facts.get("protocol", ""),
            activities=found.activities,
            n_files=len(self._store.read_assets(dataset_id, found.dataset.version)),
        )

    def decide(
        self, dataset_id: str, version: str = "", request: Request | None = None
    ) -> Decision:
        """Say whether a request would be granted, without asking for the data.

        Raises
        ------
        InputError
            FSC153 if there is no such dataset or version.
        """
        found = self._require_version(dataset_id, version)
        return decide(_conditions(found), found.dataset.tier, self._request(request))

    def read(
        self,
        dataset_id: str,
        version: str,
        destination: Path,
        request: Request | None = None,
    ) -> Grant:
        """Write a version to a folder, byte for byte as it was published, if the gate says yes.

        Parameters
        ----------
        dataset_id, version : str
            Which; an empty version means the newest.
        destination : Path
            A folder that is empty or does not exist yet; it appears when it is complete.
        request : Request, optional
            Who asks, and what for; the agent and purpose of this handle if it is not given.

        Returns
        -------
        Grant
            With the decision and the duties that come with it.

        Raises
        ------
        Refusal
            FSC520, with the clause and the reason; FSC521 if the catalogue leads out of the
            dataset.
        InputError
            FSC153 if there is no such dataset or version; FSC154 if the destination is not empty.
        StoreError
            FSC603 or FSC605 if the commons has lost or changed bytes; FSC604 while somebody changes
            keys; FSC610 to FSC614 if they are encrypted and a key is not to be had.
        """
        found = self._require_version(dataset_id, version)
        require_empty(destination)
        asked = self._request(request)
        decision = decide(_conditions(found), found.dataset.tier, asked)
        with self._logged("read", dataset_id, asked.agent):
            if not decision.allowed:
                raise make_refusal(
                    "FSC520",
                    decision.reason,
                    "State a purpose that fits (`fascicle show` lists the conditions), or ask the "
                    "publisher.",
                    clause=decision.clause,
                )
        # Logged before the first byte is handed out: a reader who is cut off was a reader.
        details = _request_details(asked) | {
            "dataset": dataset_id,
            "version": found.dataset.version,
            "clause": decision.clause,
            "obligations": list(decision.obligations),
        }
        self._store.record("read", asked.agent, dataset_id, details)
        is_open = found.dataset.tier is Tier.OPEN
        with self._logged("read", dataset_id, asked.agent), self._store.restoring():
            stored = self._store.read_assets(dataset_id, found.dataset.version)
            write_out(self._store, stored, destination.resolve(), is_open=is_open)
        return Grant(found.dataset, destination, decision, len(stored))

    def lineage(self, dataset_id: str, version: str = "") -> dict[str, Any]:
        """Return how a version came to be, as W3C PROV-JSON.

        Raises
        ------
        InputError
            FSC153 if there is no such dataset or version.
        """
        found = self._require_version(dataset_id, version)
        stored = self._store.read_assets(dataset_id, found.dataset.version)
        return make_prov(
            found.dataset, [one.asset for one in stored], found.activities, found.publisher
        )

    def log(self, dataset_id: str | None = None) -> tuple[LogEntry, ...]:
        """Return the log in order, of one dataset if it is named."""
        return self._store.read_log(dataset_id or "")

    def verify(self) -> tuple[Finding, ...]:
        """Check the log, the catalogue, every stored byte and table; remove what no version names.

        Nothing is removed where the log or the catalogue was changed.

        Returns
        -------
        tuple of Finding
            Empty if all is as it was written.
        """
        findings = find_damage(self._store)
        n_orphans = 0
        # What a damaged catalogue does not name may be all that is left of somebody's data.
        if not any(finding.code in CATALOGUE_DAMAGE for finding in findings):
            found = self._store.remove_orphans()
            findings += describe_orphans(found)
            n_orphans = found or 0
        n_errors = sum(finding.severity is Severity.ERROR for finding in findings)
        details = {"agent": self._agent, "n_errors": n_errors, "n_orphans": n_orphans}
        self._store.record("verify", self._agent, "", details)
        return tuple(findings)

    # -- inside ----------------------------------------------------------------------------------

    @contextmanager
    def _cleared_on_refusal(self) -> Iterator[None]:
        """Remove what was copied but is not what was proven: it must not stay."""
        try:
            yield
        except Refusal:
            self._store.remove_orphans()
            raise

    def _publishing(self, dataset: str, started_at: datetime) -> Activity:
        """Return the activity that we are."""
        return Activity(
            name="publish",
            tool="fascicle",
            version=package_version("fascicle"),
            started_at=started_at,
            ended_at=datetime.now(UTC),
            agent=self._agent,
            outputs=(dataset,),
        )

    def _require_key(self, public_key: str) -> None:
        """Refuse a seal by another key than the first that this agent signed with."""
        if self._store.known_key(self._agent) not in {"", public_key}:
            raise make_refusal(
                "FSC506",
                "Expected the key that this agent signed with before, found another.",
                "Use the same vault as before; if it was lost or renewed, accept the new key once: "
                "fascicle publish OUT --accept-key.",
                clause="key",
            )

    def _require_publisher(self, dataset: str, public_key: str) -> None:
        """Refuse a new version of a dataset that neither this key nor this agent published."""
        newest = self._store.read_version(dataset)
        if newest is None or public_key == newest.public_key or self._agent == newest.publisher:
            return
        raise make_refusal(
            "FSC507",
            "Expected the publisher of the earlier versions of this dataset, found another.",
            "Use the vault that signed the earlier versions, or publish under a study of your own.",
            clause="publisher",
        )

    def _require_version(self, dataset: str, version: str) -> StoredVersion:
        found = self._store.read_version(dataset, version)
        if found is None:
            what = f"version {version}" if version and version.isdecimal() else "dataset"
            raise InputError(
                "FSC153",
                f"Expected a {what} of this commons, found none by that name.",
                "List what there is with `fascicle find`.",
            )
        return found

    def _request(self, request: Request | None) -> Request:
        """Return a request with the agent and purpose of the handle where it leaves them out."""
        asked = request or Request(agent="")
        return replace(
            asked, agent=asked.agent or self._agent, purpose=asked.purpose or self._purpose
        )


def _conditions(version: StoredVersion) -> Conditions:
    return combine(version.consents.values())


def _request_details(request: Request) -> dict[str, Any]:
    """Return a request in plain words for the log."""
    return {
        "agent": request.agent,
        "purpose": request.purpose,
        "commercial": request.commercial,
        "ai_training": request.ai_training,
    }
