r"""LaTeX in the fields of bibliographies as Unicode text; formulas stay as they are.

pylatexenc knows the accents and symbols. It is asked about one macro at a time: on a whole text it drops what
follows a `%`, and raises on `\href`.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latexwalker import LatexWalkerError

logging.getLogger("pylatexenc").addHandler(logging.NullHandler())  # its warnings are about the dump

# Macros that only change the type face: their argument is text.
FACES = frozenset({
    "textit", "emph", "textbf", "texttt", "textsc", "textrm", "textsf", "textup", "textnormal", "textmd",
    "textsl", "underline", "uppercase", "mbox", "hbox", "text", "mathrm", "mathit", "it", "bf", "em", "rm",
    "sc", "tt", "sl", "sf", "itshape", "bfseries", "ttfamily", "scshape", "upshape", "protect", "bibinfo",
    "natexlab", "selectlanguage", "relax", "small", "large", "normalsize", "footnotesize", "nobreakdash",
    "boldmath", "textsuperscript", "textsubscript", "ensuremath", "enquote", "noopsort",
})  # fmt: skip
PLAIN = {"---": "—", "--": "–", "``": "“", "''": "”", "{": "", "}": "", "\\-": "", "\\/": "", "\\!": ""}

# Macros that print a character which LaTeX or pylatexenc's output reserves.
PRINTED = {
    "textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}", "textless": "<", "textgreater": ">",
    "textbar": "|", "textasciicircum": "^", "textasciitilde": "~", "textquotedbl": '"',
}  # fmt: skip
MATH = re.compile(r"\$\$.+?\$\$|\$(?!\s)(?:[^$\\]|\\.)+?(?<!\s)\$(?!\d)|\\\(.+?\\\)", re.DOTALL)

_TOKEN = re.compile(
    rf"(?P<math>{MATH.pattern})"
    r"|\\(?:url|path)\s*\{(?P<url>[^{}]*)\}"
    r"|\\href\s*\{[^{}]*\}\s*\{(?P<link>[^{}]*)\}"
    r"|(?P<accent>\\(?:[\"'`^~=.]\s*|[uvHtcdbkrG](?:\s+(?=[A-Za-z\\])|\s*(?=\{)))"
    r"(?:\{\s*(?:\\?[^\W\d_]{1,2})?\s*\}|\{\s*\\[\"'`^~=.]\s*\{?[^\W\d_]\}?\s*\}"
    r"|\\[ijlo](?![A-Za-z])|[^\W\d_]))"
    r"|\\(?P<word>[A-Za-z]+)\*?(?:(?P<argument>\s*\{[^{}]*\})|(?P<blank>\s+))?"
    r"|\\(?P<symbol>[&%$_#{}])"
    r"|(?P<space>\\[ ,;:\\>\n\t@]|~)"
    r"|(?P<plain>---?|``|''|\\[-/!]|[{}])",
    re.DOTALL,
)
_MAY_BE_LATEX = re.compile(r"[\\{}~]|--|``|''")
_converter = LatexNodes2Text(math_mode="verbatim", strict_latex_spaces=True)


def latex_to_text(text: str) -> str:
    r"""Return LaTeX as text: accents and symbols become Unicode, braces and type faces go.

    Formulas between dollars stay, and so does a macro that is not known.

    >>> latex_to_text(r"{K}urt G{\"o}del \& the 10\% of \textit{S{\o}ren}, $\alpha_{1}$--style")
    'Kurt Gödel & the 10% of Søren, $\\alpha_{1}$–style'
    """
    if _MAY_BE_LATEX.search(text) is None:
        return text
    return _TOKEN.sub(_replacement, text)


def _replacement(token: re.Match[str]) -> str:
    if token["word"] is not None:
        return _word(token)
    kind = token.lastgroup or "plain"
    value = token[kind]
    if kind == "space":
        return " "
    if kind == "plain":
        return PLAIN[value]
    if kind == "accent":
        return _macro(value) or value
    return latex_to_text(value) if kind == "link" else value


def _word(token: re.Match[str]) -> str:
    r"""Return the text of `\word`, with its argument in braces or the blank behind it."""
    word, argument, blank = token["word"], token["argument"], token["blank"]
    if word in FACES:
        return latex_to_text(argument.strip()) if argument else ""
    shown = PRINTED.get(word) or _macro(f"\\{word}{{}}")
    if shown is None:
        return token[0]
    if argument:
        return shown + latex_to_text(argument.strip())
    is_letter = unicodedata.name(shown[-1], "").startswith("LATIN")  # `S\o ren` is one word
    return shown if is_letter or not blank else f"{shown} "


@lru_cache(maxsize=4096)
def _macro(snippet: str) -> str | None:
    """Return what one macro with its argument prints; None if it is not known."""
    try:
        shown: str = _converter.latex_to_text(snippet)
    except (LatexWalkerError, ValueError, IndexError, KeyError, AttributeError, TypeError):
        return None
    return None if shown.startswith(("<", "\\")) else shown.strip() or None
