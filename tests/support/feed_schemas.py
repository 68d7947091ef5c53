"""Schemas of feeds: Atom as RELAX NG, from appendix B of RFC 4287, and JSON Feed 1.1 as JSON Schema.

They have the elements and members that the specifications name, and no others, so that a misspelt one is found.
"""

from lxml import etree

_ATTRIBUTES = """
<optional><attribute name="xml:base"/></optional><optional><attribute name="xml:lang"/></optional>
"""
_TEXT = """
<optional><attribute name="type"><choice><value>text</value><value>html</value></choice></attribute></optional><text/>
"""
_DATE = """
<data type="dateTime"><param name="pattern">.+T.+(Z|[+-][0-9]{2}:[0-9]{2})</param></data>
"""
_URI = '<data type="anyURI"><param name="minLength">1</param></data>'
_IRI = '<data type="anyURI"><param name="pattern">[a-z][a-z0-9+.\\-]*:.+</param></data>'
_MEDIA = '<data type="string"><param name="pattern">.+/.+</param></data>'


def _element(name: str, content: str) -> str:
    return f'<element name="{name}">{_ATTRIBUTES}{content}</element>'


def _optional(*parts: str) -> str:
    return "".join(f"<optional>{part}</optional>" for part in parts)


def _any(*parts: str) -> str:
    return "".join(f"<zeroOrMore>{part}</zeroOrMore>" for part in parts)


def _attribute(name: str, content: str = "<text/>") -> str:
    return f'<attribute name="{name}">{content}</attribute>'


_PERSON = f"""<interleave>{_element("name", "<text/>")}{
    _optional(
        _element("uri", _URI),
        _element("email", '<data type="string"><param name="pattern">.+@.+</param></data>'),
    )
}</interleave>"""
_LINK = _element(
    "link",
    _attribute("href", _URI)
    + _optional(
        _attribute("rel"),
        _attribute("type", _MEDIA),
        _attribute("hreflang"),
        _attribute("title"),
        _attribute("length"),
    )
    + "<empty/>",
)
_CATEGORY = _element(
    "category", _attribute("term") + _optional(_attribute("scheme", _URI), _attribute("label"))
)
_SHARED = (
    _element("id", _IRI)
    + _element("title", _TEXT)
    + _element("updated", _DATE)
    + _any(_element("author", _PERSON), _element("contributor", _PERSON), _CATEGORY, _LINK)
    + _optional(_element("rights", _TEXT))
)
_ENTRY = _element(
    "entry",
    f"<interleave>{_SHARED}{_optional(_element('published', _DATE), _element('summary', _TEXT), _element('content', _TEXT))}"
    "</interleave>",
)
_FEED = _element(
    "feed",
    f"<interleave>{_SHARED}"
    + _optional(
        _element("generator", _optional(_attribute("uri", _URI), _attribute("version")) + "<text/>"),
        _element("icon", _URI),
        _element("logo", _URI),
        _element("subtitle", _TEXT),
    )
    + _any(_ENTRY)
    + "</interleave>",
)
ATOM = etree.RelaxNG(
    etree.fromstring(
        f"""<grammar xmlns="http://relaxng.org/ns/structure/1.0" ns="http://www.w3.org/2005/Atom"
        datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes"><start>{_FEED}</start></grammar>"""
    )
)
"""Validates the tree of an Atom feed."""

_ADDRESS = {"type": "string", "pattern": "^https?://"}
_STRING = {"type": "string", "minLength": 1}
_DAY = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$"}
_AUTHORS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"name": _STRING, "url": _ADDRESS, "avatar": _ADDRESS},
        "minProperties": 1,
        "additionalProperties": False,
    },
}
_ITEM = {
    "type": "object",
    "required": ["id"],
    "anyOf": [{"required": ["content_text"]}, {"required": ["content_html"]}],
    "additionalProperties": False,
    "properties": {
        "id": _STRING,
        "url": _ADDRESS,
        "external_url": _ADDRESS,
        "title": _STRING,
        "content_html": {"type": "string"},
        "content_text": {"type": "string"},
        "summary": _STRING,
        "image": _ADDRESS,
        "banner_image": _ADDRESS,
        "date_published": _DAY,
        "date_modified": _DAY,
        "authors": _AUTHORS,
        "tags": {"type": "array", "items": _STRING},
        "language": _STRING,
    },
}
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": _STRING,
        "home_page_url": _ADDRESS,
        "feed_url": _ADDRESS,
        "description": _STRING,
        "user_comment": _STRING,
        "next_url": _ADDRESS,
        "icon": _ADDRESS,
        "favicon": _ADDRESS,
        "authors": _AUTHORS,
        "language": _STRING,
        "expired": {"type": "boolean"},
        "items": {"type": "array", "items": _ITEM},
    },
}
"""JSON Schema of a feed, from https://www.jsonfeed.org/version/1.1/."""
