"""The command line: what DESIGN.md lists, each command a few lines over the library.

Loads Dagster (through `pipelines`) only for `run` and `ui`, and a model only where a text is embedded.
What the terminal shows is drawn by `console.py`.
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from paperlake import __version__
from paperlake.errors import NothingToReadError, PaperlakeError, UsageError
from paperlake.lake import Lake
from paperlake.settings import Settings, load_settings
from paperlake.terminal import console

app = typer.Typer(
    name="paperlake",
    help="From raw dumps of paper listings to a DuckDB warehouse of papers, embedded and filed by topic.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)

LakeDir = Annotated[
    Path | None,
    typer.Option("--lake", metavar="DIR", help="The lake (default: PAPERLAKE_LAKE or data_lake)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
DAY = ["%Y-%m-%d"]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="Rows to show.")]


class Mode(StrEnum):
    """How to search."""

    both = "both"
    meaning = "meaning"
    words = "words"


class ExportFormat(StrEnum):
    """What to export to."""

    parquet = "parquet"
    csv = "csv"
    jsonl = "jsonl"


def _open(lake: Path | None, **overrides: Any) -> tuple[Lake, Settings]:  # noqa: ANN401
    """Open an existing lake; return it with the settings."""
    settings = load_settings(lake=lake, **overrides)
    opened = Lake(settings.lake)
    if not opened.raw.is_dir():
        raise UsageError(f"There is no lake at {opened.root}. Name it with --lake or PAPERLAKE_LAKE.")
    return Lake.open(settings.lake), settings


def _short(path: Path) -> Path:
    """Return a path relative to the working directory, if it is below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _show_papers(rows: list[dict[str, Any]], as_json: bool, nothing: str) -> None:
    if as_json:
        console.show_json(rows)
    elif rows:
        from paperlake.terminal import screens  # noqa: PLC0415

        screens.show_papers(rows)
    else:
        console.say(nothing)


@app.command()
def run(
    lake: LakeDir = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="STAGE", help="Stop after this stage, such as papers.")
    ] = None,
    embedder: Annotated[
        str | None, typer.Option("--embedder", metavar="KIND", help="Override PAPERLAKE_EMBEDDER.")
    ] = None,
    refit: Annotated[
        bool, typer.Option("--refit", help="Find topics again; those that live on keep their ids.")
    ] = False,
) -> None:
    """Build every stage that is not up to date, with progress, and say where the results are."""
    from paperlake import stage_list  # noqa: PLC0415
    from paperlake.lake.upgrade import upgrade  # noqa: PLC0415

    if refit and not any(stage.refits for stage in stage_list.PIPELINE.until(until)):
        raise UsageError(f"--refit: the run stops after {until}, before topics. Leave out --until.")
    settings = load_settings(lake=lake, embedder=embedder)
    opened = Lake.open(settings.lake)
    started = datetime.now(UTC)
    with opened.lock("paperlake run"):
        upgraded = upgrade(opened)
        if upgraded:
            console.say(upgraded)
        from pipelines.runs import run_everything  # noqa: PLC0415  # Dagster takes a second to import

        outcome = run_everything(
            opened, settings, console.TerminalBars(), lambda stage: console.say(stage, "bold"), until, refit
        )
    from paperlake.terminal import screens  # noqa: PLC0415

    manifests = stage_list.PIPELINE.manifests(opened)
    screens.show_run([manifests[stage] for stage in outcome.finished_stages], started)
    if not outcome.succeeded:
        console.say(f"{outcome.failed_stage} failed: {outcome.message}", "red")
        raise typer.Exit(outcome.exit_code)
    if "warehouse" in outcome.finished_stages:
        console.say(f"Warehouse: {_short(opened.warehouse)}\nTopic map: {_short(opened.topic_map)}")
    if "report" in outcome.finished_stages:
        console.say(f"Report: {_short(opened.report)} (open it in a browser)")
        console.say('Try: paperlake search "..."   paperlake sql "FROM topic_tree"   paperlake ui')


@app.command()
def status(lake: LakeDir = None, as_json: AsJson = False) -> None:
    """Show what is in the lake, what is stale, and what was rejected and why."""
    from paperlake.status import lake_status  # noqa: PLC0415
    from paperlake.terminal import screens  # noqa: PLC0415

    opened, settings = _open(lake)
    found = lake_status(opened, settings)
    if as_json:
        console.show_json([found.as_row()])
        return
    screens.show_status(found)


@app.command()
def parse(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A dump.")], as_json: AsJson = False
) -> None:
    """Show the entries of one dump, without a lake; rejects go to standard error."""
    from paperlake.dumps.stage import parse_file  # noqa: PLC0415
    from paperlake.terminal import screens  # noqa: PLC0415

    if not file.is_file():
        raise UsageError(f"{file} is not a file.")
    dump, entries, rejects = parse_file(file, load_settings())
    screens.show_dump(str(file), dump, entries, rejects)
    if as_json:
        console.show_json(list(entries.iter_rows(named=True)))
    else:
        screens.show_entries(entries)
    if not entries.height:
        raise NothingToReadError(f"{file} contains no entry that could be read.")


@app.command()
def search(  # noqa: PLR0917  # its options
    text: Annotated[
        str,
        typer.Argument(metavar="TEXT", help='Words, a "quoted phrase", a title, an arXiv id, a DOI, a link.'),
    ],
    lake: LakeDir = None,
    limit: Limit = 10,
    mode: Annotated[Mode, typer.Option("--by", help="How to search.")] = Mode.both,
    topic: Annotated[
        str | None, typer.Option("--topic", metavar="TOPIC", help="Only of this topic: its id or label.")
    ] = None,
    published_from: Annotated[
        datetime | None,
        typer.Option("--from", formats=DAY, metavar="DAY", help="Published on this day or later."),
    ] = None,
    published_to: Annotated[
        datetime | None,
        typer.Option("--to", formats=DAY, metavar="DAY", help="Published on this day or before."),
    ] = None,
    organization: Annotated[
        str | None, typer.Option("--organization", metavar="NAME", help="Only of this organization.")
    ] = None,
    category: Annotated[
        str | None, typer.Option("--category", metavar="LABEL", help="Only of this category: cs.CL, or cs.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find papers by meaning and by words, best first, and show why each was found."""
    from paperlake import search as searching  # noqa: PLC0415

    opened, settings = _open(lake)
    filters = searching.Filters(
        topic=topic,
        published_from=published_from.date() if published_from else None,
        published_to=published_to.date() if published_to else None,
        organization=organization,
        category=category,
    )
    found = searching.search(opened, settings, text, limit, mode.value, filters)
    if found.notice:
        console.say(found.notice, "yellow")
    _show_papers(found.rows, as_json, "No matching papers.")


@app.command()
def similar(
    paper_id: Annotated[str, typer.Argument(metavar="PAPER_ID", help="A paper's id.")],
    lake: LakeDir = None,
    limit: Limit = 10,
    as_json: AsJson = False,
) -> None:
    """Show the papers nearest to one paper."""
    from paperlake import search as searching  # noqa: PLC0415

    opened, _ = _open(lake)
    _show_papers(searching.similar(opened, paper_id, limit), as_json, "This paper has no neighbours.")


@app.command()
def explain(
    paper_id: Annotated[str, typer.Argument(metavar="PAPER_ID", help="A paper's id.")],
    lake: LakeDir = None,
    as_json: AsJson = False,
) -> None:
    """Show why a paper's entries were merged, and which entry gave each field."""
    from paperlake.dedup.explain import explain as explain_paper  # noqa: PLC0415
    from paperlake.terminal import screens  # noqa: PLC0415

    opened, _ = _open(lake)
    found = explain_paper(opened, paper_id)
    if as_json:
        console.show_json([asdict(found)])
        return
    screens.show_explanation(found)


@app.command()
def sql(
    query: Annotated[
        str | None, typer.Argument(metavar="QUERY", help="SQL; read from standard input if absent.")
    ] = None,
    lake: LakeDir = None,
    as_json: AsJson = False,
) -> None:
    """Run a query on the warehouse, read-only."""
    from paperlake.warehouse.reading import query as ask  # noqa: PLC0415

    opened, _ = _open(lake)
    if query is None:
        if sys.stdin.isatty():
            console.say(f"Type a query, then Ctrl-D. The file is {opened.warehouse}")
        query = sys.stdin.read()
    if not query.strip():
        raise UsageError("There is no query.")
    columns, rows = ask(opened, query)
    if as_json:
        console.show_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        console.show_rows(columns, rows)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    file_format: Annotated[
        ExportFormat, typer.Option("--format", help="How to write.")
    ] = ExportFormat.parquet,
    table: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="NAME", help="A public table; may be repeated (default: all)."),
    ] = None,
    query: Annotated[
        str | None, typer.Option("--query", metavar="SQL", help="Export the rows of a query.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier export.")] = False,
    lake: LakeDir = None,
    as_json: AsJson = False,
) -> None:
    """Write tables, or the rows of a query, as Parquet, CSV or JSON lines."""
    from paperlake.export.exporting import export as write_files  # noqa: PLC0415
    from paperlake.terminal import screens  # noqa: PLC0415

    opened, _ = _open(lake)
    bars = console.TerminalBars()
    exported = write_files(opened, folder, file_format.value, table or [], query, force, bars)
    if as_json:
        console.show_json([asdict(done) for done in exported])
    else:
        screens.show_export(str(_short(folder.absolute())), exported)


@app.command()
def ui(
    lake: LakeDir = None,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port on 127.0.0.1.")] = None,
) -> None:
    """Start the Dagster UI and daemon on 127.0.0.1."""
    settings = load_settings(lake=lake, ui_port=port)
    from pipelines.ui.command import serve_ui  # noqa: PLC0415

    serve_ui(Lake.open(settings.lake), settings.ui_port, console.say)


embeddings = typer.Typer(help="The vectors that the lake keeps, model by model.", no_args_is_help=True)
app.add_typer(embeddings, name="embeddings")
ModelId = Annotated[str, typer.Argument(metavar="MODEL_ID", help="As `paperlake embeddings list` shows it.")]


@embeddings.command("list")
def list_embeddings(lake: LakeDir = None, as_json: AsJson = False) -> None:
    """List the models whose vectors the lake keeps."""
    from paperlake.embedding.maintenance import list_models  # noqa: PLC0415
    from paperlake.terminal import screens  # noqa: PLC0415

    opened, _ = _open(lake)
    rows = [asdict(model) for model in list_models(opened)]
    if as_json:
        console.show_json(rows)
    elif rows:
        screens.show_models(rows)
    else:
        console.say("The lake keeps no vectors yet.")


@embeddings.command("compact")
def compact_embeddings(model_id: ModelId, lake: LakeDir = None) -> None:
    """Remove the vectors of papers that are gone, and join small parts."""
    from paperlake.embedding.maintenance import compact_vectors  # noqa: PLC0415

    opened, settings = _open(lake)
    done = compact_vectors(opened, settings, model_id)
    console.say(
        f"{done.kept_vector_count:,} vectors kept, {done.removed_vector_count:,} removed; "
        f"{done.part_count_before:,} parts became {done.part_count_after:,}."
    )


@embeddings.command("drop")
def drop_embeddings(model_id: ModelId, lake: LakeDir = None) -> None:
    """Delete all vectors of a model that the lake does not use."""
    from paperlake.embedding.maintenance import drop_vectors  # noqa: PLC0415

    opened, _ = _open(lake)
    console.say(f"{drop_vectors(opened, model_id):,} files of {model_id} deleted.")


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
