"""From a raw folder to a proven dataset, a report and a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from fascicle.core import (
    Consent,
    Finding,
    Header,
    Identifier,
    Plan,
    Progress,
    ProgressHook,
)
from fascicle.describe import (
    JSONLD_NAME,
    FairContext,
    FairScore,
    assess_fair,
    describe_dataset,
    format_jsonld,
    make_jsonld,
)
from fascicle.errors import FascicleError, Refusal
from fascicle.govern import commons_path
from fascicle.jobs import lock_folder, remove_tree, translate_os_error, write_atomic
from fascicle.prepare import link_plan, look, read_headers, read_plan, write_plan
from fascicle.protect import (
    ScanResult,
    Vault,
    collect_identifiers,
    scan,
    seal,
)
from fascicle.quality import UNVALIDATED, validate_bids

from ._consents import hold_unconsented
from ._edits import keep_accepted_edits, require_unedited
from ._exposed import find_still_out, hold_exposed
from ._field_maps import write_field_map_links
from ._homes import default_home, open_own_vault
from ._links import follow_links, recall_links
from ._options import Published, ShareOptions, ShareResult, count_errors
from ._proving import find_animal_days, prove
from ._release import publish_workspace
from ._restore import empty_stage
from ._settle import AskHook, Decisions, settle
from ._stage import (
    Staged,
    convert_units,
    plan_units,
    write_about_all,
)
from ._tell import Telling, tell
from ._timing import describe_timings, find_timings
from ._workers import make_workers
from ._workspace import Workspace


def share(
    raw: Path | str,
    out: Path | str,
    options: ShareOptions | None = None,
    *,
    ask: AskHook | None = None,
    on_progress: ProgressHook | None = None,
    **settings: Any,  # noqa: ANN401 - the fields of ShareOptions, by name
) -> ShareResult:
    """Turn a raw folder into a verified BIDS dataset, a report and a release.

    Parameters
    ----------
    raw : Path or str
        The raw folder; it is never written to.
    out : Path or str
        The dataset. It appears only when nothing that identifies a participant was found in it.
    options : ShareOptions or None
        Settings; or give its fields by name.
    ask : callable or None
        Asks a person the questions of the plan; None takes the defaults.
    on_progress : callable or None
        Told of every step.
    **settings
        Fields of `ShareOptions`, where `options` is not given.

    Returns
    -------
    ShareResult
        What became of it; ``exit_code`` is that of the command.

    Raises
    ------
    InputError
        FSC113 if the folder holds no neural recording, FSC103 if `out` holds other files, FSC109
        if raw folder, output, commons or vault lie in one another.
    PlanError
        FSC3xx if a plan cannot be read or followed.
    JobError
        FSC701 if there is too little disk space, FSC704 if another run holds the workspace, FSC705
        if the system refused to read or write, FSC707 if the disk is full.

    Examples
    --------
    >>> from fascicle import share
    >>> result = share("recordings", "dataset", consent="GRU")  # doctest: +SKIP
    >>> result.exit_code  # doctest: +SKIP
    0
    """
    settled = options or ShareOptions(**settings)
    space = Workspace(Path(out).absolute())
    commons = [commons_path(settled.commons)] if settled.publish else []
    space.require_apart(Path(raw), default_home() / "vault", *commons)
    try:
        space.prepare()
        with lock_folder(space.folder), open_own_vault(settled.passphrase) as vault:
            space.recover()
            run = _Run(Path(raw).absolute(), space, settled, vault, on_progress)
            return run.go(ask)
    except OSError as error:
        if isinstance(error, FascicleError):  # refusals and errors of a commons
            raise
        raise translate_os_error(error) from error


@dataclass(slots=True)
class _Run:
    """One run of `share`: the stages of the main job, in their order."""

    raw: Path
    space: Workspace
    options: ShareOptions
    vault: Vault
    hook: ProgressHook | None

    def go(self, ask: AskHook | None) -> ShareResult:
        require_unedited(self.space)
        options = self.options
        with make_workers(self.raw, self.space, options.n_jobs, options.cluster) as workers:
            plan, headers = self._plan()
            earlier = self._earlier_species(plan)
            name = self.space.name
            decisions = settle(plan, self.options, ask, default_name=name, earlier=earlier)
            plan = follow_links(decisions.plan, headers)
            decisions = replace(decisions, plan=plan)
            write_plan(plan, self.space.plan)
            identifiers = self._identifiers(plan, headers)
            units = plan_units(
                decisions, self.vault, self.space, identifiers=identifiers, headers=headers
            )
            staged = convert_units(units, self.space, workers=workers, hook=self.hook)
        _count_unreadable(plan, staged)
        finished = set(staged.entries)
        consents = hold_unconsented(staged, decisions, self.space)
        hold_exposed(staged, decisions, self.space)
        staged.withheld = tuple(sorted(finished - staged.entries.keys()))
        if not staged.entries:
            return self._nothing(decisions, staged)
        staged.timings = find_timings(staged.entries, headers)
        staged.findings.extend(describe_timings(staged.timings))
        people = {unit.raw_id: unit.job.person for unit in units}
        write_about_all(staged, decisions, people, self.space)
        write_field_map_links(staged, decisions, units, self.space)
        keep_accepted_edits(self.space)
        self._remember(plan, staged)
        described = self._describe(decisions, consents)
        return self._prove(decisions, staged, consents, identifiers, described)

    def _plan(self) -> tuple[Plan, Mapping[str, Header]]:
        if self.options.plan is not None:
            plan = replace(read_plan(self.options.plan), raw=str(self.raw))
            headers: Mapping[str, Header] = read_headers(plan, on_progress=self.hook)
            if self.options.link is not None:
                plan = link_plan(plan, headers, self.options.link)
            return self._with_study(plan), headers
        looked = look(
            self.raw,
            table=self.options.table,
            link=self.options.link,
            made_at=self._made_at(),
            on_progress=self.hook,
        )
        plan = self._with_study(looked.plan)
        return recall_links(plan, looked.headers, self.vault), looked.headers

    def _with_study(self, plan: Plan) -> Plan:
        """Pseudonyms are kept per study: by default, one output folder is one study."""
        return replace(plan, study=self.options.study or self._known_study() or self.space.name)

    def _known_study(self) -> str:
        known = self.space.read_plan()
        return known.study if known else ""

    def _earlier_species(self, plan: Plan) -> dict[str, str]:
        """Return the species of those whom earlier sessions brought in and this plan does not."""
        planned = {name for one in plan.participants for name in (one.raw_id, *one.aliases)}
        return {
            entry["raw_id"]: entry.get("species", "")
            for entry in self.space.journal.entries().values()
            if entry["raw_id"] not in planned
        }

    def _made_at(self) -> datetime:
        """Return the time of the first run into this OUT, so that a rerun writes the same bytes."""
        known = self.space.read_plan()
        if known is not None:
            return known.made_at
        return datetime.now(UTC).replace(microsecond=0)

    def _identifiers(self, plan: Plan, headers: Mapping[str, Header]) -> tuple[Identifier, ...]:
        self._say("identify", 0, 1)
        found = collect_identifiers(self.raw, plan, headers)
        # What an earlier session brought into this dataset is looked for as well.
        merged = tuple(dict.fromkeys([*self.space.read_identifiers(), *found]))
        self.space.write_identifiers(merged)
        self._say("identify", 1, 1)
        return merged

    def _remember(self, plan: Plan, staged: Staged) -> None:
        files = {recording.key: str(recording.source.primary) for recording in plan.recordings}
        names = {
            files[entry["recording"]]: path
            for path, entry in staged.entries.items()
            if entry["recording"] in files
        }
        self.vault.remember_names(plan.study, names)

    def _describe(
        self, decisions: Decisions, consents: Mapping[str, Consent]
    ) -> tuple[tuple[Finding, ...], FairScore]:
        stage = self.space.stage
        kept_page = self.space.out / JSONLD_NAME
        if kept_page.exists():
            # The id of a dataset stays the same over its versions.
            write_atomic(stage / JSONLD_NAME, kept_page.read_bytes())
        dataset = describe_dataset(stage, tier=decisions.about.tier)
        page = format_jsonld(make_jsonld(dataset, consents=consents))
        (stage / JSONLD_NAME).write_bytes(page)
        self._say("validate", 0, 1)
        bids = validate_bids(stage)
        self._say("validate", 1, 1)
        n_errors = None if UNVALIDATED & {f.code for f in bids} else count_errors(bids)
        fair = assess_fair(
            stage, dataset, FairContext(consents, is_sealed=True, n_bids_errors=n_errors)
        )
        return bids, fair

    def _prove(
        self,
        decisions: Decisions,
        staged: Staged,
        consents: Mapping[str, Consent],
        identifiers: tuple[Identifier, ...],
        described: tuple[tuple[Finding, ...], FairScore],
    ) -> ShareResult:
        bids, fair = described
        permitted = {label for entry in staged.entries.values() for label in entry["labels"]}
        animals = find_animal_days(staged.entries, decisions)
        proof = prove(
            self.space.stage,
            identifiers,
            decisions.policy,
            permitted=permitted,
            animals=animals,
            on_progress=self.hook,
        )
        telling = Telling(
            decisions, staged, consents, bids=bids, fair=fair, proof=proof, space=self.space
        )
        blockers = self._blockers(decisions, consents, bids)
        if proof.passed:
            proof = self._prove_report(telling, proof, identifiers, blockers)
            telling = replace(telling, proof=proof)
        if not proof.passed:
            return self._refuse(telling)
        edited = self.space.read_record().get("edited", []) if self.space.record.exists() else []
        record = _record(decisions, staged, consents, proof, count_errors(bids))
        sealed = seal(self.space.stage, proof, self.vault)
        self.space.swap_in(decisions.plan.made_at, sealed, record | {"edited": edited})
        return self._publish(telling, blockers)

    def _prove_report(
        self,
        telling: Telling,
        proof: ScanResult,
        identifiers: tuple[Identifier, ...],
        blockers: list[str],
    ) -> ScanResult:
        """Write the report, which tells of the proof, and prove it like all the rest."""
        tell(telling, self.space.stage / "report.html", held=blockers)
        own = scan(
            self.space.stage,
            identifiers,
            telling.decisions.policy,
            permitted=proof.permitted_labels,
            only={PurePosixPath("report.html")},
        )
        return proof.joined(own)

    def _blockers(
        self, decisions: Decisions, consents: Mapping[str, Consent], bids: tuple[Finding, ...]
    ) -> list[str]:
        """Return what keeps the dataset from being published."""
        blockers = decisions.doubts()
        if consents and not any(c.is_given for c in consents.values()):
            blockers.append(
                "consent is missing: say what the participants allowed with --consent (codes of "
                "the Data Use Ontology for all, or a table)"
            )
        if count_errors(bids):
            blockers.append("the BIDS validator reports errors: see `fascicle check`")
        return blockers

    def _publish(self, telling: Telling, blockers: list[str]) -> ShareResult:
        published, why = None, "; ".join(blockers)
        if not self.options.publish:
            why = why or "it was not asked for (--no-publish)"
        elif not blockers:
            try:
                published = publish_workspace(
                    self.space,
                    commons=commons_path(self.options.commons),
                    agent=self.options.agent,
                    hook=self.hook,
                )
            except Refusal as refusal:
                why = f"{refusal.problem} {refusal.remedy}"
        tell(telling, self.space.report, owner=True, held=[why] if why else [], published=published)
        return self._result(telling, published=published, not_published="" if published else why)

    def _refuse(self, telling: Telling) -> ShareResult:
        telling.staged.findings.extend(find_still_out(telling.staged, self.space))
        tell(telling, self.space.report, owner=True, refused=True)
        remove_tree(self.space.refused)
        if self.options.keep_refused:
            self.space.stage.rename(self.space.refused)
        empty_stage(self.space)
        result = self._result(telling, published=None, not_published="an identifier was found")
        return replace(result, refused=True, report=None)

    def _nothing(self, decisions: Decisions, staged: Staged) -> ShareResult:
        staged.findings.extend(find_still_out(staged, self.space))
        # The owner's report describes a dataset, even one that nothing is in.
        write_about_all(staged, decisions, {}, self.space)
        telling = Telling(decisions, staged, {}, bids=(), fair=None, proof=None, space=self.space)
        tell(telling, self.space.report, owner=True, held=["no recording could be written"])
        empty_stage(self.space)
        result = self._result(
            telling, published=None, not_published="no recording could be written"
        )
        return replace(result, report=None, left_out=staged.left_out or {"all": "nothing is left"})

    def _result(
        self, telling: Telling, *, published: Published | None, not_published: str
    ) -> ShareResult:
        staged = telling.staged
        return ShareResult(
            out=self.space.out,
            report=self.space.out / "report.html",
            owner_report=self.space.report,
            plan_path=self.space.plan,
            n_recordings=len(staged.entries),
            n_participants=len(staged.people),
            n_new=staged.n_new,
            left_out=dict(staged.left_out),
            findings=telling.findings(),
            published=published,
            not_published=not_published,
            fair_score=telling.fair.score if telling.fair else None,
            fair_within_reach=telling.fair.within_reach if telling.fair else 0.0,
            asked_to_publish=self.options.publish,
        )

    def _say(self, stage: str, done: int, total: int) -> None:
        if self.hook is not None:
            self.hook(Progress(stage, done, total))


def _count_unreadable(plan: Plan, staged: Staged) -> None:
    """Count what looked like a recording and could not be read: the result is partial."""
    unreadable = [finding for finding in plan.findings if finding.code == "file.unreadable"]
    for number, finding in enumerate(unreadable, 1):
        staged.left_out[f"unreadable-{number}"] = finding.reason


def _record(
    decisions: Decisions,
    staged: Staged,
    consents: Mapping[str, Consent],
    proof: ScanResult,
    n_bids_errors: int,
) -> dict[str, Any]:
    """Return what later commands (`publish`, `fix`, a next session) need to know of the run."""
    return {
        "policy": decisions.policy.name,
        "tier": decisions.about.tier.value,
        "protocol": decisions.about.protocol,
        "needs_consent": decisions.needs_consent,
        "animals": find_animal_days(staged.entries, decisions),
        "identity_confidence": (
            1.0 if decisions.identity_confirmed else decisions.plan.identity_confidence
        ),
        "made_at": decisions.plan.made_at.isoformat(),
        "consents": {label: _consent_values(c) for label, c in sorted(consents.items())},
        "people": {label: asdict(person) for label, person in sorted(staged.people.items())},
        "permitted": sorted(proof.permitted_labels),
        "n_bids_errors": n_bids_errors,
        "recordings": {
            path: {
                "key": entry["recording"],
                "format": entry["format"],
                "label": entry["label"],
                "unit": entry.get("unit", ""),
            }
            for path, entry in staged.entries.items()
        },
    }


def _consent_values(consent: Consent) -> dict[str, Any]:
    values = asdict(consent)
    for name in ("since", "withdrawn"):
        values[name] = values[name].isoformat() if values[name] else None
    return values
