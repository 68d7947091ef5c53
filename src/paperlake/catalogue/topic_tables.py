"""The tables of topics, and of the papers filed under them."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from paperlake.catalogue import columns
from paperlake.catalogue.paper_tables import BY_PAPER
from paperlake.catalogue.table import declare
from paperlake.catalogue.vocabulary import LabelSource, TopicEvent

TOPIC_LEVEL, SUBTOPIC_LEVEL = 1, 2
LEVELS = (TOPIC_LEVEL, SUBTOPIC_LEVEL)
MAX_LABEL_CHARS = 60  # a label fits one line of a table and of the map
MAX_DESCRIPTION_CHARS = 1_000  # a paragraph


def _level() -> pa.Column:
    return columns.integer("1 for topics, 2 for subtopics.", pa.Check.isin(LEVELS))


TOPICS = declare(
    "topics",
    "topics",
    ["topic_id"],
    "One row per topic (level 1) or subtopic (level 2): a labelled group of papers.",
    rules={
        "a subtopic has a parent, a topic has none": (
            pl.col("parent_topic_id").is_not_null() == (pl.col("level") == SUBTOPIC_LEVEL)
        )
    },
    references={("parent_topic_id",): "topics"},
    preview=("label", "level", "paper_count", "keywords"),
    topic_id=columns.identifier(
        "Identity of the topic, derived from its most central paper; a refit keeps it."
    ),
    parent_topic_id=columns.identifier("The topic that a subtopic belongs to; NULL at level 1.", null=True),
    level=_level(),
    label=columns.text("A short name for the group.", pa.Check.str_length(max_value=MAX_LABEL_CHARS)),
    label_source=columns.one_of("Where the label comes from.", list(LabelSource)),
    description=columns.text(
        "What the group is about, by curated/topics.csv or by a language model; NULL for most.",
        pa.Check.str_length(max_value=MAX_DESCRIPTION_CHARS),
        null=True,
    ),
    keywords=columns.texts("The words that distinguish it, the most distinctive first."),
    paper_count=columns.count("Number of its papers, outliers left out.", minimum=1),
    representative_paper_ids=columns.texts("Its most central papers, the most central first."),
    coherence=columns.number("NPMI of its keywords over the papers, -1 to 1; NULL for under two.", null=True),
    x=columns.number("Horizontal position of its label on the map."),
    y=columns.number("Vertical position of its label on the map."),
)

PAPER_TOPICS = declare(
    "paper_topics",
    "topics",
    ["paper_id", "level"],
    "One row per paper and level: the topic it is filed under.",
    partitioning=BY_PAPER,
    references={("paper_id",): "papers", ("topic_id",): "topics"},
    preview=("paper_id", "topic_id", "level", "score", "is_outlier"),
    paper_id=columns.identifier("The paper."),
    topic_id=columns.identifier("Its topic; for an outlier, the nearest one."),
    level=_level(),
    score=columns.score("How well it fits, 0 to 1."),
    centrality=columns.number("Cosine to the centroid of the other papers of the topic, -1 to 1."),
    is_outlier=columns.flag("Whether it fits no topic well; topic_id is then the nearest topic."),
    x=columns.number("Horizontal position on the map."),
    y=columns.number("Vertical position on the map."),
)

FILED_TEXTS = declare(
    "filed_texts",
    "topics",
    ["paper_id"],
    "One row per paper: the text by whose vector it was filed under a topic.",
    partitioning=BY_PAPER,
    is_public=False,
    preview=("paper_id", "text_key"),
    paper_id=columns.identifier("The paper."),
    text_key=columns.text("The first characters of its text_hash in embeddings."),
)

PAPER_LABELS = declare(
    "paper_labels",
    "taxonomy",
    ["paper_id"],
    "One row per paper: its label of curated/taxonomy.yaml; no rows without that file.",
    partitioning=BY_PAPER,
    preview=("paper_id", "label", "score", "nearest_label"),
    paper_id=columns.identifier("The paper."),
    label=columns.text("Its label; NULL where it is of none.", null=True),
    score=columns.score("Probability that nearest_label is right; where label is NULL, that it is not."),
    nearest_label=columns.text("The label that is nearest, also where it is too far away."),
)

TOPIC_TRENDS = declare(
    "topic_trends",
    "topics",
    ["topic_id", "month"],
    "One row per topic and month in which papers were published; months without its papers count 0.",
    references={("topic_id",): "topics"},
    preview=("topic_id", "month", "paper_count", "share", "change"),
    topic_id=columns.identifier("The topic."),
    month=columns.date("First day of the month of publication."),
    paper_count=columns.count("Number of its papers of that month."),
    share=columns.score("Its share of all dated papers of that month."),
    change=columns.number(
        "share minus the mean share of the three months before; NULL where there are none.", null=True
    ),
)

EMERGING_TOPICS = declare(
    "emerging_topics",
    "topics",
    ["topic_id"],
    "One row per topic with a larger share of the last three months' papers than of the year before.",
    references={("topic_id",): "topics"},
    preview=("topic_id", "level", "rank", "growth_low", "recent_paper_count"),
    topic_id=columns.identifier("The topic."),
    level=_level(),
    rank=columns.count("Rank within its level, 1 for the highest growth_low.", minimum=1),
    month_from=columns.date(
        "First day of the first of the three recent months; the twelve months before are the earlier ones."
    ),
    recent_paper_count=columns.count(
        "Number of its papers of the recent months, outliers left out.", minimum=1
    ),
    earlier_paper_count=columns.count("Number of its papers of the earlier months, outliers left out."),
    recent_share=columns.score("Its share of all dated papers of the recent months."),
    earlier_share=columns.score("Its share of all dated papers of the earlier months."),
    growth=columns.number(
        "recent_share over earlier_share, shrunk towards 1 the fewer papers there are.", pa.Check.gt(1.0)
    ),
    growth_low=columns.number(
        "Lower 95% bound of the growth; above 1, the growth is unlikely to be chance.", pa.Check.gt(0.0)
    ),
)

TOPIC_EVENTS = declare(
    "topic_events",
    "topics",
    ["fit_number", "topic_id", "event"],
    "One row per topic that began or ended at a fit, or that a person merged or split off since; a topic "
    "that lives on has none.",
    rules={
        "another topic is named for a split or a merge, and only then": (
            pl.col("other_topic_id").is_not_null()
            == pl.col("event").is_in([str(TopicEvent.SPLIT), str(TopicEvent.MERGED)])
        )
    },
    preview=("event", "level", "label", "other_label", "paper_count"),
    fit_number=columns.count("Number of the fit, from 1; at the first, every topic is born.", minimum=1),
    snapshot_date=columns.date(
        "The newest day on which a dump of that fit's papers was retrieved.", null=True
    ),
    event=columns.one_of(
        "born, died, split (it came out of other_topic_id) or merged (it went into other_topic_id).",
        list(TopicEvent),
    ),
    level=_level(),
    topic_id=columns.identifier("The topic that began or ended."),
    label=columns.text("Its label at the time."),
    paper_count=columns.count(
        "Number of its papers, outliers left out: at this fit if it began, at the last if it ended."
    ),
    other_topic_id=columns.identifier(
        "The topic it came out of or went into; NULL if it was born or died.", null=True
    ),
    other_label=columns.text("The label of that topic at the time.", null=True),
    shared_paper_count=columns.count(
        "Number of papers that went from one to the other; NULL without another.", null=True
    ),
)
