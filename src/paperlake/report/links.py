"""Where a paper can be read: the one address of it that a page may link to.

Addresses come from dumps, so only plain http and https ones become links.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

MAX_URL_CHARS = 2000  # what every browser takes


def paper_link(url: str | None, arxiv_id: str | None, doi: str | None) -> str | None:
    """The address of a paper: its own if it is safe, else made from its arXiv id or DOI; None without."""
    if url and is_web_address(url):
        return url
    if arxiv_id:
        return f"https://arxiv.org/abs/{quote(arxiv_id, safe='/.')}"
    return f"https://doi.org/{quote(doi, safe='/.:;()-_')}" if doi else None


def is_web_address(url: str) -> bool:
    """Whether an address is http or https, has a host, and holds nothing that a reader could not see."""
    if len(url) > MAX_URL_CHARS or not url.isprintable() or " " in url or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:  # such as an open bracket of an IPv6 address
        return False
    # user:password@host makes an address look like another's
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
