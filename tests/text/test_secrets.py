"""Secrets are hidden in every form in which a server may return them, and ordinary text stays."""

import base64
import doctest

import pytest

from paperlake.text import secrets
from paperlake.text.secrets import MASK, has_secret, mask

KEY = "k/7+é?'tok"


def test_doctests() -> None:
    assert doctest.testmod(secrets).failed == 0


@pytest.mark.parametrize(
    "text",
    [
        f"no access for {KEY}",
        '{"got": "k/7+\\u00e9?\'tok"}',
        "?x=k/7%2B%C3%A9%3F%27tok",
        "?x=k%2F7%2B%C3%A9%3F%27tok",
        base64.b64encode(KEY.encode()).decode(),
        f"cut off: {KEY[:7]}",
    ],
    ids=["plain", "json", "quoted", "quoted whole", "base64", "cut"],
)
def test_a_known_secret_is_hidden_in_each_form(text: str) -> None:
    hidden = mask(text, [KEY])
    assert MASK in hidden
    assert not any(form in hidden for form in (KEY, KEY[:5], "7%2B", "tok", "Lysp"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://me:pw@host/a", f"http://{MASK}@host/a"),
        ("http://me:p@w@host/a", f"http://{MASK}@host/a"),
        ("https://host/a?limit=1&token=t1&date=x", f"https://host/a?limit=1&token={MASK}&date=x"),
        ("https://host/a?access_token=t1", f"https://host/a?access_token={MASK}"),
        ("https://host/a?API_KEY=t1;key=t2", f"https://host/a?API_KEY={MASK};key={MASK}"),
        ("https://host/a?x-api-key=t1#top", f"https://host/a?x-api-key={MASK}#top"),
        ("Authorization: Bearer abc.def-123", f"Authorization: Bearer {MASK}"),
    ],
)
def test_urls_and_headers_lose_their_secrets(url: str, shown: str) -> None:
    assert mask(url) == shown
    assert mask(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "https://huggingface.co/api/daily_papers?limit=100",
        "mail me@example.org about http://host/a",
        "https://host/a?monkey=3&keyword=graphs",
        "status 401: 'the key is wrong'",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert mask(text, ["", "abc"]) == text
    assert not has_secret(text)
