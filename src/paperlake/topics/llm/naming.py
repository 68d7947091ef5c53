"""Name the topics of a lake by a language model, and say what it costs before and after.

Off unless `topic_names_url` is set; then nothing here is called. The stage key has the model and the
instructions, so that with others all topics are named again; the address of the server does not matter.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from paperlake.catalogue.paper_tables import PAPERS
from paperlake.catalogue.vocabulary import LabelSource
from paperlake.http_client import public_url
from paperlake.lake.files import hash_bytes
from paperlake.lake.manifest import Facts
from paperlake.progress import Advance
from paperlake.stages.run import StageRun
from paperlake.stages.stage import RunContext
from paperlake.text.display import plural
from paperlake.topics.continuity.topic_model import ModelTopic, TopicModel
from paperlake.topics.curated.deciding import Decided
from paperlake.topics.curated.published import renamed_event
from paperlake.topics.llm.answers import AnswerStore, Question
from paperlake.topics.llm.asking import Asking
from paperlake.topics.llm.choosing import ChosenNames, NameChoice
from paperlake.topics.llm.evidence import TopicToName, topics_to_name
from paperlake.topics.llm.prompt import estimated_tokens, messages, prompt_digest
from paperlake.topics.llm.validation import TopicName

EXPECTED_ANSWER_TOKENS = 100  # of an answer without thoughts
STAGE = "topics"
TRIES_FACT = "unfinished_name_runs"
MILLION = 1_000_000
_log = logging.getLogger(__name__)


def names_key(context: RunContext) -> list[object]:
    """Return what decides the names besides the topics, for the stage's key.

    It has the number of runs that could not ask about all topics: after such a run the stage is stale, so
    that the next one asks about the rest.
    """
    return [context.settings.topic_names_model, prompt_digest(), _unfinished_runs(context)]


def _unfinished_runs(context: RunContext) -> int:
    manifest = context.lake.manifest(STAGE)
    return int((manifest.facts.get(TRIES_FACT) if manifest else None) or 0)


@dataclass(frozen=True)
class NamedTopics:
    """The names of topics, and what to tell of them."""

    names: Mapping[str, TopicName]
    """By topic_id."""
    facts: Facts

    @property
    def digest(self) -> str:
        """Return a hash of the names; empty where there are none."""
        shown = sorted((topic_id, one.name) for topic_id, one in self.names.items())
        return hash_bytes(json.dumps(shown).encode()) if shown else ""

    def applied(self, model: TopicModel) -> TopicModel:
        """Return topics with the names, in their events, too."""
        labels = {topic_id: one.name for topic_id, one in self.names.items()}
        topics, subtopics = ([self._named(topic) for topic in level] for level in model.levels)
        events = [renamed_event(event, labels) for event in model.events]
        return replace(model, topics=topics, subtopics=subtopics, events=events)

    def _named(self, topic: ModelTopic) -> ModelTopic:
        found = self.names.get(topic.topic_id)
        if found is None:
            return topic
        return replace(topic, label=found.name, label_source=LabelSource.LLM, description=found.description)


def with_names(run: StageRun, decided: Decided, topics: TopicModel) -> tuple[Decided, TopicModel]:
    """Return topics with names by a model, people's names aside; ask about those that are new or changed.

    Args:
        run: The build of the stage.
        decided: A fit with what people decided.
        topics: Those of it that have papers.
    """
    published = decided.published
    topic_ids = {topic.topic_id for level in topics.levels for topic in level}
    pinned = {topic_id: one.papers for topic_id, one in decided.memory.pinned.items()}
    named = _name(run, topics_to_name(published.model, topic_ids, pinned))
    memory = decided.memory
    if named.names:  # the picture of the map shows them
        memory = replace(memory, shown=hash_bytes(f"{memory.shown} {named.digest}".encode()))
    published = replace(published, model=named.applied(published.model))
    return Decided(published, memory, decided.facts | named.facts), named.applied(topics)


def _name(run: StageRun, topics: Sequence[TopicToName]) -> NamedTopics:
    """Return the names of topics, once those that are new or changed were asked about."""
    store = AnswerStore(run.lake, run.settings.topic_names_model or "")
    choice = NameChoice(topics, store)
    missing = choice.missing()
    asking = Asking(run.settings, store)
    titles = _titles(run, missing)
    _tell_before(run, asking, missing, titles)
    with run.progress.task("Naming topics", len(missing), "topics") as advance:
        chosen = choice.choose(lambda questions: _ask(run, asking, questions, titles, advance))
    _tell_after(run, asking, chosen, {question.topic.topic_id for question in missing})
    return NamedTopics(chosen.names, _facts(run, asking, chosen))


def _ask(
    run: StageRun, asking: Asking, questions: Sequence[Question], titles: dict[str, str], advance: Advance
) -> None:
    """Ask questions; the titles of topics that are asked about once more are read first."""
    unread = [one for one in questions if one.taken and not set(one.topic.central) & titles.keys()]
    titles |= _titles(run, unread)
    asking.ask(questions, titles, (lambda _count: None) if any(one.taken for one in questions) else advance)


def _titles(run: StageRun, questions: Sequence[Question]) -> dict[str, str]:
    """Return the titles of the central papers of topics, by paper_id."""
    wanted = {one for question in questions for one in question.topic.central}
    if not wanted:
        return {}
    papers = run.read_columns(PAPERS, ["paper_id", "title"], run.row_counts(PAPERS))
    return dict(papers.filter(pl.col("paper_id").is_in(wanted)).iter_rows())


def _tell_before(
    run: StageRun, asking: Asking, missing: Sequence[Question], titles: Mapping[str, str]
) -> None:
    """Say what is going to be asked, and what it costs at least."""
    if not missing:
        return
    asked = [estimated_tokens(messages(question.topic, titles)) for question in missing]
    tokens = sum(asked) + EXPECTED_ANSWER_TOKENS * len(asked)
    limit = run.settings.topic_names_max_tokens
    run.progress.say(
        f"Topic names: asking {asking.endpoint.model} at {public_url(asking.endpoint.url)} about "
        f"{plural(len(missing), 'topic')}, about {plural(tokens, 'token')}{_price(run, tokens)}; "
        f"the budget is {plural(limit, 'token')}{_price(run, limit)}."
    )


def _tell_after(run: StageRun, asking: Asking, chosen: ChosenNames, asked: Collection[str]) -> None:
    """Say what was answered and what it cost, and warn of what was not."""
    budget = asking.budget
    if asked or budget.request_count:
        named = len(asked & chosen.names.keys())
        about = "about " if asking.is_estimated else ""
        run.progress.say(
            f"Topic names: {named:,} of {plural(len(asked), 'topic')} named; "
            f"{plural(budget.request_count, 'request')}, {about}{plural(budget.used_tokens, 'token')}"
            f"{_price(run, budget.used_tokens)}."
        )
    refused = {topic_id: reason for topic_id, reason in chosen.refused.items() if topic_id in asked}
    if refused:
        _log.warning(
            "No name was accepted for %s, which %s phrases as a label. Of the first one, %s.",
            plural(len(refused), "topic"), "keeps" if len(refused) == 1 else "keep", min(refused.items())[1],
        )  # fmt: skip
    if chosen.unanswered:
        _log.warning(
            "Topics were not all named: %s. Phrases label the %s without an answer; the next run asks again.",
            asking.stopped or asking.failure, plural(len(chosen.unanswered), "topic"),
        )  # fmt: skip


def _price(run: StageRun, tokens: int) -> str:
    price = run.settings.topic_names_price
    return "" if price is None else f" (price {tokens * price / MILLION:,.4f})"


def _facts(run: StageRun, asking: Asking, chosen: ChosenNames) -> Facts:
    return {
        "names_by_model": len(chosen.names),
        "refused_names": len(chosen.refused),
        "topics_to_ask_about": len(chosen.unanswered),
        "name_requests": asking.budget.request_count,
        "name_tokens": asking.budget.used_tokens,
        TRIES_FACT: _unfinished_runs(run.context) + bool(chosen.unanswered),
    }
