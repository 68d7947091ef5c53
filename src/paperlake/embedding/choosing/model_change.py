"""Compare the model of a run with the model of the lake's vectors, and say what a lake remembers of it.

Another model means that every paper is embedded again. That is never done silently: the command line asks,
and the stage refuses without the setting `reembed`.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from paperlake.catalogue.paper_tables import EMBEDDINGS
from paperlake.embedding.protocol import Embedder
from paperlake.embedding.store import VectorStore
from paperlake.errors import PaperlakeError
from paperlake.lake import Lake
from paperlake.lake.manifest import Facts
from paperlake.settings import LOCAL_KINDS, Settings
from paperlake.text.display import plural


@dataclass(frozen=True)
class ModelChange:
    """A run's model that is not the lake's, and for which vectors must be computed."""

    lake_model_id: str
    lake_kind: str
    model_id: str
    kind: str
    text_count: int
    """Texts of the lake without a vector of the new model."""

    def summary(self) -> str:
        """Return one sentence for people."""
        return (
            f"The lake's papers were embedded with {self.lake_model_id} ({self.lake_kind}). This run would "
            f"embed {plural(self.text_count, 'text')} again with {self.model_id} ({self.kind})."
        )

    def refusal(self) -> str:
        """Return the message of a run that may not do so."""
        return (
            f"{self.summary()} To do so: `paperlake run --reembed`, or PAPERLAKE_REEMBED=true for a run that "
            "Dagster starts. To keep the lake's model, remove the setting of another one: `paperlake config` "
            "shows which setting comes from where."
        )


def model_change(lake: Lake, embedder: Embedder) -> ModelChange | None:
    """Return how a run's model differs from the lake's; None if it need not embed the lake's papers again.

    That is so if the lake has no embeddings, they are of this model, or the lake still has all vectors of it.
    """
    manifest = lake.manifest(EMBEDDINGS.stage)
    facts = manifest.facts if manifest else {}
    known = facts.get("model_id")
    if manifest is None or known is None or known == embedder.model_id:
        return None
    missing = _missing(lake, embedder, manifest.row_counts.get(EMBEDDINGS.name, 0))
    if not missing:
        return None
    return ModelChange(str(known), str(facts.get("embedder")), embedder.model_id, embedder.kind, missing)


def _missing(lake: Lake, embedder: Embedder, row_count: int) -> int:
    """Return how many texts of the lake's embeddings have no vector of another model; all if unknown."""
    try:
        if embedder.model_id not in lake.embedded_models():
            return row_count  # no need to read a large table
        hashes = lake.scan(EMBEDDINGS).select("text_hash").unique().collect()["text_hash"].to_list()
        return len(VectorStore(lake, embedder.model_id, embedder.dimension).missing(hashes))
    except (PaperlakeError, OSError, pl.exceptions.PolarsError):
        return row_count


def remembered_facts(settings: Settings, embedder: Embedder) -> Facts:
    """Return the settings that chose a run's embedder, as facts of the stage.

    `setting_sources.py` reads them again. They are none where a program passed an embedder of its own. The
    key is never among them.
    """
    is_local = settings.embedder in LOCAL_KINDS and embedder.kind in LOCAL_KINDS
    if embedder.kind != settings.embedder and not is_local:
        return {}
    facts: Facts = {
        "embedder_model": settings.embedder_model,
        "embedder_max_tokens": settings.embedder_max_tokens,
        "embedder_dimension": settings.embedder_dimension,
    }
    if embedder.kind == "ray":
        facts["embedder_ray_kind"] = settings.embedder_ray_kind
    if embedder.kind == "http":
        facts |= {
            "embedder_model": getattr(embedder, "model", None) or settings.embedder_model,
            "embedder_url": settings.embedder_url,
            "embedder_model_id": embedder.model_id,
            "embedder_dimension": embedder.dimension,
        }
    return facts
