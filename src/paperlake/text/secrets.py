"""Hide secrets in texts for people: keys, passwords in URLs, tokens in queries.

Two ways, used together: a known secret is looked for in the forms in which a server may return it, and the
places where URLs and headers carry secrets are recognised.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote

MASK = "********"
MIN_SECRET_CHARS = 4  # fewer protect nothing, and would be found inside ordinary words

_NAMES = "access_token|api[_-]?key|auth|credential|key|passw(?:or)?d|pwd|secret|sig|signature|token"
_USER = re.compile(r"(?<=://)[^/\s@'\"<>?#]*(?:@[^/\s@'\"<>?#]*)*@")
_QUERY = re.compile(rf"(?i)([?&;](?:[\w.-]*[_.-])?(?:{_NAMES})=)[^&;\s#'\"<>]+")
_BEARER = re.compile(r"(?i)\b(bearer)\s+[\w.~+/=-]{4,}")


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text without secrets.

    Args:
        text: For example a message, a URL, or the beginning of a response.
        secrets: Values to hide wherever they are, also quoted for a URL or for JSON, in Base64, and cut off
            at the end of the text.

    >>> mask("https://me:pw@example.org/papers?limit=5&api_key=123")
    'https://********@example.org/papers?limit=5&api_key=********'
    >>> mask("no access for 'k-1234'", ["k-1234"])
    "no access for '********'"
    """
    forms = {form for secret in secrets if len(secret) >= MIN_SECRET_CHARS for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = _without_cut_end(text.replace(form, MASK), form)
    text = _USER.sub(f"{MASK}@", text)
    text = _QUERY.sub(rf"\1{MASK}", text)
    return _BEARER.sub(rf"\1 {MASK}", text)


def has_secret(url: str) -> bool:
    """Return whether a URL contains a user, a password, or a query value that is named like a secret."""
    return mask(url) != url


def _forms(secret: str) -> set[str]:
    """Return the ways in which a response may contain a secret."""
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
        encoded,
    }


def _without_cut_end(text: str, secret: str) -> str:
    """Return a text without the beginning of a secret at its end, where the text was cut inside it."""
    for length in range(min(len(secret) - 1, len(text)), MIN_SECRET_CHARS - 1, -1):
        if text.endswith(secret[:length]):
            return text[:-length] + MASK
    return text
