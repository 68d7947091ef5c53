"""Works written for these tests, and writers of them in the formats of reference managers and databases."""

import csv
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import rispy
from bibtexparser import Library, write_string
from bibtexparser.model import Entry, Field

_TITLES = (
    "On the Colour of Ponds", "Gödel, Escher and the Depth of Lakes", "A Survey of 27 Reservoirs: Methods",
    'What "Clear" Means in Limnology', "Ice-Out Dates & Their Trends", "Sampling at 50% Effort",
    "Diatoms; a Short History", "Turbidity by $O(n \\log n)$ Estimators", "Señales de agua dulce",
    "Über die Färbung stiller Gewässer", "Łódź Canals Revisited", "The β-Diversity of Bog Pools",
    "Models that Learn to Fish", "Evaporation, Revisited (Again)", "Phosphorus in C++ Simulations",
    "Who Owns the Shoreline?", "Zooplankton at Night", "A_Fast Sensor for Dissolved Oxygen",
    "Mixing in Stratified Basins", "Remote Sensing of Small Waters", "Carp", "The Reed and the Rail",
    "Long-Term Data of Nine Lakes", "Notes on a Frozen Tarn",
)  # fmt: skip
_AUTHORS = (
    ("Ada Lovelace", "Charles Babbage"), ("Kurt Gödel",), ("Ludwig van Beethoven", "Maria del Mar"),
    ("Søren Ångström", "Łukasz Żak", "Nguyễn Văn An"), ("Jean-Pierre O'Neill",), ("A. B. See", "D. E. Eff"),
)  # fmt: skip
_VENUES = ("Journal of Ponds", "Lakes & Reservoirs", "Proceedings of the Conference on Fresh Water")
_SENTENCES = (
    "We look at ponds, and they are green.", "About 12% of them are not; the rest is “clear”.",
    "Our estimate of $\\alpha_1$ is 0.5 (p < 0.05).", "A second paragraph would say: measure twice.",
    "Naïve baselines lose 3 dB & more.", "Results hold for {all} seasons.",
)  # fmt: skip


@dataclass(frozen=True)
class Work:
    """A work; its writers leave out an empty abstract, DOI or venue."""

    title: str
    abstract: str
    authors: list[str]
    published: date
    doi: str
    venue: str
    keywords: list[str]
    number: int

    @property
    def pmid(self) -> str:
        return str(17_000_000 + self.number)


def draw_works(count: int = len(_TITLES), seed: int = 1) -> list[Work]:
    """Return works of which no two are equal; past the list of titles they are numbered."""
    random_ = random.Random(seed)
    works = []
    for number in range(count):
        title = _TITLES[number % len(_TITLES)]
        if number >= len(_TITLES):
            title += f", Part {number // len(_TITLES) + 1}"
        works.append(
            Work(
                title=title,
                abstract=" ".join(random_.sample(_SENTENCES, random_.randint(2, 5))),
                authors=list(random_.choice(_AUTHORS)),
                published=date(random_.randint(1995, 2024), random_.randint(1, 12), random_.randint(1, 28)),
                doi=f"10.1000/pond.{number}",
                venue=random_.choice(_VENUES),
                keywords=random_.sample(
                    ["ponds", "green lakes", "water", "ice", "fish"], random_.randint(1, 3)
                ),
                number=number,
            )
        )
    return works


def inverted(name: str) -> str:
    """Return `Family, Given`."""
    words = name.split()
    begin = next((place for place, word in enumerate(words) if word in ("van", "del")), len(words) - 1)
    if name.startswith("Nguyễn"):
        begin = len(words) - 1
    return f"{' '.join(words[begin:])}, {' '.join(words[:begin])}"


def _escaped(text: str) -> str:
    """Return a text as BibTeX: special characters escaped outside formulas, two accents as macros."""
    parts = text.split("$")
    for place in range(0, len(parts), 2):
        for char in "&%_":
            parts[place] = parts[place].replace(char, f"\\{char}")
        for char in "{}":
            parts[place] = parts[place].replace(char, f"\\{char}")
        parts[place] = parts[place].replace("ö", '{\\"o}').replace("Å", "{\\AA}").replace("ñ", "\\~{n}")
    return "$".join(parts)


def to_bibtex(works: Sequence[Work]) -> str:
    """Return works by the writer of bibtexparser."""
    blocks = []
    for work in works:
        values = {
            "title": _escaped(work.title),
            "author": " and ".join(inverted(_escaped(name)) for name in work.authors),
            "journal": _escaped(work.venue),
            "year": str(work.published.year),
            "month": str(work.published.month),
            "day": str(work.published.day),
            "doi": work.doi,
            "keywords": ", ".join(work.keywords),
            "abstract": _escaped(work.abstract),
        }
        fields = [Field(key, value) for key, value in values.items() if value]
        blocks.append(Entry("article", f"key{work.number}", fields))
    return write_string(Library(blocks))


def to_ris(works: Sequence[Work]) -> str:
    """Return works by the writer of rispy."""
    return rispy.dumps([
        {name: value for name, value in (
            ("type_of_reference", "JOUR"),
            ("title", work.title),
            ("authors", [inverted(name) for name in work.authors]),
            ("date", f"{work.published:%Y/%m/%d}/"),
            ("year", f"{work.published:%Y}"),
            ("journal_name", work.venue),
            ("doi", work.doi),
            ("keywords", work.keywords),
            ("abstract", work.abstract),
        ) if value}
        for work in works
    ])  # fmt: skip


def _wrapped(text: str, first: str, rest: str, width: int = 70) -> list[str]:
    lines, line = [], first
    for word in text.split(" "):
        if len(line) > len(rest) and len(line) + len(word) >= width:
            lines.append(line.rstrip())
            line = rest
        line += word + " "
    return [*lines, line.rstrip()]


def to_nbib(works: Sequence[Work]) -> str:
    """Return works as PubMed saves them."""
    lines: list[str] = []
    for work in works:
        lines += ["", f"PMID- {work.pmid}", "OWN - NLM", "STAT- MEDLINE"]
        lines += [f"DP  - {work.published:%Y %b} {work.published.day}"]
        lines += _wrapped(work.title, "TI  - ", " " * 6)
        lines += [f"LID - {work.doi} [doi]"] if work.doi else []
        lines += _wrapped(work.abstract, "AB  - ", " " * 6) if work.abstract else []
        for name in work.authors:
            lines += [f"FAU - {inverted(name)}", f"AU  - {name.split()[-1]} {name[0]}"]
        lines += [f"JT  - {work.venue}", *(f"OT  - {keyword}" for keyword in work.keywords)]
    return "\n".join(lines) + "\n"


def to_wos(works: Sequence[Work]) -> str:
    """Return works as Web of Science saves them."""
    lines = ["FN Clarivate Analytics Web of Science", "VR 1.0"]
    for work in works:
        names = [inverted(name) for name in work.authors]
        lines += ["PT J", f"AU {names[0]}", *(f"   {name}" for name in names[1:])]
        lines += [f"AF {names[0]}", *(f"   {name}" for name in names[1:])]
        lines += _wrapped(work.title, "TI ", "   ")
        lines += [f"SO {work.venue}", *_wrapped("; ".join(work.keywords), "DE ", "   ", 24)]
        lines += _wrapped(work.abstract, "AB ", "   ") if work.abstract else []
        lines += [f"PD {work.published:%b}".upper() + f" {work.published.day}", f"PY {work.published.year}"]
        lines += [f"DI {work.doi}"] if work.doi else []
        lines += [f"UT WOS:{work.number:015d}", "ER", ""]
    return "\n".join([*lines, "EF"]) + "\n"


def to_endnote(works: Sequence[Work]) -> str:
    """Return works as EndNote exports them."""
    lines: list[str] = []
    for work in works:
        lines += [
            "%0 Journal Article",
            f"%T {work.title}",
            *(f"%A {inverted(name)}" for name in work.authors),
        ]
        lines += [f"%J {work.venue}", f"%8 {work.published.isoformat()}", f"%D {work.published.year}"]
        lines += [f"%R {work.doi}"] if work.doi else []
        lines += [f"%K {work.keywords[0]}", *work.keywords[1:]]
        lines += [f"%X {work.abstract}", ""] if work.abstract else [""]
    return "\n".join(lines)


CSV_COLUMNS = ("Title", "Authors", "Publication Date", "Venue", "DOI", "Keywords", "Abstract")


def csv_rows(works: Sequence[Work]) -> list[list[str]]:
    """Return the cells of works under `CSV_COLUMNS`."""
    return [
        [work.title, "; ".join(map(inverted, work.authors)), work.published.isoformat(), work.venue, work.doi,
         "; ".join(work.keywords), work.abstract]
        for work in works
    ]  # fmt: skip


def to_csv(works: Sequence[Work], delimiter: str = ",", names: Sequence[str] = CSV_COLUMNS) -> str:
    """Return works as a table."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerows([names, *csv_rows(works)])
    return text.getvalue()


WRITERS: dict[str, Callable[[Sequence[Work]], str]] = {
    "bibtex": to_bibtex,
    "ris": to_ris,
    "pubmed_text": to_nbib,
    "wos_text": to_wos,
    "endnote_text": to_endnote,
    "csv": to_csv,
}


def damaged(text: str, random_: random.Random) -> str:
    """Return a text after some damage: lines deleted, doubled, swapped, cut, flipped, or the end cut off."""
    lines = text.split("\n")
    for _ in range(random_.randint(1, 5)):
        place, other = random_.randrange(len(lines)), random_.randrange(len(lines))
        kind = random_.randrange(7)
        if kind == 0 and len(lines) > 1:
            del lines[place]
        elif kind == 1:
            lines.insert(other, lines[place])
        elif kind == 2:
            lines[place], lines[other] = lines[other], lines[place]
        elif kind == 3:
            lines[place] = lines[place][: random_.randint(0, len(lines[place]))]
        elif kind == 4 and lines[place]:
            at = random_.randrange(len(lines[place]))
            lines[place] = lines[place][:at] + random_.choice('{}",;@%=\t\x00~-\\') + lines[place][at + 1 :]
        elif kind == 5:
            lines.insert(
                place, random_.choice(["", "}", '"', "stray text", "@article{x,", "TY  - JOUR", "ER  - "])
            )
        elif kind == 6 and random_.random() < 0.3:
            lines = lines[: place + 1]
    return "\n".join(lines)
