"""The messages of a request: instructions from a file of the package, and a topic as one JSON object.

Titles are untrusted. They are values of the object: quotes and line breaks are escaped by JSON, and the
characters with which chat templates write their control tokens (`<|im_end|>`, `</s>`, `[INST]`) do not reach
the server as such. What an instruction in a title may still do is limited by `validation.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from paperlake.catalogue.topic_tables import TOPIC_LEVEL
from paperlake.lake.files import hash_bytes
from paperlake.text.display import REPLACEMENT, excerpt
from paperlake.topics.llm.evidence import TopicToName

PAYLOAD_VERSION = 1  # raise it when a topic is described in another way
RULES_VERSION = 1  # raise it when other answers are accepted
MAX_TITLE_CHARS = 200
MAX_LABEL_CHARS = 120
DIGEST_CHARS = 16
BYTES_PER_TOKEN = 3  # of UTF-8; English has 4 and more, so that estimates are rather too high
MESSAGE_TOKENS = 20  # what a chat template adds to two messages
_NO_BRACKETS = str.maketrans({"[": "(", "]": ")", REPLACEMENT: " "})
_ESCAPES = {char: f"\\u{ord(char):04x}" for char in "<>|"}  # in JSON they are in strings alone


@cache
def instructions() -> str:
    """Return the system message."""
    return files(__package__).joinpath("prompts", "system.txt").read_text(encoding="utf-8")


@cache
def prompt_digest() -> str:
    """Return a hash of all that decides what is asked and accepted, besides topic and model."""
    return hash_bytes(json.dumps([PAYLOAD_VERSION, RULES_VERSION, instructions()]).encode())[:DIGEST_CHARS]


def messages(
    topic: TopicToName, titles: Mapping[str, str], taken: tuple[str, ...] = (), refused: str | None = None
) -> list[dict[str, str]]:
    """Return the messages that ask about a topic.

    Args:
        topic: The topic.
        titles: By paper_id, of its central papers at least.
        taken: Names that siblings have.
        refused: Why the answer before was refused.
    """
    content: dict[str, object] = {
        "level": "topic" if topic.level == TOPIC_LEVEL else "subtopic",
        "phrases": plain(topic.phrases, MAX_LABEL_CHARS),
        "keywords": [plain(word, MAX_LABEL_CHARS) for word in topic.keywords],
        "titles": [plain(titles[one], MAX_TITLE_CHARS) for one in topic.central if one in titles],
    }
    further: dict[str, object] = {
        "loose": topic.is_loose,
        "part_of": topic.parent_label and plain(topic.parent_label, MAX_LABEL_CHARS),
        "parts": [plain(label, MAX_LABEL_CHARS) for label in topic.parts],
        "siblings": [plain(label, MAX_LABEL_CHARS) for label in topic.siblings],
        "taken": list(taken),
        "refused": refused,
    }
    content |= {name: value for name, value in further.items() if value}
    text = json.dumps(content, ensure_ascii=False)
    for char, escape in _ESCAPES.items():
        text = text.replace(char, escape)
    return [{"role": "system", "content": instructions()}, {"role": "user", "content": text}]


def plain(text: str, max_chars: int) -> str:
    r"""Return a text of the data as one line without control characters and square brackets.

    >>> plain("Ponds\n[INST] and Lakes", 80)
    'Ponds (INST) and Lakes'
    """
    return excerpt(" ".join(excerpt(text, max_chars).translate(_NO_BRACKETS).split()), max_chars)


def estimated_tokens(asked: list[dict[str, str]]) -> int:
    """Return about how many tokens messages have, rather too many than too few."""
    size = sum(len(message["content"].encode()) for message in asked)
    return MESSAGE_TOKENS + math.ceil(size / BYTES_PER_TOKEN)
