"""docs/operations.md explains every message, and explains none that the code no longer has."""

import re
from functools import cache

import pytest

from paperlake import errors
from paperlake.catalogue.vocabulary import RejectCode
from tests.support.messages import PROJECT, Message, all_texts, raised_messages

# Of dumps: their messages are reasons of rejects, explained by reason code.
REASONS = {"DumpError", "DumpTooLargeError", "PassingDumpError", "DumpChangedError", "ReaderFailedError"}
ERRORS = {name for name, value in vars(errors).items() if isinstance(value, type)} | {
    "CheckFailedError", "DamagedPartError", "ExpiredTokenError", "HttpError", "LeaseLostError", "OutOfMemoryError", "UiError"
}  # fmt: skip
OF_LIBRARIES = {"Input should be", "No space left on device", "database or disk is full"}
MIN_PHRASE_CHARS = 6
MIN_WORDS = 3  # a text with fewer words of its own is built from texts elsewhere in the code


@cache
def phrases() -> tuple[str, ...]:
    """Return what the first columns of the tables of messages quote."""
    page = (PROJECT / "docs/operations.md").read_text()
    rows = re.findall(r"^\| (.+?) \| .+ \|$", page, flags=re.MULTILINE)
    return tuple(phrase for row in rows for phrase in re.findall(r"`(.+?)`(?!`)", row))


def pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(".*?".join(re.escape(part.strip()) for part in phrase.split("...")))


@cache
def patterns() -> list[re.Pattern[str]]:
    return [pattern(phrase) for phrase in phrases() if len(phrase) > MIN_PHRASE_CHARS]


def is_explained(message: Message) -> bool:
    return any(one.search(message.text) for one in patterns())


def own_words(message: Message) -> list[str]:
    return re.findall(r"[A-Za-z]{2,}", message.text.replace("paperlake", ""))


def test_classes_of_errors_are_known() -> None:
    defined = {
        name
        for file in [*(PROJECT / "src").rglob("*.py"), *(PROJECT / "pipelines").rglob("*.py")]
        for name in re.findall(r"^class ([A-Z]\w+)\(.*(?:Error|Exception)\)", file.read_text(), re.MULTILINE)
    }
    of_readers = {"NotAPaperError", "BadObjectError"}  # they become rejects where they are caught
    caught = {"FullBuildError", "IndexMismatchError", "ConflictError"}  # what follows is another try
    caught |= {"RefusedAnswerError", "StoppedError"}  # a topic then keeps its phrases
    assert defined - ERRORS - REASONS - of_readers - caught - {"NotModifiedError"} == set()


@pytest.mark.parametrize(
    "message",
    [one for one in raised_messages(ERRORS | {"warning"}) if len(own_words(one)) >= MIN_WORDS],
    ids=lambda m: m.place,
)
def test_every_message_is_explained(message: Message) -> None:
    assert is_explained(message), f"docs/operations.md does not explain: {message.text}"


@pytest.mark.parametrize("code", RejectCode)
def test_every_reason_code_is_explained(code: RejectCode) -> None:
    assert code.value in phrases()


def test_no_explanation_is_of_a_message_that_is_gone() -> None:
    texts = all_texts()
    parts = {part.strip(" :,;.") for phrase in phrases() for part in phrase.split("...")}
    told = {part for part in parts if len(part.split()) > 2 and not part.startswith("make ")}
    told -= OF_LIBRARIES | {"There is no setting PAPERLAKE_"}
    assert sorted(part for part in told if not any(part in text for text in texts)) == []
