"""The style sheet of pages: what the report and the served pages share, and a page's own rules."""

from __future__ import annotations

from importlib import resources

from jinja2 import Template


def style_sheet(own: str, follows_system: bool) -> str:
    """Return a style sheet that begins with `page/tokens.css`: a topic has one colour in report and pages.

    Args:
        own: The rules that come after the shared ones.
        follows_system: Whether dark mode is the system's choice; else it is set by `data-theme` of the root.
    """
    shared = (resources.files(__package__) / "page" / "tokens.css").read_text(encoding="utf-8")
    template = Template(shared, trim_blocks=True, autoescape=False)
    rendered: str = template.render(follows_system=follows_system)
    return rendered + own
