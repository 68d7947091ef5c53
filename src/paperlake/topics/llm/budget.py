"""The budget of asking a language model: tokens and topics of one run, across all attempts and threads."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from paperlake.text.display import plural


@dataclass
class Budget:
    """What may be used and what was."""

    max_tokens: int
    max_topics: int | None = None
    used_tokens: int = 0
    """Tokens of requests that ended, as the server counted them, or as they were estimated."""
    request_count: int = 0
    """Requests that were sent."""
    _reserved: int = 0
    _topics: set[str] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition, repr=False)

    def reserve(self, topic_id: str, tokens: int) -> str | None:
        """Reserve the most that one attempt can use, before it is sent; return why it must not be sent.

        Waits while attempts of other threads may still leave enough.

        Args:
            topic_id: The topic that is asked about.
            tokens: Of the prompt, and the longest possible answer.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: not self._reserved or self.used_tokens + self._reserved + tokens <= self.max_tokens
            )
            if self.used_tokens + self._reserved + tokens > self.max_tokens:
                return f"the budget of {self.max_tokens:,} tokens does not allow another request"
            if self.max_topics is not None and len(self._topics | {topic_id}) > self.max_topics:
                return f"the limit of {plural(self.max_topics, 'topic')} in one run is reached"
            self._topics.add(topic_id)
            self._reserved += tokens
            self.request_count += 1
            return None

    def settle(self, reserved: int, used: int) -> None:
        """Replace what was reserved for an attempt by what it used."""
        with self._changed:
            self._reserved -= reserved
            self.used_tokens += used
            self._changed.notify_all()

    @property
    def topic_count(self) -> int:
        """Topics that were asked about."""
        return len(self._topics)
