"""The sources of settings, in order of precedence, and what is wrong with a value.

An option of the command line, the environment, the key of `paperlake.toml` in the lake, and, for what
chooses the embedder, what the lake's vectors were last computed with. The settings are in `settings/`.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import TypeAdapter, ValidationError

from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.lake.remote.working_copy import is_url, make_working_copy
from paperlake.lake.settings_file import read_settings_file
from paperlake.settings import LOCAL_KINDS, PREFIX, Settings, is_secret, own_variables, variable
from paperlake.text.secrets import has_secret, mask

# Of tests and benchmarks, besides names that begin with PAPERLAKE_TEST_.
TEST_VARIABLES = frozenset({"PAPERLAKE_REAL_DATA"})
TEST_PREFIX = "PAPERLAKE_TEST_"

Origin = Literal["option", "environment", "file", "remembered", "default"]
"""The source of a setting's value."""

# What chooses the model of the vectors, and so what a lake remembers.
MODEL_SETTINGS = (
    "embedder",
    "embedder_model",
    "embedder_max_tokens",
    "embedder_ray_kind",
    "embedder_url",
    "embedder_model_id",
    "embedder_dimension",
)
ASKED_OF_THE_SERVER = ("embedder_model_id", "embedder_dimension")


@dataclass(frozen=True)
class ResolvedSettings:
    """The settings, and where the value of each comes from."""

    settings: Settings
    origins: Mapping[str, Origin]


def load_settings(**options: Any) -> Settings:  # noqa: ANN401
    """Return the settings from all sources, with `options` that are not None on top.

    Raises:
        UsageError: See `resolve_settings`.
    """
    return resolve_settings(**options).settings


def resolve_settings(**options: Any) -> ResolvedSettings:  # noqa: ANN401
    """Return the settings and the source of each: options, environment, paperlake.toml, the lake, default.

    Args:
        options: Values of the highest precedence; None counts as not given.

    Raises:
        UsageError: A name is unknown, a value is out of range or not of its type, or paperlake.toml cannot
            be read; the message names the variable, or the file and the key.
    """
    given = {name: value for name, value in options.items() if value is not None}
    variables = _variables()
    origins: dict[str, Origin] = dict.fromkeys(Settings.model_fields, "default")
    location = str(given.get("lake", variables.get("lake", Settings.model_fields["lake"].default)))
    if is_url(location):
        folder = _working_copy(location, given)
        origins["lake"] = "option" if "lake" in given else "environment"
        given["lake"] = folder
    else:
        folder = Path(location)
    lake = Lake(folder)
    if lake.root.is_dir():
        lake.refresh()
    in_file = _checked_file(lake)
    for origin, names in (("file", in_file), ("environment", variables), ("option", given)):
        origins.update(dict.fromkeys(names, origin))  # type: ignore[arg-type]  # a Literal in a tuple
    values = {name: value for name, value in in_file.items() if origins[name] == "file"} | given
    settings = _validated(values, origins, lake)
    remembered = _remembered(lake, settings, origins)
    if remembered:
        with suppress(ValidationError):  # of a manifest that somebody changed: then nothing is remembered
            settings = Settings(**values | remembered)
            origins.update(dict.fromkeys(remembered, "remembered"))
    return ResolvedSettings(settings, origins)


def _working_copy(url: str, given: Mapping[str, Any]) -> Path:
    """Return the folder of this machine that mirrors a lake in an object store.

    Raises:
        UsageError: A value is out of range or not of its type.
    """
    options = {name: value for name, value in given.items() if name != "lake"}
    settings = _validated(
        options | {"lake": "."}, dict.fromkeys(Settings.model_fields, "option"), Lake(Path())
    )
    return make_working_copy(url, settings.working_copies, settings.lease_seconds)


def _variables() -> dict[str, str]:
    """Return the environment variables of settings that are set, by the name of the setting.

    Raises:
        UsageError: A variable begins with PAPERLAKE_ and is no setting.
    """
    found = own_variables()
    known = {variable(name): name for name in Settings.model_fields}
    unknown = [
        name
        for name in sorted(found)
        if name not in known and name not in TEST_VARIABLES and not name.startswith(TEST_PREFIX)
    ]
    if unknown:
        # Without the prefix, which would make each like any other.
        names = {name: name.removeprefix(PREFIX).lower() for name in unknown}
        problems = " ".join(
            f"There is no setting {name}.{nearest(short, variable)}" for name, short in names.items()
        )
        raise UsageError(f"{problems} `paperlake config` lists all settings of a correct environment.")
    return {known[name]: value for name, value in found.items() if name in known}


def nearest(name: str, written: Callable[[str], str] = str) -> str:
    """Return a sentence with the setting whose name is most like a wrong one; empty if none is like it."""
    found = difflib.get_close_matches(name, list(Settings.model_fields), n=1)
    return f" Did you mean {written(found[0])}?" if found else ""


def _checked_file(lake: Lake) -> dict[str, Any]:
    """Return the keys and values of the lake's paperlake.toml, their names and types checked.

    Raises:
        UsageError: The file cannot be read, or a key cannot be set there; the message names file and key.
    """
    content = read_settings_file(lake)
    for key, value in content.items():
        problem = _problem(key, value)
        if problem:
            raise UsageError(f"{lake.settings_file}: {key}: {problem}")
    return content


def _problem(key: str, value: object) -> str | None:
    """Return the reason why a key and value of paperlake.toml are refused; None if they are not."""
    field = Settings.model_fields.get(key)
    if isinstance(value, dict):
        return "Tables are not used. Write `embedder_model = ...`, not `model = ...` below `[embedder]`."
    if field is None:
        name = key.lower().removeprefix(PREFIX.lower())
        return f"There is no such setting.{nearest(name)} `docs/settings.md` lists all."
    if key == "lake":
        return "A file in the lake cannot say where the lake is. Use --lake or PAPERLAKE_LAKE."
    if is_secret(key) or (isinstance(value, str) and has_secret(value)):
        return f"Secrets are not read from a file. Set the environment variable {variable(key)}."
    wanted: TypeAdapter[Any] = TypeAdapter(field.rebuild_annotation())
    try:
        wanted.validate_json(json.dumps(value, default=str), strict=True)
    except ValidationError as error:
        return f"{error.errors()[0]['msg']} (got {value!r})."
    return None


def _validated(values: Mapping[str, Any], origins: Mapping[str, Origin], lake: Lake) -> Settings:
    """Return settings of these values and the environment.

    Raises:
        UsageError: A value is out of range or not of its type.
    """
    try:
        return Settings(**values)
    except ValidationError as error:
        problems = [
            (str(problem["loc"][0]), problem["msg"].removeprefix("Value error, "), problem["input"])
            for problem in error.errors()
        ]
    shown = "; ".join(
        f"{_source(name, origins, lake)}: {reason}{'' if is_secret(name) else f' (got {mask(repr(value))})'}"
        for name, reason, value in problems
    )
    raise UsageError(f"Settings: {shown}.")  # outside of `except`: the cause would show the key


def _source(name: str, origins: Mapping[str, Origin], lake: Lake) -> str:
    if origins[name] == "file":
        return f"{lake.settings_file}: {name}"
    return variable(name)


def _remembered(lake: Lake, settings: Settings, origins: Mapping[str, Origin]) -> dict[str, Any]:
    """Return the settings of the lake's vectors that are set nowhere else; none if one that is set differs.

    Kinds that run the same model in this process do not differ, so a lake remembers them as `auto`. A server
    at another URL may run another model, so its id and dimension are then asked for again.
    """
    manifest = lake.manifest("paper_embeddings")
    facts = manifest.facts if manifest else {}
    known = {name: _any_local(name, facts[name]) for name in MODEL_SETTINGS if facts.get(name) is not None}
    if known.get("embedder") not in get_args(Settings.model_fields["embedder"].annotation):
        return {}  # none yet, or an embedder that a program passed to `build_definitions`
    differing = {
        name
        for name, value in known.items()
        if origins[name] != "default" and _any_local(name, getattr(settings, name)) != value
    }
    if differing - {"embedder_url"}:
        return {}
    left_out = ASKED_OF_THE_SERVER if differing else ()
    return {
        name: value for name, value in known.items() if origins[name] == "default" and name not in left_out
    }


def _any_local(name: str, value: Any) -> Any:  # noqa: ANN401  (of any setting)
    """Return `auto` for a kind that runs a model in this process, and other values as they are."""
    return "auto" if name in ("embedder", "embedder_ray_kind") and value in LOCAL_KINDS else value
