"""Choose the web address that the page links a paper to.

Addresses come from dumps, so only plain http and https addresses become links.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

MAX_URL_CHARS = 2000  # accepted by every browser
# Nearly every address, judged without taking it apart: plain ASCII, and neither user, port nor backslash.
_PLAIN = re.compile(r"https?://[A-Za-z0-9.-]+(?:[/?#][!-?A-\[\]-~]*)?")


def paper_link(url: str | None, arxiv_id: str | None, doi: str | None) -> str | None:
    """Return the url of a paper if it is safe, else an address built from its arXiv id or DOI, else None."""
    if url and is_web_address(url):
        return url
    if arxiv_id:
        return f"https://arxiv.org/abs/{quote(arxiv_id, safe='/.')}"
    return f"https://doi.org/{quote(doi, safe='/.:;()-_')}" if doi else None


def is_web_address(url: str) -> bool:
    """Return whether an address is http or https, has a host, and contains no invisible character."""
    if len(url) > MAX_URL_CHARS:
        return False
    if _PLAIN.fullmatch(url):
        return True
    if not url.isprintable() or " " in url or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:  # such as an open bracket of an IPv6 address
        return False
    # user:password@host can make an address look like that of another host
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
