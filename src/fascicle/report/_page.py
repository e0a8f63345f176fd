"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fascicle.jobs import write_atomic

from ._story import Story
from ._view import view_story

if TYPE_CHECKING:
    from markupsafe import Markup


def write_report(path: Path, story: Story) -> Path:
    """Write the report of a run as one self-contained page.

    Parameters
    ----------
    path : Path
        Where to; an earlier report there is replaced in one step.
    story : Story
        What to tell. With ``owner=True`` the page shows raw names: keep it private.

    Returns
    -------
    Path
        `path`.

    Notes
    -----
    The page loads nothing, runs no script, and says so to the browser, so that opening it tells
    nobody anything. The same story gives the same bytes.

    Examples
    --------
    >>> import tempfile
    >>> from fascicle.core import Dataset
    >>> from fascicle.report import Outcome, Story
    >>> with tempfile.TemporaryDirectory() as name:
    ...     page = write_report(
    ...         Path(name) / "report.html", Story(Dataset("ds-1", "Rest"), Outcome.HELD)
    ...     )
    ...     page.read_text(encoding="utf-8").startswith("<!doctype html>")
    True
    """
    write_atomic(path, render_report(story))
    return path


def render_report(story: Story) -> str:
    """Return the page that `write_report` writes."""
    return render_page("page.html.j2", view_story(story))


def render_page(template: str, view: Mapping[str, Any]) -> str:
    """Return one of the pages of this room, with what is to be shown on it."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("fascicle.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # Pictures are drawn by this room, which escapes the words in them; nothing else is trusted.
    environment.filters["drawing"] = Markup
    environment.filters["ticked"] = _show_ticked
    style = (files("fascicle.report") / "templates" / "report.css").read_text(encoding="utf-8")
    return environment.get_template(template).render(view, style=Markup(style))


def _show_ticked(words: str) -> Markup:
    """Escape a sentence and set what stands between backticks as code."""
    from markupsafe import Markup, escape

    parts = [escape(part) for part in words.split("`")]
    if len(parts) % 2 == 0:  # an odd backtick is a letter like any other
        return escape(words)
    shown = [Markup("<code>{}</code>").format(p) if k % 2 else p for k, p in enumerate(parts)]
    return Markup("").join(shown)
