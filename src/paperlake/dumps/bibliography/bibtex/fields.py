"""The fields of one BibTeX entry: values with macros and concatenation, LaTeX to text, what each field means.

bibtexparser splits a text into entries and raw values (`blocks.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bibtexparser.middlewares.names import InvalidNameError, split_multiple_persons_names
from bibtexparser.model import Entry

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.bibliography.bibtex.latex import latex_to_text
from paperlake.dumps.bibliography.stated_dates import join_date, read_stated_date
from paperlake.dumps.bibliography.stated_work import StatedWork
from paperlake.dumps.fields.dates import MONTHS
from paperlake.dumps.fields.field_names import PaperField
from paperlake.dumps.structured.json_objects import BadObjectError
from paperlake.text.names import natural_order, split_names

# Types whose entries are papers or books. Others, such as @misc, @online, @software and @manual, may be web
# pages or programs and need authors or an abstract.
PAPER_TYPES = frozenset({
    "article", "inproceedings", "conference", "incollection", "inbook", "book", "booklet", "collection",
    "mvbook", "phdthesis", "mastersthesis", "thesis", "techreport", "report", "unpublished", "bookinbook",
    "suppbook", "suppcollection", "inreference", "paper", "preprint",
})  # fmt: skip
VOLUME_TYPES = frozenset({"proceedings", "mvproceedings", "periodical", "set", "mvcollection"})
OTHER_TYPES = frozenset({
    "misc", "online", "electronic", "www", "webpage", "software", "dataset", "manual", "patent", "standard",
    "reference", "artwork", "audio", "image", "movie", "music", "video", "review", "letter", "legislation",
    "jurisdiction", "commentary", "performance", "custom", "xdata", "report", "techreport", "data",
})  # fmt: skip
# Fields that an entry takes from the one that its `crossref` names, where it lacks them.
INHERITED = {"booktitle": ("booktitle", "title"), "year": ("year",), "month": ("month",), "date": ("date",)}

_FIELDS: Mapping[PaperField, tuple[str, ...]] = {
    PaperField.TITLE: ("title",),
    PaperField.ABSTRACT: ("abstract",),
    PaperField.SUMMARY: ("tldr", "summary"),
    PaperField.DOI: ("doi",),
    PaperField.URL: ("url", "link", "biburl", "bdsk-url-1", "ee", "howpublished"),
    PaperField.PDF_URL: ("pdf",),
    PaperField.CODE_URL: ("code", "github", "code_url"),
    PaperField.PROJECT_URL: ("project", "website"),
    PaperField.VENUE: ("journal", "journaltitle", "booktitle", "journal-title", "fjournal"),
    PaperField.LICENSE: ("license", "licence", "copyright", "rights"),
    PaperField.CATEGORIES: ("primaryclass", "eprintclass", "web-of-science-categories"),
    PaperField.KEYWORDS: ("keywords", "keyword", "author_keywords", "author-keywords"),
    PaperField.PMID: ("pmid", "pubmed_id", "pubmedid"),
    PaperField.PMCID: ("pmcid", "pmc"),
    PaperField.WOS: ("unique-id",),
}
MAX_NAME_COMMAS = 2  # in `Family, Suffix, Given`; more are between names
_VERBATIM = frozenset(
    {"doi", "url", "link", "pdf", "ee", "biburl", "bdsk-url-1", "code", "github", "website"}
)
_DELIMITERS = re.compile(r'\\[{}"]|[{}"]')
_WOS_KEY = re.compile(r"\s*(?:WOS|ISI):[A-Z0-9]+$")
_DBLP_KEY = re.compile(r"DBLP:(\S+/\S+)$")
_PIECE = re.compile(r'\s*(?:(?P<word>[^\s#{}",]+)|(?P<sharp>#))\s*')
_MONTH_NAMES = {name.lower(): name for name in MONTHS}


def macro_table() -> dict[str, str]:
    """Return the macros that BibTeX defines itself: the names of the months."""
    return dict(_MONTH_NAMES)


def resolve(raw: str, macros: Mapping[str, str]) -> str:
    """Return a raw value without its delimiters, with its macros replaced and its pieces joined by `#`.

    A name that is no macro is kept as it stands, as bare numbers are.

    Raises:
        BadObjectError: The value is no BibTeX value, mostly since a comma or a brace is missing.
    """
    end = _closing(raw, 0) if raw else -1
    if end == len(raw) - 1 and raw[:1] in ('"', "{"):
        return raw[1:-1]
    pieces: list[str] = []
    place, expects_piece = 0, True
    while place < len(raw):
        if raw[place] in '"{':
            end = _closing(raw, place)
            piece, following = raw[place + 1 : end], end + 1
        elif (word := _PIECE.match(raw, place)) is not None:
            piece, following = word["word"], word.end()
        elif raw[place].isspace():
            place += 1
            continue
        else:
            end = -1
            piece, following = "", place + 1
        is_piece = piece is not None
        if (end == -1 and raw[place] in '"{}') or is_piece != expects_piece:
            raise BadObjectError("A comma or a brace is missing after a field.", RejectCode.MALFORMED)
        if is_piece:
            pieces.append(macros.get(piece.lower(), piece) if raw[place] not in '"{' else piece)
        place, expects_piece = following, not expects_piece
    return "".join(pieces)


def _closing(raw: str, start: int) -> int:
    """Return the index of the delimiter that closes the one at `start`; -1 if there is none."""
    depth = 0
    is_quoted = raw[start] == '"'
    for mark in _DELIMITERS.finditer(raw, start):
        kind = mark[0]
        if kind == '"':
            if is_quoted and depth == 0 and mark.start() > start:
                return mark.start()
        elif kind in "{}":
            depth += 1 if kind == "{" else -1
            if depth < 0 or (depth == 0 and not is_quoted):
                return mark.start() if not is_quoted else -1
    return -1


def raw_fields(entry: Entry, macros: Mapping[str, str]) -> dict[str, str]:
    """Return the values of an entry by lower-case name, LaTeX unchanged; of a repeated name, the first.

    Raises:
        BadObjectError: A value is no BibTeX value.
    """
    fields: dict[str, str] = {}
    for one in entry.fields:
        name = one.key.strip().lower()
        value = resolve(str(one.value).strip(), macros)
        if value.strip() and not name.startswith("%"):
            fields.setdefault(name, value)
    return fields


def stated_work(kind: str, key: str, fields: Mapping[str, str]) -> StatedWork:
    """Return what an entry states.

    Args:
        kind: Its type in lower case, such as `article`.
        key: Its citation key.
        fields: Its fields as `raw_fields` gives them, with those that it inherits.

    Raises:
        BadObjectError: The entry is no paper.
    """
    if kind in VOLUME_TYPES:
        raise BadObjectError(
            f"A @{kind} entry is a volume; its papers have entries of their own.", RejectCode.NOT_A_PAPER
        )
    authors = _names(fields.get("author"))
    if kind not in PAPER_TYPES and not authors and "abstract" not in fields:
        raise BadObjectError(
            f"A @{kind} entry without authors and abstract is no paper.", RejectCode.NOT_A_PAPER
        )
    texts = {
        meaning: [_text(name, fields[name]) for name in names if name in fields]
        for meaning, names in _FIELDS.items()
    }
    _add_eprint(texts, fields)
    if (dblp := _DBLP_KEY.match(key)) is not None:
        texts[PaperField.DBLP] = [dblp[1]]
    if not texts[PaperField.WOS] and _WOS_KEY.match(key):
        texts[PaperField.WOS] = [key.strip()]
    texts[PaperField.WOS] = [text.strip().partition(":")[2] or text for text in texts[PaperField.WOS]]
    texts[PaperField.KEYWORDS] = [_joined(texts[PaperField.KEYWORDS])]
    date = read_stated_date(latex_to_text(fields["date"])) if "date" in fields else None
    if date is None:
        date = join_date(
            *(latex_to_text(fields[name]) if name in fields else None for name in ("year", "month", "day"))
        )
    mentions = [fields[name] for name in ("note", "volume", "howpublished", "eprint") if name in fields]
    return StatedWork(texts, authors=authors, published=date, mentions=mentions)


def _text(name: str, value: str) -> str:
    """Return a value as text; links and identifiers are verbatim but for escapes."""
    if name not in _VERBATIM:
        return latex_to_text(value)
    return re.sub(r"\\(?:url|path)\s*\{([^{}]*)\}", r"\1", value).replace("\\", "").strip("{} \n")


def _joined(texts: list[str]) -> str:
    """Return several lists of keywords as one text whose separator is the semicolon."""
    return ";".join(text if ";" in text else text.replace(",", ";") for text in texts)


def _names(value: str | None) -> list[str]:
    """Return the authors of `A and B and others`, given names first."""
    if value is None:
        return []
    try:
        names = split_multiple_persons_names(" ".join(value.split()))
    except (InvalidNameError, IndexError):
        names = value.split(" and ")
    if len(names) == 1 and (names[0].count(",") > MAX_NAME_COMMAS or ";" in names[0]):
        return split_names(latex_to_text(names[0])) or []
    found: list[str] = []
    for name in names:
        text = latex_to_text(name).strip(" ,")
        is_whole = name.startswith("{") and name.endswith("}")
        if text and text.lower() not in ("others", "et al.", "et al"):
            found.append(text if is_whole else natural_order(text))
    return found


def _add_eprint(texts: dict[PaperField, list[str]], fields: Mapping[str, str]) -> None:
    """Add the identifier of a preprint server: `eprint` with `archivePrefix`, or `eprinttype` in biblatex."""
    archive = (fields.get("archiveprefix") or fields.get("eprinttype") or "").strip(" {}").lower()
    eprint = fields.get("eprint", "").strip(" {}")
    if eprint and archive in ("arxiv", "corr"):
        texts[PaperField.ARXIV_ID] = [eprint]
    elif eprint and archive in ("pubmed", "pmid"):
        texts[PaperField.PMID] = [*texts[PaperField.PMID], eprint]
    elif eprint:
        texts[PaperField.ID] = [eprint]
    for name in ("arxiv", "arxivid", "arxiv_id"):
        if name in fields:
            texts.setdefault(PaperField.ARXIV_ID, []).append(fields[name].strip(" {}"))
