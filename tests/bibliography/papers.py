"""Rows of papers to cite, with titles that attack the writer of each format."""

import random
from datetime import date
from typing import Any

from paperlake.bibliography import Citation, citation
from tests.support.hostile_texts import TITLES

HOSTILE = [
    *TITLES,
    "Unbalanced { brace", "Unbalanced } brace", "}} closes {{ opens", "{Balanced} braces", r"Escaped \{ and \}",
    "50% of R&D costs $5 and $6, or #1_a^b~c", r"A backslash \ alone, and two \\", r"ends with \\"[:-1],
    'Double "quotes" and \'single\' ones', "`` and '' and --- and -- as typed",
    "@article{evil, title = {x}}", "x},\n@misc{evil,\n  title = {y}\n}", "line one\nTI  - line two\nER  - ",
    "Windows\r\nTY  - JOUR\r\nER  - \r\nends", "ER  - ", "AU  - Nobody", "%0 Journal Article",
    "Complexity $O(n^2)$ of $\\{0,1\\}^n$ and \\(x\\)", "Reading $\\input{/etc/passwd}$ in a formula",
    "A formula $\\write18{rm}$ that writes", "A comment $x % y$ in a formula", "Open formula $x", "$x$$y$",
    "Emoji 👩‍💻 and 🏳️‍🌈, 漢字, عربى, हिन्दी, Ελληνικά", "Ærøskøbing, Gödel, Łódź, İstanbul", "ﬁne ½ ² №",
    "BERT, mRNA and Q-learning with T5 in {LaTeX}", "tab\tand\vother\fspaces\u00a0here\u2003wide",
    "<b>bold</b> & <i>x</i> < y > z | w", "ends with a comma,", "a = b, c = {d}", "# leading sharp", "and and and",
]  # fmt: skip
AUTHORS = [
    ["Ada Lovelace", "Ludwig van Beethoven", "John W. Tukey Jr"],
    ["The ATLAS Collaboration", "OpenAI"],
    ["Barnes and Noble", "Sammy Davis, Jr.", "R&D {Team} 50%"],
    ["王小明", "Wei LI", "José \"Pepe\" Núñez"],
    ["others", "María de la Cruz"],
    [],
]  # fmt: skip
VENUES = [None, "NeurIPS 2020", "Phys. Rev. D 76, 013009 (2007)", "Journal of {Odd} & Ends", "CoRR"]


def paper(number: int = 0, **fields: Any) -> dict[str, Any]:
    """Return a row of `papers` with the columns that are cited."""
    return {
        "paper_id": f"{number:016x}", "title": "On the Colour of Ponds", "abstract": "We look at ponds.",
        "authors": ["Ada Lovelace"], "published_date": date(2020, 3, 4), "arxiv_id": None, "doi": None,
        "url": None, "venue": None, "categories": None, "keywords": None, **fields,
    }  # fmt: skip


def version(**fields: Any) -> dict[str, Any]:
    """Return an entry that states a venue or a DOI."""
    return {
        "venue": None, "doi": None, "published_date": None, "published_text": None, "year_inferred": False,
        "format": "crossref", **fields,
    }  # fmt: skip


def thousand_papers() -> list[Citation]:
    """Return 1,000 citations; all hostile titles are among them, alone and joined by chance."""
    chance = random.Random(7)
    found = []
    for number in range(1000):
        title = HOSTILE[number] if number < len(HOSTILE) else " ".join(chance.sample(HOSTILE, 2))
        venue = VENUES[number % len(VENUES)]
        row = paper(
            number + (number * 7919 << 32),
            title=title,
            abstract=f"{chance.choice(HOSTILE)}\n\nSecond paragraph." if number % 3 else None,
            authors=AUTHORS[number % len(AUTHORS)],
            published_date=date(2000 + number % 25, 1 + number % 12, 1 + number % 28) if number % 9 else None,
            arxiv_id=f"2001.{number:05d}" if number % 2 else None,
            doi=f"10.1000/x_{number}" if number % 4 else None,
            url=f"https://example.org/?a={number}&b=%7B#c_d" if number % 5 else None,
            venue=venue,
            categories=["Machine Learning", "cs.LG"],
            keywords=["ponds; lakes", "50% {water}"] if number % 6 else None,
        )
        found.append(citation(row, [version(venue=venue)] if venue else []))
    return found
