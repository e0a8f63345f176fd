"""The command that takes faces out of images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from fascicle.core import say_count

from ._commands import PATH, debug_option, json_option
from ._progress import show_progress

if TYPE_CHECKING:
    from fascicle.workflows import DefaceResult


def add_deface_command(protect: click.Group) -> None:
    """Add the command to the group of those that protect people."""
    protect.add_command(deface)


@click.command(short_help="Take the faces out of images of heads, and of videos.")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.argument("target", type=PATH)
@click.option(
    "--method",
    type=click.Choice(["replace", "remove", "region", "follow"]),
    default="replace",
    help="Images: replace puts an average head in the place of the own one, remove nothing. "
    "Videos: region masks all places at which a face was, follow boxes that follow faces, replace "
    "whichever fits. Default: replace.",
)
@click.option(
    "--keep-dicom",
    is_flag=True,
    help="Write DICOM series as DICOM, each into a folder of its own: pixels in place, headers "
    "without names, days, places, devices and private fields, UIDs replaced. Otherwise they "
    "become NIfTI.",
)
@json_option
@debug_option
def deface(
    source: Path,
    target: Path,
    method: Literal["replace", "remove", "region", "follow"],
    keep_dicom: bool,
    as_json: bool,
    debug: bool,
) -> int:
    """Take face, ears, teeth and scalp out of images of heads; the brain stays to the last bit.

    SOURCE is a NIfTI image, a folder of them, a BIDS dataset, or a folder of DICOM files; TARGET
    must not exist. MRI, PET and CT of any orientation and size of voxels. Where the head cannot be
    found for certain the image is not written, and the command ends with 1. Of DICOM NIfTI is
    written unless --keep-dicom is given.

    Or SOURCE is a video (MP4, QuickTime, AVI): its faces are masked by boxes of one grey, its sound
    stays behind. Where a face may show in spite of them it is not written.

    \b
    Examples:
      fascicle protect deface sub-01_T1w.nii.gz defaced_T1w.nii.gz
      fascicle protect deface dataset/ defaced/ --method remove
      fascicle protect deface dicom/ defaced/
      fascicle protect deface dicom/ defaced/ --keep-dicom
      fascicle protect deface reaching.mp4 masked.avi
    """
    from fascicle.workflows import deface as run

    with show_progress(quiet=as_json) as hook:
        result = run(source, target, method=method, keep_dicom=keep_dicom, on_progress=hook)
    if as_json:
        from ._app import print_json

        print_json(result.as_dict())
    else:
        _show(result)
    return result.exit_code


def _show(result: DefaceResult) -> None:
    """Print what was written and what was not."""
    for finding in result.findings:
        click.echo(f"{finding.place}: {finding.reason}\n  > {finding.fix}")
    changed = sum(int(about.get("n_brain_changed", 0)) for about in result.written.values())
    place = click.format_filename(result.target)
    for about in result.written.values():
        if "n_masked" in about:
            masked = f"{about['n_masked']} of {about['n_frames']} frames"
            click.echo(f"1 video with faces masked in {masked}: {place}. Look at it.")
            return
    if result.written:
        n_written = say_count(len(result.written), "image")
        click.echo(
            f"{n_written} without faces in {place}; {changed} voxels of the average brain, as "
            "aligned with each head, changed."
        )
    if result.held:
        kind = "video" if result.held[0].startswith("video") else "image"
        click.echo(f"{say_count(len(result.held), kind)} not written: see above.")
