"""The tables of papers: their sources, their counts over time, the matches, the vectors."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from paperlake.catalogue import columns
from paperlake.catalogue.dump_tables import AUTHOR_RULES
from paperlake.catalogue.partitioning import ByKeyPrefix
from paperlake.catalogue.table import Table, declare
from paperlake.catalogue.vocabulary import MatchDecision, MatchMethod

BUNDLED_DIMENSION = 384  # numbers in a vector of the default model; another model has another
UNIT_LENGTH_TOLERANCE = 1e-4  # of the squared length of a float32 vector

# Of a pair of different texts; the first source of a paper and equal texts are no pairs.
MATCH_METHODS = [method for method in MatchMethod if method not in (MatchMethod.FIRST, MatchMethod.SAME_TEXT)]

BY_PAPER = ByKeyPrefix("paper_id", sized_by="papers")

PAPERS = declare(
    "papers",
    "papers",
    ["paper_id"],
    "One row per paper: one work, merged from all entries about it.",
    rules={
        **AUTHOR_RULES,
        "first_snapshot_date is not after last_snapshot_date": (
            pl.col("first_snapshot_date") <= pl.col("last_snapshot_date")
        ),
        "no more dumps list it than it has sources": pl.col("dump_count") <= pl.col("source_count"),
    },
    partitioning=BY_PAPER,
    preview=("paper_id", "title", "published_date", "author_count", "source_count"),
    paper_id=columns.identifier("Identity of the paper: the entry_id of its first source."),
    title=columns.text("Title."),
    abstract=columns.text("Abstract.", null=True),
    author_count=columns.count("Number of authors.", null=True, minimum=1),
    authors=columns.texts("Names of the authors.", null=True),
    organization=columns.text("The organization named in place of the authors.", null=True),
    published_date=columns.date("The day the paper was published.", null=True),
    updated_date=columns.date("The day of its newest version.", null=True),
    comment_count=columns.count("Comments in the newest dated dump that states them.", null=True),
    upvote_count=columns.integer("Upvotes in the newest dated dump that states them.", null=True),
    arxiv_id=columns.arxiv_id("arXiv id without version."),
    doi=columns.text("DOI, lower case.", null=True),
    identifiers=columns.identifiers("All identifiers of other schemes, as `scheme:value`."),
    url=columns.text("Link to the paper: as stated, else by its arXiv id, else by its DOI.", null=True),
    code_url=columns.text("Link to the code.", null=True),
    code_star_count=columns.count("Stars of the code in the newest dated dump that states them.", null=True),
    project_url=columns.text("Link to the page of the project.", null=True),
    venue=columns.text("Journal or conference.", null=True),
    license=columns.text("Licence: a name or a link.", null=True),
    summary=columns.text("A short text about the paper that came with the data.", null=True),
    categories=columns.texts("All labels of its entries, in order of first appearance.", null=True),
    keywords=columns.texts("All keywords of its entries, in order of first appearance.", null=True),
    first_snapshot_date=columns.date("The first day on which a dump that lists it was retrieved.", null=True),
    last_snapshot_date=columns.date("The last such day.", null=True),
    source_count=columns.count("Number of entries merged into it.", minimum=1),
    dump_count=columns.count("Number of dumps that list it.", minimum=1),
)

PAPER_AUTHORS = declare(
    "paper_authors",
    "papers",
    ["paper_id", "position"],
    "One row per named author of a paper, in the order of the paper.",
    partitioning=BY_PAPER,
    references={("paper_id",): "papers"},
    preview=("paper_id", "position", "name", "name_key"),
    paper_id=columns.identifier("The paper."),
    position=columns.count("Place in the list of authors, from 1.", minimum=1),
    name=columns.text("The name, given names first."),
    name_key=columns.text(
        "Family name and initials, folded, such as `lovelace a`: equal for most spellings of one name, and "
        "for some different people."
    ),
)

PAPER_SOURCES = declare(
    "paper_sources",
    "papers",
    ["dump_id", "entry_number"],
    "One row per entry: the paper it was merged into, and why.",
    partitioning=BY_PAPER,
    references={("paper_id",): "papers", ("dump_id", "entry_number"): "entries"},
    preview=("paper_id", "entry_id", "match_method", "match_score"),
    paper_id=columns.identifier("The paper."),
    entry_id=columns.identifier("The entry's id; any id that was once published resolves here."),
    dump_id=columns.identifier("The dump that contains the entry."),
    entry_number=columns.count("Position of the entry in that dump.", minimum=1),
    match_method=columns.one_of("What joined the entry to the paper.", list(MatchMethod)),
    match_score=columns.score("Confidence of the match; 1 for equal texts and identifiers."),
)

PAPER_COUNTS = declare(
    "paper_counts",
    "papers",
    ["paper_id", "snapshot_date", "dump_id"],
    "One row per paper and dated dump that states votes, comments or stars: how they grow.",
    rules={
        "at least one count is stated": pl.any_horizontal(
            pl.col("upvote_count", "comment_count", "code_star_count").is_not_null()
        )
    },
    partitioning=BY_PAPER,
    references={("paper_id",): "papers", ("dump_id",): "dumps"},
    preview=("paper_id", "snapshot_date", "upvote_count", "comment_count"),
    paper_id=columns.identifier("The paper."),
    snapshot_date=columns.date("The day the dump was retrieved."),
    dump_id=columns.identifier("The dump that states the counts."),
    upvote_count=columns.integer("Upvotes on that day.", null=True),
    comment_count=columns.count("Comments on that day.", null=True),
    code_star_count=columns.count("Stars of the code's repository on that day.", null=True),
)


def _contribution(feature: str) -> pa.Column:
    return columns.number(
        f"Contribution of {feature} to the logit of score; NULL where a rule gives the score.", null=True
    )


MATCHES = declare(
    "matches",
    "papers",
    ["entry_id_a", "entry_id_b"],
    "One row per pair of different texts that were compared for being the same paper.",
    rules={"entry_id_a is less than entry_id_b": pl.col("entry_id_a") < pl.col("entry_id_b")},
    partitioning=ByKeyPrefix("entry_id_a", sized_by="papers"),
    preview=("entry_id_a", "entry_id_b", "score", "decision"),
    entry_id_a=columns.identifier("The lesser entry_id of the two."),
    entry_id_b=columns.identifier("The greater entry_id of the two."),
    method=columns.one_of(
        "What brought the pair together, and not the decision: near_duplicate are texts with many words in "
        "common.",
        MATCH_METHODS,
    ),
    title_similarity=columns.score("Similarity of the titles."),
    abstract_similarity=columns.score("Similarity of the abstracts; NULL if one has none.", null=True),
    score=columns.score("Probability that they are the same paper."),
    decision=columns.one_of("The decision about the pair.", list(MatchDecision)),
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
    contribution_log1m_author_jaccard=_contribution(
        "the logarithm of 1 minus the share of common authors, 0 where authors are unknown,"
    ),
    contribution_shared_authors=_contribution(
        "the logarithm of 1 plus the number of shared authors, 0 where authors are unknown,"
    ),
)


def _is_unit_length(data: pa.PolarsData) -> pl.LazyFrame:
    """Return whether each vector is finite and of length 1; NaN and infinity fail both comparisons."""
    vector = pl.col(str(data.key))
    deviation = ((vector * vector).arr.sum() - 1.0).abs()
    return data.lazyframe.select(deviation.is_not_nan() & (deviation <= UNIT_LENGTH_TOLERANCE))


def embeddings_table(dimension: int) -> Table:
    """Declare the embeddings table for vectors of `dimension` numbers."""
    return declare(
        "embeddings",
        "paper_embeddings",
        ["paper_id", "model_id"],
        "One row per paper: the vector of its title and abstract, of unit length.",
        partitioning=BY_PAPER,
        index=("paper_id",),
        references={("paper_id",): "papers"},
        preview=("paper_id", "model_id", "text_hash"),
        paper_id=columns.identifier("The paper."),
        model_id=columns.text("Names model, weights, pooling and token limit."),
        text_hash=columns.sha256("SHA-256 of the embedded text."),
        embedding=columns.column(
            pl.Array(pl.Float32(), dimension),
            "The vector, normalised.",
            pa.Check(_is_unit_length, name="finite and of unit length"),
        ),
    )


EMBEDDINGS = embeddings_table(BUNDLED_DIMENSION)
