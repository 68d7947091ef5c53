r"""Text as LaTeX for the fields of BibTeX: special characters escaped, formulas and letter case kept.

Letters stay in Unicode. The result has balanced braces however they are counted: BibTeX itself counts `\{`,
bibtexparser does not, so a brace of the text is written as a macro. The reader of `bibtex` dumps
(`dumps/bibliography/bibtex/latex.py`) reads exactly the text back.
"""

from __future__ import annotations

import re
from functools import cache

from pylatexenc.latexencode import get_builtin_uni2latex_dict

from paperlake.dumps.bibliography.bibtex.latex import MATH

ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "$": r"\$", "&": r"\&",
    "%": r"\%", "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
}  # fmt: skip
# Macros of formulas besides those that stand for a symbol. Any other macro might read files or write them.
STRUCTURES = frozenset(
    {
        "bar", "big", "Big", "bigg", "Bigg", "binom", "boldsymbol", "bm", "check", "dot", "ddot", "ell",
        "frac", "dfrac", "tfrac", "hat", "left", "limits", "log", "exp", "sin", "cos", "tan", "min", "max",
        "inf", "sup", "lim", "ln", "arg", "det", "dim", "ker", "deg", "gcd", "mathbb", "mathbf", "mathcal",
        "mathfrak", "mathit", "mathrm", "mathscr", "mathsf", "mathtt", "mid", "nolimits", "operatorname",
        "overline", "overset", "prime", "quad", "qquad", "right", "rm", "bf", "cal", "it", "sqrt", "stackrel",
        "text", "textbf", "textit", "textrm", "texttt", "textsf", "tilde", "underline", "underset", "vec",
        "widehat", "widetilde", "langle", "rangle", "lbrace", "rbrace", "vert", "Vert", "to", "ldots",
        "cdots", "dots", "cdot", "sum", "prod", "int", "infty", "le", "ge", "leq", "geq", "neq", "ne",
    }
)  # fmt: skip

_LIGATURE = re.compile(r"-(?=-)|`(?=`)|'(?=')")  # two of them would be printed as one other character
_WORD = re.compile(r"\S+")
_MACRO = re.compile(r"\\([A-Za-z]+)")
_UNSAFE_IN_MATH = re.compile(r"(?<!\\)[%#&~]|\\$|\^\^")


def to_latex(text: str, keep_case: bool = False) -> str:
    r"""Return a text as LaTeX.

    Args:
        text: Text on one line. Formulas between dollars stay, if their macros are known to be harmless.
        keep_case: Whether to protect words with inner capitals, and formulas, from styles that lower letters.

    >>> print(to_latex("R&D at 50% of $O(n^2)$ with BERT", keep_case=True))
    R\&D at 50\% of {$O(n^2)$} with {BERT}
    """
    pieces: list[str] = []
    place = 0
    for found in MATH.finditer(text):
        if found.start() >= place and _is_harmless(found[0]):
            pieces += [_plain(text[place : found.start()], keep_case), _group(found[0], keep_case)]
            place = found.end()
    return "".join([*pieces, _plain(text[place:], keep_case)])


def _plain(text: str, keep_case: bool) -> str:
    if not keep_case:
        return _escaped(text)
    return _WORD.sub(lambda word: _group(_escaped(word[0]), _has_inner_capital(word[0])), text)


def _escaped(text: str) -> str:
    apart = _LIGATURE.sub(lambda char: f"{char[0]}\0", text)
    return "".join(ESCAPES.get(char, char) for char in apart).replace("\0", "{}")


def _group(latex: str, is_wanted: bool) -> str:
    r"""Return LaTeX in braces; doubled before a macro, as BibTeX takes `{\` for one accented letter."""
    if not is_wanted:
        return latex
    return f"{{{{{latex}}}}}" if latex.startswith("\\") else f"{{{latex}}}"


def _has_inner_capital(word: str) -> bool:
    """Return whether a word is more than capitalised: `BERT`, `mRNA`, `T5`, `Q-learning`."""
    letters = word.lstrip("([{\"'“‘")
    if any(char.isupper() for char in letters[1:]):
        return True
    return (
        letters[:1].isupper() and len(letters) > 1 and (letters[1] == "-" or any(map(str.isdigit, letters)))
    )


def _is_harmless(formula: str) -> bool:
    """Return whether a formula may be kept: known macros, no comment, and braces in pairs however counted."""
    if _UNSAFE_IN_MATH.search(formula) or not _macro_names() >= set(_MACRO.findall(formula)):
        return False
    return _is_nested(formula) and _is_nested(re.sub(r"\\[{}]", "", formula))


def _is_nested(formula: str) -> bool:
    depth = 0
    for char in formula:
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return False
    return depth == 0


@cache
def _macro_names() -> frozenset[str]:
    symbols = get_builtin_uni2latex_dict().values()
    return STRUCTURES | {name for symbol in symbols for name in _MACRO.findall(symbol)}
