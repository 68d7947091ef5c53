"""Harvest arXiv by OAI-PMH 2.0: the records whose metadata changed on a day, page by page.

The protocol is at openarchives.org/OAI/openarchivesprotocol.html; the answers are read by
`xml_records/oai_pmh.py` like any other dump.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lxml import etree

from paperlake.dumps.harvest.paging import ExpiredTokenError, Page
from paperlake.dumps.xml_records.documents import SAFE
from paperlake.dumps.xml_records.elements import name_of, text_of
from paperlake.http_client import HttpError
from paperlake.settings import Settings

_NO_NAME = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True)
class ArxivSource:
    """arXiv's records, all or of one set, in one of its formats."""

    url: str
    set_name: str | None
    prefix: str
    interval_seconds: float
    name: str = "arxiv"
    ending: str = ".xml"
    accept: str = "text/xml, application/xml"

    @classmethod
    def of(cls, settings: Settings) -> ArxivSource:
        """Return the records that the settings choose."""
        return cls(
            url=settings.harvest_arxiv_url,
            set_name=settings.harvest_arxiv_set or None,
            prefix=settings.harvest_arxiv_prefix,
            interval_seconds=settings.harvest_arxiv_interval_seconds,
        )

    @property
    def selection(self) -> str:
        """Return set and format as the name of a folder."""
        return f"{_NO_NAME.sub('-', self.set_name) if self.set_name else 'all'}.{self.prefix}"

    def params(self, day: date, token: str | None) -> Mapping[str, str]:
        """Return the query: with a token, nothing else may be asked for (OAI-PMH, section 3.5)."""
        if token is not None:
            return {"verb": "ListRecords", "resumptionToken": token}
        chosen = {"set": self.set_name} if self.set_name else {}
        span = {"from": day.isoformat(), "until": day.isoformat()}
        return {"verb": "ListRecords", "metadataPrefix": self.prefix, **span, **chosen}

    def read_page(self, content: bytes) -> Page:
        """Check an answer; see `PagedSource.read_page`."""
        try:
            root = etree.fromstring(content, etree.XMLParser(**SAFE))
        except etree.XMLSyntaxError as error:
            reason = f"the answer is no complete XML: {str(error.msg).rstrip('.')}"
            raise HttpError(self.url, reason, retryable=True) from None
        if name_of(root) != "OAI-PMH" or root.getroottree().docinfo.internalDTD is not None:
            raise HttpError(self.url, "the answer is none of OAI-PMH", retryable=True)
        problem = next((child for child in root if name_of(child) == "error"), None)
        if problem is not None:
            return self._no_records(problem.get("code", ""), text_of(problem))
        records = next((child for child in root if name_of(child) == "ListRecords"), None)
        if records is None:
            raise HttpError(self.url, "the answer has no list of records", retryable=True)
        token = next((child for child in records if name_of(child) == "resumptionToken"), None)
        total = token.get("completeListSize", "") if token is not None else ""
        return Page(
            count=sum(name_of(child) == "record" for child in records),
            next_token=text_of(token),
            total=int(total) if total.isascii() and total.isdecimal() else None,
        )

    def _no_records(self, code: str, text: str | None) -> Page:
        """Return the page of a day without records.

        Raises:
            HttpError: It is another error.
            ExpiredTokenError: The token is no longer known.
        """
        if code == "noRecordsMatch":
            return Page(0, None, 0)
        reason = f"the server answers {code or 'an error'}{f': {text}' if text else ''}".rstrip(".")
        if code == "badResumptionToken":
            raise ExpiredTokenError(f"{reason}.")
        raise HttpError(self.url, reason, retryable=False)
