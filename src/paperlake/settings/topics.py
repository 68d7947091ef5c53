"""Settings of topics and of naming them by a language model."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

from paperlake.text.secrets import has_secret


class TopicSettings(BaseModel):
    """Settings of topics and of naming them by a language model."""

    topic_min_papers: int = Field(4, gt=1, description="A subtopic has at least this many papers.")
    topic_refit: Literal["auto", "always", "drift", "never"] = Field(
        "auto",
        description="When topics are fitted again: always, when new papers drift away from them, or never; "
        "auto is always below 5,000 papers, and drift above.",
    )
    topic_names_url: str | None = Field(
        None,
        description="Where topics are named by a language model: an address with OpenAI's chat completions, "
        "like http://127.0.0.1:11434/v1 of Ollama; topics are named by phrases of their papers if not set.",
    )
    topic_names_model: str | None = Field(
        None, min_length=1, validate_default=True, description="The server's name of that model."
    )
    topic_names_api_key: SecretStr | None = Field(
        None, description="Of that server: sent as a bearer token, shown nowhere."
    )
    topic_names_max_tokens: int = Field(
        500_000, gt=0, description="Tokens of prompts and answers that naming topics may use in one run."
    )
    topic_names_max_topics: int | None = Field(
        None, gt=0, description="Topics about which one run may ask; no limit if not set."
    )
    topic_names_price: float | None = Field(
        None,
        ge=0,
        description="Price of a million tokens, in any currency: a run then tells the cost of names.",
    )
    topic_names_timeout_seconds: float = Field(
        60.0, gt=0, description="A name that takes longer has failed; it is asked for again."
    )
    topic_names_retries: int = Field(
        2, ge=0, description="Further tries of a request for a name that failed."
    )
    topic_names_max_seconds: float = Field(
        900.0, gt=0, description="Time that one run spends on asking for names."
    )
    topic_names_concurrency: int = Field(
        4, gt=0, le=64, description="Requests for names that are sent side by side."
    )

    @field_validator("topic_names_url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        """Refuse what is no HTTP URL, and one with a secret, which messages would show."""
        if url is None:
            return None
        if "@" in url or has_secret(url):
            raise ValueError(
                "The URL contains a user, a password or a key. Put the key into PAPERLAKE_TOPIC_NAMES_API_KEY"
            )
        if not re.match(r"https?://[^/?#\s]+[^#\s]*$", url):
            raise ValueError("The URL must begin with http:// or https://, like http://127.0.0.1:11434/v1")
        return url

    @field_validator("topic_names_model")
    @classmethod
    def _is_named(cls, model: str | None, info: ValidationInfo) -> str | None:
        """Refuse an address without a model: the name of the model decides which answers are kept."""
        if model is None and info.data.get("topic_names_url"):
            raise ValueError("PAPERLAKE_TOPIC_NAMES_URL is set; name the model, as the server calls it")
        return model
