"""Charts as SVG paths: votes over time, and the map. The templates write the elements around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from paperlake.queries import Row
from paperlake.report.content import COLOURS

WIDTH, HEIGHT = 640, 150  # units of the chart of votes
MAP_WIDTH, MAP_HEIGHT = 1000, 760
MAP_MARGIN = 40
LABEL_CHAR_WIDTH, LABEL_HEIGHT = 9.6, 26  # units of a label's letter and line on the map
MAX_LABEL_CHARS = 34


@dataclass(frozen=True)
class VoteChart:
    """Upvotes of a paper by day."""

    line: str
    area: str
    dots: Sequence[tuple[float, float, str]]
    """Place and description of each day."""
    least: int
    greatest: int
    day_from: date
    day_to: date


def vote_chart(counts: Sequence[Row]) -> VoteChart | None:
    """Return the chart of rows of paper_counts; None for fewer than two days with upvotes."""
    known = [(row["snapshot_date"], row["upvote_count"]) for row in counts if row["upvote_count"] is not None]
    if len(known) < 2:
        return None
    days, votes = [day for day, _ in known], [count for _, count in known]
    span, top = max((days[-1] - days[0]).days, 1), max(*votes, 1)
    places = [((day - days[0]).days / span * WIDTH, HEIGHT - count / top * HEIGHT) for day, count in known]
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dots = [
        (round(x, 1), round(y, 1), f"{day}: {count:,}")
        for (x, y), (day, count) in zip(places, known, strict=True)
    ]
    return VoteChart(line, f"{line}V{HEIGHT}H0z", dots, min(votes), top, days[0], days[-1])


@dataclass(frozen=True)
class MapTopic:
    """A topic on the map."""

    topic: Row
    number: int
    colour: int
    dots: str
    """Its papers as one path of dots."""
    x: float
    y: float
    has_label: bool
    """Whether there is room for its label."""


@dataclass(frozen=True)
class TopicMap:
    """Papers and topics with their places in the picture."""

    topics: Sequence[MapTopic]
    papers: Sequence[tuple[Row, float, float]]
    """Papers with a place of their own, for links; empty where there are too many."""


def topic_map(points: Sequence[Row], topics: Sequence[Row], parent: Row | None, max_linked: int) -> TopicMap:
    """Place papers and topics.

    Args:
        points: Rows of `queries.topics.map_points`.
        topics: The topics to show, largest first: all of level 1, or the subtopics of one.
        parent: The topic that is shown; None for the whole map.
        max_linked: Papers that are placed one by one; of more, only dots are drawn.
    """
    place = _Place(points)
    column = "topic_id" if parent else "top_topic_id"
    shown, taken = [], _Taken()
    for number, topic in enumerate(topics):
        own = [row for row in points if row[column] == topic["topic_id"]]
        x, y = place.of(topic)
        dots = "".join("M{:.0f} {:.0f}h0".format(*place.of(row)) for row in own)
        shown.append(
            MapTopic(topic, number + 1, number % COLOURS, dots, x, y, taken.take(x, y, topic["label"]))
        )
    linked = [(row, *place.of(row)) for row in points] if len(points) <= max_linked else []
    return TopicMap(shown, linked)


class _Place:
    """Scales places of the map to units of the picture."""

    def __init__(self, points: Sequence[Row]) -> None:
        self._bounds = [
            (min((row[axis] for row in points), default=0.0), max((row[axis] for row in points), default=1.0))
            for axis in ("x", "y")
        ]

    def of(self, row: Row) -> tuple[float, float]:
        """Return the place of a row with x and y, kept inside the picture."""
        scaled = []
        for value, (low, high), size in zip(
            (row["x"], row["y"]), self._bounds, (MAP_WIDTH, MAP_HEIGHT), strict=True
        ):
            share = (value - low) / (high - low) if high > low else 0.5
            scaled.append(MAP_MARGIN + min(max(share, 0.0), 1.0) * (size - 2 * MAP_MARGIN))
        return round(scaled[0], 1), round(MAP_HEIGHT - scaled[1], 1)


class _Taken:
    """The parts of the picture that labels cover."""

    def __init__(self) -> None:
        self._boxes: list[tuple[float, float, float]] = []

    def take(self, x: float, y: float, label: str) -> bool:
        """Take the room of a label; return whether it was free and inside the picture."""
        half = min(len(label), MAX_LABEL_CHARS) * LABEL_CHAR_WIDTH / 2
        is_inside = half <= x <= MAP_WIDTH - half
        is_free = all(
            abs(x - other_x) > half + other_half or abs(y - other_y) > LABEL_HEIGHT
            for other_x, other_y, other_half in self._boxes
        )
        if is_inside and is_free:
            self._boxes.append((x, y, half))
        return is_inside and is_free
