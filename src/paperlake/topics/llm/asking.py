"""Ask a language model about topics: side by side, within a budget and a time, until an answer passes.

Nothing here fails a run. Where a server does not answer, refuses or is too slow, asking stops, and `stopped`
says why; topics without an answer keep their phrases.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from paperlake.errors import PaperlakeError
from paperlake.http_client import Clock, HttpClient, HttpError
from paperlake.progress import Advance
from paperlake.settings import Settings
from paperlake.text.display import duration
from paperlake.topics.llm.answers import Answer, AnswerStore, Question
from paperlake.topics.llm.budget import Budget
from paperlake.topics.llm.endpoint import MAX_ANSWER_TOKENS, Endpoint
from paperlake.topics.llm.prompt import MAX_TITLE_CHARS, estimated_tokens, messages, plain
from paperlake.topics.llm.validation import RefusedAnswerError, checked_answer

MAX_ANSWERS = 2  # to one question: the second after it was said why the first was refused
MAX_FAILURES = 3  # requests in a row that fail, before no more are sent: one topic may be at fault
STOPPING_STATUSES = frozenset(
    {401, 403, 404, 405}
)  # the key, the model or the address is wrong: for all topics
REFUSED_REQUEST_STATUSES = frozenset({400, 413, 422})
CLIENT_ERRORS = range(400, 500)  # requests that a server refused: no tokens were used


class StoppedError(PaperlakeError):
    """No more requests are sent; why is in `Asking.stopped`."""


class Asking:
    """The requests of one run."""

    def __init__(self, settings: Settings, store: AnswerStore, clock: Clock | None = None) -> None:
        """Prepare; nothing is sent yet.

        Args:
            settings: Its `topic_names_*` fields.
            store: Takes the answers.
            clock: The time and the means to wait; if None, pauses end when asking stops.
        """
        self.endpoint = Endpoint(settings)
        self.budget = Budget(settings.topic_names_max_tokens, settings.topic_names_max_topics)
        self.stopped: str | None = None
        """Why no more requests are sent, as a sentence without its first capital and full stop."""
        self.failure: str | None = None
        """Why a request failed, in the same form: rather of a topic that is asked about again."""
        self.is_estimated = False
        """Whether the tokens of a response were estimated."""
        self._settings = settings
        self._store = store
        self._stop = threading.Event()
        self._clock = clock or Clock(sleep=self._pause)
        self._ends_at = self._clock.monotonic() + settings.topic_names_max_seconds
        self._failures = 0
        self._has_answers = False
        self._refused: list[Answer] = []
        """About topics whose request the server refused, as a filter of contents does."""
        self._lock = threading.Lock()

    def ask(self, questions: Sequence[Question], titles: Mapping[str, str], advance: Advance) -> None:
        """Ask questions, and add the answers to the store as they come.

        Args:
            questions: The questions.
            titles: By paper_id, of the central papers.
            advance: Called with 1 for each question, answered or not.
        """
        if not questions or self.stopped:
            return
        endpoint = self.endpoint
        with (
            HttpClient(endpoint.limits, endpoint.headers, self._clock, self._stop) as client,
            ThreadPoolExecutor(self._settings.topic_names_concurrency) as pool,
        ):
            sent = [pool.submit(self._answer, client, question, titles) for question in questions]
            try:
                for future in as_completed(sent):
                    self._store.add(future.result())
                    advance(1)
            except BaseException:
                self._stop_for("the run was stopped")
                raise
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                self._store.save()
        if self._has_answers and not self.stopped:  # the server works, so that these topics are at fault
            self._store.add(self._refused)
            self._store.save()

    def _answer(self, client: HttpClient, question: Question, titles: Mapping[str, str]) -> list[Answer]:
        """Return the answer to one question; none where there is no response."""
        topic, refused = question.topic, None
        shown = [plain(titles[one], MAX_TITLE_CHARS) for one in topic.central if one in titles]
        for _ in range(MAX_ANSWERS):
            asked = messages(topic, titles, question.taken, refused)
            try:
                text = self._send(client, topic.topic_id, asked)
                found = checked_answer(text, topic.evidence_texts, shown)
            except RefusedAnswerError as error:
                refused = str(error)
            except StoppedError:
                return []
            except HttpError as error:
                if error.status in REFUSED_REQUEST_STATUSES:
                    reason = f"the server refused the request with status {error.status}"
                    self._refused.append(Answer.to(question, self.endpoint.model, None, reason))
                return []
            else:
                return [Answer.to(question, self.endpoint.model, found, None)]
        return [Answer.to(question, self.endpoint.model, None, refused)]

    def _send(self, client: HttpClient, topic_id: str, asked: list[dict[str, str]]) -> str:
        """Send one request, within the budget, and return the text of its answer.

        Raises:
            HttpError: It failed; asking may have stopped.
            StoppedError: It must not be sent.
        """
        prompt_tokens = estimated_tokens(asked)
        tokens = prompt_tokens + MAX_ANSWER_TOKENS
        reserved = 0

        def before_attempt(failed: HttpError | None) -> None:
            nonlocal reserved
            self._settle_failed(reserved, failed, prompt_tokens)
            reserved = 0
            self._refuse_late()
            self._stop_for(self.budget.reserve(topic_id, tokens))
            if self.stopped:
                raise StoppedError(self.stopped)
            reserved = tokens

        try:
            found = self.endpoint.complete(client, asked, before_attempt)
        except HttpError as error:
            self._settle_failed(reserved, error, prompt_tokens)
            self._note(error)
            raise
        except BaseException:
            self.budget.settle(reserved, reserved)
            raise
        self.budget.settle(reserved, found.token_count)
        self.is_estimated |= found.is_estimated
        self._failures, self._has_answers = 0, True
        return found.text

    def _settle_failed(self, reserved: int, error: HttpError | None, prompt_tokens: int) -> None:
        """Settle an attempt that failed, if there was one: by what it can have used, which nobody counted.

        One that was never sent, or that the server refused, used nothing. One without a response used its
        prompt; one with another response may have used the longest answer too.
        """
        if not reserved:
            return
        used = reserved
        if error and (not error.was_sent or error.status in CLIENT_ERRORS):
            used = 0
        elif error and error.status is None and error.retryable:
            used = prompt_tokens
        self.budget.settle(reserved, used)
        self.is_estimated |= used > 0

    def _refuse_late(self) -> None:
        """Raise an error where asking has stopped or its time is over.

        Raises:
            StoppedError: It has, or it is.
        """
        if self._clock.monotonic() >= self._ends_at:
            limit = duration(self._settings.topic_names_max_seconds)
            self._stop_for(f"asking took longer than {limit}, its limit")
        if self.stopped:
            raise StoppedError(self.stopped)

    def _note(self, error: HttpError) -> None:
        """Stop where the error is not of this topic alone."""
        reason = f"{error.url} failed: {error.reason}"
        with self._lock:
            self._failures += 1
            if self.failure is None or error.status not in REFUSED_REQUEST_STATUSES:
                self.failure = reason
            is_wrong_address = error.status is None and not error.retryable
            is_of_all = is_wrong_address or error.status in STOPPING_STATUSES
            if is_of_all or self._failures >= MAX_FAILURES:
                self._stop_for(reason)

    def _pause(self, seconds: float) -> None:
        """Wait, but no longer than until asking stops or its time is over."""
        self._stop.wait(min(seconds, max(self._ends_at - self._clock.monotonic(), 0.0)))

    def _stop_for(self, reason: str | None) -> None:
        """Send no more requests, for the first of the reasons; None is no reason."""
        if reason and not self.stopped:
            self.stopped = reason
            self._stop.set()
