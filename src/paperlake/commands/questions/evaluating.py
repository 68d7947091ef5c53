"""Compare embedders on the papers of the lake: `evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from paperlake.commands.options import AsJson, LakeDir, open_lake, short_path
from paperlake.errors import UsageError
from paperlake.terminal import console
from paperlake.terminal.bars import terminal_progress
from paperlake.text.display import plural


def evaluate(
    embedders: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="EMBEDDER",
            help="current, a model id of `embeddings list`, KIND or KIND=MODEL, each with @NUMBERS to cut "
            "its vectors: current current@128 hashing. The others are compared with the first. Default: "
            "the models that the lake has vectors of, or current and hashing.",
            show_default=False,
        ),
    ] = None,
    sample: Annotated[int, typer.Option("--sample", min=1, metavar="N", help="Papers to compare on.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the sample and of the intervals.")] = 0,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE", help="Draw the comparison as a PNG.")
    ] = None,
    write_set: Annotated[
        Path | None,
        typer.Option(
            "--write-set", metavar="DIR", help="Write papers, queries and judgements, and compare nothing."
        ),
    ] = None,
    lake: LakeDir = None,
    as_json: AsJson = False,
) -> None:
    """Compare embedders on this lake, with intervals and a verdict."""
    opened, settings = open_lake(lake)
    if write_set:
        from paperlake.evaluation.judged_papers import read_judged_papers  # noqa: PLC0415
        from paperlake.evaluation.set_files import write_set as write  # noqa: PLC0415

        counts = write(read_judged_papers(opened, sample, seed), write_set, seed)
        if as_json:
            console.show_json([{"task": task, "judgements": count} for task, count in counts.items()])
        else:
            told = ", ".join(f"{task} {count:,}" for task, count in counts.items())
            total = plural(sum(counts.values()), "judgement")
            console.say(f"{total} written to {short_path(write_set.absolute())}: {told}.")
        return
    from paperlake.evaluation.comparing import evaluate as compare  # noqa: PLC0415
    from paperlake.evaluation.rows import embedder_rows, measure_rows, verdict_rows  # noqa: PLC0415
    from paperlake.terminal.evaluation_screen import show_evaluation  # noqa: PLC0415

    if picture and not (picture.parent.is_dir() and not picture.is_dir()):
        raise UsageError(f"--picture {picture} names no file in a folder that exists.")
    found = compare(opened, settings, embedders or [], sample, seed, terminal_progress())
    if picture:
        from paperlake.evaluation.picture import draw_evaluation  # noqa: PLC0415

        picture.write_bytes(draw_evaluation(found))
    if as_json:
        console.show_json([*measure_rows(found), *embedder_rows(found), *verdict_rows(found)])
    else:
        show_evaluation(found)
