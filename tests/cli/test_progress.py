import io
import sys

from fascicle.cli._progress import _cut, show_progress
from fascicle.core import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_nothing_is_drawn_where_nobody_watches(capsys):
    with show_progress() as watch:
        watch(Progress("convert", 1, 2, "sub-001"))

    assert capsys.readouterr() == ("", "")


def test_a_terminal_sees_the_stage_how_far_it_is_and_what_is_done(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    with show_progress() as watch:
        watch(Progress("convert", 1, 2, "sub-001_task-rest"))

    assert "Converting" in terminal.getvalue()
    assert "1/2" in terminal.getvalue()
    assert "sub-001_task-rest" in terminal.getvalue()


def test_bars_begin_anew_after_a_question(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    with show_progress() as watch:
        watch(Progress("look", 1, 1))
        watch.stop()
        watch(Progress("convert", 1, 1))

    assert terminal.getvalue().index("Looking") < terminal.getvalue().index("Converting")


def test_quiet_is_quiet_even_on_a_terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    with show_progress(quiet=True) as watch:
        watch(Progress("look", 1, 1))

    assert terminal.getvalue() == ""


def test_a_long_name_keeps_its_end():
    assert _cut("sub-001/eeg/sub-001_eeg.edf", 12) == "…001_eeg.edf"
    assert _cut("short.edf", 12) == "short.edf"
    assert _cut("sub-001", 0) == ""
