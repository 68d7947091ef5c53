"""Harvest OpenAlex: the works that a filter selects and that changed on a day, by cursor paging."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pydantic import SecretStr

from paperlake.dumps.harvest.paging import Page
from paperlake.dumps.structured.json_objects import BadObjectError, decode
from paperlake.http_client import HttpError
from paperlake.settings import Settings

PAGE_WORKS = 100  # works on a page, the most that the API gives
FIRST_CURSOR = "*"
MAX_NAME_CHARS = 60  # of a filter, in the name of its folder

_NO_NAME = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True)
class OpenAlexSource:
    """The works of OpenAlex that a filter selects."""

    url: str
    filters: str | None
    date_kind: str
    """`updated`, `created` or `publication`: the date that is compared with the day."""
    interval_seconds: float
    contact: str | None = None
    key: SecretStr | None = None
    name: str = "openalex"
    ending: str = ".json"
    accept: str = "application/json"

    @classmethod
    def of(cls, settings: Settings) -> OpenAlexSource:
        """Return the works that the settings choose."""
        return cls(
            url=settings.harvest_openalex_url,
            filters=settings.harvest_openalex_filter or None,
            date_kind=settings.harvest_openalex_date,
            interval_seconds=settings.harvest_openalex_interval_seconds,
            contact=settings.harvest_contact,
            key=settings.harvest_openalex_key,
        )

    @property
    def selection(self) -> str:
        """Return filter and date as the name of a folder, with a hash since filters are long."""
        asked = f"{self.date_kind} {self.filters or 'all'}"
        readable = _NO_NAME.sub("-", asked)[:MAX_NAME_CHARS].strip("-")
        return f"{readable}.{hashlib.sha256(asked.encode()).hexdigest()[:8]}"

    def params(self, day: date, token: str | None) -> Mapping[str, str]:
        """Return the query of a page."""
        span = f"from_{self.date_kind}_date:{day},to_{self.date_kind}_date:{day}"
        asked = {
            "filter": f"{self.filters},{span}" if self.filters else span,
            "per-page": str(PAGE_WORKS),
            "cursor": token or FIRST_CURSOR,
        }
        if self.contact and "@" in self.contact:
            asked["mailto"] = self.contact.removeprefix("mailto:")
        if self.key is not None:
            asked["api_key"] = self.key.get_secret_value()
        return asked

    def read_page(self, content: bytes) -> Page:
        """Check an answer; see `PagedSource.read_page`."""
        try:
            value = decode(content)
        except BadObjectError as error:
            reason = f"the answer is no complete JSON: {str(error).rstrip('.')}"
            raise HttpError(self.url, reason, retryable=True) from None
        results = value.get("results") if isinstance(value, dict) else None
        meta = value.get("meta") if isinstance(value, dict) else None
        if not isinstance(results, list) or not isinstance(meta, dict):
            raise HttpError(self.url, "the answer has no list of works", retryable=False)
        token, total = meta.get("next_cursor"), meta.get("count")
        return Page(
            count=len(results),
            next_token=token if isinstance(token, str) and token else None,
            total=total if isinstance(total, int) and not isinstance(total, bool) else None,
        )
