"""Read the presets: models known by name, with a pinned revision, prompts, pooling, limits and licence.

The table is `presets.toml`. What a model's folder contains is read by `kinds/model_folder.py`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Preset:
    """One model; `presets.toml` explains the fields."""

    name: str
    repository: str
    revision: str
    """A commit; empty where the model comes with a package."""
    architecture: str
    parameters: str
    pooling: str
    dimension: int
    shorter: tuple[int, ...]
    max_tokens: int
    languages: str
    license: str
    paper_prompt: str
    query_prompt: str

    @property
    def is_bundled(self) -> bool:
        """Return whether the model comes with paperlake."""
        return not self.revision


@cache
def presets() -> dict[str, Preset]:
    """Return the presets by name, in the order of the table."""
    content = tomllib.loads((files(__package__) / "presets.toml").read_text(encoding="utf-8"))
    return {
        name: Preset(**{"name": name, **fields, "shorter": tuple(fields["shorter"])})
        for name, fields in content.items()
    }


def presets_markdown() -> str:
    """Return the presets as tables for the documentation."""
    found = presets().values()
    about = [
        "| `PAPERLAKE_EMBEDDER_MODEL` | architecture | parameters | pooling | numbers | shorter | "
        "most tokens | languages | licence |",
        "|---|---|---:|---|---:|---|---:|---|---|",
        *(
            f"| `{one.name}` | {one.architecture} | {one.parameters} | {one.pooling} | {one.dimension} | "
            f"{', '.join(map(str, one.shorter))} | {one.max_tokens:,} | {one.languages} | {one.license} |"
            for one in found
        ),
    ]
    origin = [
        "| model | repository on the hub | revision | before a paper | before a query |",
        "|---|---|---|---|---|",
        *(
            f"| `{one.name}` | {one.repository} | {_revision(one)} | {_code(one.paper_prompt)} | "
            f"{_code(one.query_prompt)} |"
            for one in found
        ),
    ]
    return "\n".join([*about, "", *origin])


def _revision(preset: Preset) -> str:
    return "comes with paperlake" if preset.is_bundled else f"`{preset.revision}`"


def _code(prompt: str) -> str:
    shown = prompt.replace("\n", "\\n").replace("|", "\\|")
    return f"`{shown}`" if prompt else "nothing"
