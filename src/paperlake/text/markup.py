"""Tags in a text that should be plain: HTML and JATS as publishers' metadata have them.

Only tags of a known name are removed, so that `x < y` and `<s>` as a token of a vocabulary stay.
"""

from __future__ import annotations

import html
import re

_BLOCK_NAMES = "p|sec|title|div|br|li|ul|ol|h[1-6]|abstract|list|list-item|disp-formula|label|table|tr|td"
_INLINE_NAMES = (
    "i|b|em|strong|sub|sup|u|span|a|font|tt|code|italic|bold|sc|underline|monospace|styled-content|ext-link|"
    "inline-formula|tex-math|xref|named-content|scp|inf|roman"
)
_ATTRIBUTES = r"(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>=]+))*\s*/?"
_BLOCK = re.compile(rf"</?(?:jats:)?(?:{_BLOCK_NAMES}){_ATTRIBUTES}>", re.IGNORECASE)
_INLINE = re.compile(rf"</?(?:jats:)?(?:{_INLINE_NAMES}){_ATTRIBUTES}>", re.IGNORECASE)
_MATH = re.compile(
    r"<(/?)(?:mml:)?(?:m(?:ath|row|i|n|o|sup|sub|frac|text|sqrt|over|under|subsup|style|space))\b[^<>]*>"
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def strip_tags(text: str) -> str:
    """Return a text without the tags of HTML, JATS and MathML, and with its entities resolved.

    A tag between paragraphs becomes a paragraph break, a tag within a line nothing.

    >>> strip_tags("<jats:p>We find p &lt; 0.05 for CO<sub>2</sub>.</jats:p>").strip()
    'We find p < 0.05 for CO2.'
    """
    if "<" in text:
        text = _BLOCK.sub("\n\n", text)
        text = _MATH.sub("", _INLINE.sub("", text))
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return text
