"""Drawing the topic map as a picture: for the README and Dagster's metadata.

Places come from the tables (`map.py` computes them); only what is legible is decided here. Pillow takes
0.3 s of CPU for the sample papers, Matplotlib took 1.3 with its import.
"""

from __future__ import annotations

import io
import math
import textwrap
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from paperlake.catalogue.topic_tables import SUBTOPIC_LEVEL, TOPIC_LEVEL
from paperlake.topics.continuity.topic_model import TopicModel
from paperlake.topics.tables import TopicTables, topic_tables

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

    Box = tuple[float, float, float, float]

WIDTH, HEIGHT = 1125, 774  # pixels: fits the dialog in which the UI shows it
LEGEND_HEIGHT = 92
MARGIN = 32  # around the discs, with room for a label above the topmost one
SCALE = 2  # dots are drawn larger and reduced, so that their edges are smooth
FONT_PIXELS = 11
HALO = 2  # pixels of white around a label
LINE_GAP = -2 * HALO  # Pillow adds the halo to the height of each line
LABEL_GAP = 5  # pixels between a label and its disc
MAX_COLUMNS = 3  # of the legend
MAX_LINE = 19  # pixels from one line of the legend to the next
COLUMN_GAP = 26
LEGEND_DOT = 4  # radius
WRAP_CHARS = 22  # a label of 60 characters takes three lines
MAX_LABELLED = 40  # the largest; more labels cannot be told apart
MAX_COLOURS = 200  # of the PNG: 12 for topics, with their edges, and ink
MAX_DRAWN_PAPERS = 30_000  # more dots only cover one another
DOT_AREA = (2.0, 33.0)  # square pixels, at the least and at the most
DOTS_AREA = 15_000.0  # square pixels that all dots cover, where the bounds allow it
OUTLIER_SHARE = 0.6  # of the area of other dots
OPACITY = 204  # of 255, so that dots on one another show
INK = "#1f2430"
QUIET = "#b9bec9"
FONT = "mpl-data/fonts/ttf/DejaVuSans.ttf"  # with Latin, Greek and Cyrillic letters; Matplotlib has it

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
    from PIL import Image, ImageDraw  # noqa: PLC0415

    large = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), "white")
    if tables.topics.is_empty():
        image = large.reduce(SCALE)
        middle = (WIDTH / 2, HEIGHT / 2)
        ImageDraw.Draw(image).text(middle, "No papers yet", INK, _font(), anchor="mm")
        return _as_png(image)
    colours = _topic_colours(tables.topics)
    places = _Places.of(tables.paper_topics)
    _draw_papers(ImageDraw.Draw(large, "RGBA"), tables, colours, places)
    image = large.reduce(SCALE)
    draw = ImageDraw.Draw(image)
    _draw_legend(draw, tables.topics, colours)
    _draw_labels(draw, tables, places)
    return _as_png(image)


@cache
def _font() -> FreeTypeFont:
    from PIL import ImageFont  # noqa: PLC0415

    found = find_spec("matplotlib")  # which is not loaded
    assert found is not None  # noqa: S101  # a dependency
    assert found.origin is not None  # noqa: S101
    return ImageFont.truetype(Path(found.origin).parent / FONT, FONT_PIXELS)


@dataclass(frozen=True)
class _Places:
    """Turns places of the map into pixels; both axes have one scale."""

    left: float
    top: float
    middle_x: float
    middle_y: float
    pixels: float
    """Of a unit of the map."""

    @classmethod
    def of(cls, papers: pl.DataFrame) -> _Places:
        """Fit all papers into the part of the picture above the legend."""
        (least_x, most_x, least_y, most_y) = papers.select(
            pl.col("x").min(), pl.col("x").max().alias("most_x"),
            pl.col("y").min(), pl.col("y").max().alias("most_y"),
        ).row(0)  # fmt: skip
        width, height = WIDTH - 2 * MARGIN, HEIGHT - LEGEND_HEIGHT - 2 * MARGIN
        pixels = min(width / max(most_x - least_x, 1e-9), height / max(most_y - least_y, 1e-9))
        middle = ((least_x + most_x) / 2, (least_y + most_y) / 2)
        return cls(WIDTH / 2, MARGIN + height / 2, *middle, pixels)

    def x(self, value: float) -> float:
        """Return the pixel of a place from left to right."""
        return self.left + (value - self.middle_x) * self.pixels

    def y(self, value: float) -> float:
        """Return the pixel of a place from bottom to top."""
        return self.top - (value - self.middle_y) * self.pixels


def _as_png(image: Image) -> bytes:
    """Return a PNG of few colours: half the size of one in full colour, and looks the same."""
    from PIL import Image  # noqa: PLC0415

    picture = io.BytesIO()
    # MAXCOVERAGE: median cut would merge the colours of small topics.
    reduced = image.quantize(MAX_COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    reduced.save(picture, format="png", optimize=True)
    return picture.getvalue()


def _largest_first(topics: pl.DataFrame, level: int) -> pl.DataFrame:
    ordered = topics.filter(pl.col("level") == level)
    return ordered.sort(["paper_count", "topic_id"], descending=[True, False])


def _topic_colours(topics: pl.DataFrame) -> dict[str, str]:
    """Return a colour for each topic, the largest first; beyond the palette, colours repeat."""
    ordered = _largest_first(topics, TOPIC_LEVEL)
    return {name: PALETTE[number % len(PALETTE)] for number, name in enumerate(ordered["topic_id"])}


def _draw_papers(draw: ImageDraw, tables: TopicTables, colours: dict[str, str], places: _Places) -> None:
    papers = tables.paper_topics.filter(pl.col("level") == TOPIC_LEVEL).sort("paper_id")
    papers = papers.gather_every(max(1, -(-papers.height // MAX_DRAWN_PAPERS)))
    area = min(max(DOTS_AREA / papers.height, DOT_AREA[0]), DOT_AREA[1])
    for outlier in (True, False):
        radius = SCALE * math.sqrt(area * (OUTLIER_SHARE if outlier else 1.0) / math.pi)
        shown = papers.filter(pl.col("is_outlier") == outlier)
        for topic, x, y in shown.select("topic_id", "x", "y").iter_rows():
            at_x, at_y = SCALE * places.x(x), SCALE * places.y(y)
            box = (at_x - radius, at_y - radius, at_x + radius, at_y + radius)
            draw.ellipse(box, fill=_see_through(QUIET if outlier else colours[topic]))


def _see_through(colour: str) -> tuple[int, int, int, int]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue, OPACITY


def _draw_legend(draw: ImageDraw, topics: pl.DataFrame, colours: dict[str, str]) -> None:
    """List the largest topics with their colours and counts, in as many columns as there is room for."""
    shown = _largest_first(topics, TOPIC_LEVEL).head(len(PALETTE))
    texts = [f"{row['label']} ({row['paper_count']:,})" for row in shown.iter_rows(named=True)]
    columns, widths = _legend_columns(texts)
    line_height = min(MAX_LINE, LEGEND_HEIGHT / columns[0])
    top = HEIGHT - LEGEND_HEIGHT + (LEGEND_HEIGHT - (columns[0] - 1) * line_height) / 2
    x = (WIDTH - sum(widths) + COLUMN_GAP) / 2
    entries = iter(zip(shown["topic_id"], texts, strict=True))
    for lines, width in zip(columns, widths, strict=True):
        for line, (topic, text) in enumerate(islice(entries, lines)):
            y = top + line * line_height
            draw.ellipse((x, y - LEGEND_DOT, x + 2 * LEGEND_DOT, y + LEGEND_DOT), fill=colours[topic])
            draw.text((x + 3 * LEGEND_DOT, y), text, INK, _font(), anchor="lm")
        x += width


def _legend_columns(texts: list[str]) -> tuple[list[int], list[float]]:
    """Return the number of lines of each column, filled one after the other, and its width with the gap."""
    for count in range(min(MAX_COLUMNS, len(texts)), 0, -1):
        lines = -(-len(texts) // count)
        parts = [texts[at : at + lines] for at in range(0, len(texts), lines)]
        widths = [max(map(_font().getlength, part)) + 3 * LEGEND_DOT + COLUMN_GAP for part in parts]
        if sum(widths) <= WIDTH:
            break
    return [len(part) for part in parts], widths


def _draw_labels(draw: ImageDraw, tables: TopicTables, places: _Places) -> None:
    """Write the labels of the largest subtopics above, below or on their discs, where there is room."""
    edges = (
        tables.paper_topics.filter((pl.col("level") == SUBTOPIC_LEVEL) & ~pl.col("is_outlier"))
        .group_by("topic_id")
        .agg(top=pl.col("y").max(), bottom=pl.col("y").min())
    )
    labelled = tables.topics.join(edges, on="topic_id")
    taken: list[Box] = []
    for row in _largest_first(labelled, SUBTOPIC_LEVEL).head(MAX_LABELLED).iter_rows(named=True):
        text = "\n".join(textwrap.wrap(row["label"], WRAP_CHARS))
        top, bottom = places.y(row["top"]) - LABEL_GAP, places.y(row["bottom"]) + LABEL_GAP
        middle = (top + bottom) / 2
        for y, anchor in ((top, "md"), (bottom, "ma"), (middle, "mm")):
            place = (places.x(row["x"]), y)
            box = draw.textbbox(place, text, _font(), anchor, LINE_GAP, "center", stroke_width=HALO)
            is_inside = box[1] >= 0 and box[3] <= HEIGHT - LEGEND_HEIGHT
            if is_inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                draw.text(
                    place, text, INK, _font(), anchor, LINE_GAP, "center",
                    stroke_width=HALO, stroke_fill="white",
                )  # fmt: skip
                break


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
