"""Draw a comparison: every measure with its interval, and how the others differ from the first embedder."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from paperlake.evaluation.comparing import Evaluation, MeasureResult
from paperlake.evaluation.statistics import Estimate
from paperlake.text.display import excerpt

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_INCHES = 12.0
MEASURE_INCHES = 0.45
OTHER_INCHES = 1.9  # titles, axes and the legend
DPI = 100
INK = "#1f2430"
QUIET = "#b9bec9"
MAX_NAME_CHARS = 40
SPREAD = 0.6  # of the height of a measure is for its embedders
# Colours that stay apart with every common colour blindness (Okabe and Ito 2008).
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")


def draw_evaluation(evaluation: Evaluation) -> bytes:
    """Draw a comparison as a PNG; measures without data are left out."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    shown = [result for result in evaluation.measures if result.estimates]
    height = OTHER_INCHES + MEASURE_INCHES * max(3, len(shown))
    figure = Figure(figsize=(WIDTH_INCHES, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    values, differences = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    names = [excerpt(one.name, MAX_NAME_CHARS) for one in evaluation.embedders]
    _prepare(values, f"Value, {evaluation.paper_count:,} papers", shown)
    _prepare(differences, f"Difference from {names[0]}", shown)
    differences.axvline(0.0, color=INK, linewidth=0.8)
    if not shown:
        values.text(0.5, 0.5, "No measure has data", ha="center", va="center", transform=values.transAxes)
    for number, name in enumerate(names):
        places = [place + _offset(number, len(names)) for place in range(len(shown))]
        colour = PALETTE[number % len(PALETTE)]
        _dots(values, places, [result.estimates[number] for result in shown], colour, name)
        if number:
            gaps = [result.differences[number - 1].estimate for result in shown]
            _dots(differences, places, gaps, colour, name)
    legend = figure.legend(
        *values.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False
    )
    for text in legend.get_texts():
        text.set_parse_math(False)  # a name with dollar signs is no formula
    picture = io.BytesIO()
    with warnings.catch_warnings():  # a sign that no font has is drawn as a box
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(picture, format="png")
    return picture.getvalue()


def _prepare(axes: Axes, title: str, shown: Sequence[MeasureResult]) -> None:
    axes.set_title(title, fontsize=11, color=INK, loc="left", parse_math=False)
    axes.set_yticks(range(len(shown)), [f"{result.title} (n={result.count:,})" for result in shown])
    axes.set_ylim(max(len(shown), 1) - 0.5, -0.5)
    axes.grid(axis="x", color=QUIET, linewidth=0.5)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _offset(number: int, count: int) -> float:
    return SPREAD * ((number + 0.5) / count - 0.5)


def _dots(axes: Axes, places: Sequence[float], estimates: Sequence[Estimate], colour: str, name: str) -> None:
    """Draw estimates with their 95 percent intervals."""
    middle = [estimate.value for estimate in estimates]
    arms = (
        [max(0.0, estimate.value - estimate.low) for estimate in estimates],
        [max(0.0, estimate.high - estimate.value) for estimate in estimates],
    )
    axes.errorbar(
        middle, places, xerr=arms, fmt="o", color=colour, markersize=5, elinewidth=1.6, capsize=2, label=name
    )
