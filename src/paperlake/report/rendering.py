"""Render the content as one HTML file, from the template, styles and scripts in `page/`.

The Content-Security-Policy of the page allows its own scripts and styles by their hashes and no request, so a
text that escaping missed could neither run nor fetch anything.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import date
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined

from paperlake import __version__
from paperlake.report.content import RISING_DAYS, Content
from paperlake.report.payload import pack
from paperlake.report.style import style_sheet
from paperlake.report.trends import HEIGHT, WIDTH
from paperlake.text.display import plural

# In the order in which they run; each has its own script element.
SCRIPTS = ("theme", "papers", "dots", "labels", "map", "gestures", "lists", "card", "search", "start")


def render(content: Content) -> str:
    """Render the page.

    Args:
        content: The rows to show.

    Returns:
        HTML whose only external addresses are the links to papers.
    """
    style = style_sheet(_source("style.css"), follows_system=False)
    scripts = {name: _source(f"{name}.js") for name in SCRIPTS}
    return (
        _environment()
        .get_template("index.html")
        .render(
            content=content,
            packed=pack(content.papers, content.topics, content.density, content.details),
            style=style,
            scripts=scripts,
            policy=_policy(style, list(scripts.values())),
            rising_days=RISING_DAYS,
            trend_width=WIDTH,
            trend_height=HEIGHT,
            version=__version__,
        )
    )


@cache  # compiling the template takes a fifth of a second
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(count=_count, month=_month, percent=_percent, plural=plural, words=_words)
    return environment


def _source(name: str) -> str:
    return (resources.files("paperlake.report") / "page" / name).read_text(encoding="utf-8")


def _policy(style: str, scripts: list[str]) -> str:
    allowed = " ".join(_digest(script) for script in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_digest(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _words(name: str) -> str:
    return name.replace("_", " ")
