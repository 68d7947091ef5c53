"""The stage `report`: one page about the whole lake, made from the warehouse alone, checked, published.

What the page says is in `content.py`, how it is put together in `rendering.py`, what is checked of it in
`checks.py`.
"""

from __future__ import annotations

from paperlake.lake import Lake
from paperlake.progress import Progress, Silent
from paperlake.report.checks import check_page
from paperlake.report.content import read_content
from paperlake.report.rendering import render
from paperlake.settings import Settings
from paperlake.stages import Made, StageResult, fingerprint, run_stage, upstream

STAGE = "report"


def make_report(lake: Lake, settings: Settings, progress: Progress | None = None) -> StageResult:
    """Bring the page up to date with the warehouse.

    Raises:
        CheckFailedError: The page lost something or reaches out; the one before stays in place.
        LakeError: There is no warehouse.
    """
    made_from = fingerprint(STAGE, settings, upstream(lake, "warehouse"))
    return run_stage(lake, STAGE, made_from, lambda: _make(lake, progress or Silent()))


def _make(lake: Lake, progress: Progress) -> Made:
    content = read_content(lake)
    with progress.task("Writing the page", content.papers.height, "papers") as advance:
        html = render(content)
        advance(content.papers.height)
    page = html.encode()
    return Made(
        checks=check_page(html, content),
        facts={"file_megabytes": round(len(page) / 1e6, 2)},
        files={lake.report: page},
        row_counts={"papers": content.papers.height, "topics": len(content.topics)},
    )
