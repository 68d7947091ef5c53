"""Reports for tests: of a lake of samples, of an empty warehouse, and reading them back with a plain parser."""

from html.parser import HTMLParser

import duckdb
import polars as pl

from paperlake.lake import Lake
from paperlake.text.sql_files import read_sql
from tests.support.lakes import TABLES

VOID = {"meta", "link", "br", "input", "path", "img", "hr"}


class Element:
    """One element: its tag, attributes, children and text."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag, self.attributes = tag, attributes
        self.children: list[Element] = []
        self.parts: list[str | Element] = []

    @property
    def text(self) -> str:
        """All text inside, as it is shown."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    def all(self, *tags: str) -> "list[Element]":
        """All elements below of these tags (or of any), in order."""
        found = []
        for child in self.children:
            if not tags or child.tag in tags:
                found.append(child)
            found += child.all(*tags)
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        self.open[-1].parts.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open[-1].tag == tag, f"<{self.open[-1].tag}> is closed by </{tag}>"
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def parse(html: str) -> Element:
    """The elements of a page; fails where they are not properly nested."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert [element.tag for element in reader.open] == ["document"]
    return reader.open[0]


def make_warehouse(lake: Lake, **tables: list[dict]) -> None:
    """A warehouse that holds these rows, and no others."""
    lake.warehouse.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(lake.warehouse)) as connection:
        for name, table in TABLES.items():
            frame = table.frame(tables.get(name, []))
            connection.register("incoming", frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM incoming')
        connection.execute(read_sql("paperlake.warehouse", "views"))
