"""Commands on folders: look, share, check, fix, demo."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fascicle.core import say_count

from ._app import EPILOG, App, print_json, wrap
from ._progress import show_progress

if TYPE_CHECKING:
    from fascicle.core import Plan, Question

    from ._progress import Watch

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
PATH = click.Path(path_type=Path)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
link_option = click.option(
    "--link", type=PATH, help="Table with a column of ids for each kind: who is who in EEG and MRI."
)
debug_option = click.option("--debug", is_flag=True, hidden=True, help="Show the traceback.")


def _version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted:
        from fascicle import __version__

        click.echo(f"fascicle {__version__}")
        ctx.exit()


@click.group(cls=App, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, callback=_version, expose_value=False, is_eager=True,
    help="Print the version.",
)  # fmt: skip
def app() -> None:
    """Share, protect, find and jointly learn from neural data.

    \b
    The main job, offline:
      fascicle look RAW            what is in this folder? (reads only)
      fascicle share RAW OUT       a verified BIDS dataset, a report, a release
      fascicle find resting eeg    who has such data?
    """


@app.command(short_help="Say what a raw folder holds; reads only.")
@click.argument("raw", type=FOLDER)
@click.option("--plan", "plan_path", type=PATH, help="Write the plan to this YAML file.")
@click.option("--table", type=PATH, help="Participants table (CSV, TSV, XLSX) from elsewhere.")
@link_option
@json_option
@debug_option
def look(raw: Path, plan_path: Path | None, **words: Any) -> int:  # noqa: ANN401 - click hands options over by name
    """Say what a raw folder holds, without writing anything into it.

    Files are recognised by content. Participant, session, task, run and acquisition are inferred
    from all paths together, from headers and from participants tables. With --plan, on a terminal,
    the questions that only a person can answer are asked, and the answers kept in the plan.

    \b
    Examples:
      fascicle look recordings/
      fascicle look recordings/ --plan plan.yaml     then edit plan.yaml
    """
    from fascicle.workflows import look as run

    as_json = words.pop("as_json")
    words.pop("debug")
    silent = plan_path is None or as_json or not sys.stdin.isatty()
    with show_progress(quiet=as_json) as watch:
        interview = Interview(watch)
        ask = None if silent else interview
        result = run(raw, plan_path=plan_path, ask=ask, on_progress=watch, **words)
    if as_json:
        print_json(result.as_dict())
        return 0
    from ._show import show_plan

    if not interview.has_begun:
        show_plan(result.plan)
    if result.plan_path:
        click.echo(f"\nThe plan is in {click.format_filename(result.plan_path)}: edit it, then")
    with_plan = f" --plan {_quote(plan_path)}" if plan_path else ""
    click.echo(f"\n  fascicle share {_quote(raw)} OUT{with_plan}")
    return 0


@app.command(short_help="Turn a raw folder into a proven BIDS dataset and a release.")
@click.argument("raw", type=FOLDER)
@click.argument("out", type=PATH)
@click.option("--plan", type=PATH, help="Follow this plan instead of looking.")
@click.option("--table", type=PATH, help="Participants table (CSV, TSV, XLSX) from elsewhere.")
@link_option
@click.option("--yes", is_flag=True, help="Ask nothing; defaults hold (never grants consent).")
@click.option("--consent", help="DUO codes for everybody (GRU, HMB, ...), or a table per person.")
@click.option("--consent-form", help="Version of the consent form that was signed.")
@click.option("--attested-by", help="Who attests that it was signed.")
@click.option(
    "--policy",
    type=click.Choice(["safe-harbour", "shifted", "animal"]),
    help="How to de-identify. Default: safe-harbour for humans, animal for animals.",
)
@click.option("--commons", type=PATH, help="Publish into this commons.")
@click.option("--no-publish", is_flag=True, help="Stage only; missing consent is no failure.")
@click.option("--jobs", "n_jobs", type=click.IntRange(1), help="Processes. Default: all cores.")
@click.option(
    "--compression",
    type=click.Choice(["gzip", "zstd"]),
    default="gzip",
    help="How NWB files are packed. gzip: every reader opens it. zstd: smaller and faster, for "
    "readers with the package hdf5plugin. Default: gzip.",
)
@click.option(
    "--deface",
    type=click.Choice(["replace", "remove", "no"]),
    default="replace",
    help="Faces in images of people's heads. replace: an average head takes their place. remove: "
    "nothing does. no: they stay, and the images are held back. Default: replace.",
)
@click.option(
    "--mask-faces",
    type=click.Choice(["auto", "region", "follow", "no"]),
    default="auto",
    help="Faces in videos of people. region: all places at which a face was are masked in every "
    "frame. follow: boxes follow faces. auto: the region if the camera stands still and people "
    "move little. no: they stay, and the videos are held back. Default: auto.",
)
@click.option(
    "--head-points",
    type=click.Choice(["none", "cap"]),
    default="none",
    help="Digitised points of MEG beside fiducials, coils and electrodes. none: they stay behind. "
    "cap: those above forehead and ears leave, for coregistration; who holds a scan of the whole "
    "head finds its owner by them. Default: none.",
)
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Convert on a Dask cluster: the address of its scheduler, as tcp://10.0.0.5:8786.",
)
@click.option("--study", help="Pseudonyms are kept per study. Default: the name of OUT.")
@click.option("--name", help="Title of the dataset.")
@click.option("--description", help="A paragraph about the dataset.")
@click.option("--author", "authors", multiple=True, help="An author to cite; may be repeated.")
@click.option("--licence", help="Licence of the dataset, for example CC0 or CC-BY-4.0.")
@click.option(
    "--tier",
    type=click.Choice(["open", "registered", "controlled"]),
    help="Who may have it. Default: controlled.",
)
@click.option("--protocol", help="Number of the ethics or animal protocol.")
@click.option("--species", help="Species, for example human or mouse.")
@click.option("--task", help="Task name where none can be inferred.")
@click.option("--participants", help="'confirmed': each participant in the plan is one person.")
@click.option("--line-hz", type=float, help="Power-line frequency in hertz: 50 or 60.")
@click.option(
    "--allow-label",
    "allow_labels",
    multiple=True,
    help="Keep this event label or channel name; may be repeated.",
)
@click.option(
    "--sign-exposed",
    "signed_by",
    metavar="NAME",
    help="Data steward who signs that heads, faces and voices may leave unmasked.",
)
@click.option("--keep-refused", is_flag=True, help="Keep a stage that failed the proof.")
@json_option
@debug_option
def share(raw: Path, out: Path, **words: Any) -> int:  # noqa: ANN401 - click hands options over by name
    """Turn a raw folder into a verified BIDS dataset, a report, and a release.

    OUT appears only when no identifier is found in any byte of it. What identifies people stays
    beside it in OUT.private. Killed at any moment, the same command goes on where it stopped.

    \b
    Examples:
      fascicle share recordings/ dataset/
      fascicle share recordings/ dataset/ --yes --no-publish
      fascicle share recordings/ dataset/ --consent GRU --author "Ada Example"
      fascicle share recordings/ dataset/ --consent consent.csv --commons lab/
    """
    from fascicle.core import Tier
    from fascicle.workflows import ShareOptions
    from fascicle.workflows import share as run

    as_json, yes = words.pop("as_json"), words.pop("yes")
    words.pop("debug")
    words["publish"] = not words.pop("no_publish")
    words["tier"] = Tier(words["tier"]) if words["tier"] else None
    silent = yes or as_json or not sys.stdin.isatty()
    with show_progress(quiet=as_json) as watch:
        ask = None if silent else Interview(watch)
        result = run(raw, out, ShareOptions(**words), ask=ask, on_progress=watch)
    if as_json:
        print_json(result.as_dict())
    else:
        from ._show import show_share

        show_share(result)
    return result.exit_code


class Interview:
    """Asks the questions of a plan on the terminal, below the plan; Enter takes the default.

    Parameters
    ----------
    watch : Watch
        Makes room for the questions.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.has_begun = False

    def __call__(self, question: Question, plan: Plan) -> str:
        """Ask one question."""
        self._watch.stop()
        if not self.has_begun:
            from ._show import show_plan

            show_plan(plan, with_questions=False)
            self.has_begun = True
        click.secho(f"\n{wrap(question.ask)}", bold=True, err=True)
        click.secho(wrap(question.why), dim=True, err=True)
        choices = click.Choice(question.choices) if question.choices else None
        answer: str = click.prompt("Answer", default=question.default, type=choices, err=True)
        return answer


def _quote(path: Path) -> str:
    """Return a path as a shell takes it, and a terminal can show it."""
    return click.format_filename(shlex.quote(str(path)))


@app.command(short_help="Check a BIDS folder: validator, signals, seal, identifiers.")
@click.argument("dataset", type=FOLDER)
@json_option
@debug_option
def check(dataset: Path, as_json: bool, debug: bool) -> int:
    """Check a BIDS folder: official validator, signal quality, seal, identifiers.

    \b
    Examples:
      fascicle check dataset/
      fascicle check dataset/ --json
    """
    from fascicle.workflows import check as run

    with show_progress(quiet=as_json) as hook:
        result = run(dataset, on_progress=hook)
    if as_json:
        print_json(result.as_dict())
    else:
        from ._show import show_check

        show_check(result)
    return result.exit_code


@app.command(short_help="Mend what needs no judgement in a dataset.")
@click.argument("dataset", type=FOLDER)
@click.argument("number", type=click.IntRange(1), required=False)
@click.option("--accept-edits", is_flag=True, help="Prove again what you changed by hand.")
@json_option
@debug_option
def fix(dataset: Path, number: int | None, accept_edits: bool, as_json: bool, debug: bool) -> int:
    """Mend what needs no judgement; with a NUMBER, only that finding of `check`.

    A dataset that Fascicle proved is proven again afterwards. What you changed by hand is proven
    and sealed again with --accept-edits.

    \b
    Examples:
      fascicle fix dataset/
      fascicle fix dataset/ 3
      fascicle fix dataset/ --accept-edits
    """
    from fascicle.workflows import fix as run

    with show_progress(quiet=as_json) as hook:
        result = run(dataset, number, accept_edits=accept_edits, on_progress=hook)
    if as_json:
        print_json(result.as_dict())
    else:
        from ._show import show_check

        show_check(result, is_repair=True)
    return result.exit_code


@app.command(short_help="Write recordings as MATLAB files for Octave and MATLAB.")
@click.argument("source", type=PATH)
@click.argument("target", type=PATH)
@click.option("--start", "start_s", type=float, default=0.0, help="First second of the part.")
@click.option("--stop", "stop_s", type=float, help="Last second of the part. Default: the end.")
@json_option
@debug_option
def export(
    source: Path, target: Path, start_s: float, stop_s: float | None, as_json: bool, debug: bool
) -> int:
    """Write recordings as MATLAB files, which Octave and MATLAB open with `load`.

    SOURCE is a recording of a BIDS dataset, or a whole dataset; TARGET the .mat, or a folder. What
    is exported is not sealed.

    \b
    Examples:
      fascicle export out/sub-001/eeg/sub-001_task-rest_eeg.vhdr rest.mat
      fascicle export out/ for-octave/
    """
    from fascicle.workflows import export as run

    with show_progress(quiet=as_json) as hook:
        result = run(source, target, start_s=start_s, stop_s=stop_s, on_progress=hook)
    if as_json:
        print_json({"files": list(map(str, result.files)),
                    "passed_over": list(map(str, result.passed_over))})  # fmt: skip
        return 0
    click.echo(f"Wrote {say_count(len(result.files), 'MATLAB file')}.")
    if result.passed_over:
        n_passed = say_count(len(result.passed_over), "recording")
        click.echo(f"Passed over {n_passed} without channels over time.")
    return 0


@app.command(short_help="Do the whole job once, on a simulated lab folder.")
@click.argument("folder", type=PATH, default=Path("fascicle-demo"))
@json_option
@debug_option
def demo(folder: Path, as_json: bool, debug: bool) -> int:
    """Do the whole job on a simulated lab folder, with planted identifiers.

    The recordings are simulated; the people in them are invented.

    \b
    Example:
      fascicle demo /tmp/fascicle-demo
    """
    from fascicle.workflows import demo as run

    with show_progress(quiet=as_json) as hook:
        result = run(folder, on_progress=hook)
    if as_json:
        print_json(result.as_dict())
    else:
        from ._show import show_share

        click.echo("Everything here is simulated: no real person, no real recording.")
        show_share(result)
        commons = _quote(folder / "commons")
        click.echo(f"\nTry:  fascicle find simulated eeg --commons {commons}")
    return result.exit_code


@app.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Example:
      fascicle completion bash >> ~/.bash_completion
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(app, {}, "fascicle", "_FASCICLE_COMPLETE").source())
