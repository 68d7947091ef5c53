"""Drawing the topic map as a picture for people: the README, Dagster's metadata.

Places come from the tables (`map.py` made them); nothing is computed here but what stays readable.
"""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING, Any

import polars as pl

from paperlake.topics.fit import TopicTables

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INCHES = (12.5, 8.6)
DPI = 110  # 1375 x 946 pixels: sharp in a README, 150 to 250 KB
LABEL_POINTS = 8.5
TOPIC_POINTS = 8.5
WRAP_CHARS = 22  # a label of 60 characters takes three lines
LABELLED_SUBTOPICS = 40  # the largest; more labels cannot be told apart
DRAWN_PAPERS = 30_000  # more dots only cover one another
INK = "#1f2430"
QUIET = "#b9bec9"

# Colours that stay apart with every common colour blindness (Okabe and Ito 2008; Tol 2021, muted).
PALETTE = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#882255", "#999933",
    "#332288", "#44AA99", "#AA4499", "#117733",
)  # fmt: skip


def draw_map(tables: TopicTables) -> bytes:
    """The map as a PNG: papers as dots in the colour of their topic, subtopics labelled.

    Args:
        tables: The tables of `fit_topics`; empty ones give a picture that says so.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=INCHES, dpi=DPI)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.01, 0.09, 0.98, 0.87))
    axes.set_axis_off()
    axes.set_aspect("equal", adjustable="datalim")
    if tables.topics.is_empty():
        axes.text(0.5, 0.5, "No papers yet", ha="center", va="center", color=INK, transform=axes.transAxes)
    else:
        colours = _topic_colours(tables.topics)
        _draw_papers(axes, tables, colours)
        _draw_legend(figure, tables.topics, colours)
        canvas.draw()  # type: ignore[no-untyped-call]
        _draw_labels(axes, tables.topics, colours)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", facecolor="white", metadata={"Software": None})
    return picture.getvalue()


def _topic_colours(topics: pl.DataFrame) -> dict[str, str]:
    """A colour for each topic, the largest first; beyond the palette, colours come again."""
    ordered = topics.filter(pl.col("level") == 1).sort(["paper_count", "topic_id"], descending=[True, False])
    return {name: PALETTE[number % len(PALETTE)] for number, name in enumerate(ordered["topic_id"])}


def _draw_papers(axes: Axes, tables: TopicTables, colours: dict[str, str]) -> None:
    papers = tables.paper_topics.filter(pl.col("level") == 1).sort("paper_id")
    papers = papers.gather_every(max(1, -(-papers.height // DRAWN_PAPERS)))
    area = min(26.0, max(1.0, 12_000.0 / papers.height))
    for outlier in (True, False):
        shown = papers.filter(pl.col("is_outlier") == outlier)
        axes.scatter(
            shown["x"].to_numpy(),
            shown["y"].to_numpy(),
            s=area * (0.6 if outlier else 1.0),
            c=[QUIET if outlier else colours[topic] for topic in shown["topic_id"]],
            alpha=0.75,
            linewidths=0,
            zorder=1 if outlier else 2,
        )
    axes.margins(0.03)


def _draw_legend(figure: Figure, topics: pl.DataFrame, colours: dict[str, str]) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415

    ordered = topics.filter(pl.col("level") == 1).sort(["paper_count", "topic_id"], descending=[True, False])
    shown = ordered.head(len(PALETTE))
    handles = [
        Line2D(
            [],
            [],
            marker="o",
            linestyle="",
            color=colours[row["topic_id"]],
            label=f"{row['label']} ({row['paper_count']:,})",
        )
        for row in shown.iter_rows(named=True)
    ]
    figure.legend(
        handles=handles,
        loc="lower center",
        ncols=4 if len(handles) > 6 else 3,
        frameon=False,
        fontsize=TOPIC_POINTS,
        labelcolor=INK,
        handletextpad=0.2,
        columnspacing=1.4,
    )


def _draw_labels(axes: Axes, topics: pl.DataFrame, colours: dict[str, str]) -> None:
    """Label the largest subtopics at their islands; a label that would cover another moves or gives way."""
    ordered = topics.filter(pl.col("level") == 2).sort(["paper_count", "topic_id"], descending=[True, False])
    taken: list[Any] = []
    for row in ordered.head(LABELLED_SUBTOPICS).iter_rows(named=True):
        for shift in LABEL_SHIFTS:
            text = axes.annotate(
                _wrapped(row["label"]),
                (row["x"], row["y"]),
                xytext=(0, shift),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=LABEL_POINTS,
                color=INK,
                zorder=4,
                bbox={
                    "boxstyle": "round,pad=0.2",
                    "fc": "white",
                    "ec": colours[row["parent_topic_id"]],
                    "alpha": 0.82,
                    "lw": 0.8,
                },
            )
            box = text.get_window_extent().expanded(1.06, 1.2)
            if not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
            text.remove()


LABEL_SHIFTS = (0, 14, -14, 28, -28, 42, -42)  # points up or down, nearest first


def _wrapped(label: str) -> str:
    return "\n".join(textwrap.wrap(label, WRAP_CHARS))
