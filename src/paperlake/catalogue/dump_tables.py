"""The tables of raw dumps and of what was read from them."""

from __future__ import annotations

import polars as pl

from paperlake.catalogue import columns
from paperlake.catalogue.partitioning import ByDump
from paperlake.catalogue.table import declare
from paperlake.catalogue.vocabulary import DumpFormat, Layout, RejectCode

LINE_RULES = {"line_end is not before line_start": pl.col("line_end") >= pl.col("line_start")}
AUTHOR_RULES = {
    "no more authors are named than counted": pl.col("authors").list.len() <= pl.col("author_count"),
    "authors that are named are counted": pl.col("authors").is_null() | pl.col("author_count").is_not_null(),
}

INVENTORY = declare(
    "inventory",
    "raw_dumps",
    ["path"],
    "One row per file under raw/, with its size and the hash of its content.",
    is_public=False,
    preview=("path", "byte_size", "sha256", "refusal"),
    path=columns.text("Path relative to raw/."),
    sha256=columns.sha256("SHA-256 of the content; of path and refusal where the file is refused."),
    byte_size=columns.count("Size in bytes."),
    modified_ns=columns.integer("Time of the last change, in nanoseconds since 1970."),
    refusal=columns.text("Why the file is not read; NULL if it is.", null=True),
)

DUMPS = declare(
    "dumps",
    "parsed_entries",
    ["dump_id"],
    "One row per dump: one file as it arrived under raw/. Copies of the same content are one dump.",
    preview=("path", "format", "layout", "snapshot_date", "entry_count", "reject_count"),
    dump_id=columns.identifier("Hash of the content."),
    path=columns.text("Path relative to raw/; of several copies, the first by name."),
    format=columns.one_of("How the dump is written; NULL if not recognised.", list(DumpFormat), null=True),
    layout=columns.one_of("How a listing text or a digest arranges its lines.", list(Layout), null=True),
    sha256=columns.sha256("SHA-256 of the content."),
    byte_size=columns.count("Size of the file in bytes."),
    line_count=columns.count("Lines of a text dump; NULL for JSON and HTML.", null=True),
    snapshot_date=columns.date("The day the dump was retrieved, where that is known.", null=True),
    listed_date=columns.date("The day a daily listing is for.", null=True),
    entry_count=columns.count("Number of entries read from it."),
    reject_count=columns.count("Number of rejects: parts that are no entry."),
    warning_count=columns.count("Number of fields of its entries that are present and were not understood."),
    warnings=columns.texts(
        "What these fields are, one sentence per kind; NULL if there are none.", null=True
    ),
)

ENTRIES = declare(
    "entries",
    "parsed_entries",
    ["dump_id", "entry_number"],
    "One row per entry: one appearance of a paper in one dump, as the dump states it.",
    rules={
        **LINE_RULES,
        **AUTHOR_RULES,
        "an inferred year belongs to a date": ~pl.col("year_inferred")
        | pl.col("published_date").is_not_null(),
    },
    partitioning=ByDump(),
    row_group_rows=2_000,  # a new dump is compared with the entries of a few papers, from many dumps
    references={("dump_id",): "dumps"},
    preview=("title", "author_count", "published_date", "arxiv_id", "upvote_count"),
    entry_id=columns.identifier(
        "Hash of the normalised title and abstract; the same text has the same id in every dump."
    ),
    dump_id=columns.identifier("The dump that contains it."),
    entry_number=columns.count("Position in the dump, from 1.", minimum=1),
    line_start=columns.count("First line, from 1; NULL for JSON and HTML.", null=True, minimum=1),
    line_end=columns.count("Last line, inclusive; NULL for JSON and HTML.", null=True, minimum=1),
    title=columns.text("Title, white space folded."),
    abstract=columns.text("Abstract; NULL where the dump has none.", null=True),
    author_count=columns.count("Number of authors, where the dump states it.", null=True, minimum=1),
    authors=columns.texts("Names of the authors, where the dump states them.", null=True),
    organization=columns.text("The organization that the dump shows in place of the authors.", null=True),
    published_date=columns.date("The day the paper was published, as far as the dump states it.", null=True),
    published_text=columns.text("That date as the dump prints it.", null=True),
    year_inferred=columns.flag(
        "Whether the year of published_date was inferred from other dates of the dump."
    ),
    updated_date=columns.date("The day of the newest version, where the dump states it.", null=True),
    comment_count=columns.count("Comments in the discussion, where the dump states them.", null=True),
    upvote_count=columns.integer("Upvotes, where the dump states them.", null=True),
    arxiv_id=columns.arxiv_id("arXiv id without version."),
    doi=columns.text("DOI, lower case.", null=True),
    identifiers=columns.identifiers("Identifiers of other schemes, as `scheme:value`; NULL if none came."),
    url=columns.text("Link to the paper, where the dump gives one.", null=True),
    code_url=columns.text("Link to the code, where the dump gives one.", null=True),
    code_star_count=columns.count("Stars of the code's repository, where the dump states them.", null=True),
    project_url=columns.text("Link to the page of the project, where the dump gives one.", null=True),
    venue=columns.text("Journal or conference, as the dump states it.", null=True),
    license=columns.text("Licence of the paper, as the dump states it: a name or a link.", null=True),
    summary=columns.text("A short text about the paper that came with the data.", null=True),
    categories=columns.texts(
        "Labels that came with the data, such as arXiv's cs.CL; NULL if none came.", null=True
    ),
    keywords=columns.texts("Keywords that came with the data; NULL if none came.", null=True),
)

REJECTS = declare(
    "rejects",
    "parsed_entries",
    [],
    "One row per reject: a part of a dump that is no entry, with a reason code and a reason.",
    rules=LINE_RULES,
    partitioning=ByDump(),
    references={("dump_id",): "dumps"},
    preview=("reason_code", "reason", "line_start", "line_end", "text"),
    dump_id=columns.identifier("The dump that contains it."),
    entry_number=columns.count("Number of the object, from 1, in JSON and HTML.", null=True, minimum=1),
    line_start=columns.count("First line, from 1; NULL for JSON and HTML.", null=True, minimum=1),
    line_end=columns.count("Last line, inclusive; NULL for JSON and HTML.", null=True, minimum=1),
    reason_code=columns.one_of("Why it is not an entry, as a code to count by.", list(RejectCode)),
    reason=columns.text("Why it is not an entry, in one short sentence."),
    text=columns.text(
        "The rejected text, cut to a readable length; NULL if nothing can be shown.", null=True
    ),
)
