"""One endpoint with OpenAI's chat completions: the request, its parameters, and what a response must be.

Servers differ in the parameters that they know. One that a server refuses by name is left out of all further
requests.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from paperlake.http_client import HttpClient, HttpError, HttpLimits, excerpt
from paperlake.settings import Settings
from paperlake.topics.llm.prompt import estimated_tokens

MAX_ANSWER_TOKENS = 1_000  # of a model that thinks first; an answer without has 100
MAX_RESPONSE_BYTES = 1 << 20
MAX_TOKEN_COUNT = 1 << 40
FIRST_PAUSE_SECONDS = 0.5
PARAMETERS = {
    "temperature": 0,
    "max_tokens": MAX_ANSWER_TOKENS,
    "response_format": {"type": "json_object"},
}
# What takes the place of a parameter that a server refuses: OpenAI's newer models know the second name alone.
REPLACEMENTS = {"max_tokens": {"max_completion_tokens": MAX_ANSWER_TOKENS}}
REFUSED_PARAMETER_STATUSES = frozenset({400, 422})


class _Message(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    message: _Message


class _Usage(msgspec.Struct):
    total_tokens: int | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None


@dataclass(frozen=True)
class Completion:
    """The text of an answer, and the tokens of prompt and answer."""

    text: str
    token_count: int
    is_estimated: bool
    """Whether the server did not count them."""


class Endpoint:
    """Where a model is asked."""

    def __init__(self, settings: Settings) -> None:
        """Take the `topic_names_*` settings; nothing is sent yet."""
        parts = urlsplit(settings.topic_names_url or "")
        path = parts.path.rstrip("/")
        path = path if path.endswith("/chat/completions") else f"{path}/chat/completions"
        self.url = parts._replace(path=path).geturl()
        self.model = settings.topic_names_model or ""
        key = settings.topic_names_api_key
        self.headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        self.limits = HttpLimits(
            max_bytes=MAX_RESPONSE_BYTES,
            timeout_seconds=settings.topic_names_timeout_seconds,
            max_total_seconds=settings.topic_names_timeout_seconds,
            max_attempts=settings.topic_names_retries + 1,
            first_pause_seconds=FIRST_PAUSE_SECONDS,
        )
        self._parameters: dict[str, object] = dict(PARAMETERS)
        self._lock = threading.Lock()

    def complete(
        self,
        client: HttpClient,
        asked: list[dict[str, str]],
        before_attempt: Callable[[HttpError | None], None],
    ) -> Completion:
        """Send messages and return the answer.

        Args:
            client: A client with the limits and headers of this endpoint.
            asked: The messages.
            before_attempt: Called before each attempt, with the error of the one before.

        Raises:
            HttpError: The server failed or refused, or did not return a chat completion.
        """

        def read(body: bytes) -> Completion:
            return self._read(client, asked, body)

        refused: HttpError | None = None

        def before(failed: HttpError | None) -> None:
            before_attempt(failed or refused)

        while True:
            with self._lock:
                parameters = dict(self._parameters)
            request = {"model": self.model, "messages": asked, "stream": False, **parameters}
            try:
                return client.post_json(self.url, request, read, before).content
            except HttpError as error:
                if not self._adapts_to(error, parameters):
                    raise
                refused = error

    def _adapts_to(self, error: HttpError, sent: dict[str, object]) -> bool:
        """Leave out the parameter that a server refused by name; return whether there was one."""
        if error.status not in REFUSED_PARAMETER_STATUSES:
            return False
        refused = [name for name in sent if name in error.reason]
        with self._lock:
            for name in refused:
                if self._parameters.pop(name, None) is not None:
                    self._parameters |= REPLACEMENTS.get(name, {})
        return bool(refused)

    def _read(self, client: HttpClient, asked: list[dict[str, str]], body: bytes) -> Completion:
        """Return the answer of a response.

        Raises:
            HttpError: It is no chat completion, so that the address is of something else.
        """
        try:
            found = msgspec.json.decode(body, type=_Completion)
            text = found.choices[0].message.content or ""
        except (msgspec.MsgspecError, IndexError, UnicodeDecodeError, RecursionError):
            shown = excerpt(body, client.secrets(self.url))
            raise HttpError(
                self.url, f"the response is no chat completion: {shown!r}", retryable=False
            ) from None
        count = found.usage.total_tokens if found.usage else None
        if count is None or not 0 < count <= MAX_TOKEN_COUNT:
            answer = [{"content": text}]
            return Completion(text, estimated_tokens(asked) + estimated_tokens(answer), is_estimated=True)
        return Completion(text, count, is_estimated=False)
