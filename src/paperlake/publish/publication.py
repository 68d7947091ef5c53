"""What people say about the data set: `curated/publication.toml`. Only people write it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.lake.settings_file import read_toml

Text = Annotated[str, Field(min_length=1, max_length=20_000)]
Url = Annotated[str, Field(pattern=r"^https?://[^\s<>\"]+$")]


@dataclass(frozen=True)
class License:
    """A licence of data sets."""

    hub_id: str
    """As data cards of Hugging Face name it."""
    url: str


# By SPDX identifier. https://huggingface.co/docs/hub/repositories-licenses
LICENSES = {
    "CC0-1.0": License("cc0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "CC-BY-4.0": License("cc-by-4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "CC-BY-SA-4.0": License("cc-by-sa-4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
    "CC-BY-NC-4.0": License("cc-by-nc-4.0", "https://creativecommons.org/licenses/by-nc/4.0/"),
    "CC-BY-NC-SA-4.0": License("cc-by-nc-sa-4.0", "https://creativecommons.org/licenses/by-nc-sa/4.0/"),
    "CC-BY-ND-4.0": License("cc-by-nd-4.0", "https://creativecommons.org/licenses/by-nd/4.0/"),
    "ODC-By-1.0": License("odc-by", "https://opendatacommons.org/licenses/by/1-0/"),
    "ODbL-1.0": License("odbl", "https://opendatacommons.org/licenses/odbl/1-0/"),
    "PDDL-1.0": License("pddl", "https://opendatacommons.org/licenses/pddl/1-0/"),
}


class Author(BaseModel):
    """Who is to be cited: a person, or an organization if there are no family names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text | None = None
    """Of an organization, a project, or a person whose names are not to be divided."""
    family_names: Text | None = None
    given_names: Text | None = None
    affiliation: Text | None = None
    orcid: Annotated[str, Field(pattern=r"^https://orcid\.org/\d{4}-\d{4}-\d{4}-\d{3}[\dX]$")] | None = None

    @property
    def full_name(self) -> str:
        """The name as one text, given names first."""
        return self.name or " ".join(part for part in (self.given_names, self.family_names) if part)


class Publication(BaseModel):
    """What `curated/publication.toml` may state; everything is optional."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Text = "Papers, deduplicated and filed by topic"
    description: Text = (
        "Papers collected from listings and bibliographic records, deduplicated, embedded and filed by topic."
    )
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$")] = "1.0.0"
    license: str | None = None
    """An SPDX identifier, one of `LICENSES`."""
    released: date | None = None
    doi: Annotated[str, Field(pattern=r"^10\.\d{4,9}/\S+$")] | None = None
    url: Url | None = None
    keywords: tuple[Text, ...] = ("papers", "bibliography", "topic modelling", "embeddings")
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] = "en"
    authors: tuple[Author, ...] = ()

    @field_validator("license")
    @classmethod
    def _is_known(cls, value: str | None) -> str | None:
        if value is not None and value not in LICENSES:
            raise ValueError(f"not one of {', '.join(LICENSES)}")
        return value

    @field_validator("authors")
    @classmethod
    def _are_named(cls, value: tuple[Author, ...]) -> tuple[Author, ...]:
        if not all(author.full_name for author in value):
            raise ValueError("an author has neither `name` nor `family_names`")
        return value

    @property
    def license_terms(self) -> License | None:
        """The licence of the compilation, if one is stated."""
        return LICENSES[self.license] if self.license else None

    @property
    def cited_authors(self) -> tuple[Author, ...]:
        """The authors to cite; one that says so where none is stated."""
        return self.authors or (Author(name="Publisher not stated"),)


def read_publication(lake: Lake) -> Publication:
    """Return what a lake's curated/publication.toml states; the defaults where there is none.

    Raises:
        UsageError: It cannot be read, or a value is wrong; the message names file and key.
    """
    content = read_toml(lake.publication, '`title = "Papers of 2025"`')
    try:
        return Publication(**content)
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(str(part) for part in problem["loc"])
        reason = problem["msg"].removeprefix("Value error, ")
        raise UsageError(f"{lake.publication}: {key}: {reason}. docs/publish.md lists the keys.") from error
