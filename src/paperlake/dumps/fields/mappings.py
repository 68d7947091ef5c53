"""Mappings: `curated/mappings/*.toml` says which column of a table, or key of an object, means which field.

People write these files, for dumps whose names are in no list of `field_names.py`. The readers of tables and
of JSON of other shapes take them in place of the list.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol, runtime_checkable

from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.dumps.fields.field_names import PaperField, fields_of
from paperlake.dumps.reading import Reader
from paperlake.errors import UsageError

FIELD_NAMES = tuple(field.value for field in PaperField)
_TABLES = frozenset({"match", "columns"})
_MATCHES = frozenset({"path", "columns"})
# A new mapping may change how a dump of these formats is read, and one of no known format.
MAPPED_FORMATS = frozenset({
    DumpFormat.CSV, DumpFormat.PARQUET, DumpFormat.PAPER_JSON, DumpFormat.LISTING_TEXT,
    DumpFormat.LISTING_MARKDOWN, DumpFormat.TEXT_DIGEST, None,
})  # fmt: skip


@dataclass(frozen=True)
class Mapping:
    """One file: the dumps that it is for, and the columns of their fields."""

    name: str
    path: str | None
    """Pattern of the paths relative to raw/, such as `lab/*.csv`; None for any path."""
    names: tuple[str, ...]
    """Columns that a dump must have; all of them."""
    columns: tuple[tuple[PaperField, tuple[str, ...]], ...]
    """Columns of each field, in order of preference."""

    def fits(self, path: str, names: Iterable[str]) -> bool:
        """Return whether the mapping is for a dump with this path and these columns."""
        if self.path is not None and not PurePosixPath(path).match(self.path):
            return False
        return set(self.names) <= set(names)

    def fields(self) -> dict[PaperField, list[str]]:
        """Return the columns of each field, as `field_names.fields_of` does."""
        return {field: list(names) for field, names in self.columns}


@dataclass(frozen=True)
class Mappings:
    """All mappings of a lake, in order of their names."""

    known: tuple[Mapping, ...] = ()

    def find(self, path: str, names: Sequence[str]) -> Mapping | None:
        """Return the first mapping for a dump with this path and these columns; None if there is none."""
        return next((mapping for mapping in self.known if mapping.fits(path, names)), None)

    def fingerprint(self) -> list[str]:
        """Return what decides the reading of dumps, as texts."""
        return [repr(mapping) for mapping in self.known]


NO_MAPPINGS = Mappings()


@runtime_checkable
class MappedReader(Protocol):
    """A reader of a format in which names say what is what, so that mappings apply to it."""

    def bind(self, mappings: Mappings) -> Reader:
        """Return a reader that tries these mappings before the list of names."""
        ...


def read_mappings(folder: Path) -> Mappings:
    """Read all mappings of a folder; none if there is no folder.

    Raises:
        UsageError: A file is no mapping; the message says what to change.
    """
    found: list[Mapping] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            found.append(parse_mapping(file.read_text("utf-8"), file.name))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"Cannot read the mapping {file}: {error}.") from error
    return Mappings(tuple(found))


def parse_mapping(content: str, name: str) -> Mapping:
    """Parse one mapping; `name` is its file in messages.

    Raises:
        UsageError: The text is no mapping; the message says what to change.
    """
    try:
        tables = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"The mapping {name} is not TOML: {error}.") from error
    _refuse_unknown(tables, _TABLES, name, "")
    match = tables.get("match")
    if not isinstance(match, dict) or not match:
        raise UsageError(
            f'The mapping {name} does not say for which dumps it is. Add [match] with path = "lab/*.csv" or '
            'columns = ["Paper Title"].'
        )
    _refuse_unknown(match, _MATCHES, name, "match.")
    path = match.get("path")
    if path is not None and (not isinstance(path, str) or not path.strip()):
        raise UsageError(f"In the mapping {name}, match.path is no text.")
    names = _texts(match.get("columns", []), name, "match.columns")
    columns = tables.get("columns")
    if not isinstance(columns, dict):
        raise UsageError(f'The mapping {name} names no columns. Add [columns] with title = "…".')
    fields = {_field(key, name): _texts(value, name, f"columns.{key}") for key, value in columns.items()}
    if not fields.get(PaperField.TITLE):
        raise UsageError(f'The mapping {name} has no column of titles. Add title = "…" to [columns].')
    return Mapping(name, path, names, tuple(fields.items()))


def suggest_mapping(names: Sequence[str], path: str) -> str:
    """Return a first mapping for a dump with these columns: what is recognised, and the rest as comments.

    Args:
        names: The columns or keys of the dump.
        path: Its path relative to raw/.
    """
    fields = fields_of(names)
    used = {one for ones in fields.values() for one in ones}
    lines = [
        "# Save this file as curated/mappings/NAME.toml. Each line of [columns] says which column",
        "# of the dump holds which field; a list names several, in order of preference.",
        "[match]",
        f"path = {_quoted(path)}",
        "",
        "[columns]",
    ]
    if PaperField.TITLE not in fields:
        lines.append('title = ""  # write the name of the column of titles here')
    for field, ones in fields.items():
        value = _quoted(ones[0]) if len(ones) == 1 else "[" + ", ".join(map(_quoted, ones)) + "]"
        lines.append(f"{field.value} = {value}")
    rest = [name for name in names if name not in used and name.strip()]
    if rest:
        lines += ["", "# Columns that mean no known field: " + ", ".join(map(_quoted, rest))]
        lines += ["# Fields: " + ", ".join(FIELD_NAMES)]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return a text as a string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in escaped) + '"'


def _refuse_unknown(table: dict[str, object], known: frozenset[str], name: str, prefix: str) -> None:
    for key in table:
        if key not in known:
            raise UsageError(
                f"The mapping {name} has an unknown key {prefix}{key}. Known are "
                f"{', '.join(prefix + one for one in sorted(known))}."
            )


def _field(key: str, name: str) -> PaperField:
    try:
        return PaperField(key)
    except ValueError:
        raise UsageError(
            f"The mapping {name} names an unknown field {key}. Known are {', '.join(FIELD_NAMES)}."
        ) from None


def _texts(value: object, name: str, key: str) -> tuple[str, ...]:
    """Return one text or a list of texts."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise UsageError(f"In the mapping {name}, {key} is neither the name of a column nor a list of names.")
    return tuple(texts)
