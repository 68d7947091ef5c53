"""Write a feed as Atom (RFC 4287) or as JSON Feed (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

from datetime import datetime

import msgspec
from lxml import etree

from paperlake import __version__
from paperlake.serve.feeds.items import Feed, Item

ATOM = "http://www.w3.org/2005/Atom"
JSON_FEED = "https://jsonfeed.org/version/1.1"


def write_atom(feed: Feed, base: str, address: str) -> bytes:
    """Return a feed as Atom.

    Args:
        feed: The feed.
        base: Scheme and host of the server, without a slash at the end.
        address: The address of the feed itself.
    """
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})  # type: ignore[dict-item]  # lxml's way
    _text(root, "id", address)
    _text(root, "title", feed.title)
    _text(root, "updated", _time(feed.updated))
    _link(root, "self", address, "application/atom+xml")
    _link(root, "alternate", base + feed.path, "text/html")
    generator = etree.SubElement(root, f"{{{ATOM}}}generator", version=__version__)
    generator.text = "paperlake"
    if not all(item.authors for item in feed.items):  # each entry has an author, or the feed has
        _person(root, "paperlake")
    for item in feed.items:
        _entry(root, item, base)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def write_json_feed(feed: Feed, base: str, address: str) -> bytes:
    """Return a feed as JSON Feed; for the arguments see `write_atom`."""
    return msgspec.json.encode(
        {
            "version": JSON_FEED,
            "title": feed.title,
            "home_page_url": base + feed.path,
            "feed_url": address,
            "items": [_json_item(item, base) for item in feed.items],
        }
    )


def _entry(root: etree._Element, item: Item, base: str) -> None:
    entry = etree.SubElement(root, f"{{{ATOM}}}entry")
    _text(entry, "id", item.id)
    _text(entry, "title", item.title)
    _text(entry, "published", _time(item.published))
    _text(entry, "updated", _time(item.updated))
    _link(entry, "alternate", base + item.path, "text/html")
    if item.external:
        _link(entry, "related", item.external)
    for name in item.authors:
        _person(entry, name)
    for category in item.categories:
        etree.SubElement(entry, f"{{{ATOM}}}category", term=category)
    if item.text:
        _text(entry, "summary", item.text)


def _json_item(item: Item, base: str) -> dict[str, object]:
    content: dict[str, object] = {
        "id": item.id,
        "url": base + item.path,
        "title": item.title,
        "content_text": item.text,
        "date_published": _time(item.published),
        "date_modified": _time(item.updated),
    }
    if item.external:
        content["external_url"] = item.external
    if item.authors:
        content["authors"] = [{"name": name} for name in item.authors]
    if item.categories:
        content["tags"] = list(item.categories)
    return content


def _text(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}{name}").text = text


def _link(parent: etree._Element, relation: str, address: str, media_type: str | None = None) -> None:
    attributes = {"rel": relation, "href": address} | ({"type": media_type} if media_type else {})
    etree.SubElement(parent, f"{{{ATOM}}}link", attributes)


def _person(parent: etree._Element, name: str) -> None:
    _text(etree.SubElement(parent, f"{{{ATOM}}}author"), "name", name)


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
