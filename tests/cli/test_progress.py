"""Progress bars: on a terminal only, and never in the way of an answer."""

import io
from contextlib import redirect_stderr

import pytest

from mien.cli.output import Output
from mien.cli.progress import PhotoBar, VideoBar, transfers


class Screen(io.StringIO):
    """A terminal for as long as it says so."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    return Screen()


def test_a_terminal_sees_how_many_are_done(screen, capsys):
    output = Output()
    with redirect_stderr(screen), PhotoBar(output, "identifying", 3) as bar:
        for number in range(3):
            bar.step()
            output.answer({}, [f"answer {number}"])
    assert "identifying" in screen.getvalue()
    assert capsys.readouterr().out == "answer 0\nanswer 1\nanswer 2\n"
    assert output.bar is None


def test_a_transfer_is_drawn_on_a_terminal(screen):
    output = Output()
    with redirect_stderr(screen), transfers(output) as progress:
        progress("sface [bold]", 500_000, 1_000_000)
        output.note("licence")
        progress("sface [bold]", 1_000_000, 1_000_000)  # a moment later: not drawn again
    assert "sface [bold]" in screen.getvalue()
    assert "licence\n" in screen.getvalue()
    assert output.bar is None


@pytest.mark.parametrize("duration_s", [9.2, None])
def test_a_terminal_sees_how_far_a_video_is_and_who_is_in_it(screen, duration_s):
    output = Output()
    with redirect_stderr(screen), VideoBar(output, "clip.mp4", duration_s) as bar:
        bar.step(3.2, ["Ada", "Bo\x1b[2J"])
        assert output.bar is not None
    assert "clip.mp4, 3 s: Ada, Bo\\x1b[2J" in screen.getvalue()
    assert output.bar is None
    quiet = io.StringIO()
    with redirect_stderr(quiet), VideoBar(output, "clip.mp4", duration_s) as bar:
        bar.step(3.2, ["Ada"])
    assert quiet.getvalue() == ""


@pytest.mark.parametrize(("quiet", "total"), [(True, 3), (False, 1)])
def test_no_bar_where_none_is_wanted_or_worth_it(screen, quiet, total):
    with redirect_stderr(screen), PhotoBar(Output(quiet=quiet), "identifying", total) as bar:
        bar.step()
    assert screen.getvalue() == ""


def test_no_bar_in_a_pipe(capsys):
    output = Output()
    with PhotoBar(output, "identifying", 3) as bar, transfers(output) as progress:
        bar.step()
        progress("sface", 1, 2)
    assert capsys.readouterr().err == ""
