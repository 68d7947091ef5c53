"""The command line: what DESIGN.md lists, each command a few lines over the library.

The commands are in `paperlake.commands`. Dagster is loaded (through `pipelines`) only for `run` and `ui`, and
a model only where a text is embedded. What the terminal shows is drawn by `console.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated

import typer

from paperlake import __version__
from paperlake.commands import dumps, embeddings, papers, running, tables
from paperlake.commands.options import LakeDir
from paperlake.errors import PaperlakeError
from paperlake.lake import Lake
from paperlake.settings import load_settings
from paperlake.terminal import console

app = typer.Typer(
    name="paperlake",
    help="From raw dumps of paper listings to a DuckDB warehouse of papers, embedded and filed by topic.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
COMMANDS = (
    running.run,
    running.status,
    dumps.parse,
    papers.search,
    papers.similar,
    papers.explain,
    tables.sql,
    tables.export,
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(embeddings.embeddings, name="embeddings")


@app.command()
def ui(
    lake: LakeDir = None,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port on 127.0.0.1.")] = None,
) -> None:
    """Start the Dagster UI and daemon on 127.0.0.1."""
    settings = load_settings(lake=lake, ui_port=port)
    opened = Lake.open(settings.lake)
    from pipelines.instance import fail_orphaned_runs, open_instance  # noqa: PLC0415

    with open_instance(opened) as instance:
        fail_orphaned_runs(instance)
    console.say(f"The Dagster UI is coming up on http://127.0.0.1:{settings.ui_port} (Ctrl-C stops it).")
    command = [sys.executable, "-m", "dagster", "dev", "-m", "pipelines.definitions"]
    command += ["-h", "127.0.0.1", "-p", str(settings.ui_port)]
    environment = {**os.environ, "DAGSTER_HOME": str(opened.dagster_home), "PAPERLAKE_LAKE": str(opened.root)}
    raise typer.Exit(subprocess.call(command, env=environment))  # noqa: S603


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; every expected error becomes one message and its exit code."""
    try:
        app()
    except PaperlakeError as error:
        console.say(str(error), "red")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of a pipe has gone (head, less): nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
