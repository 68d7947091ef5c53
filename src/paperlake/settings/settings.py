"""All settings in one class, and what else is read from the environment.

The only place that reads the environment: `PAPERLAKE_X` sets the field `x`. The other modules of this
package declare the fields by subject. The other sources, and which of them has precedence, are in
`setting_sources.py`. Which settings decide the content of tables is declared by the stages.
"""

from __future__ import annotations

import os
from typing import get_args

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from paperlake.settings.dumps import DumpSettings
from paperlake.settings.embedding import EmbedderSettings
from paperlake.settings.fetching import FetchSettings
from paperlake.settings.lake import LakeSettings
from paperlake.settings.running import RunSettings
from paperlake.settings.sharing import SharingSettings
from paperlake.settings.tables import TableSettings
from paperlake.settings.topics import TopicSettings

PREFIX = "PAPERLAKE_"


class Settings(
    # pydantic lists the fields of the last one first
    BaseSettings,
    SharingSettings,
    RunSettings,
    TopicSettings,
    EmbedderSettings,
    TableSettings,
    FetchSettings,
    DumpSettings,
    LakeSettings,
):
    """All settings; construct with keywords to override the environment."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    @field_validator("embedder_api_key", "serve_token", "topic_names_api_key")
    @classmethod
    def _fits_a_header(cls, key: SecretStr | None) -> SecretStr | None:
        """Remove white space around the key, and refuse what no header can contain; never show it."""
        text = key.get_secret_value().strip() if key else ""
        if not all("!" <= char <= "~" for char in text):
            raise ValueError(
                "The key has a character that cannot be sent in a header (a space, a line break, a control "
                "character or a letter such as é). Copy it again"
            )
        return SecretStr(text) if text else None


def without_secrets(settings: Settings) -> Settings:
    """Return the settings without keys and tokens, for processes that need none."""
    return settings.model_copy(update={name: None for name in Settings.model_fields if is_secret(name)})


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def is_secret(name: str) -> bool:
    """Return whether the value of a setting may never be shown."""
    return SecretStr in get_args(Settings.model_fields[name].annotation)


def hides_gpus() -> bool:
    """Return whether the environment hides NVIDIA GPUs from CUDA programs."""
    return os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")


def own_variables() -> dict[str, str]:
    """Return the environment variables that begin with PAPERLAKE_, their names in capitals."""
    return {name.upper(): value for name, value in os.environ.items() if name.upper().startswith(PREFIX)}
