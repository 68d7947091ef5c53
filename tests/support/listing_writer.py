"""Writes listing pages as the readers may meet them, and damages them; everything is drawn from a seed.

`write_listing` gives the bytes and, line by line, which entry each line is part of; so a test knows what must
come back, and which entries a damaged line touches.
"""

import random
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from paperlake.dumps.fields.dates import MONTHS
from paperlake.dumps.listing.furniture import FURNITURE

WORDS = [
    "model", "models", "data", "learning", "language", "sparse", "graph", "neural", "retrieval", "of",
    "for", "the", "with", "and", "we", "show", "that", "a", "in", "on", "robust", "efficient",
    "training", "evaluation", "tasks", "systems", "methods", "improves", "across", "benchmark",
    "analysis", "via", "from", "large", "small", "image", "protein", "speech", "policy", "reward",
    "memory", "attention", "transformer", "diffusion", "kernel", "bound", "proof", "estimation",
    "causal", "federated", "privacy", "energy", "climate", "robot", "planning", "dialogue",
    "translation", "summarisation",
]  # fmt: skip
ODD_WORDS = [
    "GPT-4o", "bert2BERT", "$\\mathcal{O}(n)$", "3.0", "12", "6", "authors", "Mar", "2025", "(LLMs)",
    "[MASK]", "C++", "e.g.", "i.e.,", "naïve", "Café", "über", "façade", "“quoted”", "it's", "α-fair",
    "β≥0.5", "语言模型", "データ", "модель", "שלום", "مرحبا", "🙂", "x_i→y_j", "ﬁne", "1-bit", "Å", "Ω",
    "k-means++", "·", "•", "–", "—", "…", "%",
]  # fmt: skip
LATIN_ODD_WORDS = [
    "GPT-4o", "bert2BERT", "naïve", "Café", "über", "façade", "“quoted”", "it’s", "–", "—", "…", "6",
    "authors", "Mar", "2025", "(LLMs)", "£5", "½",
]  # fmt: skip
STARTS = [
    "A", "The", "Towards", "On", "Learning", "Daily", "Monthly", "Newton", "Subscribe-free", "May",
    "Trending", "Robust", "mGPT", "Submitted",
]  # fmt: skip
ORGANIZATIONS = ("Acme Lab", "University of Somewhere", "Orbital", "Deep Field Research Inc.", "ETH Zürich")


@dataclass
class Paper:
    """An entry as it is to be read back."""

    title: str
    abstract: str | None
    author_count: int | None = None
    organization: str | None = None
    published_text: str | None = None
    comment_count: int | None = None


@dataclass
class Listing:
    """A written listing."""

    layout: str
    papers: list[Paper]
    lines: list[str] = field(default_factory=list)
    owners: list[int | None] = field(default_factory=list)
    """For each line the place of its paper; None for furniture."""


def draw_papers(random_: random.Random, count: int, latin: bool = False, dotted: bool = False) -> list[Paper]:
    """Papers with titles up to 200 characters and abstracts of 300 and more."""
    papers = []
    for _ in range(count):
        title = _title(random_, latin)
        abstract = _abstract(random_, latin) + ("." if dotted else "")
        paper = Paper(title, abstract)
        if random_.random() < 0.8:
            paper.author_count = random_.randint(1, 60)
        else:
            paper.organization = random_.choice(ORGANIZATIONS)
        paper.published_text = f"{random_.choice(MONTHS)} {random_.randint(1, 28)}"
        if random_.random() < 0.7:
            paper.published_text += f", {random_.randint(2018, 2025)}"
        if random_.random() < 0.3:
            paper.comment_count = random_.randint(1, 99)
        papers.append(paper)
    return papers


def _text(random_: random.Random, latin: bool, odd_share: float, length: int) -> str:
    odd = LATIN_ODD_WORDS if latin else ODD_WORDS
    words: list[str] = []
    size = 0
    while size < length:
        words.append(random_.choice(odd) if random_.random() < odd_share else random_.choice(WORDS))
        size += len(words[-1]) + 1
    return unicodedata.normalize("NFC", " ".join(words))


def _title(random_: random.Random, latin: bool) -> str:
    odd_share = random_.choice((0.0, 0.1, 0.4))
    text = _text(random_, latin, odd_share, random_.choice((6, 40, 90, 180)))[:190].strip()
    return f"{random_.choice(STARTS)} {text}{random_.choice(('', '', '?', '!', '.', ': A Study'))}"[
        :200
    ].strip()


def _abstract(random_: random.Random, latin: bool) -> str:
    sentences = []
    while sum(map(len, sentences)) < random_.choice((310, 600, 1500)):
        sentences.append(_text(random_, latin, 0.1, random_.randint(40, 160)).capitalize() + ".")
    text = " ".join(sentences)
    return text if len(text) >= 300 else text + " " + _text(random_, latin, 0.0, 310)


def draw_furniture(random_: random.Random, lone_date: str | None) -> list[str]:
    """A random subset of the furniture, in order."""
    lines = [line for line in FURNITURE if random_.random() < 0.5]
    return [*lines, lone_date] if lone_date else lines


def can_be_glued(furniture: list[str]) -> bool:
    """Whether a reader can tell the last word from the title that it is glued to (`DailyDialog` is a title)."""
    return len(furniture) > 1 or furniture[0] not in ("new", "Daily", "Weekly", "Monthly")


def write_listing(
    random_: random.Random, papers: list[Paper], layout: str, furniture: list[str], gap: int = 1
) -> Listing:
    """Arrange papers and furniture as a layout does, with up to `gap` blank lines where it has one."""
    listing = Listing(layout, papers)

    def add(text: str, owner: int | None) -> None:
        listing.lines.append(text)
        listing.owners.append(owner)

    def blank(owner: int | None) -> None:
        if layout != "compact":
            for _ in range(random_.randint(1, gap)):
                add("", owner)

    for line in furniture:
        add(line, None)
        blank(None)
    for place, paper in enumerate(papers):
        if place == 0 and layout == "compact" and furniture and can_be_glued(furniture):
            listing.lines[-1] += paper.title
            listing.owners[-1] = 0
        else:
            add(paper.title, place)
        blank(place)
        if paper.abstract is not None:
            add(paper.abstract, place)
            blank(place)
        if layout == "cards":
            _add_slot(add, paper, place)
            blank(place)
    return listing


def _add_slot(add, paper: Paper, place: int) -> None:
    add(f"  • {paper.author_count} authors" if paper.author_count else f"  {paper.organization}", place)
    add("·", place)
    comments = f" {paper.comment_count}" if paper.comment_count is not None else ""
    add(f"{paper.published_text}{comments}", place)


def untidy(random_: random.Random, line: str) -> str:
    """Return the line with other white space and invisible characters."""
    words = line.split(" ")
    blanks = (" ", " ", " ", " ", "  ", "\t", "\u00a0", "\u2009", " \u200b")
    text = words[0] + "".join(random_.choice(blanks) + word for word in words[1:])
    return random_.choice(("", "", "\u200b", "\t")) + text + random_.choice(("", "", "  ", "\u00a0"))


LABELS = ("Log in", "Sign Up")
STRAY_LINES = (*LABELS, "Sponsored content", "42", "-", "·", "Submitted by zoe")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "nfd")


def encode(lines: list[str], encoding: str, line_end: str, final_end: bool = True) -> bytes:
    """Lines as the bytes of a file."""
    text = line_end.join(lines) + (line_end if final_end else "")
    if encoding == "nfd":
        return unicodedata.normalize("NFD", text).encode()
    return text.encode(encoding)


def damage(random_: random.Random, listing: Listing, count: int) -> tuple[list[str], set[int]]:
    """Damage `count` random places; return the lines and the papers that were touched."""
    lines, owners = list(listing.lines), list(listing.owners)
    touched: set[int] = set()
    for _ in range(count):
        if len(lines) < 2:
            break
        place = random_.randrange(len(lines))
        touched.add(owners[place] or 0)  # damage to the furniture may touch the first title
        kind = random_.choice(("delete", "double", "swap", "move", "truncate", "flip", "stray", "cut"))
        if kind == "delete":
            del lines[place], owners[place]
        elif kind == "double":
            lines.insert(place, lines[place])
            owners.insert(place, owners[place])
        elif kind in ("swap", "move"):
            other = min(place + 1, len(lines) - 1) if kind == "swap" else random_.randrange(len(lines))
            touched.add(owners[other] or 0)
            lines[place], lines[other] = lines[other], lines[place]
        elif kind == "truncate":
            lines[place] = lines[place][: random_.randint(0, len(lines[place]))]
        elif kind == "flip" and lines[place]:
            at = random_.randrange(len(lines[place]))
            flipped = chr(ord(lines[place][at]) ^ random_.choice((1, 2, 4, 8, 16, 64)))
            lines[place] = lines[place][:at] + flipped + lines[place][at + 1 :]
        elif kind == "stray":
            lines.insert(place, random_.choice(STRAY_LINES))
            owners.insert(place, owners[place])
        elif kind == "cut" and random_.random() < 0.2:
            touched |= {owner or 0 for owner in owners[place:]}
            del lines[place + 1 :], owners[place + 1 :]
    return lines, touched


def write_small_listing(path: Path, seed: int, count: int = 6) -> None:
    """Write a listing of a few papers, the same for each seed."""
    random_ = random.Random(seed)
    written = write_listing(random_, draw_papers(random_, count), "cards", ["Daily Papers", "Daily"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(written.lines), encoding="utf-8")
