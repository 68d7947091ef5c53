"""The tables of paperlake: names, columns, types, checks and descriptions, each said once.

A `Table` wraps one Pandera schema; Parquet files, DuckDB tables, column comments, Dagster's column schemas
and docs/tables.md are all made from it. Nothing here reads or writes. An unknown value is NULL, never an
empty string, 0 or an invented date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandera.polars as pa
import polars as pl

from paperlake.catalogue.vocabulary import MatchDecision, MatchMethod

ID_PATTERN = r"^[0-9a-f]{16}$"
SHA256_PATTERN = r"^[0-9a-f]{64}$"
ARXIV_ID_PATTERN = r"^(\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7})$"
FORMATS = ("listing_text", "listing_markdown", "saved_page", "daily_api", "arxiv_snapshot")
LAYOUTS = ("cards", "titled", "compact")
UNIT_LENGTH_TOLERANCE = 1e-4  # of the squared length of a float32 vector
TOPIC_EVENT_KINDS = ("born", "died", "split", "merged")
# Two texts that are compared differ, and neither is the first source of the other.
PAIR_METHODS = [method for method in MatchMethod if method not in (MatchMethod.FIRST, MatchMethod.SAME_TEXT)]


@dataclass(frozen=True)
class Table:
    """One public table: its Pandera schema, its key, and the stage that makes it."""

    name: str
    stage: str
    key: tuple[str, ...]
    schema: pa.DataFrameSchema

    @property
    def description(self) -> str:
        """What a row is."""
        return str(self.schema.description)

    @property
    def dtypes(self) -> dict[str, pl.DataType]:
        """Column names and polars types, in order."""
        return {name: column.dtype.type for name, column in self.schema.columns.items()}

    @property
    def descriptions(self) -> dict[str, str]:
        """Column names and what they mean, in order."""
        return {name: str(column.description) for name, column in self.schema.columns.items()}

    def nullable(self, column: str) -> bool:
        """Whether a column may hold NULL."""
        return bool(self.schema.columns[column].nullable)

    def empty(self) -> pl.DataFrame:
        """A frame of no rows."""
        return pl.DataFrame(schema=self.dtypes)

    def frame(self, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
        """A frame of `rows`, with this table's columns and types; missing keys become NULL."""
        return pl.DataFrame(rows, schema=self.dtypes) if rows else self.empty()


def _column(
    dtype: pl.DataType, description: str, null: bool, checks: Sequence[pa.Check], unique: bool = False
) -> pa.Column:
    return pa.Column(dtype, checks=list(checks), nullable=null, unique=unique, description=description)


def _text(description: str, *checks: pa.Check, null: bool = False, unique: bool = False) -> pa.Column:
    return _column(pl.String(), description, null, (pa.Check.str_length(min_value=1), *checks), unique)


def _id(description: str, null: bool = False, unique: bool = False) -> pa.Column:
    return _column(pl.String(), description, null, (pa.Check.str_matches(ID_PATTERN),), unique)


def _count(description: str, null: bool = False, least: int = 0) -> pa.Column:
    return _column(pl.Int64(), description, null, (pa.Check.ge(least),))


def _score(description: str, null: bool = False, least: float = 0.0) -> pa.Column:
    return _column(pl.Float64(), description, null, (pa.Check.in_range(least, 1.0),))


def _number(description: str, null: bool = False) -> pa.Column:
    return _column(pl.Float64(), description, null, ())


def _date(description: str, null: bool = False) -> pa.Column:
    return _column(pl.Date(), description, null, ())


def _flag(description: str) -> pa.Column:
    return _column(pl.Boolean(), description, False, ())


def _texts(description: str, null: bool = False) -> pa.Column:
    return _column(pl.List(pl.String()), description, null, ())


def _contribution(feature: str) -> pa.Column:
    return _number(
        f"Contribution of {feature} to the logit of score; NULL where a rule gives the score.", null=True
    )


def _table(name: str, made_by: str, key: Sequence[str], description: str, /, **columns: pa.Column) -> Table:
    schema = pa.DataFrameSchema(
        columns, name=name, description=description, strict=True, ordered=True, unique=list(key) or None
    )
    return Table(name, made_by, tuple(key), schema)


DUMPS = _table(
    "dumps", "parsed_entries", ["dump_id"],
    "One row a dump: one file as it arrived under raw/. Copies of the same content are one dump.",
    dump_id=_id("Hash of the content."),
    path=_text("Where the dump lies, relative to raw/; the first by name if it lies there twice."),
    format=_text("How the dump is written; NULL if not recognised.", pa.Check.isin(FORMATS), null=True),
    layout=_text("How a listing text arranges its lines.", pa.Check.isin(LAYOUTS), null=True),
    sha256=_text("SHA-256 of the content.", pa.Check.str_matches(SHA256_PATTERN)),
    byte_size=_count("Size of the file in bytes."),
    line_count=_count("Lines of a text dump; NULL for JSON and HTML.", null=True),
    snapshot_date=_date("The day the dump was retrieved, where that is known.", null=True),
    listed_date=_date("The day a daily listing is for.", null=True),
    entry_count=_count("Entries that were read from it."),
    reject_count=_count("Rejects: parts that no entry accounts for."),
)  # fmt: skip

ENTRIES = _table(
    "entries", "parsed_entries", ["dump_id", "entry_number"],
    "One row an entry: one appearance of a paper in one dump, as the dump states it.",
    entry_id=_id("Hash of the normalised title and abstract; the same text has the same id in every dump."),
    dump_id=_id("The dump it stands in."),
    entry_number=_count("Its place in the dump, from 1.", least=1),
    line_start=_count("Its first line, from 1; NULL for JSON and HTML.", null=True, least=1),
    line_end=_count("Its last line, inclusive; NULL for JSON and HTML.", null=True, least=1),
    title=_text("Title, white space folded."),
    abstract=_text("Abstract; NULL where the dump has none.", null=True),
    author_count=_count("Number of authors, where the dump tells.", null=True, least=1),
    authors=_texts("Names of the authors, where the dump tells.", null=True),
    organization=_text("The organization that stands in place of the authors.", null=True),
    published_date=_date("The day the paper was published, as far as the dump tells.", null=True),
    published_text=_text("That date as the dump prints it.", null=True),
    year_inferred=_flag("Whether the year of published_date was worked out from the dump's other dates."),
    comment_count=_count("Comments in the discussion, where the dump tells.", null=True),
    upvote_count=_column(pl.Int64(), "Upvotes, where the dump tells.", True, ()),
    arxiv_id=_text("arXiv id without version.", pa.Check.str_matches(ARXIV_ID_PATTERN), null=True),
    doi=_text("DOI, lower case.", null=True),
    url=_text("Link to the paper, where the dump gives one.", null=True),
    categories=_texts("Labels that came with the data, such as arXiv's cs.CL; NULL if none came.", null=True),
    keywords=_texts("Keywords that came with the data; NULL if none came.", null=True),
)  # fmt: skip

REJECTS = _table(
    "rejects", "parsed_entries", [],
    "One row a reject: a part of a dump that no entry accounts for, with its reason.",
    dump_id=_id("The dump it stands in."),
    entry_number=_count("Number of the object, from 1, in JSON and HTML.", null=True, least=1),
    line_start=_count("Its first line, from 1; NULL for JSON and HTML.", null=True, least=1),
    line_end=_count("Its last line, inclusive; NULL for JSON and HTML.", null=True, least=1),
    reason=_text("Why it is not an entry, in one short sentence."),
    text=_text("What stands there, cut to a readable length; NULL if nothing can be shown.", null=True),
)  # fmt: skip

PAPERS = _table(
    "papers", "papers", ["paper_id"],
    "One row a paper: one work, put together from all entries that are about it.",
    paper_id=_id("Identity of the paper: the entry_id of its first source."),
    title=_text("Title."),
    abstract=_text("Abstract.", null=True),
    author_count=_count("Number of authors.", null=True, least=1),
    authors=_texts("Names of the authors.", null=True),
    organization=_text("The organization named in place of the authors.", null=True),
    published_date=_date("The day the paper was published.", null=True),
    comment_count=_count("Comments at the newest dated sighting.", null=True),
    upvote_count=_column(pl.Int64(), "Upvotes at the newest dated sighting.", True, ()),
    arxiv_id=_text("arXiv id without version.", pa.Check.str_matches(ARXIV_ID_PATTERN), null=True),
    doi=_text("DOI, lower case.", null=True),
    url=_text("Link to the paper.", null=True),
    categories=_texts("All labels that came with its entries, in order of first appearance.", null=True),
    keywords=_texts("All keywords that came with its entries, in order of first appearance.", null=True),
    first_snapshot_date=_date("The first day on which a dump that lists it was retrieved.", null=True),
    last_snapshot_date=_date("The last such day.", null=True),
    source_count=_count("Entries that became part of it.", least=1),
    dump_count=_count("Dumps that list it.", least=1),
)  # fmt: skip

PAPER_SOURCES = _table(
    "paper_sources", "papers", ["dump_id", "entry_number"],
    "One row an entry: the paper that it became part of, and why.",
    paper_id=_id("The paper."),
    entry_id=_id("The entry's id; any id that was ever published resolves here."),
    dump_id=_id("The dump the entry stands in."),
    entry_number=_count("The entry's place in that dump.", least=1),
    match_method=_text("What joined the entry to the paper.", pa.Check.isin([*MatchMethod])),
    match_score=_score("How sure that is; 1 for equal texts and identifiers."),
)  # fmt: skip

PAPER_COUNTS = _table(
    "paper_counts", "papers", ["paper_id", "snapshot_date", "dump_id"],
    "One row a dated sighting of a paper's votes or comments: how they grow.",
    paper_id=_id("The paper."),
    snapshot_date=_date("The day of the sighting."),
    dump_id=_id("The dump that shows the counts."),
    upvote_count=_column(pl.Int64(), "Upvotes on that day.", True, ()),
    comment_count=_count("Comments on that day.", null=True),
)  # fmt: skip

MATCHES = _table(
    "matches", "papers", ["entry_id_a", "entry_id_b"],
    "One row a pair of different texts that were compared for being the same paper.",
    entry_id_a=_id("The lesser entry_id of the two."),
    entry_id_b=_id("The greater entry_id of the two."),
    method=_text("What brought the two together.", pa.Check.isin(PAIR_METHODS)),
    title_similarity=_score("Likeness of the titles."),
    abstract_similarity=_score("Likeness of the abstracts; NULL if one has none.", null=True),
    score=_score("How sure it is that they are the same paper."),
    decision=_text("same, different, or unsure.", pa.Check.isin([*MatchDecision])),
    contribution_intercept=_contribution("the constant of the model"),
    contribution_log_jaccard=_contribution("the logarithm of the weighted share of common words"),
    contribution_log1m_jaccard=_contribution("the logarithm of 1 minus the weighted share of common words"),
    contribution_log_containment=_contribution(
        "the logarithm of the weighted share of the lighter text's words that are in the other"
    ),
    contribution_log_title_jaccard=_contribution("the logarithm of the weighted share of common title words"),
    contribution_log1m_title_jaccard=_contribution(
        "the logarithm of 1 minus the weighted share of common title words"
    ),
    contribution_log1m_title_containment=_contribution(
        "the logarithm of 1 minus the weighted share of the lighter title's words that are in the other"
    ),
    contribution_log1m_title_similarity=_contribution("the logarithm of 1 minus title_similarity"),
    contribution_length_ratio=_contribution("the shorter abstract's length over the longer one's"),
    contribution_numbers_differ=_contribution("numbers that each title has and the other lacks"),
    contribution_shared_authors=_contribution("shared surnames of authors; 0 where authors are unknown"),
)  # fmt: skip

TOPICS = _table(
    "topics", "topics", ["topic_id"],
    "One row a topic (level 1) or subtopic (level 2): a labelled group of papers.",
    topic_id=_id("Identity of the topic; derives from its most central paper."),
    parent_topic_id=_id("The topic a subtopic belongs to; NULL at level 1.", null=True),
    level=_column(pl.Int64(), "1 for topics, 2 for subtopics.", False, (pa.Check.isin((1, 2)),)),
    label=_text("What a person would write on the folder.", pa.Check.str_length(max_value=60)),
    keywords=_texts("The words that set it apart, most telling first."),
    paper_count=_count("Its papers, outliers left out.", least=1),
    representative_paper_ids=_texts("Its most central papers, most central first."),
    coherence=_number("NPMI of its keywords over the papers, -1 to 1; NULL for under two.", null=True),
    x=_number("Where its label stands on the map."),
    y=_number("Where its label stands on the map."),
)  # fmt: skip

PAPER_TOPICS = _table(
    "paper_topics", "topics", ["paper_id", "level"],
    "One row a paper and level: the topic it is filed under.",
    paper_id=_id("The paper."),
    topic_id=_id("Its topic; for an outlier, the nearest one."),
    level=_column(pl.Int64(), "1 for topics, 2 for subtopics.", False, (pa.Check.isin((1, 2)),)),
    score=_score("How well it fits, 0 to 1."),
    is_outlier=_flag("Whether it fits nowhere well; topic_id is then the nearest topic."),
    x=_number("Where it stands on the map."),
    y=_number("Where it stands on the map."),
)  # fmt: skip

TOPIC_TRENDS = _table(
    "topic_trends", "topics", ["topic_id", "month"],
    "One row a topic and month in which papers were published; months without its papers count 0.",
    topic_id=_id("The topic."),
    month=_date("First day of the month of publication."),
    paper_count=_count("Its papers of that month."),
    share=_score("Its part of all dated papers of that month."),
    change=_number(
        "share minus the mean share of the three months before; NULL where there are none.", null=True
    ),
)  # fmt: skip

EMERGING_TOPICS = _table(
    "emerging_topics", "topics", ["topic_id"],
    "One row a topic that takes a larger share of the last three months' papers than of the year before.",
    topic_id=_id("The topic."),
    level=_column(pl.Int64(), "1 for topics, 2 for subtopics.", False, (pa.Check.isin((1, 2)),)),
    rank=_count("Among the topics of its level, 1 for the surest growth: the highest growth_low.", least=1),
    month_from=_date("First day of the first of the three recent months; the twelve before are the earlier."),
    recent_paper_count=_count("Its papers of the recent months, outliers left out.", least=1),
    earlier_paper_count=_count("Its papers of the earlier months, outliers left out."),
    recent_share=_score("Its part of all dated papers of the recent months."),
    earlier_share=_score("Its part of all dated papers of the earlier months."),
    growth=_column(
        pl.Float64(), "recent_share over earlier_share, shrunken towards 1 the fewer papers there are.",
        False, (pa.Check.gt(1.0),),
    ),
    growth_low=_column(
        pl.Float64(), "The growth is at least this with a probability of 0.95; over 1, it is hardly chance.",
        False, (pa.Check.gt(0.0),),
    ),
)  # fmt: skip

TOPIC_EVENTS = _table(
    "topic_events", "topics", ["fit_number", "topic_id"],
    "One row a topic that began or ended at a fit; what lives on has none.",
    fit_number=_count("The fit, from 1; at the first, every topic is born.", least=1),
    snapshot_date=_date("The newest day on which a dump of that fit's papers was retrieved.", null=True),
    event=_text(
        "born, died, split (it came out of other_topic_id) or merged (it went into other_topic_id).",
        pa.Check.isin(TOPIC_EVENT_KINDS),
    ),
    level=_column(pl.Int64(), "1 for topics, 2 for subtopics.", False, (pa.Check.isin((1, 2)),)),
    topic_id=_id("The topic that began or ended."),
    label=_text("Its label at the time."),
    paper_count=_count("Its papers, outliers left out: at this fit if it began, at the last if it ended."),
    other_topic_id=_id("The topic it came out of or went into; NULL if it was born or died.", null=True),
    other_label=_text("That topic's label at the time.", null=True),
    shared_paper_count=_count("Papers that went from the one to the other; NULL without another.", null=True),
)  # fmt: skip

SIMILAR_PAPERS = _table(
    "similar_papers", "warehouse", ["paper_id", "rank"],
    "One row a paper and neighbour: the papers nearest in meaning.",
    paper_id=_id("The paper."),
    similar_paper_id=_id("Its neighbour."),
    rank=_count("1 for the nearest.", least=1),
    similarity=_score("Cosine of the two vectors.", least=-1.0),
)  # fmt: skip

STAGE_CHECKS = _table(
    "stage_checks", "warehouse", ["stage", "check_name"],
    "One row a check: what was checked when the tables were made, and what came out.",
    stage=_text("The asset whose tables were checked."),
    check_name=_text("The check."),
    passed=_flag("Whether every row passed."),
    failed_row_count=_count("Rows that did not."),
    checked_row_count=_count("Rows that were looked at."),
    checked_at=_column(pl.Datetime("us", "UTC"), "When, in UTC.", False, ()),
)  # fmt: skip


def _is_unit_length(data: pa.PolarsData) -> pl.LazyFrame:
    """Whether each vector is finite and of length 1; NaN and infinity fail every comparison below."""
    vector = pl.col(str(data.key))
    deviation = ((vector * vector).arr.sum() - 1.0).abs()
    return data.lazyframe.select(deviation.is_not_nan() & (deviation <= UNIT_LENGTH_TOLERANCE))


_UNIT_LENGTH = pa.Check(_is_unit_length, name="finite and of unit length")


def embeddings_table(dimension: int) -> Table:
    """The embeddings table for vectors of `dimension` numbers."""
    return _table(
        "embeddings", "paper_embeddings", ["paper_id", "model_id"],
        "One row a paper: the vector of its title and abstract, of unit length.",
        paper_id=_id("The paper."),
        model_id=_text("The model, its weights, pooling and token limit."),
        text_hash=_text("SHA-256 of the text that was embedded.", pa.Check.str_matches(SHA256_PATTERN)),
        embedding=_column(
            pl.Array(pl.Float32(), dimension), "The vector, normalised.", False, (_UNIT_LENGTH,)
        ),
    )  # fmt: skip


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        DUMPS, ENTRIES, REJECTS, PAPERS, PAPER_SOURCES, PAPER_COUNTS, MATCHES, TOPICS, PAPER_TOPICS,
        TOPIC_TRENDS, EMERGING_TOPICS, TOPIC_EVENTS, SIMILAR_PAPERS, STAGE_CHECKS,
    )
}  # fmt: skip
