"""README.md, the data card with its YAML front matter, and LICENSES.md.

https://huggingface.co/docs/hub/datasets-cards. Every text of a lake is escaped for Markdown.
"""

from __future__ import annotations

import json
import re
import string
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml
from jinja2 import Environment, FunctionLoader, StrictUndefined

from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.documentation import table_section
from paperlake.publish.dataset import Dataset
from paperlake.publish.descriptions.croissant import cite_as
from paperlake.publish.descriptions.licences import TERMS, SourceTerms
from paperlake.publish.writing import DATA
from paperlake.text.display import excerpt, one_line, plural

MAX_EXAMPLE_CHARS = 200  # of each text of the example
TASKS = ("text-classification", "feature-extraction", "sentence-similarity")
SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
LARGEST_SIZE = "10M<n<100M"
# Neither part of an inline element nor, without "www" or at the beginning of a line, of anything else.
_HARMLESS = "\"%'+,-./;?"
_ESCAPED = {ord(char): f"\\{char}" for char in string.punctuation if char not in _HARMLESS}
_LINK_OR_LIST = re.compile(r"(?i)(?<=www)\.|^[-+]|(?<=^\d)\.|(?<=^\d\d)\.")


class Plain(str):
    """A text that is Markdown already."""

    __slots__ = ()


@dataclass(frozen=True)
class Source:
    """Dumps of one format, with their terms."""

    format: str
    dump_count: int
    entry_count: int
    terms: SourceTerms | None


def escape(value: object) -> str:
    r"""Return a text as Markdown that shows it literally, on one line.

    >>> escape("<b>| [x](y)")
    '\\<b\\>\\| \\[x\\]\\(y\\)'
    >>> escape("1. www.example.org"), escape("- a well-known one.")
    ('1\\. www\\.example.org', '\\- a well-known one.')
    """
    if isinstance(value, Plain):
        return value
    return _LINK_OR_LIST.sub(r"\\\g<0>", one_line(str(value)).strip().translate(_ESCAPED))


def data_card(dataset: Dataset) -> str:
    """Return README.md."""
    return _render("README.md", dataset)


def licences(dataset: Dataset) -> str:
    """Return LICENSES.md."""
    return _render("LICENSES.md", dataset)


def to_yaml(content: dict[str, Any]) -> str:
    """Return YAML in the order of the keys, a line per value."""
    return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=10_000))


def front_matter(dataset: Dataset) -> dict[str, Any]:
    """Return the fields of the data card for machines."""
    publication = dataset.publication
    terms = publication.license_terms
    license_fields = (
        {"license": terms.hub_id}
        if terms
        else {"license": "other", "license_name": "terms-of-the-sources", "license_link": "LICENSES.md"}
    )
    return {
        "pretty_name": publication.title,
        **license_fields,
        "language": [publication.language],
        "task_categories": list(TASKS),
        "size_categories": [_size(dataset.paper_count)],
        "tags": list(dict.fromkeys([*publication.keywords, "paperlake", "croissant"])),
        "configs": [
            {
                "config_name": table.name,
                "data_files": [{"split": "train", "path": f"{DATA}/{table.name}/*.parquet"}],
                **({"default": True} if table.name == "papers" else {}),
            }
            for table in dataset.tables
        ],
    }


def _size(papers: int) -> str:
    return next((name for limit, name in SIZES if papers < limit), LARGEST_SIZE)


def _render(name: str, dataset: Dataset) -> str:
    text = (
        _environment()
        .get_template(name)
        .render(
            dataset=dataset,
            publication=dataset.publication,
            facts=dataset.facts,
            front_matter=Plain(to_yaml(front_matter(dataset)).rstrip()),
            example=Plain(_example(dataset.facts.example)),
            sources=_sources(dataset),
            dump_count=sum(dumps for _, dumps, _ in dataset.facts.entries_by_format),
            cite_as=cite_as(dataset),
            tables=[table_section(table.table, level=3) for table in dataset.tables],
        )
    )
    return text.rstrip() + "\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=False,  # noqa: S701  # Markdown: `finalize` escapes every expression
        finalize=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        plain=Plain,
        counted=lambda count, noun: Plain(plural(count, noun)),
        number=lambda count: Plain(f"{count:,}"),
    )
    return environment


def _source(name: str) -> str:
    return (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _sources(dataset: Dataset) -> list[Source]:
    return [
        Source(name, dumps, entries, TERMS.get(DumpFormat(name)) if name else None)
        for name, dumps, entries in dataset.facts.entries_by_format
    ]


def _example(row: dict[str, object]) -> str:
    """Return a row as JSON that cannot end the block of code around it."""
    short = {
        name: excerpt(value, MAX_EXAMPLE_CHARS) if isinstance(value, str) else value
        for name, value in row.items()
    }
    return json.dumps(short, indent=1, default=str).replace("`", "\\u0060")
