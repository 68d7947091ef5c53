"""The command line: what DESIGN.md lists, each command a few lines over the library.

The commands are in `paperlake.commands`. Dagster is loaded (through `pipelines`) only for `run` and `ui`, and
a model only where a text is embedded. What the terminal shows is drawn by `console.py`.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import Annotated, Any

import typer

from paperlake import __version__
from paperlake.commands.options import LakeDir
from paperlake.commands.pipeline import configuration, dumps, embeddings, harvest, running
from paperlake.commands.questions import evaluating, following, papers, tables
from paperlake.commands.sharing import publishing, serving
from paperlake.errors import INTERRUPTED_EXIT_CODE, Interrupted, PaperlakeError
from paperlake.interruption import raise_on_signals, was_interrupted
from paperlake.lake import Lake
from paperlake.setting_sources import load_settings
from paperlake.stages.outcome import RunOutcome
from paperlake.terminal import console

DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)

app = typer.Typer(
    name="paperlake",
    help="From raw dumps of paper listings to a DuckDB warehouse of papers, embedded and filed by topic.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS = (
    running.run,
    running.status,
    dumps.parse,
    papers.search,
    papers.similar,
    papers.explain,
    following.lists,
    following.digest,
    tables.sql,
    tables.export,
    publishing.publish,
    evaluating.evaluate,
    serving.serve,
    serving.mcp,
    configuration.config,
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(embeddings.embeddings, name="embeddings")
app.add_typer(harvest.harvest, name="harvest")


@app.command()
def ui(
    lake: LakeDir = None,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port on 127.0.0.1.")] = None,
) -> None:
    """Start the Dagster UI and daemon on 127.0.0.1."""
    settings = load_settings(lake=lake, ui_port=port)
    from pipelines.ui.command import serve_ui  # noqa: PLC0415

    serve_ui(Lake.open(settings.lake), settings.ui_port, console.say, settings.log_format)


def _run_pipeline(*arguments: Any) -> RunOutcome:  # noqa: ANN401  # those of `running.RunPipeline`
    from pipelines.running.runs import run_everything  # noqa: PLC0415  # Dagster takes a second to import

    return run_everything(*arguments)


@app.callback(invoke_without_command=True)
def _before_commands(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    context.obj = _run_pipeline
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; every expected error becomes one message and its exit code."""
    raise_on_signals()
    try:
        app(prog_name="paperlake")
    except SystemExit:
        raise
    except BrokenPipeError:
        # The reader of a pipe has gone (head, less): nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except BaseException as error:  # noqa: BLE001  # raised again where nobody expected it
        sys.exit(_explain(error))


def _explain(error: BaseException) -> int:
    """Say why the command ended, and return its exit code; an error that nobody expected is raised again.

    A signal ended it if one arrived: what its exception became in a library says nothing to a user.
    """
    if was_interrupted() or isinstance(error, Interrupted):
        message = str(error) if isinstance(error, Interrupted) else ""
        console.say(f"Interrupted. {message}".strip(), "yellow")
        return INTERRUPTED_EXIT_CODE
    if isinstance(error, PaperlakeError):
        console.say(str(error), "red")
        return error.exit_code
    if isinstance(error, OSError) and error.errno in DISK_ERRORS:
        place = f" ({error.filename})" if error.filename else ""
        console.say(
            f"The disk cannot be written: {error.strerror}{place}. What was finished is kept. Free space "
            "on the disk of the lake, or ask for permission to write, then run again.",
            "red",
        )
        return PaperlakeError.exit_code
    raise error
