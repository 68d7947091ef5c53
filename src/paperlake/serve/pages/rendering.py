"""Render the templates. Every value is escaped, and made one line that turns no direction of writing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from paperlake import __version__
from paperlake.bibliography import FORMATS
from paperlake.queries import quality
from paperlake.report.links import is_web_address, paper_link
from paperlake.report.style import style_sheet
from paperlake.serve.addresses import (
    address,
    author_path,
    list_path,
    organization_path,
    paper_path,
    topic_path,
)
from paperlake.text.display import excerpt, one_line, plural

MAX_TITLE_CHARS = 400
MAX_LIST_AUTHORS = 4


class Renderer:
    """Renders templates; one for the whole server."""

    def __init__(self, lake_name: str) -> None:
        own = (resources.files(__package__) / "static" / "style.css").read_text(encoding="utf-8")
        self.style = style_sheet(own, follows_system=True).encode()
        """The style sheet of all pages."""
        self._environment = Environment(
            loader=PackageLoader(__package__), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True, finalize=_shown,
        )  # fmt: skip
        self._environment.filters.update(
            count=_count,
            excerpt=excerpt,
            month=_month,
            percent=_percent,
            plural=plural,
            words=_words,
            title=_title,
        )
        self._environment.globals.update(
            address=address, author_path=author_path, organization_path=organization_path,
            list_path=list_path,
            paper_path=paper_path, topic_path=topic_path, paper_link=paper_link,
            is_web_address=is_web_address, bibliographies=FORMATS.values(),
            max_list_authors=MAX_LIST_AUTHORS, version=__version__, lake_name=lake_name,
            style_path=f"/static/style-{sha256(self.style).hexdigest()[:10]}.css",
        )  # fmt: skip

    def page(self, request: Request, template: str, status: int = 200, **content: Any) -> HTMLResponse:  # noqa: ANN401
        """Return a page.

        Args:
            request: Tells the path, and the build if there is one.
            template: Name of the template.
            status: Of the response.
            content: The values for the template.
        """
        build = getattr(request.state, "build", None)
        shared: Mapping[str, Any] = {
            "path": request.url.path,
            "built_at": quality.overview(build)["built_at"] if build else None,
        }
        html = self._environment.get_template(template).render(**shared, status=status, **content)
        return HTMLResponse(html, status)


def _shown(value: object) -> object:
    """Return a value as it is printed: texts on one line, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return one_line(value)
    return value


def _title(text: str) -> str:
    return excerpt(text, MAX_TITLE_CHARS)


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _month(day: date | datetime) -> str:
    return f"{day:%Y-%m}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _words(name: str) -> str:
    return name.replace("_", " ")
