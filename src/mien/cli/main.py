"""The command ``mien``: its commands by name, and what becomes of their errors."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from mien import __version__
from mien.cli.commands import (
    calibrate,
    collect,
    demo,
    detect,
    doctor,
    enroll,
    evaluate,
    finetune,
    gallery,
    identify,
    models,
    train,
    verifier,
    verify,
)
from mien.cli.failures import Status, report
from mien.cli.output import prepare_streams


class MienGroup(TyperGroup):
    """A group of commands whose errors end as one line and an exit status."""

    def main(self, args: Sequence[str] | None = None, *_: Any, **__: Any) -> NoReturn:
        """Run a command line and exit.

        Raises:
            SystemExit: always; see `mien.cli.failures.Status`.
        """
        prepare_streams()
        sys.exit(self._status(sys.argv[1:] if args is None else list(args)))

    def _status(self, arguments: list[str]) -> int:
        try:
            with self.make_context("mien", arguments) as context:
                self.invoke(context)
        except typer.Exit as ending:
            return int(ending.exit_code)
        except (Exception, KeyboardInterrupt) as error:
            status = report(error)
            if status is None:  # a mistake of ours: show where
                raise
            return int(status)
        return Status.DONE


app = typer.Typer(
    name="mien",
    cls=MienGroup,
    add_completion=False,
    # Rich's help takes 80 ms more, a third of the time in which --help has to answer.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mien {__version__}")
        raise typer.Exit(Status.DONE)


@app.callback(invoke_without_command=True)
def _mien(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_show_version, help="Say the version and stop."
        ),
    ] = False,
) -> None:
    """Know your people in photos: enrol them, verify and identify them, all on this machine.

    \b
    Examples:
      mien demo                          the whole job on sample photos
      mien enroll people/                one folder for each person
      mien identify group.jpg            who is in this photo?
      mien verify a.jpg b.jpg            the same person?

    \b
    Exit status: 0 done; 1 the answer is no (verify: different); 2 the request
    or an input could not be used; 3 a model or a dependency is missing.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(Status.DONE)


app.command()(enroll.enroll)
app.command()(identify.identify)
app.command()(verify.verify)
app.command()(detect.detect)
app.add_typer(gallery.app, name="gallery")
app.add_typer(models.app, name="models")
app.add_typer(evaluate.app, name="evaluate")
app.command()(collect.collect)
app.command()(calibrate.calibrate)
app.command()(train.train)
app.command()(finetune.finetune)
app.add_typer(verifier.app, name="verifier")
app.command()(doctor.doctor)
app.command()(demo.demo)


def run() -> NoReturn:
    """The console script."""
    typer.main.get_command(app).main()
    raise SystemExit(Status.DONE)  # main has exited; this tells the type checker
