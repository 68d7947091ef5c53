"""Pack the papers of the map into the page: columns of numbers and lines of text, deflated, in base64.

100,000 papers take about 5 MB, a fifth of the size as JSON. `papers.js` unpacks the columns.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from paperlake.report.content import DENSITY_CELLS
from paperlake.report.details import packed_details
from paperlake.report.links import paper_link
from paperlake.text.display import excerpt

MAX_TITLE_CHARS = 300  # longer titles are cut
UNKNOWN = -(2**31)  # marks a missing date or number of votes
PLACES = 65_535  # steps of the map's width and height, finer than the pixels of a screen
_EPOCH = date(1970, 1, 1)
# Inside a script element, JSON must not end the element, open a comment, or end a line of JavaScript.
_SCRIPT_ESCAPES = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


@dataclass(frozen=True)
class Packed:
    """Data for the scripts of the page."""

    columns: dict[str, str]
    """The values of each column by its name, deflated, in base64."""
    facts: str
    """Topics and the bounds of the map, as JSON escaped for a script element."""


def pack(
    papers: pl.DataFrame,
    topics: Sequence[dict[str, Any]],
    density: pl.DataFrame | None = None,
    details: Sequence[dict[str, Any]] = (),
) -> Packed:
    """Pack the papers for the page, sorted by subtopic, newest first.

    Args:
        papers: The rows of `sql/papers.sql`; their topics are of level 2.
        topics: The rows of `sql/topics.sql`, each topic followed by its subtopics.
        density: The rows of `sql/density.sql` where `papers` are a sample, else None.
        details: The rows of `sql/details.sql` of some of the papers.
    """
    number_of = {topic["topic_id"]: number for number, topic in enumerate(topics)}
    ordered = papers.with_columns(
        topic=pl.col("topic_id").replace_strict(number_of, return_dtype=pl.UInt16)
    ).sort(
        ["topic", "published_date", "upvote_count", "paper_id"],
        descending=[False, True, True, False],
        nulls_last=True,
    )
    days = (ordered["published_date"] - _EPOCH).dt.total_days().fill_null(UNKNOWN)
    titles = [excerpt(title, MAX_TITLE_CHARS) for title in ordered["title"]]
    links = [paper_link(*row) or "" for row in ordered.select("url", "arxiv_id", "doi").iter_rows()]
    bounds = {
        axis: _bounds(
            papers[axis] if density is None else pl.concat([density[f"low_{axis}"], density[f"high_{axis}"]])
        )
        for axis in ("x", "y")
    }
    columns = {
        "x": _steps(ordered["x"], bounds["x"]),
        "y": _steps(ordered["y"], bounds["y"]),
        "topic": ordered["topic"].to_numpy().astype("<u2").tobytes(),
        "outlier": ordered["is_outlier"].to_numpy().astype("u1").tobytes(),
        "day": days.to_numpy().astype("<i4").tobytes(),
        "votes": _votes(ordered["upvote_count"]),
        "title": "\n".join(titles).encode(),
        "link": "\n".join(links).encode(),
        "id": bytes.fromhex("".join(ordered["paper_id"])),
        "detail": packed_details(
            details, {paper_id: number for number, paper_id in enumerate(ordered["paper_id"])}
        ),
    }
    facts: dict[str, Any] = {
        "paper_count": papers.height,
        "lake_count": papers.height,
        "bounds": bounds,
        "topics": [_topic(topic, number_of) for topic in topics],
    }
    if density is not None:
        columns["density"] = _density(density)
        facts |= {"lake_count": int(density["paper_count"].sum()), "density": list(DENSITY_CELLS)}
    with ThreadPoolExecutor() as threads:
        deflated = threads.map(_deflated, columns.values())
    return Packed(dict(zip(columns, deflated, strict=True)), script_json(facts))


def _density(density: pl.DataFrame) -> bytes:
    """Return one byte per cell, row by row from below: 0 for no papers, else 1 to 255 by their logarithm."""
    width, height = DENSITY_CELLS
    counts = np.zeros(width * height)
    places = density.select(pl.col("cell_row") * width + pl.col("cell_column")).to_series().to_numpy()
    counts[places] = density["paper_count"].to_numpy()
    shades = np.ceil(255.0 * np.log1p(counts) / np.log1p(counts.max(initial=1.0)))
    return bytes(shades.astype("u1").tobytes())


def script_json(value: object) -> str:
    """Return a value as JSON escaped for a script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_SCRIPT_ESCAPES)


def unpacked(column: str) -> bytes:
    """Return the bytes of a packed column."""
    return zlib.decompress(base64.b64decode(column))


def _topic(topic: dict[str, Any], number_of: dict[str, int]) -> dict[str, Any]:
    parent = topic["parent_topic_id"]
    return {
        "id": topic["topic_id"],
        "label": excerpt(topic["label"], MAX_TITLE_CHARS),
        "keywords": [excerpt(word, MAX_TITLE_CHARS) for word in topic["keywords"]],
        "count": topic["paper_count"],
        "filed": topic["filed_count"],
        "level": topic["level"],
        "parent": number_of[parent] if parent else None,
        "colour": topic["colour"],
        "x": topic["x"],
        "y": topic["y"],
    }


def _bounds(values: pl.Series) -> tuple[float, float]:
    low, high = (float(values.min() or 0.0), float(values.max() or 0.0)) if len(values) else (0.0, 0.0)  # type: ignore[arg-type]
    return low, high if high > low else low + 1.0


def _steps(values: pl.Series, bounds: tuple[float, float]) -> bytes:
    low, high = bounds
    numbers = np.round((values.to_numpy() - low) / (high - low) * PLACES)
    return bytes(numbers.astype("<u2").tobytes())


def _votes(values: pl.Series) -> bytes:
    votes = values.clip(UNKNOWN + 1, 2**31 - 1).fill_null(UNKNOWN)
    return bytes(votes.to_numpy().astype("<i4").tobytes())


def _deflated(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, 9)).decode("ascii")
