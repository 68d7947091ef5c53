"""The stage `report`: one page about the whole lake, built from the warehouse alone.

What the page says is in `content.py`, how it is put together in `rendering.py`, what is checked of it in
`checks.py`.
"""

from __future__ import annotations

from paperlake.catalogue.files import REPORT, WAREHOUSE
from paperlake.lake.manifest import Facts
from paperlake.report.checks import PAGE_CHECKS, check_page
from paperlake.stages.run import StageRun
from paperlake.stages.stage import Stage


def _build(run: StageRun) -> Facts:
    """Build the page from the committed warehouse.

    Raises:
        LakeError: There is no warehouse.
    """
    from paperlake.report.content import read_content  # noqa: PLC0415  # not needed where nothing is built
    from paperlake.report.rendering import render  # noqa: PLC0415

    run.path_of(WAREHOUSE)  # verified before a page is built from it
    content = read_content(run.lake)
    with run.progress.task("Writing the page", content.papers.height, "papers") as advance:
        html = render(content)
        advance(content.papers.height)
    page = html.encode()
    for name, found in check_page(html, content).items():
        run.report(name, *found)
    run.write_file(REPORT, page)
    return {
        "file_megabytes": round(len(page) / 1e6, 2),
        "papers": content.overview["paper_count"],
        "drawn_papers": content.papers.height,
        "topics": len(content.topics),
    }


REPORT_STAGE = Stage(
    name="report",
    description="Write one self-contained page about the lake.",
    reads=(WAREHOUSE,),
    writes=(REPORT,),
    version=4,
    build=_build,
    checks=PAGE_CHECKS,
    kinds=frozenset({"html"}),
)
