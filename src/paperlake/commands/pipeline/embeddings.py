"""The vectors that the lake keeps, model by model: `embeddings list`, `compact` and `drop`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from paperlake.commands.options import AsJson, LakeDir, open_lake
from paperlake.terminal import console
from paperlake.text.display import plural

embeddings = typer.Typer(help="The vectors that the lake keeps, model by model.", no_args_is_help=True)
ModelId = Annotated[str, typer.Argument(metavar="MODEL_ID", help="As `paperlake embeddings list` shows it.")]


@embeddings.command("list")
def list_embeddings(lake: LakeDir = None, as_json: AsJson = False) -> None:
    """List the models whose vectors the lake keeps."""
    from paperlake.embedding.maintenance import list_models  # noqa: PLC0415
    from paperlake.terminal import screens  # noqa: PLC0415

    opened, _ = open_lake(lake)
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

    opened, settings = open_lake(lake)
    done = compact_vectors(opened, settings, model_id)
    console.say(
        f"{plural(done.kept_vector_count, 'vector')} kept, {done.removed_vector_count:,} removed; "
        f"{plural(done.part_count_before, 'part')} became {done.part_count_after:,}."
    )


@embeddings.command("drop")
def drop_embeddings(model_id: ModelId, lake: LakeDir = None) -> None:
    """Delete all vectors of a model that the lake does not use."""
    from paperlake.embedding.maintenance import drop_vectors  # noqa: PLC0415

    opened, _ = open_lake(lake)
    console.say(f"{drop_vectors(opened, model_id):,} files of {model_id} deleted.")
