"""Normalise titles and abstracts for comparison: words, no markup, no LaTeX.

For matching only: the frozen normalisation behind entry_id is in `dumps/identity.py`. The general path is
polars expressions; plain ASCII texts take the fast path of `ascii_words.py`.
"""

from __future__ import annotations

import polars as pl

from paperlake.dedup.text.ascii_words import ascii_words

# Raise when a change here changes the words of a text: stored signatures are then computed again.
NORMALIZATION_VERSION = 2

_SPELLED_OUT = (
    "α alpha, β beta, γ gamma, δ delta, ε epsilon, ϵ epsilon, ζ zeta, η eta, θ theta, ι iota, κ kappa, "
    "λ lambda, μ mu, ν nu, ξ xi, π pi, ρ rho, σ sigma, ς sigma, τ tau, υ upsilon, φ phi, ϕ phi, χ chi, "
    "ψ psi, ω omega, ∞ infty, × times, → to, ∼ sim, ≈ approx, ≥ geq, ≤ leq"
)
# Letters without a Unicode decomposition, and signs that LaTeX spells as commands.
_LETTERS = {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i"}
_SYMBOLS = {pair[0]: f" {pair[2:]} " for pair in _SPELLED_OUT.split(", ")} | _LETTERS

_HTML_ENTITIES = {
    "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&apos;": "'", "&nbsp;": " ",
}  # fmt: skip

_STYLE_COMMANDS = (
    r"\\(?:mathcal|mathbb|mathbf|mathrm|mathsf|mathit|mathfrak|mathscr|boldsymbol|bm|bf|rm|it|sf|tt|cal|em|"
    r"textbf|textit|texttt|textrm|textsc|textsf|text|emph|underline|overline|operatorname|ensuremath|mbox|"
    r"textsuperscript|textsubscript|displaystyle|left|right|bigl|bigr|big|Big|quad|qquad|sc)(?:\b|_)"
)

# Pattern and replacement, in order. A command that remains (\alpha, \times) becomes its name.
_LATEX = (
    (r"\\(?:href|url)\{[^}]*\}", " "),
    (r"""\\["'`^~=.]\s*\{?\\?([A-Za-z])\}?""", "$1"),
    (r"\\[cvuHkrdb]\s*\{([A-Za-z])\}", "$1"),
    (r"\\(?:ss)\b", "ss"),
    (r"\\(?:aa|AA)\b", "a"),
    (r"\\[oO]\b", "o"),
    (r"\\l\b", "l"),
    (_STYLE_COMMANDS, " "),
    (r"\\[,;:! ]", " "),
    (r"\\([A-Za-z]+)", " $1 "),
)
_MARKUP = (
    (r"</?(?:sub|sup|i|b|em|strong|p|br|span|code|tt|mml:\w+|jats:\w+)(?:\s[^<>]*)?/?>", " "),
    (r"\[([^\[\]]+)\]\([^()\s]*\)", "$1"),
)
_URL = r"(?i)\b(?:https?://|www\.|github\.com/|huggingface\.co/|hf\.co/|doi\.org/|arxiv\.org/)\S+"

# "Code is available at …" and similar endings: whether a listing keeps one says nothing about the work. It
# must be the last sentence, and short, for "the data are available" may also be the subject of a paper.
_AVAILABILITY_ENDING = (
    r"(?i)(?:^|[.!?:])\s*[^.!?]{0,80}\b(?:codes?|source codes?|models?|datasets?|data|demos?|implementation|"
    r"benchmark|project|website|page|checkpoints?|weights|resources|videos?|software|package)\b[^.!?]{0,80}"
    r"(?:\bavailable\b|\breleased?\b|\bopen[- ]?sourced?\b|\bfound\b|\baccessed\b|\bpage\b|\bhere\b|"
    r"\bvisit\b|\bat\s*:?\s*$)[^.!?]{0,80}[.!?:]*\s*$"
)
# Texts that the fast path cannot read (letters beyond ASCII, a plus sign as in `C++`, NUL), and texts whose
# markup must be removed before it can.
NOT_ASCII = r"[^\x01-\x7F]|\+"
MARKED = r"[\\&<]|\]\("

_ABSTRACT_LABEL = r"(?i)^\s*(?:abstract|summary)\s*[:.—–-]\s*"
_TRUNCATION_MARK = r"\s*(?:…|\.\.\.|\[\.\.\.\]|\(more\)|read more)\s*$"


def _replace_all(text: pl.Expr, patterns: tuple[tuple[str, str], ...]) -> pl.Expr:
    for pattern, replacement in patterns:
        text = text.str.replace_all(pattern, replacement)
    return text


def _plain_words(text: pl.Expr) -> pl.Expr:
    """Reduce a text to lower-case words with single spaces, no accents, no punctuation but decimal points."""
    text = text.str.replace_all("\u0001", " ", literal=True).str.to_lowercase()
    text = text.str.replace_many(list(_SYMBOLS), list(_SYMBOLS.values()))
    text = text.str.normalize("NFKD").str.replace_all(r"\p{M}+", "")
    text = text.str.replace_many(["'", "’", "‘", "`", "´", "\u00ad", "\u200b", "\ufeff"], [""] * 8)
    for _ in range(2):  # the digit between two points belongs to both
        text = text.str.replace_all(r"([0-9])\.([0-9])", "${1}\u0001$2")
    text = text.str.replace_all(r"[^\p{L}\p{N}\u0001+]+", " ").str.replace_all(r"\+(\s|$)", " plus ")
    return text.str.replace_many(["\u0001", "+"], [".", " "]).str.replace_all(r"\s+", " ").str.strip_chars()


def _remove_markup(text: pl.Expr) -> pl.Expr:
    """Remove LaTeX commands, HTML and Markdown, and keep the text they mark."""
    text = text.str.replace_many(list(_HTML_ENTITIES), list(_HTML_ENTITIES.values()))
    return _replace_all(text, (*_MARKUP, *_LATEX))


def words(text: pl.Expr) -> pl.Expr:
    """Normalise any text: the general path, correct for every text, and slow."""
    text = _remove_markup(text.str.normalize("NFKC"))
    return _plain_words(
        text.str.replace_many(["$", "{", "}", "^", "_", "~", "*"], ["", "", "", "", " ", " ", ""])
    )


def _words_of(texts: pl.Series) -> pl.Series:
    """Normalise texts without NULLs, by the general path only where the fast path cannot read them."""
    rows = texts.to_frame("text").with_row_index("row")
    kinds = rows.with_columns(
        general=pl.col("text").str.contains(NOT_ASCII), marked=pl.col("text").str.contains(MARKED)
    )
    plain = kinds.filter(~pl.col("general") & ~pl.col("marked"))
    marked = kinds.filter(~pl.col("general") & pl.col("marked"))
    unmarked = marked.select("row", _remove_markup(pl.col("text")))
    ascii_texts = pl.concat([plain.select("row", "text"), unmarked])
    parts = [
        ascii_texts.select("row", text=ascii_words(ascii_texts["text"])),
        kinds.filter("general").select("row", text=words(pl.col("text"))),
    ]
    return pl.concat(parts).sort("row")["text"]


def matching_titles(titles: pl.Series) -> pl.Series:
    """Return the normalised words of titles, such as `b prop bootstrapped pre training …`; no NULLs."""
    return _words_of(titles)


def title_name(title: pl.Expr) -> pl.Expr:
    """Extract the text before the colon of a title, if it is short; else NULL."""
    return title.str.extract(r"^([^:：]{1,40})[:：]\s")


def title_key(matching: pl.Expr) -> pl.Expr:
    """Return the normalised title without spaces, so that `pre-training` equals `pretraining`."""
    return matching.str.replace_all(" ", "", literal=True)


def matching_abstracts(abstracts: pl.Series) -> pl.Series:
    """Return the normalised words of abstracts; empty where there is none."""
    text = pl.col("text").fill_null("").str.replace_all(_URL, " ").str.replace(_ABSTRACT_LABEL, "")
    text = text.str.replace(_TRUNCATION_MARK, "").str.replace(_AVAILABILITY_ENDING, "")
    return _words_of(abstracts.to_frame("text").select(text).to_series())
