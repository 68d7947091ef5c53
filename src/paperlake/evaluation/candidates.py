"""Understand the embedders that a user names: of the lake, of its vector store, or a kind with a model.

    NAME := ( current | MODEL_ID | KIND | KIND=MODEL ) [ @NUMBERS ]

`current` is the lake's model, MODEL_ID one of `paperlake embeddings list`, KIND a kind of embedder with the
model of the settings, KIND=MODEL one with a folder or a name on the hub. With @NUMBERS, vectors are cut to
their first numbers and scaled to unit length again, as Matryoshka models allow (Kusupati et al. 2022).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from paperlake.embedding.choosing.registry import KINDS, complete_settings, make_embedder
from paperlake.embedding.maintenance import open_store
from paperlake.embedding.stage import current_model
from paperlake.errors import PaperlakeError, UsageError
from paperlake.lake import Lake
from paperlake.settings import Settings

CURRENT = "current"
FLOOR = "hashing"  # any model must be better than words
CUT = re.compile(r"(?P<base>.+)@(?P<numbers>[1-9][0-9]{0,5})")
MIN_EMBEDDERS = 2


@dataclass(frozen=True)
class Candidate:
    """An embedder to compare."""

    name: str
    """As the user named it."""
    model_id: str
    full_dimension: int
    """Numbers in a vector of the model."""
    dimension: int
    """Numbers that are used."""
    settings: Settings | None
    """Settings that give the embedder; None where only vectors in the lake are at hand."""

    @property
    def source(self) -> tuple[str, bool]:
        """Return what candidates that share their vectors have in common."""
        return self.model_id, self.settings is None


def default_names(lake: Lake) -> list[str]:
    """Return the embedders to compare where none are named: the models in the store, the lake's first.

    With fewer than two, the lake's model is compared with the kind `hashing`.

    Raises:
        LakeError: There are no embeddings yet.
    """
    used = current_model(lake).model_id
    others = [model_id for model_id in lake.embedded_models() if model_id != used]
    return [CURRENT, *(others or [FLOOR])]


def find_candidates(lake: Lake, settings: Settings, names: Sequence[str]) -> list[Candidate]:
    """Understand the names of embedders; no model is loaded.

    Raises:
        UsageError: There are fewer than two, or one is named twice, unknown, or of too few numbers.
        ModelError: A model is missing or invalid.
        LakeError: The lake has no embeddings, or its vectors cannot be read.
    """
    if len(names) < MIN_EMBEDDERS:
        raise UsageError(
            "A comparison needs at least two embedders, such as: paperlake evaluate current hashing."
        )
    candidates = [_candidate(lake, settings, name) for name in names]
    seen: dict[tuple[str, int], str] = {}
    for candidate in candidates:
        key = candidate.model_id, candidate.dimension
        if key in seen:
            raise UsageError(
                f"The embedders {seen[key]!r} and {candidate.name!r} are the same: {candidate.model_id} with "
                f"{candidate.dimension} numbers. Name each once."
            )
        seen[key] = candidate.name
    return candidates


def _candidate(lake: Lake, settings: Settings, name: str) -> Candidate:
    cut = CUT.fullmatch(name)
    base = cut["base"] if cut else name
    model_id, full, found = _model(lake, settings, base)
    dimension = int(cut["numbers"]) if cut else full
    if dimension > full:
        raise UsageError(f"The vectors of {base!r} have {full} numbers, fewer than {name!r} asks for.")
    return Candidate(name, model_id, full, dimension, found)


def _model(lake: Lake, settings: Settings, base: str) -> tuple[str, int, Settings | None]:
    """Return the id and the dimension of a model, and the settings that give its embedder."""
    if base == CURRENT:
        model = current_model(lake)
        return model.model_id, model.dimension, _settings_of(settings, model.model_id)
    if base in lake.embedded_models():
        return base, open_store(lake, base).dimension, _settings_of(settings, base)
    kind, _, model_name = base.partition("=")
    if kind not in KINDS:
        known = ", ".join([CURRENT, *lake.embedded_models(), *KINDS])
        raise UsageError(
            f"There is no embedder {base!r} to compare. Name {CURRENT}, a model id of `paperlake embeddings "
            f"list`, a kind, or KIND=MODEL, each with @NUMBERS for shorter vectors. Known here: {known}."
        )
    chosen = {"embedder": kind} | ({"embedder_model": model_name} if model_name else {})
    complete = complete_settings(settings.model_copy(update=chosen))
    embedder = make_embedder(complete)
    return embedder.model_id, embedder.dimension, complete


def _settings_of(settings: Settings, model_id: str) -> Settings | None:
    """Return settings that give the embedder of a model: these, the bundled model's or the floor's."""
    bundled = {"embedder": "auto", "embedder_model": "bundled", "embedder_dimension": None}
    for changed in ({}, bundled, {"embedder": FLOOR}):
        tried = settings.model_copy(update=changed)
        try:
            tried = complete_settings(tried)
            if make_embedder(tried).model_id == model_id:
                return tried
        except PaperlakeError:  # what is not installed or does not answer does not give it
            continue
    return None
