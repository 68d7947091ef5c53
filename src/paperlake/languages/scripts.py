"""Scripts that are written without blanks between words: Chinese, Japanese, and Korean.

Their words are searched by overlapping pairs of characters, equally in texts and queries, as Lucene's
CJKAnalyzer does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Syntax of the Rust regex engine, as polars needs it.
UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}ー]"
# The same letters for Python's `re`: kana, Han with its extensions, Hangul.
UNSPACED_CLASS = (
    r"\u3005-\u3007\u3041-\u3096\u3099-\u309f\u30a1-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003134f"
)
_RUN = re.compile(f"[{UNSPACED_CLASS}]+")
_IS_PAIR = re.compile(f"[{UNSPACED_CLASS}]{{2}}")


def with_pairs(plain: str) -> str:
    """Replace each run of characters of these scripts in a plain text by its overlapping pairs.

    >>> with_pairs("gpt深度学习")
    'gpt 深度 度学 学习'
    """
    return " ".join(_RUN.sub(_pairs, plain).split())


def _pairs(match: re.Match[str]) -> str:
    run = match[0]
    if len(run) == 1:
        return f" {run} "
    return " " + " ".join(run[start : start + 2] for start in range(len(run) - 1)) + " "


def without_pairs(words: Iterable[str]) -> list[str]:
    """Join pairs that overlap to what was written.

    >>> without_pairs(["gpt", "深度", "度学", "学习"])
    ['gpt', '深度学习']
    """
    joined: list[str] = []
    for word in words:
        if joined and _IS_PAIR.fullmatch(word) and _RUN.fullmatch(joined[-1]) and joined[-1][-1] == word[0]:
            joined[-1] += word[1]
        else:
            joined.append(word)
    return joined
