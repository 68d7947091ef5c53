"""Drawing the topic map as a picture: for the README and Dagster's metadata.

Places come from the tables (`map.py` computes them); only what is legible is decided here.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from paperlake.catalogue.topic_tables import SUBTOPIC_LEVEL, TOPIC_LEVEL
from paperlake.topics.continuity.topic_model import TopicModel
from paperlake.topics.tables import TopicTables, topic_tables

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

INCHES = (12.5, 8.6)
DPI = 90  # 1,125 points wide: fits the dialog in which the UI shows it
LABEL_POINTS = 8.5
TOPIC_POINTS = 8.5
LEGEND_COLUMNS = 3  # of labels of at most 60 characters
WRAP_CHARS = 22  # a label of 60 characters takes three lines
MAX_LABELLED = 40  # the largest; more labels cannot be told apart
MAX_COLOURS = 200  # of the PNG: 12 for topics, with their edges, and ink
MAX_DRAWN_PAPERS = 30_000  # more dots only cover one another
OPACITY = 0.8  # so that dots on one another show
INK = "#1f2430"
QUIET = "#b9bec9"

# Colours that stay apart with every common colour blindness (Okabe and Ito 2008; Tol 2021, muted).
PALETTE = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#882255", "#999933",
    "#332288", "#44AA99", "#AA4499", "#117733",
)  # fmt: skip


def draw_model(model: TopicModel) -> bytes:
    """Draw the map of a fit: its papers, and the counts of the lake's papers at the fit."""
    counts = {topic.topic_id: topic.paper_count for level in model.levels for topic in level}
    dates = pl.DataFrame({"paper_id": model.papers.paper_ids}, {"paper_id": pl.String})
    dates = dates.with_columns(published_date=pl.lit(None, pl.Date))
    tables = topic_tables(model, model.papers, dates)
    topics = tables.topics.with_columns(
        paper_count=pl.col("topic_id").replace_strict(counts, return_dtype=pl.Int64)
    )
    return draw_map(replace(tables, topics=topics))


def draw_map(tables: TopicTables) -> bytes:
    """Draw the map as a PNG: papers as dots in the colour of their topic, subtopics labelled.

    Args:
        tables: The tables of `fit_topics`; empty ones give a picture that says so.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=INCHES, dpi=DPI)
    canvas = FigureCanvasAgg(figure)
    with warnings.catch_warnings():  # a sign that no font has is drawn as a box
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        _draw(figure, canvas, tables)
        return _as_png(canvas)


def _draw(figure: Figure, canvas: FigureCanvasAgg, tables: TopicTables) -> None:
    axes = figure.add_axes((0.01, 0.12, 0.98, 0.87))
    axes.set_axis_off()
    axes.set_aspect("equal", adjustable="datalim")
    if tables.topics.is_empty():
        axes.text(0.5, 0.5, "No papers yet", ha="center", va="center", color=INK, transform=axes.transAxes)
    else:
        colours = _topic_colours(tables.topics)
        _draw_papers(axes, tables, colours)
        _draw_legend(figure, tables.topics, colours)
        canvas.draw()  # type: ignore[no-untyped-call]
        _draw_labels(axes, tables)


def _as_png(canvas: FigureCanvasAgg) -> bytes:
    """Return the canvas as a PNG of few colours: half the size of one in full colour, and looks the same."""
    from PIL import Image  # noqa: PLC0415

    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    image = Image.fromarray(pixels).convert("RGB")
    picture = io.BytesIO()
    # MAXCOVERAGE: median cut would merge the colours of small topics.
    reduced = image.quantize(MAX_COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    reduced.save(picture, format="png", optimize=True)
    return picture.getvalue()


def _topic_colours(topics: pl.DataFrame) -> dict[str, str]:
    """Return a colour for each topic, the largest first; beyond the palette, colours repeat."""
    ordered = topics.filter(pl.col("level") == TOPIC_LEVEL).sort(
        ["paper_count", "topic_id"], descending=[True, False]
    )
    return {name: PALETTE[number % len(PALETTE)] for number, name in enumerate(ordered["topic_id"])}


def _draw_papers(axes: Axes, tables: TopicTables, colours: dict[str, str]) -> None:
    papers = tables.paper_topics.filter(pl.col("level") == TOPIC_LEVEL).sort("paper_id")
    papers = papers.gather_every(max(1, -(-papers.height // MAX_DRAWN_PAPERS)))
    area = min(26.0, max(1.0, 12_000.0 / papers.height))
    for outlier in (True, False):
        shown = papers.filter(pl.col("is_outlier") == outlier)
        axes.scatter(
            shown["x"].to_numpy(),
            shown["y"].to_numpy(),
            s=area * (0.6 if outlier else 1.0),
            c=[QUIET if outlier else colours[topic] for topic in shown["topic_id"]],
            alpha=OPACITY,
            linewidths=0,
            zorder=1 if outlier else 2,
        )
    axes.margins(x=0.02, y=0.07)  # room for labels above the topmost disc


def _draw_legend(figure: Figure, topics: pl.DataFrame, colours: dict[str, str]) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415

    ordered = topics.filter(pl.col("level") == TOPIC_LEVEL).sort(
        ["paper_count", "topic_id"], descending=[True, False]
    )
    shown = ordered.head(len(PALETTE))
    handles = [
        Line2D(
            [],
            [],
            marker="o",
            alpha=OPACITY,
            linestyle="",
            color=colours[row["topic_id"]],
            label=f"{row['label']} ({row['paper_count']:,})",
        )
        for row in shown.iter_rows(named=True)
    ]
    figure.legend(
        handles=handles,
        loc="lower center",
        ncols=LEGEND_COLUMNS,
        frameon=False,
        fontsize=TOPIC_POINTS,
        labelcolor=INK,
        handletextpad=0.2,
        columnspacing=1.4,
    )


def _draw_labels(axes: Axes, tables: TopicTables) -> None:
    """Write the labels of the largest subtopics above, below or on their discs, where there is room."""
    from matplotlib.patheffects import withStroke  # noqa: PLC0415

    edges = (
        tables.paper_topics.filter((pl.col("level") == SUBTOPIC_LEVEL) & ~pl.col("is_outlier"))
        .group_by("topic_id")
        .agg(top=pl.col("y").max(), bottom=pl.col("y").min())
    )
    ordered = tables.topics.filter(pl.col("level") == SUBTOPIC_LEVEL).join(edges, on="topic_id")
    ordered = ordered.sort(["paper_count", "topic_id"], descending=[True, False]).head(MAX_LABELLED)
    taken: list[Any] = []
    for row in ordered.iter_rows(named=True):
        middle = (row["top"] + row["bottom"]) / 2.0
        for y, side, gap in ((row["top"], "bottom", 4), (row["bottom"], "top", -4), (middle, "center", 0)):
            text = axes.annotate(
                "\n".join(textwrap.wrap(row["label"], WRAP_CHARS)),
                (row["x"], y),
                xytext=(0, gap),
                textcoords="offset points",
                ha="center",
                va=side,
                fontsize=LABEL_POINTS,
                linespacing=1.05,
                color=INK,
                zorder=4,
                path_effects=[withStroke(linewidth=2.5, foreground="white", alpha=0.85)],
            )
            box = text.get_window_extent()
            if not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
            text.remove()
