"""Documentation generated from code, or about it, agrees with the code."""

from pathlib import Path

import pytest

from paperlake.cli import app
from paperlake.documentation import PAGES, PRESETS_PAGE, with_presets
from paperlake.embedding.choosing.presets import presets_markdown

PROJECT = Path(__file__).resolve().parent.parent
README = (PROJECT / "README.md").read_text()


@pytest.mark.parametrize("page", PAGES)
def test_generated_pages_are_current(page: str) -> None:
    assert (PROJECT / "docs" / page).read_text() == PAGES[page](), "run: make docs"


def test_the_table_of_presets_is_current() -> None:
    page = (PROJECT / "docs" / PRESETS_PAGE).read_text()
    assert presets_markdown() in page
    assert with_presets(page) == page, "run: make docs"


@pytest.mark.parametrize(
    "command", [command.name or command.callback.__name__ for command in app.registered_commands]
)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"paperlake {command}" in README


def test_links_of_the_readme_exist() -> None:
    import re

    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (PROJECT / target).exists(), target
